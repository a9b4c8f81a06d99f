// SPDX-License-Identifier: Apache-2.0

// Package functest runs FunctionTests over eval: every case is an evaluation with a made-up observation. A compiled
// Program comes in; a Report goes out, as data and as text, JSON or JUnit XML. Cases of one test run in order, because
// what one leaves behind is what the next finds (LANGUAGE §8). The same program gives the same bytes. It reads no
// files and touches no cluster.
package functest

import (
	"context"
	"regexp"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/program"
)

// Options say which tests are run; the zero value runs every test of the program.
type Options struct {
	Run   *regexp.Regexp          // only tests whose name it matches somewhere; nil: all
	Tests []*program.FunctionTest // only these, in this order; nil: all of the program, in its order
}

// Report is a whole run. Its JSON shape is what `korender test -o json` prints.
type Report struct {
	Tests   []Test  `json:"tests"`
	Summary Summary `json:"summary"`
}

// Summary counts. Passed, Failed and Skipped count cases and add up to Cases.
type Summary struct {
	Tests   int `json:"tests"`
	Cases   int `json:"cases"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Test is what became of one FunctionTest. A test passes when no case fails, so also without cases.
type Test struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"function"` // Kind/name
	Pass     bool   `json:"pass"`
	Cases    []Case `json:"cases"`
}

// Case is what became of one case. A skipped case passes when its author skipped it, and does not when it was not run
// because an earlier one failed. A case that did not get as far as its function has an empty Outcome.
type Case struct {
	Label       string       `json:"label"`
	Pass        bool         `json:"pass"`
	Skipped     bool         `json:"skipped"`
	Outcome     Outcome      `json:"outcome"`
	Message     string       `json:"message"` // why it failed or was skipped
	Differences []Difference `json:"differences"`
	Line        int          `json:"-"` // in the file of the test
	Cause       diag.Pos     `json:"-"` // of a failing case: the expression, condition or function that decided; may be unknown
}

// Outcome is what the function came to. Message is the outcome's own, never its value; Delay is in seconds.
type Outcome struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Delay   int    `json:"delay"`
}

// Messages of cases that did not run.
const (
	messageSkipped = "user skipped"
	messageNotRun  = "not run: an earlier case failed"
)

// Run runs the tests of p that opts choose. It stops early when ctx ends: then the Report holds the tests that were
// complete, and the caller finds the reason in ctx.Err.
func Run(ctx context.Context, p *program.Program, opts Options) *Report {
	tests := opts.Tests
	if tests == nil {
		tests = p.Tests
	}
	report := &Report{Tests: make([]Test, 0, len(tests))}
	for _, t := range tests {
		if opts.Run != nil && !opts.Run.MatchString(t.Name) {
			continue
		}
		test := runTest(ctx, p, t)
		if ctx.Err() != nil {
			break
		}
		report.Tests = append(report.Tests, test)
		report.Summary.count(&test)
	}
	return report
}

// Failed tells whether any case failed.
func (r *Report) Failed() bool { return r.Summary.Failed > 0 }

// count adds one test. A case that was not run is skipped, not failed.
func (s *Summary) count(t *Test) {
	s.Tests++
	for i := range t.Cases {
		s.Cases++
		switch c := &t.Cases[i]; {
		case c.Skipped:
			s.Skipped++
		case c.Pass:
			s.Passed++
		default:
			s.Failed++
		}
	}
}

// runTest runs one test until a failure ends it; the cases after that are listed as not run.
func runTest(ctx context.Context, p *program.Program, t *program.FunctionTest) Test {
	at := t.Node.Pos()
	test := Test{
		Name: t.Name, File: at.File, Line: at.Line, Pass: true,
		Function: t.Function.Kind + "/" + t.Function.Name,
		Cases:    make([]Case, 0, len(t.Cases)),
	}
	carried := state{inputs: t.Inputs, resource: t.Current}
	over := false
	for _, spec := range t.Cases {
		c := Case{Label: spec.Label, Line: spec.Node.Pos().Line, Differences: []Difference{}}
		switch {
		case over:
			c.Skipped, c.Message = true, messageNotRun
		case spec.Skip:
			c.Pass, c.Skipped, c.Message = true, true, messageSkipped
		default:
			run := caseRun{program: p, function: t.Function, spec: spec}
			carried, over = run.do(ctx, &c, carried)
			test.Pass = test.Pass && c.Pass
		}
		test.Cases = append(test.Cases, c)
	}
	return test
}
