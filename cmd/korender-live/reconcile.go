// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

func reconcileCommand() *cli.Command {
	return &cli.Command{
		Name:      "reconcile",
		Usage:     "run an instance now",
		UsageText: "korender-live reconcile [flags] NAME",
		Description: `Asks the controller to run the instance now, by the annotation
reconcile.korender.dev/requestedAt. With --wait it waits until that has been
done, says what the instance came to, and fails when that is Ready=False.

EXAMPLES:
   korender-live reconcile site-web-1a2b3c4d -n shop
   korender-live reconcile site-web-1a2b3c4d -n shop --wait --timeout 1m`,
		Flags: append(targetFlags(),
			&cli.BoolFlag{Name: "wait", Usage: "wait for the run"},
			&cli.DurationFlag{Name: "timeout", Value: 5 * time.Minute, Usage: "with --wait, the longest `TIME` to wait"}),
		HideHelpCommand: true,
		Action:          runReconcile,
	}
}

func runReconcile(c *cli.Context) error {
	name, err := nameOf(c)
	if err != nil {
		return err
	}
	cluster, namespace, err := inspect.Connect(targetOf(c))
	if err != nil {
		return err
	}
	token, err := inspect.Request(c.Context, cluster, namespace, name, time.Now())
	var suspended *inspect.SuspendedError
	switch {
	case errors.As(err, &suspended):
		return fmt.Errorf("%w\n  hint: korender-live resume -n %s %s", err, namespace, name)
	case err != nil:
		return err
	case !c.Bool("wait"):
		return say(c, "asked for a run of %s/%s", namespace, name)
	}
	ctx, stop := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer stop()
	done, err := inspect.Await(ctx, cluster, namespace, name, token)
	if err != nil {
		return err
	}
	if err := say(c, "%s/%s: Ready %s, %s: %s", namespace, name, done.Ready, done.Reason, done.Message); err != nil {
		return err
	}
	if done.Ready == "False" {
		return cli.Exit("", exitUnexpected)
	}
	return nil
}

// say prints one line.
func say(c *cli.Context, format string, args ...any) error {
	_, err := fmt.Fprintf(c.App.Writer, format+"\n", args...)
	return err
}
