// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

func suspendCommand() *cli.Command {
	return &cli.Command{
		Name:      "suspend",
		Usage:     "stop running an instance",
		UsageText: "korender-live suspend [flags] NAME",
		Description: `Sets spec.suspend: the controller leaves the instance and its objects as they are
until it is resumed. Deleting it still tears down. To keep it suspended in git,
write instance.suspend in korender.yaml.

EXAMPLES:
   korender-live suspend site-web-1a2b3c4d -n shop`,
		Flags:           targetFlags(),
		HideHelpCommand: true,
		Action:          runSuspend,
	}
}

func runSuspend(c *cli.Context) error {
	name, err := nameOf(c)
	if err != nil {
		return err
	}
	cluster, namespace, err := inspect.Connect(targetOf(c))
	if err != nil {
		return err
	}
	changed, err := inspect.Suspend(c.Context, cluster, namespace, name)
	switch {
	case err != nil:
		return err
	case changed:
		return say(c, "suspended %s/%s", namespace, name)
	default:
		return say(c, "%s/%s was suspended already", namespace, name)
	}
}
