// SPDX-License-Identifier: Apache-2.0

// Package smoke is the shortest proof that the whole works: one example from end to end, and one object that moves between
// git and live.
package smoke

import (
	"context"
	"testing"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

var (
	server *product.Product
	live   *product.Controller
)

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, p *plane.Plane) (func(), error) {
		var err error
		if server, err = product.New(ctx, p); err != nil {
			return nil, err
		}
		if live, err = server.Start(ctx); err != nil {
			return server.Close, err
		}
		return func() { live.Kill(); server.Close() }, nil
	})
}
