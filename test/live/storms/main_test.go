// SPDX-License-Identifier: Apache-2.0

// Package storms has others change what korender-live writes, all the time, on a real control plane: its writes must end,
// and it must say so.
package storms

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
