// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

const markedProgram = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  steps:
    - {label: names, ref: {kind: ValueFunction, name: names}}
    - {label: pages, ref: {kind: Workflow, name: leaf}}
    - {label: service, ref: {kind: ResourceFunction, name: service}}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: leaf}
spec:
  steps:
    - {label: config, ref: {kind: ResourceFunction, name: config}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: names}
spec: {return: {name: a}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: labels}
spec: {return: {metadata: {labels: {a: b}}}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: service}
spec:
  apiConfig: {apiVersion: v1, kind: Service, name: a, namespace: web}
  resourceTemplateRef: {name: base}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceTemplate
metadata: {name: base}
spec: {template: {apiVersion: v1, kind: Service}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: a, namespace: web}
  resource: {data: {a: b}}
  overlays: [{overlayRef: {kind: ValueFunction, name: labels}}]
`

func compiled(t *testing.T, text string) *render.Program {
	t.Helper()
	docs, problems := source.Parse("a.k.yaml", []byte(text), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	p, problems := program.Compile(docs, env)
	require.Empty(t, problems)
	return p
}

func TestMarked(t *testing.T) {
	t.Parallel()
	p := compiled(t, markedProgram)
	tests := []struct {
		name, workflow, changed string
		want                    []string
	}{
		{"nothing that it uses", "leaf", "ValueFunction/names", nil},
		{"a function", "site", "ValueFunction/names", []string{"names"}},
		{"the Workflow itself", "site", "Workflow/site", []string{Parent}},
		{"a template", "site", "ResourceTemplate/base", []string{"service"}},
		{"an overlay", "leaf", "ValueFunction/labels", []string{"config"}},
		{"an overlay of a Workflow that a step runs", "site", "ValueFunction/labels", []string{"pages"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, ok := Marked(p, test.workflow, map[string]bool{test.changed: true})
			require.True(t, ok)
			var got []string
			for _, n := range c.Nodes {
				if n.Marked {
					got = append(got, n.Name)
					assert.Contains(t, n.Details, Detail{"changed", test.changed})
				}
			}
			assert.Equal(t, test.want, got)
		})
	}
	_, ok := Marked(p, "none", nil)
	assert.False(t, ok)
}
