// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

var traceFormats = []string{"tree", "json", "yaml"}

func traceCommand() *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "show the steps of an instance, and what each waits for",
		UsageText: "korender-live trace [flags] NAME",
		Description: `Evaluates the instance here and now, with what you may read, and shows it as a
tree of steps: what each comes to, its object, who applies that and whether it
is ready. Of a step that waits it shows the fields that it waits for, and what
is in exactly those fields now. Nothing is written. Values of Secrets are never
shown.

EXAMPLES:
   korender-live trace site-web-1a2b3c4d -n shop
   korender-live trace site-web-1a2b3c4d -o json | jq '.. | .waitsFor? // empty'`,
		Flags:           append(targetFlags(), outputFlag(traceFormats...)),
		HideHelpCommand: true,
		Action:          runTrace,
	}
}

func runTrace(c *cli.Context) error {
	name, err := nameOf(c)
	if err != nil {
		return err
	}
	format, err := outputOf(c, traceFormats...)
	if err != nil {
		return err
	}
	cluster, namespace, err := inspect.Connect(targetOf(c))
	if err != nil {
		return err
	}
	trace, err := inspect.TraceOf(c.Context, cluster, namespace, name)
	switch {
	case err != nil:
		return err
	case format == "tree":
		return trace.WriteText(c.App.Writer, colored(c))
	default:
		return inspect.Print(c.App.Writer, format, trace)
	}
}
