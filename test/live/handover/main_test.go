// SPDX-License-Identifier: Apache-2.0

// Package handover moves objects between git's appliers and live, in every way that a change of git can move them, with
// the calls of Argo CD and of Flux. After each move every object that should exist is the one that existed before, there
// is no second one, nobody finds anything left to do, and nobody has asked for the deletion of a database.
package handover

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
		for _, kind := range []string{"Address", "Database"} {
			if err := p.Define(ctx, schema.GroupVersionKind{Group: "handover.example.com", Version: "v1", Kind: kind}); err != nil {
				return server.Close, err
			}
		}
		// The grace must outlast a sync, and syncs are slow where tests are many.
		if live, err = server.Start(ctx, "--teardown-grace", "15s"); err != nil {
			return server.Close, err
		}
		return func() { live.Kill(); server.Close() }, nil
	})
}
