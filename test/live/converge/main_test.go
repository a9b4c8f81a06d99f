// SPDX-License-Identifier: Apache-2.0

// Package converge has every example that leaves something to live come to its end, stage by stage, on a real control
// plane. Other systems' controllers are played: they write what the example's stages say that they write.
package converge

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
