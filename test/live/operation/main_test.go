// SPDX-License-Identifier: Apache-2.0

// Package operation runs live as it is run for years: killed, stopped, suspended, led, asked, and with many instances.
package operation

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/live/product"
)

var (
	server *product.Product
	live   *product.Controller
)

func TestMain(m *testing.M) {
	s := product.SetUp{Kinds: []schema.GroupVersionKind{{Group: "operation.example.com", Version: "v1", Kind: "Source"}}}
	product.Main(m, s, func(p *product.Product, c []*product.Controller) { server, live = p, c[0] })
}
