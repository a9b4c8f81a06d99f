// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"maps"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// unused is a Workflow that nothing in the folder triggers, with a function of its own.
const unused = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: unused}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Unused}
  steps:
    - label: read
      ref: {kind: ValueFunction, name: unused}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: unused}
spec: {return: {a: 1}}
`

func compiled(t *testing.T, files map[string]string) (*render.Sources, *render.Program) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := render.Load(render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}, Config: render.ReadConfig(fsys, ".", "")}, render.Options{})
	require.NoError(t, err)
	p, _, err := render.Compile(s)
	require.NoError(t, err)
	return s, p
}

// TestAlike changes one file of a folder; whatever is told to be alike renders to the same.
func TestAlike(t *testing.T) {
	t.Parallel()
	base := maps.Clone(remembering)
	base["z-unused.koreo"] = unused
	withKind := func(kind string) string { // what a function renders triggers the Workflow that nothing triggered
		return `apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: ` + kind + `, name: =inputs.name, namespace: web}
  resource: {data: {text: =inputs.text}}
`
	}
	annotated := "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: web, annotations: {koreo.dev/workflow: site}}\nspec: {text: a}\n"
	tests := []struct {
		name, file, text string
		change           map[string]string // of both
		want             bool
	}{
		{"nothing", "a.yaml", base["a.yaml"], nil, true},
		{"a definition that nothing uses", "z-unused.koreo", unused[:len(unused)-3] + "2}}\n", nil, true},
		{"and that may be triggered by what is rendered", "z-unused.koreo", unused[:len(unused)-3] + "2}}\n", map[string]string{"config.koreo": withKind("Unused")}, false},
		{"and that a trigger may name", "z-unused.koreo", unused[:len(unused)-3] + "2}}\n", map[string]string{"a.yaml": annotated}, false},
		{"it takes what is rendered now", "z-unused.koreo", unused, map[string]string{"config.koreo": withKind("Other")}, true},
		{"a definition that is used", "config.koreo", base["config.koreo"] + "  return: {x: 1}\n", nil, false},
		{"a trigger", "a.yaml", "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: web}\nspec: {text: x}\n", nil, false},
		{"a trigger more", "e.yaml", "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: e, namespace: web}\nspec: {text: e}\n", nil, false},
		{"an object", "other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: web}\ndata: {a: b}\n", nil, false},
		{"the settings", "korender.yaml", base["korender.yaml"] + "namespace: web\n", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			before := maps.Clone(base)
			maps.Copy(before, test.change)
			after := maps.Clone(before)
			after[test.file] = test.text
			s, p := compiled(t, before)
			r, q := compiled(t, after)
			assert.Equal(t, test.want, render.Alike(s, r, p, q, render.Options{}))
			if test.want {
				assert.Equal(t, rendered(t, before, nil), rendered(t, after, nil))
			}
		})
	}
}
