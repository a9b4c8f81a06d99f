// SPDX-License-Identifier: Apache-2.0

// Package storms has others change what korender-live writes, all the time, on a real control plane: its writes must end,
// and it must say so.
package storms

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
