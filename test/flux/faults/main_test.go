// SPDX-License-Identifier: Apache-2.0

// Package faults plays the sources itself, so that it can play them badly: no controller of Flux runs. Whatever happens,
// what was published last stays, whole; nothing is ever half-published; and the message says what to do.
package faults

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/korender/korender/test/flux/toolkit"
	"github.com/korender/korender/test/live/plane"
)

var flux *toolkit.Flux

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, on *plane.Plane) (func() error, error) {
		commands, clean, err := toolkit.Commands(ctx)
		if err != nil {
			return nil, err
		}
		if flux, err = toolkit.Install(ctx, on, filepath.Join(commands, "korender-live")); err != nil {
			return nil, err
		}
		return func() error { return errors.Join(flux.Stop(), clean()) }, nil
	})
}
