// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"bytes"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// remembering is a folder with two Workflows and four triggers, of which one reads an object of the input.
var remembering = map[string]string{
	"korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\n",
	"site.koreo": `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name, text: =parent.spec.text}
`,
	"config.koreo": `apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {data: {text: =inputs.text}}
`,
	"reader.koreo": `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: reader}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Reader}
  steps:
    - label: read
      ref: {kind: ResourceFunction, name: read}
    - label: config
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name, text: =steps.read.value}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: read}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: settings, namespace: web, readonly: true}
  resource: {}
  return: {value: =resource.data.value}
`,
	"settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: web}\ndata: {value: one}\n",
	"other.yaml":    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: web}\n",
	"a.yaml":        "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: web}\nspec: {text: a}\n",
	"b.yaml":        "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: b, namespace: web}\nspec: {text: b}\n",
	"c.yaml":        "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: c, namespace: web}\nspec: {text: c}\n",
	"d.yaml":        "apiVersion: example.com/v1\nkind: Reader\nmetadata: {name: d, namespace: web}\n",
}

// rendered is what a folder renders to, or why it does not.
func rendered(t *testing.T, files map[string]string, memory *render.Memory) string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	in := render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}, Config: render.ReadConfig(fsys, ".", "")}
	result, err := render.Render(t.Context(), in, render.Options{Memory: memory})
	if err != nil {
		return err.Error()
	}
	var out bytes.Buffer
	require.NoError(t, result.WriteYAML(&out))
	require.NoError(t, result.Report().Write(&out))
	return out.String()
}

// TestMemory renders a folder, then with one file changed: what is remembered is all but what the change reaches, and the
// result is that of a render that remembers nothing.
func TestMemory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, text string
		evaluated        int // again, of four
	}{
		{"nothing", "a.yaml", remembering["a.yaml"], 0},
		{"a trigger", "a.yaml", "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: web}\nspec: {text: x}\n", 1},
		{"a comment of a trigger", "a.yaml", "# new\n" + remembering["a.yaml"], 0},
		{"a function of all", "config.koreo", remembering["config.koreo"] + "  return: {x: 1}\n", 4},
		{"a Workflow", "site.koreo", remembering["site.koreo"] + "      state: {x: 1}\n", 3},
		{"a Workflow that only moves", "site.koreo", "# new\n\n---\n" + remembering["site.koreo"], 0},
		{"an object that is read", "settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: web}\ndata: {value: two}\n", 1},
		{"an object that is read goes", "settings.yaml", "", 1},
		{"another object", "other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: web}\ndata: {a: b}\n", 0},
		{"the settings", "korender.yaml", remembering["korender.yaml"] + "namespace: web\n", 4},
		{"a kind is defined", "crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: sites.example.com}\nspec: {group: example.com, names: {kind: Site}, versions: [{name: v1}]}\n", 4},
		{"a trigger more", "e.yaml", "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: e, namespace: web}\nspec: {text: e}\n", 1},
		{"a trigger that makes what another makes", "e.yaml", "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: other}\nspec: {text: a}\n", 1},
		{"a step that fails", "site.koreo", remembering["site.koreo"] + "      skipIf: =parent.spec.none\n", 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			memory := &render.Memory{}
			assert.Equal(t, rendered(t, remembering, nil), rendered(t, remembering, memory))
			require.Equal(t, 4, memory.Evaluated, rendered(t, remembering, nil))
			after := maps.Clone(remembering)
			after[test.file] = test.text
			assert.Equal(t, rendered(t, after, nil), rendered(t, after, memory))
			assert.Equal(t, test.evaluated, memory.Evaluated-4)

			memory.Age()
			assert.Equal(t, rendered(t, after, nil), rendered(t, after, memory), "evaluations are forgotten")
		})
	}
}
