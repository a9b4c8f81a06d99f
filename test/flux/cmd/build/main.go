// SPDX-License-Identifier: Apache-2.0

// Command build makes the controllers of Flux and its command, or finds them made, and prints where they are. It runs in
// the module test/flux.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/korender/korender/test/flux/toolkit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	dir, err := toolkit.Build(ctx, "servers", os.Stderr)
	var command string
	if err == nil {
		command, err = toolkit.BuildCLI(ctx, os.Stderr)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(dir)
	fmt.Println(command)
}
