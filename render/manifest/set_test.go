// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
)

func TestIDText(t *testing.T) {
	t.Parallel()
	id := manifest.ID{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "prod", Name: "web"}
	assert.Equal(t, "Deployment/prod/web", id.String())
	assert.Equal(t, []string{"apps", "v1"}, []string{id.Group(), id.Version()})
	assert.Equal(t, manifest.Key{Group: "apps", Kind: "Deployment", Namespace: "prod", Name: "web"}, id.Key())
	node := manifest.ID{APIVersion: "v1", Kind: "Node", Name: "n"}
	assert.Equal(t, "Node/n", node.String())
	assert.Equal(t, []string{"", "v1"}, []string{node.Group(), node.Version()})
	assert.Negative(t, node.Compare(id))
	assert.Positive(t, id.Compare(node))
	assert.Zero(t, id.Compare(id))
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		want manifest.ID
		err  string
	}{
		"Node/n":                     {want: manifest.ID{Kind: "Node", Name: "n"}},
		"Service/prod/web":           {want: manifest.ID{Kind: "Service", Namespace: "prod", Name: "web"}},
		"Deployment.apps/prod/web.1": {want: manifest.ID{APIVersion: "apps/", Kind: "Deployment", Namespace: "prod", Name: "web.1"}},
		"Role.rbac.example.com/r":    {want: manifest.ID{APIVersion: "rbac.example.com/", Kind: "Role", Name: "r"}},
		"Node":                       {err: `"Node" is not Kind/name or Kind/namespace/name`},
		"A/b/c/d":                    {err: `"A/b/c/d" is not Kind/name or Kind/namespace/name`},
		"A//c":                       {err: `"A//c" has an empty part; write Kind/name or Kind/namespace/name`},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := manifest.ParseID(text)
			if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, c.want, got)
		})
	}
	parsed, err := manifest.ParseID("Deployment.apps/prod/web")
	require.NoError(t, err)
	assert.Equal(t, manifest.ID{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "prod", Name: "web"}.Key(), parsed.Key())
}

func TestIDOf(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	for name, c := range map[string]struct {
		value m
		want  manifest.ID
		err   string
	}{
		"namespaced":     {value: m{"apiVersion": "v1", "kind": "A", "metadata": m{"name": "x", "namespace": "n"}}, want: manifest.ID{APIVersion: "v1", Kind: "A", Namespace: "n", Name: "x"}},
		"no apiVersion":  {value: m{"kind": "A"}, err: "apiVersion must be a non-empty string"},
		"kind is a list": {value: m{"apiVersion": "v1", "kind": []any{}}, err: "kind must be a non-empty string"},
		"no metadata":    {value: m{"apiVersion": "v1", "kind": "A"}, err: "metadata must be a map with a name"},
		"empty name":     {value: m{"apiVersion": "v1", "kind": "A", "metadata": m{"name": ""}}, err: "metadata.name must be a non-empty string"},
		"generateName": {value: m{"apiVersion": "v1", "kind": "A", "metadata": m{"generateName": "x-"}},
			err: "metadata.generateName cannot be rendered: every object needs a fixed metadata.name"},
		"namespace is a number": {value: m{"apiVersion": "v1", "kind": "A", "metadata": m{"name": "x", "namespace": int64(1)}}, err: "metadata.namespace must be a string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := manifest.IDOf(c.value)
			if c.err != "" {
				require.EqualError(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	a, b, c := thing("apps/v1", "A", "n", "x"), thing("v1", "B", "", "y"), thing("v1", "C", "", "z")
	a.From, c.From = manifest.Origin{File: "a.yaml", Line: 3}, manifest.Origin{Step: "web(App/x): c"}
	var s manifest.Set
	assert.Zero(t, s.Len())
	assert.Empty(t, s.All())
	for _, o := range []manifest.Object{a, b, c} {
		require.NoError(t, s.Add(o))
	}

	again := thing("apps/v1beta1", "A", "n", "x")
	var duplicate *manifest.DuplicateError
	require.ErrorAs(t, s.Add(again), &duplicate)
	assert.Equal(t, &manifest.DuplicateError{First: a, Second: again}, duplicate)
	require.EqualError(t, duplicate, "A/n/x is defined twice: by a.yaml:3 and by the input")
	require.EqualError(t, s.Add(c), "C/z is defined twice: by web(App/x): c and by web(App/x): c")

	s.Replace(again)
	assert.Equal(t, []manifest.Object{again, b, c}, s.All())
	got, found := s.Get(a.ID)
	assert.True(t, found)
	assert.Equal(t, again, got)

	before := s.All()
	assert.True(t, s.Delete(b.ID))
	assert.False(t, s.Delete(b.ID))
	assert.Equal(t, []manifest.Object{again, c}, s.All())
	assert.Equal(t, []manifest.Object{again, b, c}, before, "what was listed before must not change")
	got, found = s.Get(c.ID)
	assert.True(t, found)
	assert.Equal(t, c, got)
	_, found = s.Get(b.ID)
	assert.False(t, found)
	s.Replace(b)
	assert.Equal(t, []manifest.Object{again, c, b}, s.All())
}
