// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"regexp"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
)

func testCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "run FunctionTests",
		UsageText: "korender test [flags] PATH…",
		Description: `Runs every FunctionTest found in the PATHs (tests of libraries are not run).
When a case fails, the exit code is 5.

EXAMPLES:
   korender test .
   korender test . --run 'deployment|service'
   korender test . --watch
   korender test . -o junit > report.xml
   korender test . -o json | jq .summary`,
		Flags: append(inputFlags(),
			&cli.StringFlag{Name: "run", Usage: "run only tests whose name matches `REGEX`"},
			&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "stay, and run again what a saved file affects"},
			outputFlag("text", "text", "json", "junit")),
		Action: func(c *cli.Context) error { return runTest(c, s) },
	}
}

func runTest(c *cli.Context, s streams) error {
	format, err := outputOf(c, "text", "json", "junit")
	if err != nil {
		return err
	}
	opts := render.TestOptions{}
	if text := c.String("run"); text != "" {
		if opts.Run, err = regexp.Compile(text); err != nil {
			return usagef("it is read as RE2, see https://github.com/google/re2/wiki/Syntax", "--run %q is no regular expression: %s", text, err)
		}
	}
	if c.Bool("watch") {
		if format != "text" {
			return usagef("leave out -o", "--watch prints text only")
		}
		return watch(c, s, opts)
	}
	f, err := openInput(c, s)
	if err != nil {
		return err
	}
	defer f.Close()
	run, err := render.Test(c.Context, f.input, opts)
	if err != nil {
		return err
	}
	return printRun(s, run, format)
}

// printRun prints a run; a failed one ends with the exit code of failed tests.
func printRun(s streams, run *render.TestRun, format string) error {
	var out bytes.Buffer
	var err error
	switch format {
	case "json":
		err = run.WriteJSON(&out)
	case "junit":
		err = run.WriteJUnit(&out)
	default:
		err = run.WriteText(&out, colored(s.out))
	}
	if err != nil {
		return err
	}
	printProblems(s, run.Warnings)
	if _, err := s.out.Write(out.Bytes()); err != nil {
		return err
	}
	if run.Failed() {
		return exitCode(exitTests)
	}
	return nil
}
