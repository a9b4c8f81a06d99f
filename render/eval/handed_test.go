// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/manifest"
)

const handedProgram = workflowHead + `
    - label: network
      ref: {kind: ResourceFunction, name: network}
    - label: user
      ref: {kind: ValueFunction, name: user}
      inputs: {link: =steps.network.link}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: network}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: net, namespace: prod}
  resource: {spec: {size: 2}}
  postconditions:
    - assert: =resource.status.ready
      retry: {message: not ready, delay: 5}
  return: {link: =resource.status.link}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: user}
spec:
  return: {link: =inputs.link}
`

// A step whose object git applies waits until git has applied it and its controller has seen it, then reads it, and
// never writes.
func TestHanded(t *testing.T) {
	t.Parallel()
	id := manifest.ID{APIVersion: "example.com/v1", Kind: "Network", Namespace: "prod", Name: "net"}
	for _, tc := range []struct {
		name, live, outcome string // live: fields of the object besides its identity; "-": absent
		kind                Type
		ours                bool // live applies it, not git
		actions             []Verb
	}{
		{name: "absent", live: "-", kind: Retry, outcome: "waiting for git to apply Network/prod/net"},
		{name: "not rendered by git", live: "{status: {ready: true, link: a}}", kind: Retry, outcome: "waiting for git to apply Network/prod/net"},
		{name: "an older rendering", live: "{metadata: {annotations: {korender.dev/rendered: sha256:old}}, status: {ready: true, link: a}}", kind: Retry, outcome: "waiting for git to apply Network/prod/net"},
		{name: "one of several hashes", live: "{metadata: {annotations: {korender.dev/rendered: 'sha256:old,sha256:new'}}, status: {ready: true, link: a}}", kind: Ok, actions: []Verb{None}},
		{name: "drifted, which is git's to mend", live: "{metadata: {annotations: {korender.dev/rendered: sha256:new}}, spec: {size: 7}, status: {ready: true, link: a}}", kind: Ok, actions: []Verb{None}},
		{name: "not ready", live: "{metadata: {annotations: {korender.dev/rendered: sha256:new}}, status: {ready: false}}", kind: Retry, outcome: "not ready", actions: []Verb{None}},
		{name: "status of an older generation", live: "{metadata: {generation: 3, annotations: {korender.dev/rendered: sha256:new}}, status: {observedGeneration: 2, ready: true, link: a}}", kind: Retry, outcome: "waiting for Network/prod/net status.observedGeneration", actions: []Verb{None}},
		{name: "status of this generation", live: "{metadata: {generation: 3, annotations: {korender.dev/rendered: sha256:new}}, status: {observedGeneration: 3, ready: true, link: a}}", kind: Ok, actions: []Verb{None}},
		{name: "no link yet", live: "{metadata: {annotations: {korender.dev/rendered: sha256:new}}, status: {ready: true}}", kind: Retry, outcome: "waiting for Network/prod/net status.link", actions: []Verb{None}},
		{name: "live's own, absent", live: "-", ours: true, kind: Retry, outcome: "Creating Network:prod:net.", actions: []Verb{CreateIt}},
		{name: "live's own, status of an older generation", live: "{metadata: {generation: 3}, spec: {size: 2}, status: {observedGeneration: 2, ready: true, link: a}}", ours: true, kind: Retry, outcome: "waiting for Network/prod/net status.observedGeneration", actions: []Verb{None}},
		{name: "live's own, drifted", live: "{spec: {size: 7}, status: {ready: true, link: a}}", ours: true, kind: Retry, outcome: "Patching `Network:prod:net` due to 'spec' -> 'size' -> <target:[redacted], resource:[redacted]>.", actions: []Verb{Patch}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var seen Observed
			if tc.live == "-" {
				seen.Absent = []manifest.ID{id}
			} else {
				live := fields(t, tc.live)
				live["apiVersion"], live["kind"] = id.APIVersion, id.Kind
				metadata, _ := live["metadata"].(m)
				if metadata == nil {
					metadata = m{}
				}
				metadata["name"], metadata["namespace"] = id.Name, id.Namespace
				live["metadata"] = metadata
				assert.NoError(t, seen.Objects.Add(manifest.Object{ID: id, Value: live}))
			}
			handed := Handed{Applied: map[manifest.Key]AppliedByGit{}}
			if !tc.ours {
				handed.Applied[id.Key()] = AppliedByGit{Hash: "sha256:new"}
			}
			plan := evaluate(t, compile(t, handedProgram), appTrigger, seen, Options{Handed: &handed})
			step := plan.Steps[0]
			assert.Equal(t, tc.kind, step.Outcome.Type)
			assert.Equal(t, tc.outcome, step.Outcome.Message)
			var verbs []Verb
			for _, a := range plan.Actions {
				verbs = append(verbs, a.Verb)
			}
			assert.Equal(t, tc.actions, verbs)
			dependent := DepSkip
			if tc.kind == Ok {
				dependent = Ok
			}
			assert.Equal(t, dependent, plan.Steps[1].Outcome.Type)
		})
	}
}

// A rendered trigger that is consumed is in no cluster: what its step returns is known from its target.
func TestHandedConsumed(t *testing.T) {
	t.Parallel()
	id := manifest.ID{APIVersion: "example.com/v1", Kind: "Network", Namespace: "prod", Name: "net"}
	p := compile(t, workflowHead+`
    - label: network
      ref: {kind: ResourceFunction, name: network}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: network}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: net, namespace: prod}
  resource: {spec: {size: 2}}
  return: {size: =resource.spec.size}
`)
	handed := Handed{Applied: map[manifest.Key]AppliedByGit{id.Key(): {Hash: "sha256:new", Consumed: true}}}
	plan := evaluate(t, p, appTrigger, Observed{Absent: []manifest.ID{id}}, Options{Handed: &handed})
	assert.Equal(t, Ok, plan.Steps[0].Outcome.Type)
	assert.Equal(t, m{"size": int64(2)}, plan.Steps[0].Outcome.Value)
	assert.Empty(t, plan.Actions)
}
