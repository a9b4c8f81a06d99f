// SPDX-License-Identifier: Apache-2.0

// Package walk goes the whole way, from a commit to the objects in a cluster, with the real controllers of Flux; and
// through every fault on it.
package walk

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/flux/toolkit"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

var (
	flux     *toolkit.Flux
	server   *product.Product
	live     *product.Controller
	korender *toolkit.Korender
)

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, on *plane.Plane) (func() error, error) {
		commands, clean, err := toolkit.Commands(ctx)
		if err != nil {
			return nil, err
		}
		tearDown := func() error {
			if live != nil {
				live.Kill()
			}
			if flux == nil {
				return clean()
			}
			return errors.Join(flux.Stop(), clean())
		}
		if server, err = product.New(ctx, on); err != nil {
			return tearDown, err
		}
		if flux, err = toolkit.Install(ctx, on, filepath.Join(commands, "korender-live")); err != nil {
			return tearDown, err
		}
		for _, kind := range []string{"Address", "Database"} {
			if err := on.Define(ctx, schema.GroupVersionKind{Group: "handover.example.com", Version: "v1", Kind: kind}); err != nil {
				return tearDown, err
			}
		}
		if err := flux.Start(ctx); err != nil {
			return tearDown, err
		}
		if korender, err = flux.Korender(ctx, "", "--http-retry", "1"); err != nil {
			return tearDown, err
		}
		live, err = server.Start(ctx, "--teardown-grace", "15s")
		return tearDown, err
	})
}
