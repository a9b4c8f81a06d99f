// SPDX-License-Identifier: Apache-2.0

// Package tenancy holds korender-live, on a real control plane, to the rights of the accounts that its instances name, and to
// telling no value of a Secret to anybody.
package tenancy

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

var (
	server *product.Product
	// Two controllers that tell everything that they can: one runs the instances with the label tenancy=strict, and
	// refuses other namespaces; one runs those without such a label.
	lenient, strict *product.Controller
)

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, p *plane.Plane) (func(), error) {
		var err error
		if server, err = product.New(ctx, p); err != nil {
			return nil, err
		}
		if err = p.Define(ctx, schema.GroupVersionKind{Group: "tenancy.example.com", Version: "v1", Kind: "Tenant"}); err != nil {
			return server.Close, err
		}
		if lenient, err = server.Start(ctx, "--log-level", "trace", "--watch-label-selector", "tenancy!=strict"); err != nil {
			return server.Close, err
		}
		strict, err = server.Start(ctx, "--log-level", "trace", "--watch-label-selector", "tenancy=strict", "--no-cross-namespace-refs")
		if err != nil {
			return func() { lenient.Kill(); server.Close() }, err
		}
		return func() { strict.Kill(); lenient.Kill(); server.Close() }, nil
	})
}
