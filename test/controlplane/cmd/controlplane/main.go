// SPDX-License-Identifier: Apache-2.0

// Command controlplane builds a real control plane (controlplane build), or runs one until it is interrupted
// (controlplane run). It prints the folder of the servers, or the path of a kubeconfig.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/korender/korender/test/controlplane"
)

var errUsage = errors.New("usage: controlplane build | run")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	switch args[0] {
	case "build":
		dir, err := controlplane.Build(ctx, os.Stderr)
		if err == nil {
			fmt.Println(dir)
		}
		return err
	case "run":
		return run(ctx)
	}
	return errUsage
}

func run(ctx context.Context) error {
	plane, err := controlplane.Start(ctx, os.Stderr)
	if err != nil {
		return err
	}
	if err = plane.StartControllers(ctx); err == nil {
		fmt.Println(plane.Kubeconfig)
		<-ctx.Done()
	}
	if stopped := plane.Stop(); err == nil {
		err = stopped
	}
	return err
}
