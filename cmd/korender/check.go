// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

func checkCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "find what is wrong before anything runs",
		UsageText: "korender check [flags] PATH…",
		Description: `Reads and compiles everything and lists every problem, sorted by place. Errors
make the exit code 3, warnings do not.

EXAMPLES:
   korender check .
   korender check platform/ -o json | jq -r '.diagnostics[].message'
   korender check apps/ --library ../platform`,
		Flags: append(inputFlags(),
			&cli.StringFlag{Name: "triggers", Usage: "what becomes of triggers: `consume|emit`"},
			outputFlag("text", "text", "json")),
		Action: func(c *cli.Context) error { return runCheck(c, s) },
	}
}

func runCheck(c *cli.Context, s streams) error {
	format, err := outputOf(c, "text", "json")
	if err != nil {
		return err
	}
	opts, err := renderOptions(c)
	if err != nil {
		return err
	}
	f, err := openInput(c, s)
	if err != nil {
		return err
	}
	defer f.Close()
	found, program, err := render.Check(f.input, opts)
	if err != nil {
		return err
	}
	code := exitCode(exitOK)
	if found.HasErrors() {
		code = exitProgram
	}
	if format == "json" {
		if found == nil {
			found = diag.List{}
		}
		err = printJSON(s.out, struct {
			Diagnostics diag.List `json:"diagnostics"`
		}{found})
	} else {
		printProblems(s, found)
		if program != nil {
			_, err = fmt.Fprintf(s.out, "ok: %s\n", render.Summary(program))
		}
	}
	if err != nil || code == exitOK {
		return err
	}
	return code
}
