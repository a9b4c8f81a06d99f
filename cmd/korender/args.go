// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command before its other arguments, so that `korender render DIR -o json` means what
// it says although the parser stops at the first argument that is no flag. After `--` everything is an argument.
func flagsFirst(app *cli.App, args []string) ([]string, error) {
	if len(args) < 3 || slices.Contains(args, "--generate-bash-completion") {
		return args, nil
	}
	cmd, from := innermost(app, args)
	if cmd == nil {
		return args, nil
	}
	flags, rest := []string{}, []string{}
	for i := from; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		takes, err := takesValue(cmd, arg)
		if err != nil {
			return nil, err
		}
		flags = append(flags, arg)
		if !takes {
			continue
		}
		if i++; i == len(args) {
			return nil, usagef(helpHint(cmd), "flag %s needs a value", arg)
		}
		flags = append(flags, args[i])
	}
	return slices.Concat(args[:from], flags, []string{"--"}, rest), nil
}

// innermost is the command that the first arguments name, and where its own arguments begin. It is nil for a command that
// does not exist, and for one that has commands of its own none of which is named.
func innermost(app *cli.App, args []string) (*cli.Command, int) {
	cmd, from := app.Command(args[1]), 2
	for cmd != nil && len(cmd.Subcommands) > 0 {
		if from == len(args) {
			return nil, from
		}
		at := slices.IndexFunc(cmd.Subcommands, func(c *cli.Command) bool { return c.HasName(args[from]) })
		if at < 0 {
			return nil, from
		}
		cmd, from = cmd.Subcommands[at], from+1
	}
	return cmd, from
}

// takesValue tells whether the flag's value is the next argument.
func takesValue(cmd *cli.Command, arg string) (bool, error) {
	name, _, inline := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if name == "help" || name == "h" {
		return false, nil
	}
	for _, f := range cmd.Flags {
		if !slices.Contains(f.Names(), name) {
			continue
		}
		_, boolean := f.(*cli.BoolFlag)
		return !boolean && !inline, nil
	}
	return false, unknownFlag(cmd, arg)
}
