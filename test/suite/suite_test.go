// SPDX-License-Identifier: Apache-2.0

// Package suite holds what the language means, written in the language itself: ./program is a suite of FunctionTests
// over every field of the kinds and every rule of evaluation, some of which must fail; ./workflows is what only whole
// Workflows can show. Expectations were written down from the description of the language, never from what the engine
// printed, so a disagreement is a finding about the engine.
package suite

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/functest"
)

// expectedCase is one case that does not pass.
type expectedCase struct {
	Test        string                `yaml:"test"`
	Case        string                `yaml:"case"`
	Skipped     bool                  `yaml:"skipped"`
	Outcome     functest.Outcome      `yaml:"outcome"`
	Message     string                `yaml:"message"`
	Differences []functest.Difference `yaml:"differences"`
}

// TestProgram runs the suite and compares every case that does not pass with the list of those that must not.
func TestProgram(t *testing.T) {
	t.Parallel()
	var want []expectedCase
	readYAML(t, "expected-failures.yaml", &want)
	report := runTests(t, "program")
	var got []expectedCase
	functions := map[string]bool{}
	for _, test := range report.Tests {
		functions[test.Function] = true
		for _, c := range test.Cases {
			if !c.Pass || c.Skipped {
				got = append(got, expectedCase{test.Name, c.Label, c.Skipped, c.Outcome, placeless(c.Message), c.Differences})
			}
		}
	}
	assert.ElementsMatch(t, normal(want), normal(got))
	assert.GreaterOrEqual(t, report.Summary.Cases, 120)
	assert.GreaterOrEqual(t, len(functions), 30)
	assert.GreaterOrEqual(t, report.Summary.Failed, 15)
}

// TestLabels holds what a test calls cases that do not name themselves.
func TestLabels(t *testing.T) {
	t.Parallel()
	var labels []string
	for _, test := range runTests(t, "program").Tests {
		if test.Name == "carried" {
			for _, c := range test.Cases {
				labels = append(labels, c.Label)
			}
		}
	}
	assert.Equal(t, []string{
		"Test Case 1", "[variant] merged deeply, lists replaced, null kept", "a VARIANT changes nothing for later cases",
		"a normal case does", "left out", "Test Case 6",
	}, labels)
}

// TestWorkflows renders the Workflows and compares steps, conditions, state and manifests.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	var want struct {
		Steps      []string         `yaml:"steps"`
		Conditions []eval.Condition `yaml:"conditions"`
		State      map[string]any   `yaml:"state"`
		Manifests  string           `yaml:"manifests"`
	}
	readYAML(t, "expected-workflow.yaml", &want)
	result, err := render.Render(t.Context(), input("workflows"), render.Options{})
	require.NoError(t, err)
	require.Len(t, result.Report().Instances, 1)
	instance := result.Report().Instances[0]
	var steps []string
	for _, s := range instance.Steps {
		steps = append(steps, strings.TrimSpace(s.Path+" "+s.Logic+" "+s.Outcome.Type+" "+s.Outcome.Message))
	}
	var manifests bytes.Buffer
	require.NoError(t, result.WriteYAML(&manifests))
	assert.Equal(t, want.Steps, steps)
	assert.Equal(t, want.Conditions, instance.Conditions)
	assert.Equal(t, plain(want.State), plain(instance.State))
	assert.Equal(t, want.Manifests, manifests.String())
	assert.Empty(t, result.Warnings)
}

func input(dir string) render.Input {
	return render.Input{Paths: []render.Place{{FS: os.DirFS(dir), Path: ".", Prefix: dir + "/"}}}
}

func runTests(t *testing.T, dir string) *functest.Report {
	t.Helper()
	sources, err := render.Load(input(dir), render.Options{})
	require.NoError(t, err)
	program, warnings, err := render.Compile(sources)
	require.NoError(t, err)
	require.Empty(t, warnings)
	return functest.Run(t.Context(), program, functest.Options{})
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, into))
}

// detail is the part of a message that quotes an expression and its place.
var detail = regexp.MustCompile(`(resource overlay error: \().*`)

func placeless(message string) string { return detail.ReplaceAllString(message, "$1") }

// normal makes cases comparable: numbers by value, and no list of differences is an empty one.
func normal(cases []expectedCase) []expectedCase {
	for i := range cases {
		c := &cases[i]
		differences := make([]functest.Difference, 0, len(c.Differences))
		for _, d := range c.Differences {
			differences = append(differences, functest.Difference{Path: d.Path, Want: plain(d.Want), Got: plain(d.Got)})
		}
		c.Differences = differences
	}
	return cases
}

// plain turns every integer into an int64.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = plain(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = plain(value)
		}
		return out
	default:
		return v
	}
}
