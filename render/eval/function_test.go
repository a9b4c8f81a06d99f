// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/expr"
)

const functionsProgram = `
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: gate}
spec:
  preconditions:
    - assert: =has(inputs.mode)
      skip: {message: no mode}
    - assert: =inputs.mode != 'unknown' || inputs.on
      permFail: {message: =inputs.mode + " is off"}
    - assert: =inputs.mode != 'depSkip'
      depSkip: {message: =true}
    - assert: =inputs.mode != 'retry'
      retry: {message: =1 + 1, delay: 7}
    - assert: =inputs.mode != 'permFail'
      permFail: {message: "={'a':[1]}"}
    - assert: =inputs.mode != 'null'
      permFail: {message: =inputs.nothing}
    - assert: =inputs.mode != 'message'
      skip: {message: =inputs.absent}
    - assert: =inputs.mode != 'default'
      defaultReturn: {mode: =inputs.mode}
    - assert: =inputs.mode != 'ok'
      ok: {}
    - assert: =inputs.mode == 'go'
      permFail: {message: last}
  locals: {twice: =inputs.mode + inputs.mode}
  return: {twice: =locals.twice, m: {a: =1}, e: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: empty}
spec:
  preconditions: []
  locals: {broken: =inputs.absent}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: before}
spec:
  locals: {had: =has(resource.m)}
  return: {m: {a: "=has(resource.m.a) ? resource.m.a + 1 : 0"}, had: =locals.had, e: {}, replaced: "={'x':5}"}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: fails}
spec:
  locals: {x: =inputs.absent}
  return: {x: =locals.x}
`

// seen is what tests compare of a function's result.
type seen struct {
	Outcome  string
	Value    any
	Location string
	Verb     Verb
	Target   any
}

func seenOf(r *FunctionResult) seen {
	s := seen{Outcome: r.Outcome.Type.String(), Value: r.Outcome.Value, Location: r.Outcome.Location}
	if r.Outcome.Type != Ok {
		s.Outcome = r.Outcome.String()
	}
	if r.Action != nil {
		s.Verb = r.Action.Verb
		if r.Action.Target != nil {
			s.Target = r.Action.Target
		}
	}
	return s
}

func TestValueFunction(t *testing.T) {
	t.Parallel()
	p := compile(t, functionsProgram)
	for _, tc := range []struct {
		name, function, inputs, base string
		want                         seen
	}{
		{"all hold", "gate", "{mode: go}", "", seen{Outcome: "Ok", Value: m{"twice": "gogo", "m": m{"a": int64(1)}, "e": m{}}}},
		{"the first false one decides", "gate", "{}", "", seen{Outcome: "Skip (message=no mode)", Location: "gate:spec.preconditions"}},
		{"a bool as message", "gate", "{mode: depSkip}", "", seen{Outcome: "Dependency Skip (message=true)", Location: "gate:spec.preconditions"}},
		{"a number as message", "gate", "{mode: retry}", "", seen{Outcome: "Retry(delay=7, message=2)", Location: "gate:spec.preconditions"}},
		{"a map as message", "gate", "{mode: permFail}", "", seen{Outcome: `Permanent Failure (message={"a":[1]})`, Location: "gate:spec.preconditions"}},
		{"null as message", "gate", "{mode: 'null', nothing: null}", "", seen{Outcome: "Permanent Failure (message=null)", Location: "gate:spec.preconditions"}},
		{"a message that fails", "gate", "{mode: message}", "", seen{
			Outcome:  "Permanent Failure (message=Error evaluating `gate:spec.preconditions` (at inputs.absent) there is no key \"absent\")",
			Location: "inputs.absent"}},
		{"defaultReturn", "gate", "{mode: default}", "", seen{Outcome: "Ok", Value: m{"mode": "default"}}},
		{"defaultReturn of an overlay", "gate", "{mode: default}", "{kept: 1, mode: x}", seen{Outcome: "Ok", Value: m{"mode": "default", "kept": int64(1)}}},
		{"ok stops", "gate", "{mode: ok}", "", seen{Outcome: "Ok", Value: m{"twice": "okok", "m": m{"a": int64(1)}, "e": m{}}}},
		{"the last", "gate", "{mode: other}", "", seen{Outcome: "Permanent Failure (message=last)", Location: "gate:spec.preconditions"}},
		{"no return is null, and locals are not looked at", "empty", "{}", "", seen{Outcome: "Ok"}},
		{"no base", "before", "{}", "", seen{Outcome: "Ok", Value: m{"m": m{"a": int64(0)}, "had": false, "e": m{}, "replaced": m{"x": int64(5)}}}},
		{"over a base", "before", "{}", "{m: {a: 1, b: 2}, e: {k: 1}, replaced: {z: 1}, z: 1}", seen{Outcome: "Ok",
			Value: m{"m": m{"a": int64(2), "b": int64(2)}, "had": true, "e": m{}, "replaced": m{"x": int64(5)}, "z": int64(1)}}},
		{"locals that fail", "fails", "{}", "", seen{
			Outcome:  "Permanent Failure (message=Error evaluating `fails:spec.locals` (at inputs.absent) there is no key \"absent\")",
			Location: "inputs.absent"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := Function(t.Context(), p, function(t, p, tc.function), Call{Inputs: fields(t, tc.inputs), Base: fields(t, tc.base)}, Observed{}, Options{})
			assert.NoError(t, r.Err)
			assert.Equal(t, tc.want, seenOf(&r))
		})
	}
}

func TestAssertThatIsNoBool(t *testing.T) {
	t.Parallel()
	p := compile(t, `
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: f}
spec:
  preconditions: [{assert: =inputs.x, skip: {message: never}}]
`)
	r := Function(t.Context(), p, function(t, p, "f"), Call{Inputs: m{"x": int64(1)}}, Observed{}, Options{})
	assert.Equal(t, seen{
		Outcome:  "Permanent Failure (message=Error evaluating `f:spec.preconditions` (at =inputs.x) assert must be a bool, not int)",
		Location: "=inputs.x",
	}, seenOf(&r))
	assert.Equal(t, 6, r.Outcome.Pos.Line)
}

// An assert that is not known yet defers, whatever stands behind it, and what can still be told of the value is told.
func TestUnknownConditions(t *testing.T) {
	t.Parallel()
	p := compile(t, `
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: f}
spec:
  preconditions:
    - {assert: =inputs.a, skip: {message: a}}
    - {assert: =inputs.b, permFail: {message: b}}
    - {assert: =inputs.c, permFail: {message: c}}
  return: {a: =inputs.a, k: 1}
`)
	a, b, c := unknownField("status.a"), unknownField("status.b"), unknownField("status.c")
	for _, tc := range []struct {
		name   string
		inputs m
		want   Outcome
	}{
		{"all unknown", m{"a": a, "b": b, "c": c}, Outcome{Waits: []expr.Wait{waitFor("status.a"), waitFor("status.b"), waitFor("status.c")},
			Value: m{"a": a, "k": int64(1)}}},
		{"false behind it ends the list", m{"a": a, "b": false, "c": c}, Outcome{Waits: []expr.Wait{waitFor("status.a")}, Value: m{"a": a, "k": int64(1)}}},
		{"an error behind it decides nothing", m{"a": a}, Outcome{Waits: []expr.Wait{waitFor("status.a")}, Value: m{"a": a, "k": int64(1)}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.Type, tc.want.Message = Deferred, "the condition `=inputs.a` is not known yet"
			r := Function(t.Context(), p, function(t, p, "f"), Call{Inputs: tc.inputs}, Observed{}, Options{})
			assert.Equal(t, tc.want, r.Outcome)
			assert.Equal(t, tc.want.Message, r.Reason)
			assert.Equal(t, tc.want.Waits, r.Waits)
		})
	}
	r := Function(t.Context(), p, function(t, p, "f"), Call{Inputs: m{"a": false, "b": b, "c": c}}, Observed{}, Options{})
	assert.Equal(t, "Skip (message=a)", r.Outcome.String(), "a false assert in front of it decides")
}
