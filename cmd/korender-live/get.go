// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

var listFormats = []string{"table", "wide", "json", "yaml"}

func getCommand() *cli.Command {
	return &cli.Command{
		Name:      "get",
		Usage:     "list instances, and how they are",
		UsageText: "korender-live get [flags] [NAME]",
		Description: `Lists WorkflowInstances with their Workflow, whether they are ready and why
not, and how many of their steps are Ok.

EXAMPLES:
   korender-live get                  # of the kubeconfig's namespace
   korender-live get -A -o wide       # of all namespaces, with messages
   korender-live get site-web-1a2b3c4d -n shop -o yaml
   korender-live get -A -o json | jq -r '.[] | select(.ready != "True") | .name'`,
		Flags: append(targetFlags(),
			&cli.BoolFlag{Name: "all-namespaces", Aliases: []string{"A"}, Usage: "list those of all namespaces"},
			outputFlag(listFormats...)),
		HideHelpCommand: true,
		Action:          runGet,
	}
}

func runGet(c *cli.Context) error {
	args, err := arguments(c)
	if err != nil {
		return err
	}
	format, err := outputOf(c, listFormats...)
	if err != nil {
		return err
	}
	everywhere, name := c.Bool("all-namespaces"), ""
	switch {
	case len(args) > 1 || len(args) == 1 && everywhere:
		return usagef(c, "korender-live get takes one NAME in one namespace, or none")
	case len(args) == 1:
		name = args[0]
	}
	cluster, namespace, err := inspect.Connect(targetOf(c))
	if err != nil {
		return err
	}
	if everywhere {
		namespace = ""
	}
	list, err := inspect.List(c.Context, cluster, namespace, name)
	switch {
	case err != nil:
		return err
	case format == "json" || format == "yaml":
		return inspect.Print(c.App.Writer, format, list)
	case len(list) == 0:
		_, err = c.App.ErrWriter.Write([]byte("no WorkflowInstances found\n"))
		return err
	}
	return inspect.WriteList(c.App.Writer, list, inspect.ListOptions{
		Namespaces: everywhere, Wide: format == "wide", Color: colored(c), Now: time.Now(),
	})
}
