// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"io"
	"regexp"
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/functest"
	"github.com/korender/korender/render/program"
)

// TestOptions say which FunctionTests run. The zero value runs all of the first layer.
type TestOptions struct {
	Options
	Run       *regexp.Regexp // those whose name it matches somewhere
	Affected  []string       // those that one of these files, by their names in messages, can affect
	Libraries bool           // those of libraries, too
}

// TestRun is what a run of FunctionTests came to.
type TestRun struct {
	*functest.Report
	Warnings diag.List
}

// WriteText prints the run for people.
func (r *TestRun) WriteText(w io.Writer, color bool) error {
	return functest.WriteText(w, r.Report, color)
}

// WriteJSON prints the run for programs.
func (r *TestRun) WriteJSON(w io.Writer) error { return functest.WriteJSON(w, r.Report) }

// WriteJUnit prints the run for CI systems.
func (r *TestRun) WriteJUnit(w io.Writer) error { return functest.WriteJUnit(w, r.Report) }

// Test runs FunctionTests. The error is a *Failure when the definitions are wrong; a test that fails is no error.
// That nothing was found to run is a warning.
func Test(ctx context.Context, in Input, opts TestOptions) (*TestRun, error) {
	s, err := Load(in, opts.Options)
	if err != nil {
		return nil, err
	}
	p, warnings, err := Compile(s)
	if err != nil {
		return nil, err
	}
	tests := p.Tests
	if !opts.Libraries {
		tests = ownTests(tests)
	}
	if opts.Affected != nil {
		tests = affected(p, tests, opts.Affected)
	}
	limited, cancel := context.WithTimeout(ctx, s.Config.Limits.wallTime())
	defer cancel()
	report := functest.Run(limited, p, functest.Options{Run: opts.Run, Tests: tests})
	if err := limited.Err(); err != nil {
		return nil, timedOut(ctx, err, s.Config.Limits.Seconds)
	}
	if len(report.Tests) == 0 && opts.Affected == nil {
		warnings = append(warnings, nothingTested(tests, opts.Run))
	}
	return &TestRun{Report: report, Warnings: warnings}, nil
}

// ownTests leaves out the tests of libraries; never nil.
func ownTests(tests []*program.FunctionTest) []*program.FunctionTest {
	own := make([]*program.FunctionTest, 0, len(tests))
	for _, t := range tests {
		if t.Node.Document().Layer == 0 {
			own = append(own, t)
		}
	}
	return own
}

// affected lists those tests that any of the files can affect; never nil.
func affected(p *program.Program, tests []*program.FunctionTest, files []string) []*program.FunctionTest {
	hit := map[*program.FunctionTest]bool{}
	for _, file := range files {
		for _, t := range p.Affects(file) {
			hit[t] = true
		}
	}
	return slices.DeleteFunc(tests, func(t *program.FunctionTest) bool { return !hit[t] })
}

func nothingTested(tests []*program.FunctionTest, run *regexp.Regexp) diag.Diagnostic {
	if run == nil || len(tests) == 0 {
		return diag.Diagnostic{Severity: diag.Warning, Code: diag.NoTests, Message: "there is no FunctionTest to run",
			Hint: "FunctionTests are objects of kind FunctionTest in koreo.dev/v1beta1"}
	}
	names := make([]string, 0, len(tests))
	for _, t := range tests {
		names = append(names, t.Name)
	}
	return diag.Diagnostic{Severity: diag.Warning, Code: diag.NoTestsMatch,
		Message: "no FunctionTest has a name that matches " + quoted(run.String()), Hint: diag.DidYouMean(run.String(), names)}
}
