// SPDX-License-Identifier: Apache-2.0

// Package live applies what kustomize builds with the function in it, and looks at what the live reconciler does.
package live

import (
	"testing"

	"github.com/korender/korender/test/live/product"
)

var server *product.Product

func TestMain(m *testing.M) {
	product.Main(m, product.SetUp{}, func(p *product.Product, _ []*product.Controller) { server = p })
}
