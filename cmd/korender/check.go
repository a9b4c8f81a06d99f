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

--explain-deferral tells of every step whether it may be left to a live
reconciler, whatever the values of its trigger are, and why: which expression
may read what git does not know, and where that comes from.

EXAMPLES:
   korender check .
   korender check platform/ -o json | jq -r '.diagnostics[].message'
   korender check apps/ --library ../platform
   korender check platform/ --explain-deferral --target flux`,
		Flags: append(inputFlags(),
			&cli.StringFlag{Name: "triggers", Usage: "what becomes of triggers: `consume|emit`"},
			&cli.BoolFlag{Name: "explain-deferral", Usage: "tell which steps may be left to a live reconciler, and why"},
			&cli.StringFlag{Name: "target", Usage: "with --explain-deferral, the tool that will apply the manifests: `plain|argocd|flux`"},
			&cli.StringFlag{Name: "gate", Usage: "with --explain-deferral, who waits for a gate: `strict|ordered`"},
			&cli.StringSliceFlag{Name: "policy", Usage: "with --explain-deferral, what git is allowed, `NAME=VALUE`: createOverlay=merge, never=apply, recreate=apply (repeatable)"},
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
	found, program, deferrals, err := render.CheckDeferrals(f.input, opts)
	if err != nil {
		return err
	}
	if !c.Bool("explain-deferral") {
		deferrals = nil
	}
	code := exitCode(exitOK)
	if found.HasErrors() {
		code = exitProgram
	}
	if format == "json" {
		err = printCheck(s, found, deferrals)
	} else {
		printProblems(s, found)
		if program != nil {
			_, err = fmt.Fprintf(s.out, "ok: %s\n", render.Summary(program))
		}
		if err == nil {
			err = deferrals.WriteText(s.out)
		}
	}
	if err != nil || code == exitOK {
		return err
	}
	return code
}

func printCheck(s streams, found diag.List, deferrals render.Deferrals) error {
	if found == nil {
		found = diag.List{}
	}
	return printJSON(s.out, struct {
		Diagnostics diag.List        `json:"diagnostics"`
		Deferrals   render.Deferrals `json:"deferrals,omitempty"`
	}{found, deferrals})
}
