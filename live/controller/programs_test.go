// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

const programText = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata:
  name: main
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
  - label: names
    ref: {kind: ValueFunction, name: names}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata:
  name: names
spec:
  return: {name: a}
`

// Only the text that was reviewed runs.
func TestCompile(t *testing.T) {
	t.Parallel()
	digest := render.Digest([]byte(programText))
	program, fault := compile(digest, []byte(programText))
	require.Nil(t, fault)
	assert.Contains(t, program.Workflows, "main")

	_, fault = compile(digest, []byte(programText+"# changed\n"))
	require.NotNil(t, fault)
	assert.Equal(t, "DigestMismatch", fault.Reason)
	assert.Contains(t, fault.Message, digest)

	broken := []byte("apiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: main}\nspec: {}\n")
	_, fault = compile(render.Digest(broken), broken)
	require.NotNil(t, fault)
	assert.Equal(t, "InvalidProgram", fault.Reason)
	assert.Contains(t, fault.Message, "spec.program.source:4")
}

// A program is kept as long as somebody runs it.
func TestProgramsEviction(t *testing.T) {
	t.Parallel()
	p := newPrograms(nil)
	first := p.hold("a", "one")
	assert.Same(t, first, p.hold("a", "one"))
	assert.Same(t, first, p.hold("b", "one"))
	p.hold("a", "two")
	assert.Len(t, p.byDigest, 2)
	p.forget("b")
	assert.Len(t, p.byDigest, 1)
	p.forget("a")
	p.forget("a")
	assert.Empty(t, p.byDigest)
	assert.Empty(t, p.used)
}

// A trigger is read from the instance, and must say who it is.
func TestTriggerOf(t *testing.T) {
	t.Parallel()
	w := instance("a")
	w.Spec.Trigger.Object.Raw = []byte(`{"apiVersion":"example.com/v1","kind":"App","metadata":{"name":"web","namespace":"prod"},"spec":{"size":2,"part":0.5}}`)
	trigger, err := triggerOf(w)
	require.NoError(t, err)
	assert.Equal(t, manifest.ID{APIVersion: "example.com/v1", Kind: "App", Namespace: "prod", Name: "web"}, trigger.ID)
	assert.Equal(t, map[string]any{"size": int64(2), "part": 0.5}, trigger.Value["spec"])
	for _, raw := range []string{``, `[]`, `{}`, `{"apiVersion":"example.com/v1","kind":"App","metadata":{}}`} {
		w.Spec.Trigger.Object.Raw = []byte(raw)
		_, err := triggerOf(w)
		var stalled *status.StalledError
		require.ErrorAs(t, err, &stalled, raw)
		assert.Equal(t, "InvalidTrigger", stalled.Reason)
	}
}

// A consumed trigger lives in its instance.
func TestConsumed(t *testing.T) {
	t.Parallel()
	w := instance("a")
	w.Generation = 3
	w.Status.State = &apiextensionsv1.JSON{Raw: []byte(`{"n":1}`)}
	o, err := consumed(w, manifest.Object{ID: object("web")})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"apiVersion": "example.com/v1", "kind": "Thing",
		"metadata": map[string]any{
			"name": "web", "namespace": "prod", "uid": "uid-a", "generation": int64(3), "creationTimestamp": "0001-01-01T00:00:00Z",
		},
		"status": map[string]any{"state": map[string]any{"n": int64(1)}},
	}, o.Value)
}
