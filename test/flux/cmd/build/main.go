// SPDX-License-Identifier: Apache-2.0

// Command build makes the controllers of Flux, or finds them made, and prints their folder. It runs in the module test/flux.
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
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(dir)
}
