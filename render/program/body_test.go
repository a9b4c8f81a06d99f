// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// bodyOf compiles a YAML value with the names of vars in scope.
func bodyOf(t testing.TB, text string, names ...string) *Body {
	t.Helper()
	c := &compiler{env: newEnv(t)}
	b := c.body(parse(t, "b.yaml", text, 0)[0].Root, &scope{names: names})
	require.Empty(t, c.problems)
	return b
}

func TestBodyEval(t *testing.T) {
	t.Parallel()
	vars := expr.Vars{"inputs": map[string]any{"n": int64(2), "s": "text"}}
	tests := []struct {
		name, text string
		want       any
	}{
		{"scalars stay", `{a: 1, b: 1.5, c: true, d: null, e: "5", f: 'a\nb', g: " =1+1"}`, map[string]any{
			"a": int64(1), "b": 1.5, "c": true, "d": nil, "e": "5", "f": `a\nb`, "g": " =1+1",
		}},
		{"empty ones stay", "{a: {}, b: [], c: ''}", map[string]any{"a": map[string]any{}, "b": []any{}, "c": ""}},
		{"leaves", "{a: =inputs.n + 1, b: ==inputs.s, c: {d: [1, =inputs.n, {e: =inputs.s}]}}", map[string]any{
			"a": int64(3), "b": "text", "c": map[string]any{"d": []any{int64(1), int64(2), map[string]any{"e": "text"}}},
		}},
		{"keys are data", "{=inputs.n: =inputs.n}", map[string]any{"=inputs.n": int64(2)}},
		{"a block", "a: |\n  =inputs.n +\n    1 // more\n", map[string]any{"a": int64(3)}},
		{"one leaf cannot add entries", `{a: "='x'", b: 1}`, map[string]any{"a": "x", "b": int64(1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := bodyOf(t, tt.text, "inputs").Eval(context.Background(), vars)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestBodySharesWhatIsFixed(t *testing.T) {
	t.Parallel()
	b := bodyOf(t, "{fixed: {a: [1]}, moving: =inputs}", "inputs")
	one, err := b.Eval(context.Background(), expr.Vars{"inputs": int64(1)})
	require.NoError(t, err)
	two, err := b.Eval(context.Background(), expr.Vars{"inputs": int64(2)})
	require.NoError(t, err)
	one.(map[string]any)["fixed"].(map[string]any)["seen"] = true
	assert.Equal(t, true, two.(map[string]any)["fixed"].(map[string]any)["seen"])

	_, literal := b.Literal()
	assert.False(t, literal)
	v, literal := bodyOf(t, "{a: [x]}").Literal()
	assert.True(t, literal)
	assert.Equal(t, map[string]any{"a": []any{"x"}}, v)
}

func TestNilBody(t *testing.T) {
	t.Parallel()
	var b *Body
	v, err := b.Eval(context.Background(), nil)
	assert.Equal(t, []any{nil, nil}, []any{v, err})
	m, err := b.Overlay(context.Background(), map[string]any{"a": 1}, nil)
	assert.Equal(t, []any{map[string]any{"a": 1}, nil}, []any{m, err})
	m, err = b.Overlay(context.Background(), nil, nil)
	assert.Equal(t, []any{map[string]any{}, nil}, []any{m, err})
	assert.Equal(t, "", b.Text())
	assert.Empty(t, b.Refs())
}

func TestEvalError(t *testing.T) {
	t.Parallel()
	b := bodyOf(t, "a: 1\nb:\n  - =inputs.x\n  - |\n    =inputs.x +\n      inputs.missing\nc: =inputs.first\n", "inputs")
	_, err := b.Eval(context.Background(), expr.Vars{"inputs": map[string]any{"x": int64(1)}})
	var failed *EvalError
	require.ErrorAs(t, err, &failed)
	var cause *expr.Error
	require.ErrorAs(t, err, &cause)
	assert.Equal(t, cause.Offset, failed.Offset)
	assert.Equal(t, "=inputs.x +\n  inputs.missing\n", failed.Node.Text())
	d := failed.Diagnostic("KR0400")
	assert.Equal(t, diag.Diagnostic{
		Code: "KR0400", Pos: diag.Pos{File: "b.yaml", Line: 6, Column: d.Pos.Column},
		Message: cause.Message, Hint: cause.Hint, Excerpt: "      inputs.missing",
	}, d)
	assert.NotEmpty(t, d.Message)
}

func TestWaitingError(t *testing.T) {
	t.Parallel()
	pod := &expr.Object{Value: map[string]any{"kind": "Pod", "status": map[string]any{}}, ID: manifest.ID{APIVersion: "v1", Kind: "Pod", Name: "p"}, Mode: expr.Observed}
	_, err := bodyOf(t, "a: =resource.status.ip", "resource").Eval(context.Background(), expr.Vars{"resource": pod})
	var waiting *expr.Waiting
	require.ErrorAs(t, err, &waiting)
	assert.Equal(t, []expr.Wait{{Object: pod.ID, Path: "status.ip"}}, waiting.Waits)
	var failed *EvalError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, err.Error(), failed.Diagnostic("").Message)
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	unknown := expr.NewUnknown(expr.Wait{Step: "a", Object: manifest.ID{Kind: "K", Name: "n"}, Path: "status"})
	second := expr.NewUnknown(expr.Wait{Step: "b", Object: manifest.ID{Kind: "K", Name: "m"}, Path: "status"})
	both := expr.NewUnknown(append(unknown.Waits()[:1:1], second.Waits()...)...)
	object := &expr.Object{Value: map[string]any{"x": int64(1), "y": int64(2)}, Step: "s", Path: "spec"}
	merged := *object
	merged.Value = map[string]any{"x": int64(5), "y": int64(2)}
	open := merged
	open.Value = map[string]any{"x": int64(5), "y": int64(2), "more": expr.NewUnknown(expr.Wait{Step: "s", Path: "spec.more"})}
	known := *object
	known.Mode = expr.Known
	closed := known
	closed.Value = map[string]any{"x": int64(1), "y": int64(1), "more": map[string]any{"z": int64(1)}}
	m := func(kv ...any) map[string]any {
		out := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i].(string)] = kv[i+1]
		}
		return out
	}
	tests := []struct {
		name, spec string
		base, want map[string]any
	}{
		{"the vector of the language", `{m: {x: "=1"}, l: [9], 'n': null, e: {}}`,
			m("m", m("x", 0, "y", 2), "l", []any{1, 2}, "n", 5, "e", m("k", 1), "z", 1),
			m("m", m("x", int64(1), "y", 2), "l", []any{int64(9)}, "n", nil, "e", m(), "z", 1)},
		{"an expression replaces", `{m: "={'x': 5}"}`, m("m", m("x", 0, "y", 2)), m("m", m("x", int64(5)))},
		{"leaves see the base", `{m: {a: "=resource.m.a + 1", b: "=resource.m.a"}}`, m("m", m("a", int64(1))), m("m", m("a", int64(2), "b", int64(1)))},
		{"nothing below", "{a: {b: {c: 1}}}", nil, m("a", m("b", m("c", int64(1))))},
		{"no map below", "{a: {b: =1}}", m("a", "text"), m("a", m("b", int64(1)))},
		{"a fixed map merges", "{a: {b: 1}}", m("a", m("c", 2)), m("a", m("b", int64(1), "c", 2))},
		{"a fixed map inside a moving one merges", "{a: {b: {c: 1}, d: =2}}", m("a", m("b", m("e", 3))), m("a", m("b", m("c", int64(1), "e", 3), "d", int64(2)))},
		{"an unknown below stays unknown", "{a: {b: {c: 1}}}", m("a", m("b", unknown)), m("a", m("b", unknown))},
		{"an unknown below and one above", "{a: {b: =resource.other}}", m("a", unknown, "other", second), m("a", both, "other", second)},
		{"an unknown is replaced by a leaf", "{a: 1}", m("a", unknown), m("a", int64(1))},
		{"an object merges", "{a: {x: 5}}", m("a", object), m("a", &merged)},
		{"a declared object may hold more below", "{a: {x: 5, more: {z: 1}}}", m("a", object), m("a", &open)},
		{"a known object does not", "{a: {more: {z: 1}, 'y': =resource.a.x}}", m("a", &known), m("a", &closed)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := bodyOf(t, tt.spec, "resource").Overlay(context.Background(), tt.base, expr.Vars{"resource": tt.base})
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	assert.Equal(t, map[string]any{"x": int64(1), "y": int64(2)}, object.Value, "the base stays as it is")
}

func TestOverlayError(t *testing.T) {
	t.Parallel()
	base := map[string]any{"a": map[string]any{}}
	for _, spec := range []string{"{a: {b: =resource.a.no}}", "{x: {b: =resource.a.no}}", "{a: =resource.a.no}"} {
		_, err := bodyOf(t, spec, "resource").Overlay(context.Background(), base, expr.Vars{"resource": base})
		var failed *EvalError
		require.ErrorAs(t, err, &failed, spec)
	}
	assert.Equal(t, map[string]any{"a": map[string]any{}}, base)
}

func TestRefs(t *testing.T) {
	t.Parallel()
	refs := bodyOf(t, "a: =inputs.x.y\nb: [=has(inputs.z)]\nc: text\n", "inputs").Refs()
	require.Len(t, refs, 2)
	assert.Equal(t, []string{"inputs", "x", "y"}, refs[0].Path)
	assert.Equal(t, diag.Pos{File: "b.yaml", Line: 1, Column: 5}, refs[0].At())
	assert.True(t, refs[1].Guarded)
	assert.Equal(t, "=has(inputs.z)", refs[1].Leaf.Text())
}
