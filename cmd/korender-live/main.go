// SPDX-License-Identifier: Apache-2.0

// Command korender-live finishes inside a cluster what a render left to it. Without a command it runs the controller;
// its commands look at instances and steer them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"
)

// version is set when a release is built.
var version = "dev"

// Exit codes, those of korender.
const (
	exitOK = iota
	exitUnexpected
	exitUsage
)

const description = `korender-live runs WorkflowInstances: what "korender render" could not decide at
git time, because it depends on the status of objects, is finished in the
cluster by the same evaluator.

Without a command it runs the controller, as its Deployment does. The commands
look at instances and steer them, with your own rights. --controllers=flux runs
the controller of RenderedArtifacts, which makes a source of Flux of a render.

EXIT CODES:
   0  done
   1  unexpected failure
   2  the command line is wrong

EXAMPLES:
   korender-live get -A                     # all instances
   korender-live trace -n shop NAME         # its steps, and what each waits for
   korender-live reconcile -n shop NAME     # run it now
   korender-live --log-level debug          # the controller, on this kubeconfig`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string) int {
	err := newApp().RunContext(ctx, args)
	var coded cli.ExitCoder
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		if text := err.Error(); text != "" {
			fmt.Fprintln(os.Stderr, "korender-live: "+text)
		}
		return coded.ExitCode()
	default:
		fmt.Fprintln(os.Stderr, "korender-live: "+err.Error())
		return exitUnexpected
	}
}

func newApp() *cli.App {
	app := &cli.App{
		Name:                 "korender-live",
		Usage:                "finish in the cluster what a render left to it",
		UsageText:            "korender-live [COMMAND] [flags]",
		Description:          description,
		Version:              version,
		EnableBashCompletion: true,
		ExitErrHandler:       func(*cli.Context, error) {},
		OnUsageError:         onUsageError,
		Flags:                append(controllerFlags(), fluxFlags()...),
		Action:               runController,
		Commands: []*cli.Command{
			getCommand(), traceCommand(), reconcileCommand(), suspendCommand(), resumeCommand(),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
	}
	return app
}

// onUsageError is the error of flags that cannot be read.
func onUsageError(c *cli.Context, err error, _ bool) error {
	command := "korender-live"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != command {
		command += " " + c.Command.Name
	}
	return cli.Exit(fmt.Sprintf("%v\n  hint: %s --help lists the flags", err, command), exitUsage)
}
