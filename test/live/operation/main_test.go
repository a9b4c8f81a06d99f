// SPDX-License-Identifier: Apache-2.0

// Package operation runs live as it is run for years: killed, stopped, suspended, led, asked, and with many instances.
package operation

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

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
		if err = p.Define(ctx, schema.GroupVersionKind{Group: "operation.example.com", Version: "v1", Kind: "Source"}); err != nil {
			return server.Close, err
		}
		if live, err = server.Start(ctx); err != nil {
			return server.Close, err
		}
		return func() { live.Kill(); server.Close() }, nil
	})
}
