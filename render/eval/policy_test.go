// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

const policyFunctions = networkFunctions + `
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: patch}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: given, namespace: prod}
  resource: {metadata: {labels: {team: a}}, spec: {v: =inputs.v, old: null}}
  create: {enabled: false}
  return: {v: =resource.spec.v, kept: =resource.spec.kept, old: =has(resource.spec.old)}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: remove}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: given, namespace: prod, deleteIfExists: true}
  resource: {}
  return: {gone: true}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: look}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: given, namespace: prod, readonly: true}
  resource: {}
  return: {v: =resource.spec.v}
`

const givenThing = "{apiVersion: example.com/v1alpha1, kind: Thing, metadata: {name: given, namespace: prod}, spec: {v: 1, kept: 2, old: 3}}"

// A policy allows git what it otherwise leaves to live.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		function string
		policies Policies
		want     m
	}{
		{"born", Policies{CreateOverlay: true}, m{"v": int64(1)}},
		{"never", Policies{Never: true}, nil},
		{"recreated", Policies{Recreate: true}, nil},
	} {
		t.Run(tc.function, func(t *testing.T) {
			t.Parallel()
			p := compile(t, workflowHead+"    - {label: use, ref: {kind: ResourceFunction, name: "+tc.function+"}}\n"+networkFunctions)
			strict := evaluate(t, p, appTrigger, Observed{}, Options{})
			assert.Equal(t, Deferred, strict.Steps[0].Outcome.Type)
			assert.Empty(t, strict.Actions)
			plan := evaluate(t, p, appTrigger, Observed{}, Options{Policies: tc.policies})
			want := m{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": m{"name": "c", "namespace": "prod"}}
			if tc.want != nil {
				want["spec"] = tc.want
			}
			require.Len(t, plan.Actions, 1)
			assert.Equal(t, Ok, plan.Steps[0].Outcome.Type)
			assert.Equal(t, Render, plan.Actions[0].Verb)
			assert.Equal(t, want, plan.Actions[0].Target)
		})
	}
}

// What must exist already is patched where the input has it, and what must not exist is taken out of it.
func TestInPlace(t *testing.T) {
	t.Parallel()
	input := observe(t, givenThing).Objects
	thing := manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: "given"}
	identity := m{"name": "given", "namespace": "prod", "labels": m{"team": "a"}}
	target := m{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": identity, "spec": m{"v": int64(7), "old": nil}}
	patched := m{"v": int64(7), "kept": int64(2), "old": expr.NewUnknown(expr.Wait{Step: "use", Object: thing, Path: "spec.old"})}
	const use = "    - {label: use, ref: {kind: ResourceFunction, name: patch}, inputs: {v: 7}}\n"
	for _, tc := range []struct {
		name, steps string
		opts        Options
		want        []unsettled
		actions     []Action
	}{
		{"patch", use, Options{Declared: &input},
			[]unsettled{{Path: "use", Type: "Ok", Value: patched}}, []Action{{Verb: Amend, ID: thing, Step: "use", Target: target, Foreign: true}}},
		{"patch, not in the input", use, Options{},
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`create.enabled` is false, and whether Thing/prod/given exists is not known",
				Partial: m{"v": int64(7)}, Value: m{"v": int64(7), "kept": expr.NewUnknown(expr.Wait{Step: "use", Object: thing, Path: "spec.kept"}),
					"old": patched["old"]}}}, nil},
		{"a patch is seen by later steps", use + "    - {label: see, ref: {kind: ResourceFunction, name: look}, inputs: {after: =steps.use.v}}\n", Options{Declared: &input},
			[]unsettled{{Path: "use", Type: "Ok", Value: patched}, {Path: "see", Type: "Ok", Value: m{"v": int64(7)}}},
			[]Action{{Verb: Amend, ID: thing, Step: "use", Target: target, Foreign: true}}},
		{"a patch that is not known", netStep + "    - {label: use, ref: {kind: ResourceFunction, name: patch}, inputs: {v: =steps.net.id}}\n", Options{Declared: &input},
			[]unsettled{{Path: "net", Type: "Ok", Verb: "render", Value: m{"id": unknownField("status.id"), "up": unknownField("status.up"), "list": unknownField("status.list"), "cidr": "10.0.0.0/8", "name": "net"}},
				{Path: "use", Type: "Deferred", Reason: "fields of its object are not known yet", Waits: []string{"net: Network/prod/net.status.id"},
					Partial: m{"v": unknownField("status.id"), "old": nil}, Value: m{"v": unknownField("status.id"), "kept": expr.NewUnknown(expr.Wait{Step: "use", Object: thing, Path: "spec.kept"}), "old": patched["old"]}}},
			[]Action{{Verb: Render, ID: waitFor("").Object, Step: "net", Target: m{"apiVersion": "example.com/v1", "kind": "Network", "metadata": m{"name": "net", "namespace": "prod"}, "spec": m{"cidr": "10.0.0.0/8"}}}}},
		{"removal", "    - {label: use, ref: {kind: ResourceFunction, name: remove}}\n    - {label: see, ref: {kind: ResourceFunction, name: look}, inputs: {after: =steps.use.gone}}\n", Options{Declared: &input},
			[]unsettled{{Path: "use", Type: "Ok", Value: m{"gone": true}},
				{Path: "see", Type: "Deferred", Reason: "Thing/prod/given is only read, and whether it exists is not known", Waits: []string{"see: Thing/prod/given"},
					Value: m{"v": expr.NewUnknown(expr.Wait{Step: "see", Object: thing, Path: "spec.v"})}}},
			[]Action{{Verb: Delete, ID: thing, Step: "use"}}},
		{"removal, not in the input", "    - {label: use, ref: {kind: ResourceFunction, name: remove}}\n", Options{},
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`deleteIfExists`: whether Thing/prod/given exists is not known", Value: m{"gone": true}}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			plan := evaluate(t, compile(t, workflowHead+tc.steps+policyFunctions), appTrigger, Observed{}, tc.opts)
			assert.Equal(t, tc.want, unsettledOf(plan))
			for i := range plan.Actions {
				plan.Actions[i].Outcome = Outcome{}
			}
			if len(tc.actions) == 0 {
				assert.Empty(t, plan.Actions)
				return
			}
			assert.Equal(t, tc.actions, plan.Actions)
		})
	}
	o, _ := input.Get(thing)
	assert.Equal(t, fields(t, givenThing), o.Value, "the input itself stays as it is")
}

func TestPatch(t *testing.T) {
	t.Parallel()
	a := Action{Verb: Amend, Target: fields(t, "{apiVersion: v1, kind: Thing, metadata: {name: a, namespace: b}, spec: {x: 1, gone: null}}")}
	assert.Equal(t, m{"spec": m{"x": int64(1), "gone": nil}}, a.Patch())
	assert.Nil(t, (&Action{Verb: Render, Target: a.Target}).Patch())
	base := fields(t, "{apiVersion: v1, spec: {y: [1, 2], gone: 5}, other: {k: 1}}")
	assert.Equal(t, fields(t, "{apiVersion: v1, spec: {y: [1, 2], x: 1}, other: {k: 1}}"), Patched(base, a.Patch()))
	assert.Equal(t, fields(t, "{a: {b: {}}}"), Patched(fields(t, "{a: text}"), m{"a": m{"b": m{"c": nil}}}), "a map in the place of a text drops nulls, too")
}

// Ordered gates nothing: what comes after a gate is rendered, in a later wave.
func TestWaves(t *testing.T) {
	t.Parallel()
	const ready = "    - {label: net, ref: {kind: ResourceFunction, name: ready-network}}\n"
	p := compile(t, workflowHead+ready+`
    - {label: val, ref: {kind: ValueFunction, name: echo}, inputs: {c: =steps.net.cidr}}
    - {label: each, ref: {kind: ResourceFunction, name: awaited}, forEach: {itemIn: '=["p", "q"]', inputKey: name}, inputs: {v: =steps.val.got.c}}
    - {label: sub, ref: {kind: Workflow, name: two}, inputs: {v: '=steps.each[0].v'}}
    - {label: end, ref: {kind: ResourceFunction, name: thing}, inputs: {name: end, v: "=string(size(steps.sub))"}}
    - {label: free, ref: {kind: ResourceFunction, name: thing}, inputs: {name: free, v: 1}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: awaited}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: =inputs.name, namespace: prod}
  resource: {spec: {v: =inputs.v}}
  postconditions: [{assert: =resource.status.ready, retry: {message: not ready, delay: 9}}]
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: two}
spec:
  steps:
    - {label: one, ref: {kind: ResourceFunction, name: awaited}, inputs: {name: one, v: =parent.v}}
    - {label: two, ref: {kind: ResourceFunction, name: thing}, inputs: {name: two, v: =steps.one.v}}
`+networkFunctions)
	plan := evaluate(t, p, appTrigger, Observed{}, Options{Ordered: true})
	type wave struct {
		Path, Type string
		Wave       int
	}
	var got []wave
	for _, s := range plan.Steps {
		got = append(got, wave{s.Path, s.Outcome.Type.String(), s.Wave})
		assert.Empty(t, s.GatedBy, s.Path)
	}
	assert.Equal(t, []wave{
		{"net", "Deferred", 0}, {"val", "Ok", 1}, {"each", "Deferred", 1}, {"each[0]", "Deferred", 1}, {"each[1]", "Deferred", 1},
		{"sub", "Deferred", 2}, {"sub.one", "Deferred", 2}, {"sub.two", "Ok", 3}, {"end", "Ok", 3}, {"free", "Ok", 0},
	}, got)
	assert.Len(t, plan.Actions, 7, "everything is rendered")
	strict := evaluate(t, p, appTrigger, Observed{}, Options{})
	assert.Len(t, strict.Actions, 2, "the network, and what depends on nothing")
	for _, s := range strict.Steps {
		assert.Zero(t, s.Wave, s.Path)
	}
}

// What a later tool fills in may be copied, and nothing else.
func TestVerbatim(t *testing.T) {
	t.Parallel()
	host := expr.NewUnknown(expr.Wait{Step: "parent", Object: triggerID, Path: "spec.host"})
	trigger := object(t, "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod}, spec: {}}")
	trigger.Value["spec"] = m{"host": host}
	p := compile(t, workflowHead+`
    - {label: copy, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: {deep: [=parent.spec.host]}}}
    - {label: grow, ref: {kind: ResourceFunction, name: thing}, inputs: {name: grown, v: =parent.spec.host + ".org"}}
    - {label: back, ref: {kind: ResourceFunction, name: thing}, inputs: {name: z, v: '=steps.copy.v.deep[0] == "${HOST}"'}}
    - {label: read, ref: {kind: ResourceFunction, name: deep}, inputs: {after: =steps.copy}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: deep}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: x, namespace: prod, readonly: true}
  resource: {}
  return: {v: '=resource.spec.v.deep[0]'}
`+stepFunctions)
	plan, err := Evaluate(t.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: trigger}, Observed{}, Options{Verbatim: map[*expr.Unknown]string{host: "${HOST}"}})
	require.NoError(t, err)
	require.Len(t, plan.Actions, 1)
	assert.Equal(t, m{"v": m{"deep": []any{"${HOST}"}}}, plan.Actions[0].Target["spec"])
	waits := []string{"parent: App/prod/a.spec.host"}
	var got []unsettled
	for _, u := range unsettledOf(plan) {
		got = append(got, unsettled{Path: u.Path, Type: u.Type, Waits: u.Waits})
	}
	assert.Equal(t, []unsettled{{Path: "copy", Type: "Ok"}, {Path: "grow", Type: "Deferred", Waits: waits},
		{Path: "back", Type: "Deferred", Waits: waits}, {Path: "read", Type: "Ok"}}, got)
	assert.Equal(t, m{"v": host}, plan.Steps[3].Outcome.Value, "it stays unknown wherever it is read")
}
