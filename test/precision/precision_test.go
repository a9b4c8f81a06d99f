// SPDX-License-Identifier: Apache-2.0

// Package precision holds partial evaluation to its promise: what does not truly need an unknown is rendered now, and
// what does need one waits for exactly that. Each row of the tables is a small program in which a coarser rule (the
// whole step, the whole map, the whole list is unknown) would defer more, or wait for more. Expectations were written
// down from the description of the rules, never from what the engine printed, so a disagreement is a finding.
package precision

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/expr"
)

// row is one program: the steps of a Workflow that runs for App/prod/a, with the functions of testdata. Each line of
// want is a step of the report, as line writes it, or "state" with a state that is not empty.
type row struct {
	name    string
	coarser string // what a coarser rule takes for one unknown: step, map, list or object
	steps   string
	want    string
}

// net and its kin are the steps that most programs begin with, and what becomes of them.
const (
	net      = "    - {label: net, ref: {kind: ResourceFunction, name: network}, inputs: {name: net}}\n"
	netDone  = "net Ok git Network/prod/net\n"
	gate     = "    - {label: gate, ref: {kind: ResourceFunction, name: ready-network}, inputs: {name: gate}}\n"
	gateLate = "gate Deferred git Network/prod/gate waits gate: Network/prod/gate.status.ready\n"
)

// check runs every row of a table.
func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, []string{"step", "map", "list", "object"}, r.coarser)
			assert.Equal(t, trimmed(r.want), strings.TrimSpace(text(t, report(t, r.steps))))
		})
	}
}

// trimmed is a text without the indentation of its lines.
func trimmed(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

const head = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
`

const others = `
---
apiVersion: example.com/v1
kind: App
metadata: {name: a, namespace: prod, labels: {team: blue}}
spec: {size: 3, names: [red, blue]}
---
apiVersion: example.com/v1
kind: Network
metadata: {name: given, namespace: prod, labels: {env: prod}}
spec: {cidr: 10.9.0.0/16}
`

// report renders a program at git time and returns its report, whether or not it would leave objects to live.
func report(t *testing.T, steps string) *render.Report {
	t.Helper()
	functions, err := os.ReadFile("testdata/functions.k.yaml")
	require.NoError(t, err)
	main := fstest.MapFS{"main.k.yaml": {Data: []byte(head + steps + others)}}
	library := fstest.MapFS{"functions.k.yaml": {Data: functions}}
	in := render.Input{
		Paths:     []render.Place{{FS: main, Path: "."}},
		Libraries: []render.Place{{FS: library, Path: ".", Prefix: "library/"}},
	}
	result, err := render.Render(t.Context(), in, render.Options{})
	var failure *render.Failure
	if errors.As(err, &failure) && failure.Stage == render.StageDeferred {
		return failure.Report
	}
	require.NoError(t, err)
	return result.Report()
}

// text writes a report, a line a step.
func text(t *testing.T, r *render.Report) string {
	t.Helper()
	require.Len(t, r.Instances, 1)
	require.Empty(t, r.Warnings)
	var out strings.Builder
	for i := range r.Instances[0].Steps {
		s := &r.Instances[0].Steps[i]
		assert.Equal(t, s.Outcome.Type == "Deferred", s.Reason != "", "a step says why exactly if it is deferred: %s", s.Path)
		out.WriteString(line(s) + "\n")
	}
	if state := r.Instances[0].State; len(state) > 0 {
		fmt.Fprintf(&out, "state %s\n", stateText(t, state))
	}
	return out.String()
}

// line is a step: path, outcome, who applies which object, what it waits for and what it comes after.
func line(s *render.StepReport) string {
	parts := []string{s.Path, s.Outcome.Type, s.AppliedBy}
	if s.Object != nil {
		parts = append(parts, s.Object.String())
	}
	if waits := waitTexts(s.WaitsFor); len(waits) > 0 {
		parts = append(parts, "waits", strings.Join(waits, ", "))
	}
	if len(s.GatedBy) > 0 {
		parts = append(parts, "after", strings.Join(s.GatedBy, ", "))
	}
	return strings.Join(parts, " ")
}

func waitTexts(waits []expr.Wait) []string {
	texts := make([]string, len(waits))
	for i, w := range waits {
		texts[i] = w.String()
	}
	return texts
}

// stateText is a state as JSON, in which what is not known is {"?": [what it waits for]}.
func stateText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(marked(v))
	require.NoError(t, err)
	return string(text)
}

func marked(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if waits, ok := v["$unknown"].([]expr.Wait); ok {
			return map[string]any{"?": waitTexts(waits)}
		}
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = marked(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = marked(value)
		}
		return out
	}
	return v
}

// TestSize holds the tables to their number.
func TestSize(t *testing.T) {
	t.Parallel()
	total, seen := 0, map[string]bool{}
	for _, rows := range [][]row{values, objects, decisions, lists, nested, builds} {
		for _, r := range rows {
			require.False(t, seen[r.name], "two rows are called %q", r.name)
			seen[r.name] = true
			total++
		}
	}
	assert.GreaterOrEqual(t, total, 60)
}
