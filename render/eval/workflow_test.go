// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// functions that Workflows of the tests use.
const stepFunctions = `
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: echo}
spec: {return: {got: =inputs}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: come}
spec:
  preconditions:
    - {assert: =inputs.to != 'skip', skip: {message: S}}
    - {assert: =inputs.to != 'quiet', skip: {message: ""}}
    - {assert: =inputs.to != 'depSkip', depSkip: {message: D}}
    - {assert: =inputs.to != 'retry', retry: {message: R, delay: 7}}
    - {assert: =inputs.to != 'permFail', permFail: {message: P}}
  return: {to: =inputs.to}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: thing}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, plural: things, name: =inputs.name, namespace: prod}
  resource: {spec: {v: =inputs.v}}
  return: {name: =resource.metadata.name, v: =resource.spec.v}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: cluster-thing}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: ClusterThing, name: =inputs.name, namespaced: false}
  resource: {spec: {}}
`

const workflowHead = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
`

const appTrigger = "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod}, spec: {size: 2, list: [1, 2, 3], none: [], text: one}}"

// line is one step of a plan, for comparison.
type line struct {
	Path, Logic, Outcome string
	Value                any
	Location             string
}

func linesOf(plan *Plan) []line {
	var out []line
	for _, s := range plan.Steps {
		l := line{Path: s.Path, Logic: s.Logic, Outcome: s.Outcome.Type.String(), Value: s.Outcome.Value, Location: s.Outcome.Location}
		if s.Outcome.Type != Ok {
			l.Outcome = s.Outcome.String()
		}
		out = append(out, l)
	}
	return out
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, steps string
		want        []line
	}{
		{"inputs default to nothing", "[{label: one, ref: {kind: ValueFunction, name: echo}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", m{"got": m{}}, ""}}},
		{"parent", "[{label: one, ref: {kind: ValueFunction, name: echo}, inputs: {name: =parent.metadata.name, ns: =parent.metadata.namespace, k: =parent.kind, v: =parent.apiVersion, s: =parent.spec.size, h: =has(parent.spec.zz)}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", m{"got": m{"name": "a", "ns": "prod", "k": "App", "v": "example.com/v1", "s": int64(2), "h": false}}, ""}}},
		{"only dependencies are among the steps", "[{label: one, ref: {kind: ValueFunction, name: echo}}, {label: two, ref: {kind: ValueFunction, name: echo}}, {label: three, ref: {kind: ValueFunction, name: echo}, inputs: {one: =steps.one, all: =steps}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", m{"got": m{}}, ""}, {"two", "ValueFunction/echo", "Ok", m{"got": m{}}, ""},
				{"three", "ValueFunction/echo", "Ok", m{"got": m{"one": m{"got": m{}}, "all": m{"one": m{"got": m{}}}}}, ""}}},
		{"skipIf comes before inputs", "[{label: one, ref: {kind: ValueFunction, name: echo}, skipIf: =parent.spec.size == 2, inputs: {x: =parent.spec.zz}}]",
			[]line{{"one", "ValueFunction/echo", "Skip (message=skipped by workflow)", nil, ""}}},
		{"skipIf, no bool", "[{label: one, ref: {kind: ValueFunction, name: echo}, skipIf: =parent.spec.size}]",
			[]line{{"one", "ValueFunction/echo", "Permanent Failure (message=`skipIf` must evaluate to a bool, received int)", nil, "main.spec.steps.one.skipIf"}}},
		{"skipIf that fails", "[{label: one, ref: {kind: ValueFunction, name: echo}, skipIf: =parent.spec.zz}]",
			[]line{{"one", "ValueFunction/echo", "Permanent Failure (message=Error evaluating `main.spec.steps.one.skipIf` (at parent.spec.zz) there is no key \"zz\")", nil, "parent.spec.zz"}}},
		{"inputs that fail", "[{label: one, ref: {kind: ValueFunction, name: echo}, inputs: {a: {b: =parent.spec.zz}}}]",
			[]line{{"one", "ValueFunction/echo", "Permanent Failure (message=Error evaluating `main.spec.steps.one.inputs` (at parent.spec.zz) there is no key \"zz\")", nil, "parent.spec.zz"}}},
		{"switch by text", "[{label: one, refSwitch: {switchOn: ='o' + 'ne', cases: [{case: two, kind: ValueFunction, name: come}, {case: one, kind: ValueFunction, name: echo}]}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", m{"got": m{}}, ""}}},
		{"switch by int", "[{label: one, refSwitch: {switchOn: =parent.spec.size, cases: [{case: '2', kind: ValueFunction, name: echo}, {case: '1', kind: ValueFunction, name: come}]}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", m{"got": m{}}, ""}}},
		{"switch to the default", "[{label: one, refSwitch: {switchOn: =inputs.to, cases: [{case: a, kind: ValueFunction, name: echo}, {case: b, kind: ValueFunction, name: come, default: true}]}, inputs: {to: c}}]",
			[]line{{"one", "ValueFunction/come", "Ok", m{"to": "c"}, ""}}},
		{"switch to nothing", "[{label: one, refSwitch: {switchOn: =parent.spec.text, cases: [{case: '2', kind: ValueFunction, name: echo}]}}]",
			[]line{{"one", "", "Permanent Failure (message=`refSwitch` must match one case or a default must be provided, failed to match 'one' a string.)", nil, "main.spec.steps.one.refSwitch.<match-case>"}}},
		{"switch by a list", "[{label: one, refSwitch: {switchOn: =parent.spec.list, cases: [{case: '2', kind: ValueFunction, name: echo}]}}]",
			[]line{{"one", "", "Permanent Failure (message=`switchOn` must evaluate to a string or int value, received list.)", nil, "main.spec.steps.one.refSwitch.switchOn"}}},
		{"forEach", "[{label: one, ref: {kind: ValueFunction, name: echo}, forEach: {itemIn: '=parent.spec.list + [4]', inputKey: i}, inputs: {i: gone, k: x}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", []any{m{"got": m{"i": int64(1), "k": "x"}}, m{"got": m{"i": int64(2), "k": "x"}}, m{"got": m{"i": int64(3), "k": "x"}}, m{"got": m{"i": int64(4), "k": "x"}}}, ""},
				{"one[0]", "ValueFunction/echo", "Ok", m{"got": m{"i": int64(1), "k": "x"}}, ""}, {"one[1]", "ValueFunction/echo", "Ok", m{"got": m{"i": int64(2), "k": "x"}}, ""},
				{"one[2]", "ValueFunction/echo", "Ok", m{"got": m{"i": int64(3), "k": "x"}}, ""}, {"one[3]", "ValueFunction/echo", "Ok", m{"got": m{"i": int64(4), "k": "x"}}, ""}}},
		{"forEach over nothing", "[{label: one, ref: {kind: ValueFunction, name: echo}, forEach: {itemIn: =parent.spec.none, inputKey: i}}]",
			[]line{{"one", "ValueFunction/echo", "Ok", []any{}, ""}}},
		{"forEach over no list", "[{label: one, ref: {kind: ValueFunction, name: echo}, forEach: {itemIn: =parent.spec, inputKey: i}}]",
			[]line{{"one", "ValueFunction/echo", "Permanent Failure (message=Step `main.spec.steps.one.forEach.itemIn` must be a list-type, received map.)", nil, "main.spec.steps.one.forEach.itemIn"}}},
		{"forEach, skips are texts", "[{label: one, ref: {kind: ValueFunction, name: come}, forEach: {itemIn: \"=['ok', 'skip', 'quiet', 'depSkip']\", inputKey: to}}]",
			[]line{{"one", "ValueFunction/come", "Ok", []any{m{"to": "ok"}, "Skip (message=S)", "User Skip", "Dependency Skip (message=D)"}, ""},
				{"one[0]", "ValueFunction/come", "Ok", m{"to": "ok"}, ""},
				{"one[1]", "ValueFunction/come", "Skip (message=S)", nil, "main.spec.steps.one[1]:spec.preconditions"},
				{"one[2]", "ValueFunction/come", "User Skip", nil, "main.spec.steps.one[2]:spec.preconditions"},
				{"one[3]", "ValueFunction/come", "Dependency Skip (message=D)", nil, "main.spec.steps.one[3]:spec.preconditions"}}},
		{"forEach, failures alone", "[{label: one, ref: {kind: ValueFunction, name: come}, forEach: {itemIn: \"=['ok', 'retry', 'retry']\", inputKey: to}}]",
			[]line{{"one", "ValueFunction/come", "Retry(delay=7, message=R, R)", nil, "main.spec.steps.one[1]:spec.preconditions, main.spec.steps.one[2]:spec.preconditions"},
				{"one[0]", "ValueFunction/come", "Ok", m{"to": "ok"}, ""},
				{"one[1]", "ValueFunction/come", "Retry(delay=7, message=R)", nil, "main.spec.steps.one[1]:spec.preconditions"},
				{"one[2]", "ValueFunction/come", "Retry(delay=7, message=R)", nil, "main.spec.steps.one[2]:spec.preconditions"}}},
		{"forEach switches by item", "[{label: one, refSwitch: {switchOn: =inputs.i, cases: [{case: '1', kind: ValueFunction, name: echo}, {case: '2', kind: ValueFunction, name: come}]}, forEach: {itemIn: '=[2, 1]', inputKey: i}, inputs: {to: x}}]",
			[]line{{"one", "ValueFunction/come", "Ok", []any{m{"to": "x"}, m{"got": m{"i": int64(1), "to": "x"}}}, ""},
				{"one[0]", "ValueFunction/come", "Ok", m{"to": "x"}, ""}, {"one[1]", "ValueFunction/echo", "Ok", m{"got": m{"i": int64(1), "to": "x"}}, ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, workflowHead+"    "+tc.steps+stepFunctions)
			assert.Equal(t, tc.want, linesOf(evaluate(t, p, appTrigger, Observed{}, Options{})))
		})
	}
}

// Every way in which a dependency is not Ok, and how messages nest along a chain.
func TestDependencies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ to, outcome, next, nextButOne string }{
		{"skip", "Skip (message=S)", "'one' was skipped (S at main.spec.steps.one:spec.preconditions).",
			"'two' is waiting on dependency ('one' was skipped (S at main.spec.steps.one:spec.preconditions). at main.spec.steps.two)."},
		{"quiet", "User Skip", "'one' was skipped (None at main.spec.steps.one:spec.preconditions).",
			"'two' is waiting on dependency ('one' was skipped (None at main.spec.steps.one:spec.preconditions). at main.spec.steps.two)."},
		{"depSkip", "Dependency Skip (message=D)", "'one' is waiting on dependency (D at main.spec.steps.one:spec.preconditions).",
			"'two' is waiting on dependency ('one' is waiting on dependency (D at main.spec.steps.one:spec.preconditions). at main.spec.steps.two)."},
		{"retry", "Retry(delay=7, message=R)", "'one' is waiting (R at main.spec.steps.one:spec.preconditions).",
			"'two' is waiting on dependency ('one' is waiting (R at main.spec.steps.one:spec.preconditions). at main.spec.steps.two)."},
		{"permFail", "Permanent Failure (message=P)", "'one' is in failure state (P at main.spec.steps.one:spec.preconditions).",
			"'two' is waiting on dependency ('one' is in failure state (P at main.spec.steps.one:spec.preconditions). at main.spec.steps.two)."},
	} {
		t.Run(tc.to, func(t *testing.T) {
			t.Parallel()
			p := compile(t, workflowHead+`
    - {label: fine, ref: {kind: ValueFunction, name: echo}}
    - {label: one, ref: {kind: ValueFunction, name: come}, inputs: {to: `+tc.to+`}}
    - {label: two, ref: {kind: ValueFunction, name: echo}, skipIf: =steps.one.never, inputs: {f: =steps.fine}}
    - {label: three, ref: {kind: ValueFunction, name: echo}, inputs: {two: =steps.two}}
`+stepFunctions)
			plan := evaluate(t, p, appTrigger, Observed{}, Options{})
			assert.Equal(t, []string{"Ok", tc.outcome, "Dependency Skip (message=" + tc.next + ")", "Dependency Skip (message=" + tc.nextButOne + ")"},
				[]string{plan.Steps[0].Outcome.Type.String(), plan.Steps[1].Outcome.String(), plan.Steps[2].Outcome.String(), plan.Steps[3].Outcome.String()})
			assert.Equal(t, "main.spec.steps.two", plan.Steps[2].Outcome.Location)
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+`
    - label: first
      ref: {kind: ResourceFunction, name: thing}
      inputs: {name: x, v: 1}
      condition: {type: FirstReady, name: The first}
      state: {a: {x: 1}, k: =value.v}
    - label: inner
      ref: {kind: Workflow, name: inner}
      inputs: {v: =steps.first.v + 1}
      state: {a: {z: =value.v}}
    - label: each
      ref: {kind: ResourceFunction, name: thing}
      forEach: {itemIn: "=['p', 'q']", inputKey: name}
      inputs: {v: 9}
      state: {each: "=value.map(i, i.name)"}
    - label: skipped
      ref: {kind: ValueFunction, name: come}
      inputs: {to: skip}
      condition: {type: Other, name: Other}
      state: {never: 1}
    - label: again
      ref: {kind: ValueFunction, name: come}
      inputs: {to: quiet}
      condition: {type: FirstReady, name: Again}
    - label: wrong
      ref: {kind: ValueFunction, name: echo}
      state: {broken: =value.zz}
    - label: cluster
      ref: {kind: ResourceFunction, name: cluster-thing}
      inputs: {name: c}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: inner}
spec:
  steps:
    - label: calc
      ref: {kind: ValueFunction, name: echo}
      inputs: {v: =parent.v}
      condition: {type: Never, name: Never}
      state: {v: =value.got.v}
    - label: made
      ref: {kind: ResourceFunction, name: thing}
      inputs: {name: in, v: =steps.calc.got.v}
    - label: other
      ref: {kind: ValueFunction, name: come}
      inputs: {to: permFail}
      skipIf: =true
`+stepFunctions)
	plan := evaluate(t, p, appTrigger, Observed{}, Options{})
	var paths []string
	for _, s := range plan.Steps {
		paths = append(paths, s.Path+" "+s.Outcome.Type.String())
	}
	assert.Equal(t, []string{"first Ok", "inner Ok", "inner.calc Ok", "inner.made Ok", "inner.other Skip", "each Ok", "each[0] Ok", "each[1] Ok", "skipped Skip",
		"again Skip", "wrong Ok", "cluster Ok"}, paths)
	assert.Equal(t, "main", plan.Workflow)
	assert.Equal(t, manifest.ID{APIVersion: "example.com/v1", Kind: "App", Namespace: "prod", Name: "a"}, plan.Trigger)
	assert.Equal(t, Ok, plan.Outcome.Type)
	assert.Equal(t, m{"a": m{"z": int64(2)}, "k": int64(1), "each": []any{"p", "q"}}, plan.State)
	assert.Equal(t, map[string]string{"wrong": "Error evaluating `wrong.state` (at value.zz) there is no key \"zz\" at value.zz"}, plan.StateErrors)
	assert.Equal(t, []Condition{
		{"FirstReady", "False", "Skip", "Again management is disabled.", "main.spec.steps.again:spec.preconditions"},
		{"Other", "False", "Skip", "Skipping Other: S", "main.spec.steps.skipped:spec.preconditions"},
		{"Ready", "True", "Ready", "Workflow main ready.", "main"},
	}, plan.Conditions)
	record := func(name string) any {
		return m{"apiVersion": "example.com/v1", "kind": "Thing", "plural": "things", "name": name, "namespace": "prod", "readonly": false, "resourceFunction": "thing"}
	}
	assert.Equal(t, any(m{"workflow": "main", "resources": m{
		"first": record("x"),
		"inner": m{"workflow": "inner", "resources": m{"calc": nil, "made": record("in"), "other": nil}},
		"each":  []any{record("p"), record("q")}, "skipped": nil, "again": nil, "wrong": nil,
		"cluster": m{"apiVersion": "example.com/v1", "kind": "ClusterThing", "plural": "", "name": "c", "readonly": false, "resourceFunction": "cluster-thing"},
	}}), plan.Managed)
	var actions []string
	for _, a := range plan.Actions {
		actions = append(actions, a.Step+" "+a.ID.String()+" "+a.Outcome.Type.String())
		assert.Equal(t, Render, a.Verb)
	}
	assert.Equal(t, []string{"first Thing/prod/x Ok", "inner.made Thing/prod/in Ok", "each[0] Thing/prod/p Ok", "each[1] Thing/prod/q Ok", "cluster ClusterThing/c Ok"}, actions)
	var wants []string
	for _, id := range plan.Wants {
		wants = append(wants, id.String())
	}
	assert.Equal(t, []string{"Thing/prod/x", "Thing/prod/in", "Thing/prod/p", "Thing/prod/q", "ClusterThing/c"}, wants)
}

func TestPlanIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	p := compile(t, tenSteps())
	trigger := Trigger{Workflow: p.Workflows["main"], Object: benchTrigger(t, 1)}
	first, err := Evaluate(t.Context(), p, trigger, Observed{}, Options{})
	require.NoError(t, err)
	for range 20 {
		again, err := Evaluate(t.Context(), p, trigger, Observed{}, Options{})
		require.NoError(t, err)
		assert.Equal(t, first, again)
	}
}

// Locations inside a sub-workflow lead through the step that runs it.
func TestSubWorkflowLocations(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+`
    - {label: outer, ref: {kind: Workflow, name: inner}, forEach: {itemIn: "=['ok', 'retry']", inputKey: to}}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: inner}
spec:
  steps: [{label: step, ref: {kind: ValueFunction, name: come}, inputs: {to: =parent.to}}]
`+stepFunctions)
	assert.Equal(t, []line{
		{"outer", "Workflow/inner", "Retry(delay=7, message=R)", nil, "main.spec.steps.outer[1]:inner.spec.steps.step:spec.preconditions"},
		{"outer[0]", "Workflow/inner", "Ok", m{}, ""},
		{"outer[0].step", "ValueFunction/come", "Ok", m{"to": "ok"}, ""},
		{"outer[1]", "Workflow/inner", "Retry(delay=7, message=R)", nil, "main.spec.steps.outer[1]:inner.spec.steps.step:spec.preconditions"},
		{"outer[1].step", "ValueFunction/come", "Retry(delay=7, message=R)", nil, "main.spec.steps.outer[1]:inner.spec.steps.step:spec.preconditions"},
	}, linesOf(evaluate(t, p, appTrigger, Observed{}, Options{})))
}

func TestOverallOutcome(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, items, want string }{
		{"all Ok", "[ok]", "Ok"},
		{"Ok and skip", "[ok, skip]", "Ok"},
		{"skips", "[skip, depSkip]", "Skip"},
		{"retry", "[ok, retry, skip]", "Retry"},
		{"permFail", "[permFail, retry]", "PermFail"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			steps := ""
			for i, to := range strings.Split(strings.Trim(tc.items, "[]"), ", ") {
				steps += "    - {label: step" + string(rune('a'+i)) + ", ref: {kind: ValueFunction, name: come}, inputs: {to: " + to + "}}\n"
			}
			p := compile(t, workflowHead+steps+stepFunctions)
			assert.Equal(t, tc.want, evaluate(t, p, appTrigger, Observed{}, Options{}).Outcome.Type.String())
		})
	}
}

func TestTrigger(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+`
    - label: one
      ref: {kind: ValueFunction, name: echo}
      inputs:
        labels: =has(parent.metadata.labels.a)
        namespace: =has(parent.metadata.namespace)
        ip: =parent.status.ip
        state: =parent.state.k
        uid: =parent.metadata.uid
`+stepFunctions)
	const git = "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod, uid: not to be trusted}, spec: {}, status: {ip: not to be trusted}}"
	known := evaluate(t, p, git, Observed{}, Options{}).Steps[0].Outcome
	got, _ := known.Value.(m)["got"].(m)
	assert.Equal(t, []any{false, true}, []any{got["labels"], got["namespace"]})
	require.NotNil(t, got)
	assert.Equal(t, []string{"parent: App/prod/a.metadata.uid", "parent: App/prod/a.status.ip"}, texts(expr.WaitsOf(m{"ip": got["ip"], "uid": got["uid"]})))
	seen := observe(t, "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod, uid: u, labels: {a: from the cluster}}, spec: {x: 1}, status: {ip: 1.2.3.4, state: {k: v}}}")
	assert.Equal(t, Outcome{Type: Ok, Value: m{"got": m{"labels": false, "namespace": true, "ip": "1.2.3.4", "state": "v", "uid": "u"}}},
		evaluate(t, p, git, seen, Options{}).Steps[0].Outcome)
	early := observe(t, "{apiVersion: example.com/v1, kind: App, metadata: {name: a, namespace: prod, uid: u}}")
	o := evaluate(t, p, git, early, Options{}).Steps[0].Outcome
	assert.Equal(t, "Retry(delay=30, message=waiting for App/prod/a status)", o.String())
	assert.Equal(t, []string{"parent: App/prod/a.status"}, texts(o.Waits))
}

func TestNamespaceOfTrigger(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+"    - {label: one, ref: {kind: ValueFunction, name: echo}, inputs: {has: =has(parent.metadata.namespace)}}"+stepFunctions)
	run := func(trigger string, opts Options) (*Plan, error) {
		o := object(t, trigger)
		o.From = manifest.Origin{File: "app.yaml", Line: 7}
		return Evaluate(t.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: o}, Observed{}, opts)
	}
	plan, err := run("{apiVersion: example.com/v1, kind: App, metadata: {name: a}}", Options{Namespace: "default"})
	require.NoError(t, err)
	assert.Equal(t, "App/default/a", plan.Trigger.String())
	assert.Equal(t, m{"got": m{"has": true}}, plan.Steps[0].Outcome.Value)
	plan, err = run("{apiVersion: v1, kind: Namespace, metadata: {name: a}}", Options{Namespace: "default"})
	require.NoError(t, err)
	assert.Equal(t, "Namespace/a", plan.Trigger.String())
	assert.Equal(t, m{"got": m{"has": false}}, plan.Steps[0].Outcome.Value)
	_, err = run("{apiVersion: example.com/v1, kind: App, metadata: {name: a}}", Options{})
	assert.Equal(t, diag.List{{Code: diag.NoNamespace, Pos: diag.Pos{File: "app.yaml", Line: 7},
		Message: "App/a has no namespace, and the render has no default one",
		Hint:    "write metadata.namespace, or give a default: --namespace NAME"}}, err)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	many := workflowHead + "    - {label: many, ref: {kind: ResourceFunction, name: thing}, forEach: {itemIn: =parent.spec.list, inputKey: name}, inputs: {v: 1}}" + stepFunctions
	nested := workflowHead + "    - {label: one, ref: {kind: Workflow, name: two}}" + `
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: two}
spec: {steps: [{label: two, ref: {kind: Workflow, name: three}}]}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: three}
spec: {steps: [{label: three, ref: {kind: ValueFunction, name: echo}}]}
` + stepFunctions
	for _, tc := range []struct {
		name, program string
		limits        Limits
		code          diag.Code
		message       string
	}{
		{"items", many, Limits{ForEachItems: 2}, diag.ForEachBound, "step many: forEach over 3 items, more than the limit of 2"},
		{"objects", many, Limits{Objects: 2}, diag.ObjectsBound, "step many[2]: Thing/prod/3 is one object more than the limit of 2"},
		{"depth", nested, Limits{Depth: 1}, diag.DepthBound, "step one.two: sub-workflows nest more than 1 deep"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, tc.program)
			_, err := Evaluate(t.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: object(t, appTrigger)}, Observed{}, Options{Limits: tc.limits})
			var list diag.List
			require.ErrorAs(t, err, &list)
			require.Len(t, list, 1)
			assert.Equal(t, []any{tc.code, tc.message}, []any{list[0].Code, list[0].Message})
		})
	}
}

func TestEndOfContext(t *testing.T) {
	t.Parallel()
	p := compile(t, tenSteps())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	plan, err := Evaluate(ctx, p, Trigger{Workflow: p.Workflows["main"], Object: benchTrigger(t, 0)}, Observed{}, Options{})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Nil(t, plan)
}

func TestTriggerWithoutWorkflow(t *testing.T) {
	t.Parallel()
	_, err := Evaluate(t.Context(), compile(t, tenSteps()), Trigger{Object: benchTrigger(t, 0)}, Observed{}, Options{})
	assert.EqualError(t, err, "evaluate: the trigger has no Workflow")
}
