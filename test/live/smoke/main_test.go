// SPDX-License-Identifier: Apache-2.0

// Package smoke is the shortest proof that the whole works: one example from end to end, and one object that moves between
// git and live.
package smoke

import (
	"testing"

	"github.com/korender/korender/test/live/product"
)

var (
	server *product.Product
	live   *product.Controller
)

func TestMain(m *testing.M) {
	product.Main(m, product.SetUp{}, func(p *product.Product, c []*product.Controller) { server, live = p, c[0] })
}
