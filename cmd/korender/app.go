// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render/diag"
)

const appDescription = `korender evaluates Koreo programs (Workflows made of ValueFunctions and
ResourceFunctions, YAML + CEL) into plain Kubernetes manifests, before anything
reaches a cluster.

EXIT CODES:
   0  done
   1  unexpected failure
   2  the command line is wrong, or a path does not exist
   3  the program is wrong (what "korender check" finds)
   4  the render failed
   5  tests failed
   6  an object is deferred where that is not allowed
   7  preview found what --exit-code or --fail-on asks for

EXAMPLES:
   korender render examples/web-workload       # manifests on stdout
   korender test examples/web-workload         # run the FunctionTests
   korender check -o json .                    # every problem, for a program
   korender explain . Deployment/prod/web      # where an object comes from
   korender explain KR0505                     # what a code means`

// newApp wires the commands. Nothing in it does any work before a command runs.
func newApp(s streams) *cli.App {
	cli.FlagStringer = flagHelp
	app := &cli.App{
		Name:                      "korender",
		Usage:                     "render Koreo programs into plain Kubernetes manifests",
		UsageText:                 "korender COMMAND [flags] [PATH…]",
		Description:               appDescription,
		Reader:                    s.in,
		Writer:                    s.out,
		ErrWriter:                 s.err,
		HideVersion:               true,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		Action:                    noCommand,
		Commands: []*cli.Command{
			renderCommand(s), testCommand(s), checkCommand(s), evalCommand(s),
			schemaCommand(s), explainCommand(s), previewCommand(s), graphCommand(s), argocdCommand(s), fnCommand(s), versionCommand(s), completionCommand(s),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
	}
	return app
}

// flagHelp is a flag's line of a help text: names and value, a tab, what it does.
func flagHelp(f cli.Flag) string {
	df, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	usage := df.GetUsage()
	value := ""
	if parts := strings.SplitN(usage, "`", 3); len(parts) == 3 {
		value, usage = " "+parts[1], parts[0]+parts[1]+parts[2]
	}
	var names []string
	for _, name := range f.Names() {
		if len(name) == 1 {
			names = append([]string{"-" + name}, names...)
		} else {
			names = append(names, "--"+name)
		}
	}
	if s, ok := f.(*cli.StringFlag); ok && s.Value != "" {
		usage += " (default " + s.Value + ")"
	}
	return strings.Join(names, ", ") + value + "\t" + usage
}

// onUsageError turns the parser's words into ours, with a suggestion for an unknown flag.
func onUsageError(c *cli.Context, err error, _ bool) error {
	const unknown = "flag provided but not defined: -"
	message := err.Error()
	if name, ok := strings.CutPrefix(message, unknown); ok {
		return unknownFlag(c.Command, "-"+name)
	}
	return usagef(helpHint(c.Command), "%s", message)
}

func helpHint(cmd *cli.Command) string {
	if cmd == nil || cmd.Name == "" {
		return "korender help lists the commands"
	}
	return fullName(cmd) + " --help lists its flags"
}

// fullName is how a command is called.
func fullName(cmd *cli.Command) string {
	if cmd.HelpName != "" {
		return cmd.HelpName
	}
	return "korender " + cmd.Name
}

// unknownFlag is the error of a flag that cmd does not have.
func unknownFlag(cmd *cli.Command, name string) error {
	var known []string
	for _, f := range cmd.Flags {
		for _, n := range f.Names() {
			if len(n) > 1 {
				known = append(known, n)
			}
		}
	}
	bare := strings.TrimLeft(name, "-")
	hint := helpHint(cmd)
	if near := diag.Suggest(bare, known); near != "" {
		hint = fmt.Sprintf("did you mean --%s?", near)
	}
	return usagef(hint, "unknown flag --%s of %s", bare, fullName(cmd))
}

// noCommand runs when no command was named, or one that does not exist.
func noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	var known []string
	for _, cmd := range c.App.Commands {
		known = append(known, cmd.Name)
	}
	hint := "korender help lists the commands"
	if near := diag.DidYouMean(c.Args().First(), known); near != "" {
		hint = near
	}
	return usagef(hint, "unknown command %q", c.Args().First())
}
