// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"context"
	"fmt"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// TestFailure is a validation in which FunctionTests fail.
type TestFailure struct{ Problems diag.List }

// Error is every failing case, one a line.
func (t *TestFailure) Error() string { return t.Problems.Error() }

// check finds everything that can be told without evaluating a trigger, and runs the FunctionTests, those of libraries too:
// they belong to the same folder.
func (f *function) check(ctx context.Context, in render.Input) error {
	found, _, err := render.Check(in, f.opts.Render)
	if err != nil {
		return err
	}
	f.found = found
	if found.HasErrors() {
		return &render.Failure{Stage: render.StageProgram, Problems: found}
	}
	run, err := render.Test(ctx, in, render.TestOptions{Options: f.opts.Render, Libraries: true})
	if err != nil {
		return err
	}
	f.found = append(f.found, run.Warnings...)
	for _, t := range run.Tests {
		for _, c := range t.Cases {
			if c.Pass || c.Skipped {
				continue
			}
			message := fmt.Sprintf("case %q of %s fails: %s", c.Label, t.Name, c.Message)
			for i, d := range c.Differences {
				message += [2]string{" at ", ", "}[min(i, 1)] + strings.TrimSpace(d.Path)
			}
			f.found = append(f.found, diag.Diagnostic{
				Code: diag.TestFailed, Pos: diag.Pos{File: t.File, Line: c.Line},
				Message: message, Hint: "korender test shows what differs",
			})
		}
	}
	f.found = f.found.Sort()
	if f.found.HasErrors() {
		return &TestFailure{f.found}
	}
	return nil
}
