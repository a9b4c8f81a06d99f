// SPDX-License-Identifier: Apache-2.0

// Package converge has every example that leaves something to live come to its end, stage by stage, on a real control
// plane. Other systems' controllers are played: they write what the example's stages say that they write.
package converge

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
