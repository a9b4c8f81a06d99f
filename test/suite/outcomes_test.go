// SPDX-License-Identifier: Apache-2.0

package suite

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/eval"
)

// expectedRun is what a Workflow comes to.
type expectedRun struct {
	Steps       []expectedOutcome `yaml:"steps"`
	Outcome     expectedOutcome   `yaml:"outcome"`
	Conditions  []string          `yaml:"conditions"` // type, status, reason and message
	State       map[string]any    `yaml:"state"`
	StateErrors []string          `yaml:"stateErrors"` // labels
}

type expectedOutcome struct {
	Path    string `yaml:"path"`
	Type    string `yaml:"type"`
	Message string `yaml:"message"`
	Delay   int    `yaml:"delay"`
}

// TestOutcomes evaluates Workflows that a render would refuse, and compares the outcome of every step, the outcome of
// all, conditions and state.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	var want map[string]expectedRun
	readYAML(t, "expected-outcomes.yaml", &want)
	sources, err := render.Load(input("outcomes"), render.Options{})
	require.NoError(t, err)
	program, warnings, err := render.Compile(sources)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Len(t, sources.Objects, len(want))
	for i := range sources.Objects {
		object := sources.Objects[i].Object
		t.Run(object.ID.Name, func(t *testing.T) {
			t.Parallel()
			trigger := eval.Trigger{Workflow: program.Workflows[object.ID.Name], Object: object}
			plan, err := eval.Evaluate(t.Context(), program, trigger, eval.Observed{}, eval.Options{})
			require.NoError(t, err)
			want := want[object.ID.Name]
			assert.Equal(t, want, runOf(plan, want))
		})
	}
}

// runOf is what the plan came to, its messages cut where want has only an opening.
func runOf(plan *eval.Plan, want expectedRun) expectedRun {
	got := expectedRun{
		Outcome:     outcomeOf("", &plan.Outcome, want.Outcome.Message),
		StateErrors: slices.Sorted(maps.Keys(plan.StateErrors)),
	}
	if len(plan.State) > 0 {
		got.State = plan.State
	}
	for i := range plan.Steps {
		s := &plan.Steps[i]
		var opening string
		if i < len(want.Steps) {
			opening = want.Steps[i].Message
		}
		got.Steps = append(got.Steps, outcomeOf(s.Path, &s.Outcome, opening))
	}
	for i, c := range plan.Conditions {
		var opening string
		if i < len(want.Conditions) {
			opening = want.Conditions[i]
		}
		got.Conditions = append(got.Conditions, cut(strings.Join([]string{c.Type, c.Status, c.Reason, c.Message}, " "), opening))
	}
	return got
}

func outcomeOf(path string, o *eval.Outcome, opening string) expectedOutcome {
	return expectedOutcome{Path: path, Type: o.Type.String(), Message: cut(o.Message, opening), Delay: o.Delay}
}

// cut shortens a text that begins as opening does, if opening is one.
func cut(text, opening string) string {
	if start, ok := strings.CutSuffix(opening, "…"); ok && strings.HasPrefix(text, start) {
		return opening
	}
	return text
}
