// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// The network whose status nobody knows at git time, and what may read it.
const networkFunctions = stepFunctions + `
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: network}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: net, namespace: prod}
  resource: {spec: {cidr: 10.0.0.0/8}}
  return: {id: =resource.status.id, up: =resource.status.up, list: =resource.status.list, cidr: =resource.spec.cidr, name: =resource.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: ready-network}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: net, namespace: prod}
  resource: {spec: {cidr: 10.0.0.0/8}}
  postconditions: [{assert: =resource.status.ready, retry: {message: not ready, delay: 9}}]
  return: {id: =resource.status.id, cidr: =resource.spec.cidr}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: conditional}
spec:
  preconditions: [{assert: =inputs.up, skip: {message: closed}}]
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {spec: {v: =inputs.v}}
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: from-template}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resourceTemplateRef: {name: =inputs.template}
  overlays: [{overlay: {spec: {v: =resource.spec.absent}}}]
  return: {name: =resource.metadata.name, v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: overlaid}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {spec: {a: 1, b: 1}}
  overlays:
    - {skipIf: =inputs.up, overlay: {spec: {a: 2, c: 3}}}
    - {overlay: {spec: {d: =resource.spec.b}}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: stamped}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {spec: {a: 1}}
  overlays:
    - {overlayRef: {kind: ValueFunction, name: stamp}, inputs: {up: =inputs.up}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: stamp}
spec:
  preconditions: [{assert: =inputs.up, skip: {message: closed}}]
  return: {spec: {b: 2}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: reads}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: =inputs.name, namespace: prod, readonly: true}
  resource: {}
  return: {cidr: =resource.spec.cidr, name: =resource.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: uncreated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {spec: {v: 1}}
  create: {enabled: false}
  return: {v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: born}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {}
  create: {overlay: {spec: {v: 1}}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: never}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {}
  update: {never: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: recreated}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {}
  update: {recreate: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: removed}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod, deleteIfExists: true}
  resource: {}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata:
  name: pinned
  annotations: {korender.dev/apply: live}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: c, namespace: prod}
  resource: {}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: inner}
spec:
  steps:
    - {label: one, ref: {kind: ResourceFunction, name: thing}, inputs: {name: inner-a, v: =parent.v}, state: {a: =value.v}}
    - {label: two, ref: {kind: ResourceFunction, name: thing}, inputs: {name: inner-b, v: =steps.one.v}}
    - {label: six, ref: {kind: ResourceFunction, name: thing}, inputs: {name: inner-c, v: 1}, state: {c: =value.v}}
`

// unsettled is what tests compare of a step.
type unsettled struct {
	Path, Type, Reason string
	GatedBy, Waits     []string
	Partial            any
	Verb               string
	Value              any
}

func unsettledOf(plan *Plan) []unsettled {
	var out []unsettled
	for _, s := range plan.Steps {
		u := unsettled{Path: s.Path, Type: s.Outcome.Type.String(), Reason: s.Reason, GatedBy: s.GatedBy, Waits: texts(s.Waits), Value: s.Outcome.Value}
		if s.Partial != nil {
			u.Partial = s.Partial["spec"]
		}
		if s.Action != nil {
			u.Verb = map[Verb]string{None: "none", Render: "render", CreateIt: "create", Patch: "patch"}[s.Action.Verb]
		}
		out = append(out, u)
	}
	return out
}

const netStep = "    - {label: net, ref: {kind: ResourceFunction, name: network}}\n"

func TestUnknownInSteps(t *testing.T) {
	t.Parallel()
	id, on, list := unknownField("status.id"), unknownField("status.up"), unknownField("status.list")
	netValue := m{"id": id, "up": on, "list": list, "cidr": "10.0.0.0/8", "name": "net"}
	net := unsettled{Path: "net", Type: "Ok", Verb: "render", Value: netValue}
	waitID, waitOn, waitList := []string{"net: Network/prod/net.status.id"}, []string{"net: Network/prod/net.status.up"}, []string{"net: Network/prod/net.status.list"}
	const target = "fields of its object are not known yet"
	for _, tc := range []struct {
		name, steps string
		want        []unsettled
	}{
		{"a value with unknown leaves is Ok", "    - {label: use, ref: {kind: ValueFunction, name: echo}, inputs: {id: =steps.net.id, k: 1}}",
			[]unsettled{{Path: "use", Type: "Ok", Value: m{"got": m{"id": id, "k": int64(1)}}}}},
		{"known fields of a declared object are known", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: =steps.net.cidr}}",
			[]unsettled{{Path: "use", Type: "Ok", Verb: "render", Value: m{"name": "x", "v": "10.0.0.0/8"}}}},
		{"an unknown leaf of the target", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: [=steps.net.id, 1]}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: target, Waits: waitID, Partial: m{"v": []any{id, int64(1)}},
				Value: m{"name": "x", "v": []any{id, int64(1)}}}}},
		{"an unknown name", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: =steps.net.id, v: 1}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "the name of its object is not known yet", Waits: waitID, Partial: m{"v": int64(1)},
				Value: m{"name": id, "v": int64(1)}}}},
		{"an unknown precondition", "    - {label: use, ref: {kind: ResourceFunction, name: conditional}, inputs: {up: =steps.net.up, v: 1}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "the condition `=inputs.up` is not known yet", Waits: waitOn, Partial: m{"v": int64(1)}, Value: m{"v": int64(1)}}}},
		{"an unknown precondition and an unknown leaf", "    - {label: use, ref: {kind: ResourceFunction, name: conditional}, inputs: {up: =steps.net.up, v: =steps.net.id}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "the condition `=inputs.up` is not known yet", Waits: append(waitID[:1:1], waitOn...), Partial: m{"v": id}, Value: m{"v": id}}}},
		{"a failure behind an unknown precondition is not certain", "    - {label: use, ref: {kind: ResourceFunction, name: conditional}, inputs: {up: =steps.net.up}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "the condition `=inputs.up` is not known yet", Waits: waitOn, Value: on}}},
		{"an unknown skipIf", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, skipIf: =steps.net.up, inputs: {name: x, v: 1}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`skipIf` is not known yet", Waits: waitOn, Partial: m{"v": int64(1)}, Value: m{"name": "x", "v": int64(1)}}}},
		{"an unknown skipIf, and inputs that fail", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, skipIf: =steps.net.up, inputs: {name: =parent.spec.zz}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`skipIf` is not known yet", Waits: waitOn, Value: on}}},
		{"an unknown switch", "    - {label: use, refSwitch: {switchOn: =steps.net.id, cases: [{case: a, kind: ValueFunction, name: echo}]}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`refSwitch.switchOn` is not known yet", Waits: waitID, Value: id}}},
		{"an unknown list", "    - {label: use, ref: {kind: ValueFunction, name: echo}, forEach: {itemIn: =steps.net.list, inputKey: i}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`forEach.itemIn` is not known yet", Waits: waitList, Value: list}}},
		{"a list with an unknown item", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, forEach: {itemIn: '=[1, steps.net.id]', inputKey: v}, inputs: {name: x}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "use[1] is deferred", Waits: waitID, Value: []any{m{"name": "x", "v": int64(1)}, m{"name": "x", "v": id}}},
				{Path: "use[0]", Type: "Ok", Verb: "render", Value: m{"name": "x", "v": int64(1)}},
				{Path: "use[1]", Type: "Deferred", Reason: target, Waits: waitID, Partial: m{"v": id}, Value: m{"name": "x", "v": id}}}},
		{"an unknown template", "    - {label: use, ref: {kind: ResourceFunction, name: from-template}, inputs: {template: =steps.net.id}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`spec.resourceTemplateRef.name` is not known yet", Waits: waitID, Partial: nil,
				Value: m{"name": "c", "v": expr.NewUnknown(expr.Wait{Step: "use", Object: manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: "c"}, Path: "spec.v"})}}}},
		{"an overlay that may be skipped", "    - {label: use, ref: {kind: ResourceFunction, name: overlaid}, inputs: {up: =steps.net.up}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`spec.overlays[0].skipIf` is not known yet", Waits: waitOn, Partial: m{"a": on, "b": int64(1), "c": on, "d": int64(1)}}}},
		{"a function in an overlay", "    - {label: use, ref: {kind: ResourceFunction, name: stamped}, inputs: {up: =steps.net.up}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "the condition `=inputs.up` is not known yet", Waits: waitOn, Partial: m{"a": int64(1), "b": int64(2)}}}},
		{"a skip that is decided anyway", "    - {label: use, ref: {kind: ResourceFunction, name: conditional}, inputs: {up: \"=false && steps.net.up\", v: =steps.net.id}}",
			[]unsettled{{Path: "use", Type: "Skip"}}},
		{"a sub-workflow", "    - {label: use, ref: {kind: Workflow, name: inner}, inputs: {v: =steps.net.id}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "use.one, use.two are deferred", Waits: waitID, Value: m{"a": id, "c": int64(1)}},
				{Path: "use.one", Type: "Deferred", Reason: target, Waits: waitID, Partial: m{"v": id}, Value: m{"name": "inner-a", "v": id}},
				{Path: "use.two", Type: "Deferred", Reason: "it comes after use.one, which is deferred", GatedBy: []string{"use.one"}, Waits: waitID, Partial: m{"v": id}, Value: m{"name": "inner-b", "v": id}},
				{Path: "use.six", Type: "Ok", Verb: "render", Value: m{"name": "inner-c", "v": int64(1)}}}},
		{"a sub-workflow that may be skipped", "    - {label: use, ref: {kind: Workflow, name: inner}, skipIf: =steps.net.up, inputs: {v: 5}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: "`skipIf` is not known yet", Waits: waitOn, Value: m{"a": int64(5), "c": int64(1)}},
				{Path: "use.one", Type: "Deferred", Reason: "it comes after use, which is deferred", GatedBy: []string{"use"}, Partial: m{"v": int64(5)}, Value: m{"name": "inner-a", "v": int64(5)}},
				{Path: "use.two", Type: "Deferred", Reason: "it comes after use.one, which is deferred", GatedBy: []string{"use.one"}, Partial: m{"v": int64(5)}, Value: m{"name": "inner-b", "v": int64(5)}},
				{Path: "use.six", Type: "Deferred", Reason: "it comes after use, which is deferred", GatedBy: []string{"use"}, Partial: m{"v": int64(1)}, Value: m{"name": "inner-c", "v": int64(1)}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			plan := evaluate(t, compile(t, workflowHead+netStep+tc.steps+networkFunctions), appTrigger, Observed{}, Options{})
			assert.Equal(t, append([]unsettled{net}, tc.want...), unsettledOf(plan))
		})
	}
}

// A deferred step gates what depends on it, known values or not; a skipped or failed dependency decides all the same.
func TestGates(t *testing.T) {
	t.Parallel()
	id := unknownField("status.id")
	waitReady := []string{"net: Network/prod/net.status.ready"}
	ready := unsettled{Path: "net", Type: "Deferred", Reason: "the condition `=resource.status.ready` is not known yet", Waits: waitReady, Verb: "render",
		Value: m{"id": id, "cidr": "10.0.0.0/8"}}
	const after = "it comes after net, which is deferred"
	for _, tc := range []struct {
		name, steps string
		want        []unsettled
	}{
		{"an object of known values", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: =steps.net.cidr}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Partial: m{"v": "10.0.0.0/8"}, Value: m{"name": "x", "v": "10.0.0.0/8"}}}},
		{"an object of unknown values", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: =steps.net.id}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Waits: []string{"net: Network/prod/net.status.id"}, Partial: m{"v": id}, Value: m{"name": "x", "v": id}}}},
		{"a value", "    - {label: use, ref: {kind: ValueFunction, name: echo}, inputs: {c: =steps.net.cidr}}\n" +
			"    - {label: end, ref: {kind: ValueFunction, name: echo}, inputs: {v: =steps.use.got.c, net: =steps.net}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Value: m{"got": m{"c": "10.0.0.0/8"}}},
				{Path: "end", Type: "Deferred", Reason: "it comes after net, use, which are deferred", GatedBy: []string{"net", "use"},
					Value: m{"got": m{"v": "10.0.0.0/8", "net": m{"id": id, "cidr": "10.0.0.0/8"}}}}}},
		{"a failure is not certain", "    - {label: use, ref: {kind: ValueFunction, name: echo}, inputs: {c: =steps.net.zz}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Value: expr.NewUnknown(expr.Wait{Step: "use", Object: triggerID})}}},
		{"nor is a skip", "    - {label: use, ref: {kind: ValueFunction, name: echo}, skipIf: =true, inputs: {c: =steps.net.zz}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Value: expr.NewUnknown(expr.Wait{Step: "use", Object: triggerID})}}},
		{"items", "    - {label: use, ref: {kind: ResourceFunction, name: thing}, forEach: {itemIn: '=[1]', inputKey: v}, inputs: {name: x, c: =steps.net.cidr}}",
			[]unsettled{{Path: "use", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Value: []any{m{"name": "x", "v": int64(1)}}},
				{Path: "use[0]", Type: "Deferred", Reason: after, GatedBy: []string{"net"}, Partial: m{"v": int64(1)}, Value: m{"name": "x", "v": int64(1)}}}},
		{"another dependency decides", "    - {label: skp, ref: {kind: ValueFunction, name: come}, inputs: {to: skip}}\n" +
			"    - {label: use, ref: {kind: ValueFunction, name: echo}, inputs: {c: =steps.net.cidr, s: =steps.skp}}",
			[]unsettled{{Path: "skp", Type: "Skip"}, {Path: "use", Type: "DepSkip"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, workflowHead+"    - {label: net, ref: {kind: ResourceFunction, name: ready-network}}\n"+tc.steps+networkFunctions)
			plan := evaluate(t, p, appTrigger, Observed{}, Options{})
			assert.Equal(t, append([]unsettled{ready}, tc.want...), unsettledOf(plan))
			require.Len(t, plan.Actions, 1, "the network itself is rendered, and nothing behind it")
			assert.Equal(t, []manifest.ID{waitFor("").Object}, plan.Wants, "what is gated is not looked up")
			assert.Equal(t, Deferred, plan.Outcome.Type)
		})
	}
}

var triggerID = manifest.ID{APIVersion: "example.com/v1", Kind: "App", Namespace: "prod", Name: "a"}

// What only a live reconciler can do with an object of which nobody knows whether it exists.
func TestExistenceUnknown(t *testing.T) {
	t.Parallel()
	const thing = "Thing/prod/c"
	input := observe(t, "{apiVersion: example.com/v1, kind: Network, metadata: {name: given, namespace: prod}, spec: {cidr: 10.1.0.0/16}}").Objects
	readID := manifest.ID{APIVersion: "example.com/v1", Kind: "Network", Namespace: "prod", Name: "other"}
	for _, tc := range []struct {
		name, step string
		want       unsettled
	}{
		{"readonly", "ref: {kind: ResourceFunction, name: reads}, inputs: {name: other}", unsettled{
			Type: "Deferred", Reason: "Network/prod/other is only read, and whether it exists is not known", Waits: []string{"use: Network/prod/other"},
			Value: m{"cidr": expr.NewUnknown(expr.Wait{Step: "use", Object: readID, Path: "spec.cidr"}), "name": "other"}}},
		{"readonly, of the input", "ref: {kind: ResourceFunction, name: reads}, inputs: {name: given}", unsettled{
			Type: "Ok", Value: m{"cidr": "10.1.0.0/16", "name": "given"}}},
		{"readonly, of an earlier step", "ref: {kind: ResourceFunction, name: reads}, inputs: {name: net}", unsettled{
			Type: "Ok", Value: m{"cidr": "10.0.0.0/8", "name": "net"}}},
		{"create.enabled false", "ref: {kind: ResourceFunction, name: uncreated}", unsettled{
			Type: "Deferred", Reason: "`create.enabled` is false, and whether " + thing + " exists is not known", Partial: m{"v": int64(1)}, Value: m{"v": int64(1)}}},
		{"create.overlay", "ref: {kind: ResourceFunction, name: born}", unsettled{
			Type: "Deferred", Reason: "`create.overlay` makes creation differ from later updates, and whether " + thing + " exists is not known"}},
		{"update.never", "ref: {kind: ResourceFunction, name: never}", unsettled{
			Type: "Deferred", Reason: "`update.never` lets nobody change " + thing + " once it exists, which git cannot promise"}},
		{"update.recreate", "ref: {kind: ResourceFunction, name: recreated}", unsettled{
			Type: "Deferred", Reason: "`update.recreate` deletes " + thing + " when it differs, which git cannot do"}},
		{"deleteIfExists", "ref: {kind: ResourceFunction, name: removed}", unsettled{
			Type: "Deferred", Reason: "`deleteIfExists`: whether " + thing + " exists is not known"}},
		{"pinned", "ref: {kind: ResourceFunction, name: pinned}", unsettled{
			Type: "Deferred", Reason: "the annotation korender.dev/apply: live leaves " + thing + " to the live reconciler"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.Path = "use"
			p := compile(t, workflowHead+netStep+"    - {label: use, "+tc.step+"}"+networkFunctions)
			plan := evaluate(t, p, appTrigger, Observed{}, Options{Declared: &input})
			assert.Equal(t, tc.want, unsettledOf(plan)[1])
			assert.Len(t, plan.Actions, 1, "the network and nothing else")
		})
	}
}

// What a deferred step would make may be read by name, but it is not certain to exist; nor is anything behind a gate.
func TestReadonlyOfDeferred(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+netStep+`
    - {label: use, ref: {kind: ResourceFunction, name: cidr}, inputs: {id: =steps.net.id}}
    - {label: read, ref: {kind: ResourceFunction, name: reads}, inputs: {name: second}}
    - {label: gated, ref: {kind: ResourceFunction, name: reads}, inputs: {name: net, after: =steps.use}}
    - {label: unnamed, ref: {kind: ResourceFunction, name: reads}, inputs: {name: =steps.net.id}}
    - {label: gone, ref: {kind: ResourceFunction, name: removed-by-name}, inputs: {name: =steps.net.id}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: cidr}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: second, namespace: prod}
  resource: {spec: {cidr: 10.2.0.0/16, id: =inputs.id}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: removed-by-name}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Network, name: =inputs.name, namespace: prod, deleteIfExists: true}
  resource: {}
`+networkFunctions)
	waitID := []string{"net: Network/prod/net.status.id"}
	id := unknownField("status.id")
	unnamed := manifest.ID{APIVersion: "example.com/v1", Kind: "Network", Namespace: "prod"}
	assert.Equal(t, []unsettled{
		{Path: "use", Type: "Deferred", Reason: "fields of its object are not known yet", Waits: waitID, Partial: m{"cidr": "10.2.0.0/16", "id": id}},
		{Path: "read", Type: "Deferred", Reason: "Network/prod/second is only read, and whether it exists is not known", Waits: []string{"read: Network/prod/second"},
			Value: m{"cidr": "10.2.0.0/16", "name": "second"}},
		{Path: "gated", Type: "Deferred", Reason: "it comes after use, which is deferred", GatedBy: []string{"use"}, Value: m{"cidr": "10.0.0.0/8", "name": "net"}},
		{Path: "unnamed", Type: "Deferred", Reason: "the name of its object is not known yet", Waits: waitID,
			Value: m{"cidr": expr.NewUnknown(expr.Wait{Step: "unnamed", Object: unnamed, Path: "spec.cidr"}), "name": id}},
		{Path: "gone", Type: "Deferred", Reason: "the name of its object is not known yet", Waits: waitID},
	}, unsettledOf(evaluate(t, p, appTrigger, Observed{}, Options{}))[1:])
}

// The plan moves on as statuses arrive, and ends as Koreo's own result.
func TestStages(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+`
    - {label: net, ref: {kind: ResourceFunction, name: ready-network}}
    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: =steps.net.id}}
`+networkFunctions)
	const net = "{apiVersion: example.com/v1, kind: Network, metadata: {name: net, namespace: prod}, spec: {cidr: 10.0.0.0/8}"
	netID, thingID := waitFor("").Object, manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: "x"}
	absent := Observed{Absent: []manifest.ID{netID}}
	ready := observe(t, net+", status: {ready: true, id: i-1}}")
	readyAbsent := observe(t, net+", status: {ready: true, id: i-1}}")
	readyAbsent.Absent = []manifest.ID{thingID}
	for _, tc := range []struct {
		name     string
		observed Observed
		want     []string
		actions  []Verb
		wants    []manifest.ID
	}{
		{"nothing observed", Observed{}, []string{"Deferred (message=the condition `=resource.status.ready` is not known yet)", "Deferred (message=it comes after net, which is deferred)"},
			[]Verb{Render}, []manifest.ID{netID}},
		{"absent", absent, []string{"Retry(delay=30, message=Creating Network:prod:net.)",
			"Dependency Skip (message='net' is waiting (Creating Network:prod:net. at spec.create).)"}, []Verb{CreateIt}, nil},
		{"no status yet", observe(t, net+"}"), []string{"Retry(delay=30, message=waiting for Network/prod/net status)",
			"Dependency Skip (message='net' is waiting (waiting for Network/prod/net status at main.spec.steps.net:spec.postconditions).)"}, []Verb{None}, nil},
		{"not ready", observe(t, net+", status: {ready: false}}"), []string{"Retry(delay=9, message=not ready)",
			"Dependency Skip (message='net' is waiting (not ready at main.spec.steps.net:spec.postconditions).)"}, []Verb{None}, nil},
		{"ready", ready, []string{`Ok(data={"cidr":"10.0.0.0/8","id":"i-1"})`, `Ok(data={"name":"x","v":"i-1"})`}, []Verb{None, Render}, []manifest.ID{thingID}},
		{"ready, and the next is absent", readyAbsent, []string{`Ok(data={"cidr":"10.0.0.0/8","id":"i-1"})`, "Retry(delay=30, message=Creating Thing:prod:x.)"},
			[]Verb{None, CreateIt}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			plan := evaluate(t, p, appTrigger, tc.observed, Options{})
			var got []string
			for _, s := range plan.Steps {
				got = append(got, s.Outcome.String())
			}
			var verbs []Verb
			for _, a := range plan.Actions {
				verbs = append(verbs, a.Verb)
			}
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.actions, verbs)
			assert.Equal(t, tc.wants, plan.Wants)
		})
	}
}

// A target that is not known to its end changes nothing, whether its object exists or not.
func TestIncompleteTargetOfObserved(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+netStep+"    - {label: use, ref: {kind: ResourceFunction, name: thing}, inputs: {name: x, v: =steps.net.id}}"+networkFunctions)
	thingID := manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: "x"}
	for name, o := range map[string]Observed{
		"present": observe(t, "{apiVersion: example.com/v1, kind: Thing, metadata: {name: x, namespace: prod}, spec: {v: old}}"),
		"absent":  {Absent: []manifest.ID{thingID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := evaluate(t, p, appTrigger, o, Options{})
			assert.Equal(t, "Deferred (message=fields of its object are not known yet)", plan.Steps[1].Outcome.String())
			assert.Nil(t, plan.Steps[1].Action)
			assert.Equal(t, []string{"net: Network/prod/net.status.id"}, texts(plan.Steps[1].Waits))
		})
	}
}
