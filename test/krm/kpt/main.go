// SPDX-License-Identifier: Apache-2.0

// Command kpt is kpt's own fn commands, without those of kpt that need a cluster, or modules that cannot be had.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kptdev/kpt/commands/fn"
	"github.com/kptdev/kpt/pkg/lib/errors/resolver"
	"github.com/kptdev/kpt/pkg/printer"
	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "kpt", SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().BoolVar(&printer.TruncateOutput, "truncate-output", true, "shorten what functions print")
	ctx := printer.WithContext(context.Background(), printer.New(os.Stdout, os.Stderr))
	root.AddCommand(fn.GetCommand(ctx, "kpt"))
	if err := root.ExecuteContext(ctx); err != nil {
		message := err.Error()
		if resolved, ok := resolver.ResolveError(err); ok && resolved.Message != "" {
			message = resolved.Message
		}
		fmt.Fprintln(os.Stderr, message)
		os.Exit(1)
	}
}
