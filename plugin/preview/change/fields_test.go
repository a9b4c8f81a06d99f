// SPDX-License-Identifier: Apache-2.0

package change

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// read is a YAML map as the engine has it.
func read(t *testing.T, text string) map[string]any {
	t.Helper()
	docs, problems := source.Parse("test", []byte(text), 0, source.Limits{})
	require.NoError(t, problems.Err())
	require.Len(t, docs, 1)
	m, ok := docs[0].Root.Native().(map[string]any)
	require.True(t, ok, "%s is no map", text)
	return m
}

func TestFields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, after string
		want                []string
	}{
		{"nothing", `{a: 1, b: [x]}`, `{b: [x], a: 1.0}`, nil},
		{"a value", `{a: {b: 1}}`, `{a: {b: 2}}`, []string{"a.b changed 1 2"}},
		{"another type", `{a: 1}`, `{a: "1"}`, []string{`a changed 1 "1"`}},
		{"null is a value", `{a: null}`, `{}`, []string{"a removed null null"}},
		{"added and removed", `{a: 1}`, `{b: {c: 2}}`, []string{"a removed 1 null", `b added null {"c":2}`}},
		{"a key with dots", `{a: {"x.y/z": 1}}`, `{a: {"x.y/z": 2}}`, []string{`a["x.y/z"] changed 1 2`}},
		{"items by name", `{l: [{name: a, v: 1}, {name: b, v: 1}]}`, `{l: [{name: a, v: 1}, {name: c, v: 1}, {name: b, v: 2}]}`,
			[]string{"l[name=b].v changed 1 2", `l[name=c] added null {"name":"c","v":1}`}},
		{"items by port and protocol", `{l: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]}`, `{l: [{port: 53, protocol: TCP}]}`,
			[]string{`l[port=53,protocol=UDP] removed {"port":53,"protocol":"UDP"} null`}},
		{"reordered by name", `{l: [{name: a}, {name: b}]}`, `{l: [{name: b}, {name: a}]}`,
			[]string{`l reordered ["[name=a]","[name=b]"] ["[name=b]","[name=a]"]`}},
		{"a name twice is no key", `{l: [{name: a, v: 1}, {name: a, v: 2}]}`, `{l: [{name: a, v: 1}, {name: a, v: 3}]}`, []string{"l[1].v changed 2 3"}},
		{"reordered texts", `{l: [a, b, b]}`, `{l: [b, a, b]}`, []string{`l reordered ["a","b","b"] ["b","a","b"]`}},
		{"an item more", `{l: [a, b]}`, `{l: [a, c, b]}`, []string{`l[1] added null "c"`}},
		{"an item less", `{l: [a, b, c]}`, `{l: [a, c]}`, []string{`l[1] removed "b" null`}},
		{"another item", `{l: [a, b, c]}`, `{l: [a, x, c]}`, []string{`l[1] changed "b" "x"`}},
		{"the list is gone", `{l: [a]}`, `{l: []}`, []string{`l[0] removed "a" null`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range Fields(read(t, test.before), read(t, test.after)) {
				got = append(got, fmt.Sprintf("%s %s %s %s", f.Path, f.How, Canonical(f.Before), Canonical(f.After)))
				assert.Equal(t, f.segments, segmentsOf(f.Path), "a path can be read back")
			}
			assert.Equal(t, test.want, got)
			assert.Empty(t, Fields(read(t, test.before), read(t, test.before)))
		})
	}
}

func TestHolesAndHiddenValues(t *testing.T) {
	t.Parallel()
	before := map[string]any{"same": hole{"a: x"}, "hole": hole{"a: x"}, "hidden": opaque{"1"}, "kept": opaque{"1"}}
	after := map[string]any{"same": hole{"a: x"}, "hole": hole{"a: y"}, "hidden": opaque{"2"}, "kept": opaque{"1"}}
	assert.Equal(t, []Field{
		{Path: "hidden", How: FieldChanged, Before: map[string]any{"$hidden": true}, After: map[string]any{"$hidden": true}, segments: []string{"hidden"}},
		{Path: "hole", How: FieldChanged, Before: map[string]any{"$unknown": "a: x"}, After: map[string]any{"$unknown": "a: y"}, segments: []string{"hole"}},
	}, Fields(before, after))
}

func TestIgnore(t *testing.T) {
	t.Parallel()
	fields := Fields(
		read(t, `{metadata: {annotations: {"a/b": 1, c: 1}}, spec: {l: [{name: x, image: a, v: 1}]}}`),
		read(t, `{metadata: {annotations: {"a/b": 2, c: 2}}, spec: {l: [{name: x, image: b, v: 2}]}}`))
	var got []string
	for _, f := range NoiseOf([]string{`metadata.annotations["a/b"]`, "spec.*[*].image"}).drop(fields) {
		got = append(got, f.Path)
	}
	assert.Equal(t, []string{"metadata.annotations.c", "spec.l[name=x].v"}, got)
}

// TestListKeys has lists whose keys nobody would guess: one that a program names, one that a definition of a kind does.
func TestListKeys(t *testing.T) {
	t.Parallel()
	program, err := render.CompileProgram("test", []byte(`apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: f}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Site, name: a, namespace: b}
  resource:
    spec:
      x-koreo-compare-as-map: {pages: [slug]}
      pages: [{slug: a}]
`))
	require.NoError(t, err)
	crd := read(t, `{spec: {group: example.com, names: {kind: Site}, versions: [{name: v1, schema: {openAPIV3Schema: {properties: {spec: {properties: {
		pages: {items: {properties: {rules: {x-kubernetes-list-map-keys: [verb, scope], items: {}}}}}}}}}}}]}}`)
	before := read(t, `{spec: {pages: [{slug: a, name: x, v: 1}, {slug: b, name: y, rules: [{verb: get, scope: all, v: 1}, {verb: get, v: 1}]}]}}`)
	after := read(t, `{spec: {pages: [{slug: b, name: y, rules: [{verb: get, v: 2}, {verb: get, scope: all, v: 1}]}, {slug: a, name: z, v: 1}]}}`)
	d := differ{id: manifest.ID{APIVersion: "example.com/v1", Kind: "Site"}, after: KeysOf(program, []map[string]any{crd})}
	var got []string
	for _, f := range d.compare(before, after) {
		got = append(got, f.Path+" "+string(f.How))
	}
	assert.Equal(t, []string{
		"spec.pages[slug=a].name changed", "spec.pages[slug=b].rules[verb=get].v changed", "spec.pages[slug=b].rules reordered", "spec.pages reordered",
	}, got)
	other := differ{id: manifest.ID{APIVersion: "example.com/v2", Kind: "Site"}, after: d.after}
	assert.NotEqual(t, d.fields, other.compare(before, after), "another version says nothing")
}
