// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/test/controlplane"
)

// TestProduct makes sure that the product's table is what the server says.
func TestProduct(t *testing.T) {
	plane, err := controlplane.Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, plane.Stop()) })
	want, err := Table(context.Background(), plane.Config)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join("..", "..", "..", "render", "schema", "builtin.txt"))
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "run `make schema`")
}

func TestLines(t *testing.T) {
	t.Parallel()
	ref := func(name string) *schema { return &schema{Ref: refPrefix + name} }
	const time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
	meta := ref(metadata)
	definitions := map[string]*schema{
		time:     {Type: "string", Format: "date-time"},
		metadata: {Properties: map[string]*schema{"creationTimestamp": ref(time)}},
		"x.v1.Thing": {
			Kinds:      []groupVersionKind{{"x", "v1", "Thing"}, {"", "v2", "Thing"}},
			Properties: map[string]*schema{"metadata": meta, "status": ref(time), "spec": {AllOf: []schema{{Ref: refPrefix + "a.x.v1.Spec"}}}},
		},
		"a.x.v1.Spec": {Properties: map[string]*schema{
			"at": {Items: ref(time)}, "name": {Type: "string"}, "data": {Values: &schema{Format: "byte"}}, "inner": {Values: &schema{Items: ref("a.x.v1.Spec")}},
		}},
		"x.v1.Plain": {
			Kinds:      []groupVersionKind{{"x", "v1", "Plain"}},
			Properties: map[string]*schema{"metadata": meta, "spec": {Type: "string"}},
		},
		"x.v1.Options": {Kinds: []groupVersionKind{{"x", "v1", "Options"}}, Properties: map[string]*schema{"at": ref(time)}},
	}
	lines, err := newTable(definitions).lines()
	require.NoError(t, err)
	assert.Equal(t, []string{
		"v2/Thing spec=x.v1.Spec",
		"x.v1.Spec at=[]time data={}bytes inner={}[]x.v1.Spec",
		"x/v1/Thing spec=x.v1.Spec",
	}, lines)
	definitions["b.x.v1.Spec"] = &schema{Properties: map[string]*schema{"at": ref(time)}}
	definitions["a.x.v1.Spec"].Properties["other"] = ref("b.x.v1.Spec")
	_, err = newTable(definitions).lines()
	assert.EqualError(t, err, "b.x.v1.Spec and a.x.v1.Spec have one short name")
}
