// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/program"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	ok := eval.Outcome{Type: eval.Ok, Value: m{"a": int64(1)}}
	creating := eval.Outcome{Type: eval.Retry, Message: "Creating Pod:ns:x.", Delay: 30}
	created := observation{outcome: creating, called: true, stored: m{"kind": "Pod", "spec": m{"a": int64(1)}}}
	removed := observation{outcome: eval.Outcome{Type: eval.Retry, Message: "Deleting Pod:ns:x.", Delay: 30}, called: true, deleted: true, stored: m{}}
	came := func(o eval.Outcome) observation { return observation{outcome: o} }
	outcome := func(kind program.ConditionKind, message string, delay int) program.TestCase {
		return program.TestCase{ExpectOutcome: &program.ExpectedOutcome{Kind: kind, Message: message, Delay: delay}}
	}
	resource := program.TestCase{ExpectResource: m{"kind": "Pod", "spec": m{"a": int64(1)}}}
	value := program.TestCase{ExpectReturn: m{"a": int64(1)}}
	for _, tc := range []struct {
		name string
		spec program.TestCase
		seen observation
		want verdict
	}{
		{"resource as expected", resource, created, verdict{pass: true}},
		{"resource differs", program.TestCase{ExpectResource: m{"kind": "Pod", "spec": m{"a": int64(2)}}}, created, verdict{
			message: "1 difference", differences: []Difference{{Path: "spec.a", Want: int64(2), Got: int64(1)}},
		}},
		{"resource after a delete lacks every key", resource, removed, verdict{message: "2 differences", differences: []Difference{
			{Path: "kind", Want: "Pod", Missing: true},
			{Path: "spec", Want: m{"a": int64(1)}, Missing: true},
		}}},
		{"resource without a call, Ok", resource, came(ok), verdict{message: "No resource changes attempted: unexpected Ok result"}},
		{"resource without a call, message", resource, came(eval.Outcome{Type: eval.PermFail, Message: "no"}), verdict{
			message: "No resource changes attempted: no",
		}},
		{"resource without a call, no message", resource, came(eval.Outcome{Type: eval.Skip}), verdict{
			message: "No resource changes attempted: User Skip",
		}},
		{"resource with a call, but no Retry", resource, observation{outcome: eval.Outcome{Type: eval.PermFail, Message: "no"}, called: true}, verdict{
			message: "Unexpected result-type (Permanent Failure (message=no)), but expected Retry",
		}},
		{"delete wanted and called", program.TestCase{ExpectDelete: &yes}, removed, verdict{pass: true, message: "Delete called"}},
		{"delete wanted, not called", program.TestCase{ExpectDelete: &yes}, created, verdict{message: "Delete not called."}},
		{"delete not wanted, called", program.TestCase{ExpectDelete: &no}, removed, verdict{message: "Delete called"}},
		{"delete not wanted, nothing else looked at", program.TestCase{ExpectDelete: &no}, came(eval.Outcome{Type: eval.PermFail}), verdict{
			pass: true, message: "Delete not called.",
		}},
		{"return as expected", value, came(ok), verdict{pass: true}},
		{"return differs", program.TestCase{ExpectReturn: m{"a": int64(1), "b": "x"}}, came(ok), verdict{
			message: "1 difference", differences: []Difference{{Path: "b", Want: "x", Missing: true}},
		}},
		{"return of null", value, came(eval.Outcome{Type: eval.Ok}), verdict{
			message: "1 difference", differences: []Difference{{Want: m{"a": int64(1)}}},
		}},
		{"return of a failure", value, came(creating), verdict{
			message: "Non-Ok return value (Retry(delay=30, message=Creating Pod:ns:x.))",
		}},
		{"return keeps nulls", program.TestCase{ExpectReturn: m{"a": int64(1)}}, came(eval.Outcome{Type: eval.Ok, Value: m{"a": int64(1), "n": nil}}), verdict{
			message: "1 difference", differences: []Difference{{Path: "n", Unexpected: true}},
		}},
		{"ok of any value", outcome(program.CondOk, "", 0), came(ok), verdict{pass: true}},
		{"ok of null", outcome(program.CondOk, "", 0), came(eval.Outcome{Type: eval.Ok}), verdict{pass: true}},
		{"ok expected, failed", outcome(program.CondOk, "", 0), came(eval.Outcome{Type: eval.DepSkip, Message: "later"}), verdict{
			message: "Expected(Ok) Actual(Dependency Skip (message=later))",
		}},
		{"skip by part of its message", outcome(program.CondSkip, "NOT wanted", 0), came(eval.Outcome{Type: eval.Skip, Message: "It is not Wanted here"}), verdict{pass: true}},
		{"skip with any message", outcome(program.CondSkip, "", 0), came(eval.Outcome{Type: eval.Skip, Message: "x"}), verdict{pass: true}},
		{"skip with another message", outcome(program.CondSkip, "a", 0), came(eval.Outcome{Type: eval.Skip, Message: "x"}), verdict{
			message: "Skip: Expected(message=a) Actual(message=x)",
		}},
		{"skip with no message matches no text", outcome(program.CondSkip, "a", 0), came(eval.Outcome{Type: eval.Skip}), verdict{
			message: "Skip: Expected(message=a) Actual(message=)",
		}},
		{"depSkip", outcome(program.CondDepSkip, "dep", 0), came(eval.Outcome{Type: eval.DepSkip, Message: "Dep missing"}), verdict{pass: true}},
		{"depSkip is no skip", outcome(program.CondDepSkip, "", 0), came(eval.Outcome{Type: eval.Skip}), verdict{
			message: "Expected(Dependency Violation Skip) Actual(User Skip)",
		}},
		{"permFail", outcome(program.CondPermFail, "bad", 0), came(eval.Outcome{Type: eval.PermFail, Message: "too bad"}), verdict{pass: true}},
		{"permFail with another message", outcome(program.CondPermFail, "bad", 0), came(eval.Outcome{Type: eval.PermFail, Message: "good"}), verdict{
			message: "PermFail: Expected(message=bad) Actual(message=good)",
		}},
		{"permFail expected, Ok came", outcome(program.CondPermFail, "bad", 0), came(ok), verdict{
			message: "Expected(Permanent Failure (message=bad)) Actual(Ok)",
		}},
		{"retry with its delay", outcome(program.CondRetry, "creating", 30), came(creating), verdict{pass: true}},
		{"retry with any delay", outcome(program.CondRetry, "", 0), came(creating), verdict{pass: true}},
		{"retry with another delay", outcome(program.CondRetry, "creating", 15), came(creating), verdict{
			message: "Retry: Expected(message=creating, delay=15) Actual(message=Creating Pod:ns:x., delay=30)",
		}},
		{"retry with another message", outcome(program.CondRetry, "waiting", 30), came(creating), verdict{
			message: "Retry: Expected(message=waiting, delay=30) Actual(message=Creating Pod:ns:x., delay=30)",
		}},
		{"what cannot be decided is no retry", outcome(program.CondRetry, "", 0), came(eval.Outcome{Type: eval.Deferred, Message: "later"}), verdict{
			message: "Expected(Retry(delay=0, message=)) Actual(Deferred (message=later))",
		}},
		{"nothing expected", program.TestCase{}, came(ok), verdict{message: "The case expects nothing."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			run := caseRun{spec: &tc.spec}
			assert.Equal(t, tc.want, run.judge(&tc.seen))
		})
	}
}

func TestJudgeResourceAnnotations(t *testing.T) {
	t.Parallel()
	object := func(annotations any) m { return m{"metadata": m{"name": "x", "annotations": annotations}} }
	bare := m{"metadata": m{"name": "x"}}
	for _, tc := range []struct {
		name         string
		want, stored m
		found        []Difference
	}{
		{"the last applied alone", bare, object(m{lastApplied: "{}"}), nil},
		{"the last applied among others", object(m{"a": "1"}), object(m{lastApplied: "{}", "a": "1"}), nil},
		{"only others", object(m{"a": "1"}), object(m{"a": "1"}), nil},
		{"an unexpected other one", bare, object(m{lastApplied: "{}", "a": "1"}), []Difference{
			{Path: "metadata.annotations", Got: m{"a": "1"}, Unexpected: true},
		}},
		{"no annotations", bare, bare, nil},
		{"empty annotations stored", bare, object(m{}), nil},
		{"empty annotations expected", object(m{}), object(m{lastApplied: "{}"}), nil},
		{"the last applied is never an expectation", object(m{lastApplied: "{}"}), object(m{lastApplied: "{}"}), []Difference{
			{Path: "metadata.annotations", Want: m{lastApplied: "{}"}, Missing: true},
		}},
		{"annotations that are no map", bare, object("x"), []Difference{{Path: "metadata.annotations", Got: "x", Unexpected: true}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			seen := observation{outcome: eval.Outcome{Type: eval.Retry}, called: true, stored: tc.stored}
			assert.Equal(t, tc.found, judgeResource(&seen, tc.want).differences)
		})
	}
}
