// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

func resumeCommand() *cli.Command {
	return &cli.Command{
		Name:      "resume",
		Usage:     "let a suspended instance run again",
		UsageText: "korender-live resume [flags] NAME",
		Description: `Takes spec.suspend away: the controller runs the instance at once. What git
itself suspends is suspended again by the next sync.

EXAMPLES:
   korender-live resume site-web-1a2b3c4d -n shop`,
		Flags:           targetFlags(),
		HideHelpCommand: true,
		Action:          runResume,
	}
}

func runResume(c *cli.Context) error {
	name, err := nameOf(c)
	if err != nil {
		return err
	}
	cluster, namespace, err := inspect.Connect(targetOf(c))
	if err != nil {
		return err
	}
	changed, err := inspect.Resume(c.Context, cluster, namespace, name)
	switch {
	case err != nil:
		return err
	case changed:
		return say(c, "resumed %s/%s", namespace, name)
	default:
		return say(c, "%s/%s was not suspended", namespace, name)
	}
}
