// SPDX-License-Identifier: Apache-2.0

// Package handover moves objects between git's appliers and live, in every way that a change of git can move them, with
// the calls of Argo CD and of Flux. After each move every object that should exist is the one that existed before, there
// is no second one, nobody finds anything left to do, and nobody has asked for the deletion of a database.
package handover

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
	s := product.SetUp{
		Kinds: []schema.GroupVersionKind{
			{Group: "handover.example.com", Version: "v1", Kind: "Address"},
			{Group: "handover.example.com", Version: "v1", Kind: "Database"},
		},
		// The grace must outlast a sync, and syncs are slow where tests are many.
		Controllers: [][]string{{"--teardown-grace", "15s"}},
	}
	product.Main(m, s, func(p *product.Product, c []*product.Controller) { server, live = p, c[0] })
}
