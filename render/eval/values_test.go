// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

const valuesProgram = `
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: holds}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {metadata: =inputs.metadata, spec: {v: =inputs.v}}
  return: {name: =resource.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: computes}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource:
    spec: {bytes: "=b'abc'", time: "=timestamp('2024-01-02T03:04:05Z')", duration: "=duration('90m')", unsigned: =7u, list: "=[b'a', null]"}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: compared}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Thing, name: t, namespace: prod}
  resource: {spec: {x-koreo-compare-last-applied: [a, b, c], a: 1, b: 0.5, c: [{d: 2}]}}
`

// What is copied into a target as a whole becomes plain data, or one unknown.
func TestValuesInTargets(t *testing.T) {
	t.Parallel()
	p := compile(t, valuesProgram)
	live := fields(t, "{apiVersion: example.com/v1, kind: Network, metadata: {name: net, namespace: prod}, spec: {cidr: c, gone: null}}")
	netObject := func(mode expr.Mode) *expr.Object {
		return &expr.Object{Value: live, ID: waitFor("").Object, Step: "net", Mode: mode}
	}
	whole := expr.NewUnknown(waitFor(""))
	for _, tc := range []struct {
		name        string
		metadata, v any
		want        any // spec.v
		labels      any // metadata
		waits       []string
	}{
		{"an observed object", m{}, netObject(expr.Observed), value(t, "{apiVersion: example.com/v1, kind: Network, metadata: {name: net, namespace: prod}, spec: {cidr: c}}"),
			m{"name": "t", "namespace": "prod"}, nil},
		{"a declared object", m{}, netObject(expr.Declared), whole, m{"name": "t", "namespace": "prod"}, []string{"net: Network/prod/net"}},
		{"inside a list", m{}, []any{netObject(expr.Declared), "x"}, []any{whole, "x"}, m{"name": "t", "namespace": "prod"}, []string{"net: Network/prod/net"}},
		{"metadata that is not known", unknownField("metadata"), "x", "x", unknownField("metadata"), []string{"net: Network/prod/net.metadata"}},
		{"metadata that is no map", "text", "x", "x", m{"name": "t", "namespace": "prod"}, nil},
		{"metadata of an observed object", &expr.Object{Value: m{"labels": m{"a": "b"}, "name": "net"}, ID: waitFor("").Object, Step: "net", Mode: expr.Observed, Path: "metadata"}, "x", "x",
			m{"name": "t", "namespace": "prod", "labels": m{"a": "b"}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := Function(t.Context(), p, function(t, p, "holds"), Call{Inputs: m{"metadata": tc.metadata, "v": tc.v}}, Observed{}, Options{})
			target := r.Partial
			if r.Action != nil {
				target = r.Action.Target
			}
			assert.Equal(t, tc.want, target["spec"].(m)["v"])
			assert.Equal(t, tc.labels, target["metadata"])
			assert.Equal(t, tc.waits, texts(r.Waits))
		})
	}
}

func TestComputedValues(t *testing.T) {
	t.Parallel()
	p := compile(t, valuesProgram)
	r := Function(t.Context(), p, function(t, p, "computes"), Call{}, Observed{}, Options{})
	require.NotNil(t, r.Action, "%s", r.Outcome)
	assert.Equal(t, any(m{"bytes": "YWJj", "time": "2024-01-02T03:04:05Z", "duration": "5400s", "unsigned": int64(7), "list": []any{"YQ==", nil}}), r.Action.Target["spec"])
}

// What was written at creation is what later runs compare with.
func TestLastAppliedRoundTrip(t *testing.T) {
	t.Parallel()
	p := compile(t, valuesProgram)
	l := function(t, p, "compared")
	created := Function(t.Context(), p, l, Call{}, Observed{Absent: []manifest.ID{wantedID}}, Options{})
	require.Equal(t, CreateIt, created.Action.Verb)
	metadata, _ := created.Action.Target["metadata"].(m)
	var o Observed
	require.NoError(t, o.Objects.Add(manifest.Object{ID: wantedID, Value: m{
		"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "spec": m{"a": "the server changed it"},
	}}))
	again := Function(t.Context(), p, l, Call{}, o, Options{})
	assert.Equal(t, Ok, again.Outcome.Type, again.Outcome.String())
	assert.Equal(t, None, again.Action.Verb)
	for name, text := range map[string]string{"no JSON": "nonsense", "nothing": ""} {
		annotated := m{"metadata": m{"annotations": m{lastAppliedKey: text}}}
		assert.Nil(t, lastApplied(annotated), name)
	}
}

func TestValueJSONCannotHold(t *testing.T) {
	t.Parallel()
	p := compile(t, valuesProgram)
	call := Call{Inputs: m{"metadata": m{}, "v": math.Inf(1)}}
	r := Function(t.Context(), p, function(t, p, "holds"), call, Observed{Absent: []manifest.ID{wantedID}}, Options{})
	assert.Equal(t, "Permanent Failure (message=JSON Encoding error json: unsupported value: +Inf)", r.Outcome.String())
	assert.Nil(t, r.Action)
}

func TestValueText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   any
		want string
	}{
		{nil, "null"}, {"x", "x"}, {true, "true"}, {int64(-1), "-1"}, {uint64(2), "2"}, {1.5, "1.5"}, {2.0, "2"},
		{[]byte("abc"), "YWJj"}, {m{"b": []any{int64(1)}, "a": "<&>"}, `{"a":"<&>","b":[1]}`},
		{m{"a": unknownField("status.a")}, "(not known yet: Network/prod/net status.a)"},
		{[]any{expr.NewUnknown(waitFor("")), unknownField("status.a")}, "(not known yet: Network/prod/net, Network/prod/net status.a)"},
		{[]any{math.Inf(1)}, "(a value that JSON cannot hold)"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, valueText(tc.in))
		})
	}
}

func TestFunctionRunsWorkflows(t *testing.T) {
	t.Parallel()
	p := compile(t, workflowHead+"    - {label: one, ref: {kind: ValueFunction, name: echo}, inputs: {v: =parent.v}, state: {v: =value.got.v}}"+stepFunctions)
	l := &program.Logic{Kind: "Workflow", Name: "main", Workflow: p.Workflows["main"]}
	r := Function(t.Context(), p, l, Call{Inputs: m{"v": int64(1)}}, Observed{}, Options{})
	assert.Equal(t, Outcome{Type: Ok, Value: m{"v": int64(1)}}, r.Outcome)
	assert.Equal(t, any(m{"workflow": "main", "resources": m{"one": nil}}), r.Managed)
	missing := Function(t.Context(), p, &program.Logic{Kind: "ValueFunction", Name: "gone"}, Call{}, Observed{}, Options{})
	assert.Equal(t, "Permanent Failure (message=ValueFunction:gone is not defined.)", missing.Outcome.String())
}

// A bound of expressions ends the whole evaluation, also where a failure would not be certain.
func TestExpressionBound(t *testing.T) {
	t.Parallel()
	docs, problems := source.Parse("program.yaml", []byte(`
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: f}
spec:
  preconditions:
    - {assert: =inputs.up, skip: {message: closed}}
    - {assert: "=[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, a * b)).size() > 0", skip: {message: never}}
`), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{Steps: 20})
	require.NoError(t, err)
	p, found := program.Compile(docs, env)
	require.False(t, found.HasErrors(), "%s", found)
	for name, up := range map[string]any{"known": true, "unknown": unknownField("status.up")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Function(t.Context(), p, function(t, p, "f"), Call{Inputs: m{"up": up}}, Observed{}, Options{})
			var list diag.List
			require.ErrorAs(t, r.Err, &list)
			require.Len(t, list, 1)
			assert.Equal(t, diag.ExpressionBound, list[0].Code)
			assert.Equal(t, 8, list[0].Pos.Line)
		})
	}
}
