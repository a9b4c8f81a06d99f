// SPDX-License-Identifier: Apache-2.0

// Package tenancy holds korender-live, on a real control plane, to the rights of the accounts that its instances name, and to
// telling no value of a Secret to anybody.
package tenancy

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/live/product"
)

var (
	server *product.Product
	// Two controllers that tell everything that they can: one runs the instances with the label tenancy=strict, and
	// refuses other namespaces; one runs those without such a label.
	lenient, strict *product.Controller
)

func TestMain(m *testing.M) {
	s := product.SetUp{
		Kinds: []schema.GroupVersionKind{{Group: "tenancy.example.com", Version: "v1", Kind: "Tenant"}},
		Controllers: [][]string{
			{"--log-level", "trace", "--watch-label-selector", "tenancy!=strict"},
			{"--log-level", "trace", "--watch-label-selector", "tenancy=strict", "--no-cross-namespace-refs"},
		},
	}
	product.Main(m, s, func(p *product.Product, c []*product.Controller) { server, lenient, strict = p, c[0], c[1] })
}
