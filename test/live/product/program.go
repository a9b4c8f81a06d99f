// SPDX-License-Identifier: Apache-2.0

package product

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/plane"
)

// settings make a folder of one program for one trigger, with everything that can be deferred left to live.
const settings = `
apiVersion: korender.dev/v1alpha1
kind: Render
triggers: consume
onDeferred: instance
`

// Program renders definitions and triggers, in which NAMESPACE stands for the namespace, as plain manifests.
func (p *Product) Program(t *testing.T, namespace, definitions, triggers string, flags ...string) []*unstructured.Unstructured {
	t.Helper()
	dir := Folder(t, namespace, map[string]string{
		"korender.yaml": settings, "definitions.k.yaml": definitions, "triggers.yaml": triggers,
	})
	return p.Render(t, dir, flags...)
}

// ApplyAll applies manifests as a user does.
func (p *Product) ApplyAll(t *testing.T, manifests []*unstructured.Unstructured) {
	t.Helper()
	for _, o := range manifests {
		require.NoError(t, p.Apply(t.Context(), o))
	}
}

// Pinned are definitions and a trigger of a Workflow with one step that live applies whatever is known: function is the
// spec of its ResourceFunction, in which inputs has name and namespace.
func Pinned(function string) (definitions, trigger string) {
	definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: single}
spec:
  crdRef: {apiGroup: live.example.com, version: v1, kind: Single}
  steps:
    - label: object
      ref: {kind: ResourceFunction, name: object}
      inputs: {name: =parent.metadata.name, namespace: =parent.metadata.namespace, spec: =parent.spec}
      condition: {type: ObjectReady, name: Object}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata:
  name: object
  annotations: {korender.dev/apply: live}
spec:
` + function
	trigger = `
apiVersion: live.example.com/v1
kind: Single
metadata: {name: main, namespace: NAMESPACE}
spec: {}
`
	return definitions, trigger
}

// One applies what Pinned gives, and returns the name of the instance.
func (p *Product) One(t *testing.T, namespace, function string) string {
	t.Helper()
	definitions, trigger := Pinned(function)
	manifests := p.Program(t, namespace, definitions, trigger)
	require.Len(t, manifests, 1)
	p.ApplyAll(t, manifests)
	return manifests[0].GetName()
}

// WritesTo lists what live wrote to the objects of one resource in a namespace.
func (p *Product) WritesTo(t *testing.T, namespace, resource string) []string {
	t.Helper()
	var out []string
	for _, r := range p.Writes(t, plane.Mark(0), namespace) {
		if r.Object.Resource == resource {
			out = append(out, r.Verb)
		}
	}
	return out
}
