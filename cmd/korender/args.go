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
	cmd := app.Command(args[1])
	if cmd == nil {
		return args, nil
	}
	flags, rest := []string{}, []string{}
	for i := 2; i < len(args); i++ {
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
	return slices.Concat(args[:2], flags, []string{"--"}, rest), nil
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
