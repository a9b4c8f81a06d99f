// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/expr"
)

func TestCombine(t *testing.T) {
	t.Parallel()
	ok := func(v any) Outcome { return Outcome{Type: Ok, Value: v} }
	skip := func(message string) Outcome { return Outcome{Type: Skip, Message: message, Location: "at " + message} }
	depSkip := func(message string) Outcome { return Outcome{Type: DepSkip, Message: message} }
	retry := func(message string, delay int) Outcome {
		return Outcome{Type: Retry, Message: message, Delay: delay, Location: "at " + message}
	}
	fail := func(message, location string) Outcome {
		return Outcome{Type: PermFail, Message: message, Location: location}
	}
	deferred := func(message string, paths ...string) Outcome {
		o := Outcome{Type: Deferred, Message: message}
		for _, p := range paths {
			o.Waits = append(o.Waits, waitFor(p))
		}
		return o
	}
	for _, tc := range []struct {
		name string
		in   []Outcome
		want Outcome
	}{
		{"nothing is a Skip without a message", nil, Outcome{Type: Skip}},
		{"the last DepSkip", []Outcome{depSkip("a"), depSkip("b")}, depSkip("b")},
		{"Skip beats DepSkip", []Outcome{skip("a"), depSkip("b")}, skip("a")},
		{"the last Skip", []Outcome{skip("a"), depSkip("b"), skip("c")}, skip("c")},
		{"Ok beats skips and gathers values", []Outcome{ok(int64(1)), skip("a"), ok(nil)}, ok([]any{int64(1), nil})},
		{"one Ok is still a list", []Outcome{ok("x")}, ok([]any{"x"})},
		{"Deferred beats Ok", []Outcome{ok("x"), deferred("d", "status.a")}, deferred("d", "status.a")},
		{"Deferred joins waits, sorted and once", []Outcome{deferred("d", "status.b"), deferred("e", "status.a"), deferred("", "status.b")},
			deferred("d, e", "status.a", "status.b")},
		{"Retry beats Deferred", []Outcome{deferred("d", "status.a"), retry("r", 3)}, retry("r", 3)},
		{"Retry joins and waits longest", []Outcome{retry("RT", 7), skip("s"), retry("RT9", 9), retry("x", 1)},
			Outcome{Type: Retry, Message: "RT, RT9, x", Delay: 9, Location: "at RT, at RT9, at x"}},
		{"PermFail drops Retry", []Outcome{retry("r", 3), fail("f", "l")}, fail("f", "l")},
		{"PermFail joins what is not empty", []Outcome{fail("f", ""), fail("", "l"), fail("g", "k")}, fail("f, g", "l, k")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, Combine(tc.in))
		})
	}
}

func TestOutcomeText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   Outcome
		want string
	}{
		{Outcome{Type: Ok, Value: m{"b": int64(1), "a": []any{"<x>", nil, 1.5, true}}}, `Ok(data={"a":["<x>",null,1.5,true],"b":1})`},
		{Outcome{Type: Ok}, "Ok(data=null)"},
		{Outcome{Type: Skip, Message: "two"}, "Skip (message=two)"},
		{Outcome{Type: Skip}, "User Skip"},
		{Outcome{Type: DepSkip, Message: "three"}, "Dependency Skip (message=three)"},
		{Outcome{Type: DepSkip}, "Dependency Violation Skip"},
		{Outcome{Type: Retry, Delay: 7, Message: "r"}, "Retry(delay=7, message=r)"},
		{Outcome{Type: PermFail, Message: "f"}, "Permanent Failure (message=f)"},
		{Outcome{Type: Deferred, Message: "d"}, "Deferred (message=d)"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, tc.in.String())
		})
	}
}

func TestTypeNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, o := range []Type{DepSkip, Skip, Ok, Deferred, Retry, PermFail} {
		names = append(names, o.String())
	}
	assert.Equal(t, []string{"DepSkip", "Skip", "Ok", "Deferred", "Retry", "PermFail"}, names)
}

func TestHold(t *testing.T) {
	t.Parallel()
	fallback := waitFor("")
	held := func() *hold {
		var h hold
		h.add([]expr.Wait{waitFor("status.b")}, "first")
		h.add([]expr.Wait{waitFor("status.a")}, "second")
		return &h
	}
	both := []expr.Wait{waitFor("status.a"), waitFor("status.b")}
	for _, tc := range []struct {
		name string
		hold *hold
		in   Outcome
		want Outcome
	}{
		{"none changes nothing", nil, Outcome{Type: Skip, Message: "s"}, Outcome{Type: Skip, Message: "s"}},
		{"the value of an Ok is kept", held(), Outcome{Type: Ok, Value: "v"}, Outcome{Type: Deferred, Message: "first", Waits: both, Value: "v"}},
		{"waits of a Deferred are added", held(), Outcome{Type: Deferred, Message: "x", Waits: []expr.Wait{waitFor("status.c")}, Value: nil},
			Outcome{Type: Deferred, Message: "first", Waits: append(both[:2:2], waitFor("status.c"))}},
		{"a failure is not certain", held(), Outcome{Type: PermFail, Message: "x"},
			Outcome{Type: Deferred, Message: "first", Waits: both, Value: expr.NewUnknown(both...)}},
		{"without waits the object is waited for", gatedBy([]string{"a"}), Outcome{Type: Skip},
			Outcome{Type: Deferred, Message: "it comes after a, which is deferred", Value: expr.NewUnknown(fallback)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, tc.hold.over(tc.in, fallback))
		})
	}
}

func TestConditionOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		in   Outcome
		want Condition
	}{
		{"ok", Outcome{Type: Ok}, Condition{"C", "True", "Ready", "T ready.", "wf"}},
		{"skip", Outcome{Type: Skip, Message: "M", Location: "L"}, Condition{"C", "False", "Skip", "Skipping T: M", "L"}},
		{"skip, no message", Outcome{Type: Skip}, Condition{"C", "False", "Skip", "T management is disabled.", ""}},
		{"depSkip", Outcome{Type: DepSkip, Message: "M"}, Condition{"C", "Unknown", "DepSkip", "T awaiting dependencies to be ready (M)", ""}},
		{"depSkip, no message", Outcome{Type: DepSkip}, Condition{"C", "Unknown", "DepSkip", "T awaiting dependencies to be ready.", ""}},
		{"retry", Outcome{Type: Retry, Message: "M"}, Condition{"C", "Unknown", "Wait", "Awaiting T to be ready (M).", ""}},
		{"retry, no message", Outcome{Type: Retry}, Condition{"C", "Unknown", "Wait", "Awaiting T to be ready.", ""}},
		{"permFail", Outcome{Type: PermFail, Message: "M"}, Condition{"C", "False", "Failure", "Unrecoverable error reconciling T. (M).", ""}},
		{"permFail, no message", Outcome{Type: PermFail}, Condition{"C", "False", "Failure", "Unrecoverable error reconciling T. (None).", ""}},
		{"deferred", Outcome{Type: Deferred, Message: "M"}, Condition{"C", "Unknown", "Deferred", "Awaiting T to be ready (M).", ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, conditionOf(&tc.in, "C", "T", "wf"))
		})
	}
}

func TestPutCondition(t *testing.T) {
	t.Parallel()
	list := putCondition(nil, Condition{Type: "A", Reason: "1"})
	list = putCondition(list, Condition{Type: "B", Reason: "2"})
	list = putCondition(list, Condition{Type: "A", Reason: "3"})
	assert.Equal(t, []Condition{{Type: "A", Reason: "3"}, {Type: "B", Reason: "2"}}, list)
}
