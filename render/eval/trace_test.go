// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tracedProgram = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  steps:
    - label: each
      forEach: {itemIn: =parent.spec.names, inputKey: name}
      ref: {kind: ResourceFunction, name: thing}
      inputs: {size: =parent.spec.size}
    - label: left
      skipIf: =true
      ref: {kind: ResourceFunction, name: thing}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: thing}
spec:
  locals: {double: =inputs.size * 2}
  apiConfig: {apiVersion: v1, kind: Thing, name: =inputs.name, namespace: prod}
  resource: {spec: {size: 1}}
  overlays:
    - overlay: {spec: {size: =locals.double}}
    - skipIf: =inputs.size > 1
      overlay: {spec: {small: true}}
    - overlayRef: {kind: ValueFunction, name: more}
      inputs: {by: =inputs.size}
  return: {size: =resource.spec.size}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: more}
spec:
  return: {spec: {more: =resource.spec.size + inputs.by}}
`

const tracedTrigger = "{apiVersion: example.com/v1, kind: App, metadata: {name: shop, namespace: prod}, spec: {size: 3, names: [a, b]}}"

// TestTraced looks at what a trace holds, and that it changes nothing about the plan.
func TestTraced(t *testing.T) {
	t.Parallel()
	p := compile(t, tracedProgram)
	trigger := Trigger{Workflow: p.Workflows["main"], Object: object(t, tracedTrigger)}
	plan, trace, err := Traced(t.Context(), p, trigger, Observed{}, Options{})
	require.NoError(t, err)
	assert.Equal(t, evaluate(t, p, tracedTrigger, Observed{}, Options{}), plan)

	item := trace.Called("each[1]")
	require.NotNil(t, item)
	assert.Equal(t, "thing", item.Logic.Name)
	assert.Equal(t, m{"name": "b", "size": int64(3)}, item.Inputs)
	assert.Equal(t, m{"double": int64(6)}, item.Vars["locals"])

	require.Len(t, item.Layers, 4)
	spec := func(target m) any { return target["spec"] }
	first, inline, skipped, function := item.Layers[0], item.Layers[1], item.Layers[2], item.Layers[3]
	assert.Equal(t, m{"size": int64(1)}, spec(first.After))
	assert.Equal(t, []any{m{"size": int64(1)}, m{"size": int64(6)}}, []any{spec(inline.Before), spec(inline.After)})
	assert.Equal(t, []any{true, spec(inline.After)}, []any{skipped.Skipped, spec(skipped.After)})
	assert.Equal(t, m{"size": int64(6), "more": int64(9)}, spec(function.After))
	assert.Equal(t, m{"by": int64(3)}, function.Vars["inputs"])

	left := trace.Called("left")
	require.NotNil(t, left)
	assert.Nil(t, left.Logic, "a skipped step runs nothing")
	assert.Nil(t, trace.Called("nowhere"))
}
