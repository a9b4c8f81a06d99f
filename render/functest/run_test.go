// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/program"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const notRun = ": not run: an earlier case failed"
	for _, tc := range []struct {
		name string
		spec string
		want []string
	}{
		{"inputs are carried, overridden deeply, lists and nulls as they are", `
functionRef: {kind: ValueFunction, name: echo}
inputs: {m: {a: 1, b: {c: 2}}, l: [1, 2], z: 3}
testCases:
- {label: as given, expectReturn: {inputs: {m: {a: 1, b: {c: 2}}, l: [1, 2], z: 3}}}
- {label: over, inputOverrides: {m: {b: {d: 4}}, l: [5], z: null}, expectReturn: {inputs: {m: {a: 1, b: {c: 2, d: 4}}, l: [5], z: null}}}
- {label: carried, expectReturn: {inputs: {m: {a: 1, b: {c: 2, d: 4}}, l: [5], z: null}}}
`, []string{"ok as given", "ok over", "ok carried"}},
		{"no inputs are an empty map", `
functionRef: {kind: ValueFunction, name: echo}
testCases:
- {label: none, expectReturn: {inputs: {}}}
- {label: only overrides, inputOverrides: {a: 1}, expectReturn: {inputs: {a: 1}}}
`, []string{"ok none", "ok only overrides"}},
		{"variants and skips leave nothing behind", `
functionRef: {kind: ValueFunction, name: echo}
inputs: {a: 1}
testCases:
- {variant: true, label: other, inputOverrides: {a: 2}, expectReturn: {inputs: {a: 2}}}
- {skip: true, label: left out, inputOverrides: {a: 3}, expectReturn: {inputs: {a: 4}}}
- {label: as before, expectReturn: {inputs: {a: 1}}}
`, []string{"ok [variant] other", "skip left out: user skipped", "ok as before"}},
		{"a failing variant does not end the run", `
functionRef: {kind: ValueFunction, name: echo}
inputs: {a: 1}
testCases:
- {variant: true, inputOverrides: {a: 2}, expectReturn: {inputs: {a: 3}}}
- {expectReturn: {inputs: {a: 1}}}
`, []string{"FAIL [variant] Test Case 1: 1 difference", "ok Test Case 2"}},
		{"a failing case ends the run", `
functionRef: {kind: ValueFunction, name: echo}
inputs: {a: 1}
testCases:
- {label: bad, expectReturn: {inputs: {a: 3}}}
- {label: next, expectReturn: {inputs: {a: 1}}}
- {label: variant of it, variant: true, expectReturn: {inputs: {a: 1}}}
- {label: skipped anyway, skip: true, expectReturn: {inputs: {a: 1}}}
`, []string{"FAIL bad: 1 difference", "not run next" + notRun, "not run variant of it" + notRun, "not run skipped anyway" + notRun}},
		{"no cases", `functionRef: {kind: ValueFunction, name: echo}`, nil},
		{"the current resource is the base of a ValueFunction, and stays", `
functionRef: {kind: ValueFunction, name: onto}
inputs: {size: small}
currentResource: {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}}
testCases:
- {label: first, expectReturn: {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b, size: small}}}}
- {label: again, expectReturn: {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b, size: small}}}}
- {label: own, currentResource: {apiVersion: v1, kind: Pod, metadata: {name: q}}, expectReturn: {apiVersion: v1, kind: Pod, metadata: {name: q, labels: {size: small}}}}
`, []string{"ok first", "ok again", "ok own"}},
		{"the base of a ValueFunction may be nothing", `
functionRef: {kind: ValueFunction, name: onto}
inputs: {size: small}
testCases:
- {label: none, expectReturn: {metadata: {labels: {size: small}}}}
`, []string{"ok none"}},
		{"created, observed, patched at the top level, observed again", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one}
testCases:
- {label: created, expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: one}}}
- {label: settled, expectReturn: {v: one}}
- {label: nothing more, variant: true, expectDelete: false}
- label: patched
  inputOverrides: {v: two}
  overlayResource: {data: {foreign: x}, status: {phase: old}, metadata: {annotations: {foreign: x}}}
  expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: two}, status: {phase: old}}
- {label: settled anew, expectReturn: {v: two}}
`, []string{"ok created", "ok settled", "ok [variant] nothing more: Delete not called.", "ok patched", "ok settled anew"}},
		{"any current resource is found, whatever it calls itself", `
functionRef: {kind: ResourceFunction, name: recreated}
inputs: {v: one}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: r, namespace: ns}, data: {v: one}}
testCases:
- {label: same, expectOutcome: {ok: {}}}
- variant: true
  label: another name
  currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: q, namespace: ns}, data: {v: one}}
  expectOutcome: {retry: {message: "deleting configmap:ns:r to recreate due to 'metadata' -> 'name'", delay: 9}}
`, []string{"ok same", "ok [variant] another name"}},
		{"a recreate deletes, and the next run creates", `
functionRef: {kind: ResourceFunction, name: recreated}
inputs: {v: one}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: r, namespace: ns}, data: {v: zero}}
testCases:
- {variant: true, label: every key is missing, expectResource: {apiVersion: v1}}
- {label: deleted, expectDelete: true}
- {label: created, expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: r, namespace: ns}, data: {v: one}}}
`, []string{"FAIL [variant] every key is missing: 1 difference", "ok deleted: Delete called", "ok created"}},
		{"a null removes", `
functionRef: {kind: ResourceFunction, name: nulls}
inputs: {v: one}
testCases:
- {label: created without, variant: true, expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: o, namespace: ns}, data: {v: one}}}
- label: patched away
  currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: o, namespace: ns}, data: {v: one, gone: x}, immutable: true}
  expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: o, namespace: ns}, data: {v: one}}
- {label: settled, expectReturn: {gone: false, immutable: false}}
`, []string{"ok [variant] created without", "ok patched away", "ok settled"}},
		{"deleteIfExists", `
functionRef: {kind: ResourceFunction, name: removed}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: old, namespace: ns}}
testCases:
- {label: there, expectDelete: true}
- {label: gone, expectOutcome: {ok: {}}}
- {label: not twice, expectDelete: true}
`, []string{"ok there: Delete called", "ok gone", "FAIL not twice: Delete not called."}},
		{"a failure before any object", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one, stop: true}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns}}
testCases:
- {label: outcome, expectOutcome: {permFail: {message: Stopped}}}
- {label: nothing was called, expectResource: {apiVersion: v1}}
`, []string{"ok outcome", "FAIL nothing was called: No resource changes attempted: stopped early"}},
		{"a field that a controller fills in is waited for", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one, status: true}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: one}}
testCases:
- {label: waiting, expectOutcome: {retry: {message: waiting for configmap/ns/c status, delay: 0}}}
- {label: not done, overlayResource: {status: {phase: busy}}, expectOutcome: {retry: {message: not done, delay: 7}}}
- {label: done, overlayResource: {status: {phase: done}}, expectReturn: {v: one}}
`, []string{"ok waiting", "ok not done", "ok done"}},
		{"an overlay sees the inputs by name, all of them, and the resource before", `
functionRef: {kind: ResourceFunction, name: removed}
inputs: {who: me}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: old, namespace: ns}, data: {first: one}}
testCases:
- variant: true
  label: scope
  overlayResource:
    data:
      a: =who + inputs.who + resource.data.first
      first: =resource['data']['first'] + "!"
  expectDelete: true
- variant: true
  label: no such thing
  overlayResource: {data: {a: =resource.data.m}}
  expectDelete: true
- {label: after a failing variant, expectDelete: true}
- {label: nothing left, variant: true, overlayResource: {data: {a: x}}, expectDelete: false}
- {label: ends the run, expectDelete: false}
`, []string{
			"ok [variant] scope: Delete called",
			"FAIL [variant] no such thing: Could not run test case due to resource overlay error: (…)",
			"ok after a failing variant: Delete called",
			"FAIL [variant] nothing left: " + noBase.message,
			"not run ends the run" + notRun,
		}},
		{"a failing overlay ends the run, unless it is a variant's", `
functionRef: {kind: ResourceFunction, name: removed}
currentResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: old, namespace: ns}}
testCases:
- {label: bad, overlayResource: {data: {a: =resource.data.m}}, expectDelete: true}
- {label: next, expectDelete: true}
`, []string{"FAIL bad: Could not run test case due to resource overlay error: (…)", "not run next" + notRun}},
		{"an overlay lies on what was carried, not on the resource of its case", `
functionRef: {kind: ValueFunction, name: onto}
inputs: {size: s}
currentResource: {apiVersion: v1, kind: Pod, metadata: {name: p}}
testCases:
- label: both
  currentResource: {apiVersion: v1, kind: Pod, metadata: {name: q}}
  overlayResource: {spec: {a: b}}
  expectReturn: {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {size: s}}, spec: {a: b}}
`, []string{"ok both"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			report := Run(t.Context(), compile(t, suite("x", tc.spec)), Options{})
			require.Len(t, report.Tests, 1)
			var got []string
			for i := range report.Tests[0].Cases {
				got = append(got, overlayDetail.ReplaceAllString(told(&report.Tests[0].Cases[i]), "$1(…)"))
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// overlayDetail is the part of a message that belongs to the evaluation of expressions.
var overlayDetail = regexp.MustCompile(`(overlay error: )\(.+ at tests\.k\.yaml:\d+:\d+\)$`)

func TestRunTellsEverything(t *testing.T) {
	t.Parallel()
	p := compile(t, suite("all", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one}
testCases:
- label: differs
  variant: true
  expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: two}}
- label: stopped
  inputOverrides: {stop: true}
  expectReturn: {v: one}
`))
	assert.Equal(t, &Report{
		Tests: []Test{{
			Name: "all", File: "tests.k.yaml", Line: 2, Function: "ResourceFunction/config",
			Cases: []Case{
				{
					Label: "[variant] differs", Line: 9, Message: "1 difference",
					Outcome:     Outcome{Type: "Retry", Message: "Creating ConfigMap:ns:c.", Delay: 30},
					Differences: []Difference{{Path: "data.v", Want: "two", Got: "one"}},
					Cause:       diag.Pos{File: "functions.k.yaml", Line: 16, Column: 1},
				},
				{
					Label: "stopped", Line: 12, Message: "Non-Ok return value (Permanent Failure (message=stopped early))",
					Outcome: Outcome{Type: "PermFail", Message: "stopped early"}, Differences: []Difference{},
					Cause: diag.Pos{File: "functions.k.yaml", Line: 21, Column: 7},
				},
			},
		}},
		Summary: Summary{Tests: 1, Cases: 2, Failed: 2},
	}, Run(t.Context(), p, Options{}))
}

func TestRunChooses(t *testing.T) {
	t.Parallel()
	const spec = "functionRef: {kind: ValueFunction, name: echo}\ntestCases:\n- expectReturn: {inputs: {}}\n"
	p := compile(t, suite("web-a", spec)+suite("web-b", spec)+suite("other", spec))
	require.Len(t, p.Tests, 3)
	for _, tc := range []struct {
		name string
		opts Options
		want []string
	}{
		{"all", Options{}, []string{"web-a", "web-b", "other"}},
		{"by name", Options{Run: regexp.MustCompile("^web")}, []string{"web-a", "web-b"}},
		{"by part of a name", Options{Run: regexp.MustCompile("b|h")}, []string{"web-a", "web-b", "other"}},
		{"no such name", Options{Run: regexp.MustCompile("x")}, []string{}},
		{"a subset", Options{Tests: p.Tests[1:]}, []string{"web-b", "other"}},
		{"a subset of none", Options{Tests: []*program.FunctionTest{}}, []string{}},
		{"a subset by name", Options{Tests: p.Tests[1:], Run: regexp.MustCompile("web")}, []string{"web-b"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			report := Run(t.Context(), p, tc.opts)
			names := []string{}
			for i := range report.Tests {
				names = append(names, report.Tests[i].Name)
			}
			assert.Equal(t, tc.want, names)
			assert.Equal(t, Summary{Tests: len(names), Cases: len(names), Passed: len(names)}, report.Summary)
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := compile(t, suite("x", "functionRef: {kind: ValueFunction, name: echo}\ntestCases:\n- expectReturn: {inputs: {}}\n"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, &Report{Tests: []Test{}}, Run(ctx, p, Options{}))
}

func TestRunIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	p := compile(t, suite("x", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one}
testCases:
- {label: created, expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: one}}}
- {variant: true, inputOverrides: {v: {a: 1, b: 2, c: 3}}, expectResource: {data: {v: {x: 1, y: 2}}}}
- {label: settled, expectReturn: {v: one}}
`))
	first := Run(t.Context(), p, Options{})
	assert.Len(t, first.Tests[0].Cases[1].Differences, 8)
	for range 20 {
		assert.Equal(t, first, Run(t.Context(), p, Options{}))
	}
}

func BenchmarkRun(b *testing.B) {
	p := compile(b, suite("x", `
functionRef: {kind: ResourceFunction, name: config}
inputs: {name: c, v: one}
testCases:
- {expectResource: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, labels: {app: c}}, data: {v: one}}}
- {expectReturn: {v: one}}
`))
	b.ReportAllocs()
	for b.Loop() {
		if r := Run(b.Context(), p, Options{}); r.Summary.Passed != 2 {
			b.Fatal(r.Tests)
		}
	}
}
