// SPDX-License-Identifier: Apache-2.0

// Command schema prints which fields of the built-in kinds a real kube-apiserver stores in another form than they were
// written in, as the product's table of them has it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/korender/korender/test/controlplane"
	"github.com/korender/korender/test/controlplane/openapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	plane, err := controlplane.Start(ctx, os.Stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	text, err := openapi.Table(ctx, plane.Config)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}
