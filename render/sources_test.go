// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const greeting = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: greet}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Greeting}
  steps:
    - {label: config, ref: {kind: ResourceFunction, name: config}, inputs: {text: =parent.spec.text}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: greeting, namespace: prod}
  resource: {data: {text: =inputs.text}}
---
apiVersion: v1
kind: Namespace
metadata: {name: prod}
---
apiVersion: example.com/v1
kind: Greeting
metadata: {name: hello, namespace: prod} # the trigger
spec: {text: hello}
`

const greetings = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: greetings.example.com}
`

// TestReplace changes what a trigger says between Load and Evaluate.
func TestReplace(t *testing.T) {
	t.Parallel()
	in := Input{
		Paths:     []Place{{FS: fstest.MapFS{"all.yaml": {Data: []byte(greeting)}}, Path: "."}},
		Libraries: []Place{{FS: fstest.MapFS{"kind.yaml": {Data: []byte(greetings)}}, Path: "."}},
	}
	opts := Options{Config: Config{Triggers: Triggers{All: Emit}}}
	s, err := Load(in, opts)
	require.NoError(t, err)
	p, _, err := Compile(s)
	require.NoError(t, err)
	assert.Equal(t, []int{1}, TriggersOf(s, p, opts))
	require.Len(t, s.Kinds(), 1)
	assert.Equal(t, map[string]any{"name": "greetings.example.com"}, s.Kinds()[0]["metadata"])

	s.Replace(1, map[string]any{
		"apiVersion": "example.com/v1", "kind": "Greeting",
		"metadata": map[string]any{"name": "hello", "namespace": "prod"}, "spec": map[string]any{"text": "good bye"},
	})
	result, err := Evaluate(t.Context(), s, p, opts)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, result.WriteYAML(&out))
	assert.Equal(t, `apiVersion: v1
kind: Namespace
metadata: {name: prod}
---
apiVersion: example.com/v1
kind: Greeting
metadata:
  name: hello
  namespace: prod
spec:
  text: good bye
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
  namespace: prod
data:
  text: good bye
`, out.String())
}

// TestConsume reads a trigger from a place whose triggers leave the output, beside another that stays.
func TestConsume(t *testing.T) {
	t.Parallel()
	own := fstest.MapFS{"own.yaml": {Data: []byte("apiVersion: example.com/v1\nkind: Greeting\nmetadata: {name: own, namespace: prod}\nspec: {text: own}\n")}}
	in := Input{Paths: []Place{
		{FS: fstest.MapFS{"all.yaml": {Data: []byte(strings.ReplaceAll(greeting, "name: greeting,", "name: =inputs.text,"))}}, Path: "."},
		{FS: own, Path: "own.yaml", Consume: true},
	}}
	result, err := Render(t.Context(), in, Options{Config: Config{Triggers: Triggers{All: Emit}}})
	require.NoError(t, err)
	var ids []string
	for _, o := range result.Objects {
		ids = append(ids, o.ID.String())
	}
	assert.Equal(t, []string{"Namespace/prod", "Greeting/prod/hello", "ConfigMap/prod/hello", "ConfigMap/prod/own"}, ids)
}

// TestLibraryTests runs the FunctionTests of a library when asked to.
func TestLibraryTests(t *testing.T) {
	t.Parallel()
	tested := greeting + `---
apiVersion: koreo.dev/v1beta1
kind: FunctionTest
metadata: {name: config}
spec:
  functionRef: {kind: ResourceFunction, name: config}
  inputs: {text: hello}
  testCases: [{label: hello, expectOutcome: {ok: {}}}]
`
	in := Input{Libraries: []Place{{FS: fstest.MapFS{"all.yaml": {Data: []byte(tested)}}, Path: "."}}}
	for libraries, want := range map[bool]int{false: 0, true: 1} {
		run, err := Test(t.Context(), in, TestOptions{Libraries: libraries})
		require.NoError(t, err)
		assert.Len(t, run.Tests, want)
	}
}
