// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/functest"
	"github.com/korender/korender/render/program"
)

// Tests compares the FunctionTests of both sides. A test is run once a side, however many folders use its library.
type Tests struct {
	Base    Count        `json:"base"`
	Head    Count        `json:"head"`
	Changes []TestChange `json:"changes"` // cases that fail in the head, or failed in the base
}

// Count counts cases.
type Count struct {
	Cases  int `json:"cases"`
	Failed int `json:"failed"`
}

// TestChange is a case of a test, and what became of it on both sides.
type TestChange struct {
	File   string `json:"file"`
	Test   string `json:"test"`
	Case   string `json:"case"`
	Before Result `json:"before"`
	After  Result `json:"after"`
}

// Result is what became of a case.
type Result string

// The results.
const (
	Passes  Result = "passes"
	Fails   Result = "fails"
	Missing Result = "missing" // there is no such case
)

// broken counts the cases that fail in the head and did not fail in the base.
func (t *Tests) broken() int {
	n := 0
	for _, c := range t.Changes {
		if c.After == Fails && c.Before != Fails {
			n++
		}
	}
	return n
}

// testCase names a case; the same name twice in one test is counted.
type testCase struct {
	file, test, label string
	nth               int
}

// testing runs the tests of both sides and compares what came out.
func (p *Preview) testing(ctx context.Context, before, after *side, seen map[string]bool) error {
	old, gone := results(ctx, before.program, "base", seen, &p.Tests.Base)
	young, order := results(ctx, after.program, "head", seen, &p.Tests.Head)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, c := range order {
		now, was := young[c], old[c]
		if was == "" {
			was = Missing
		}
		if now == Fails || was == Fails {
			p.Tests.Changes = append(p.Tests.Changes, TestChange{File: c.file, Test: c.test, Case: c.label, Before: was, After: now})
		}
	}
	for _, c := range gone {
		if old[c] == Fails && young[c] == "" && after.program != nil {
			p.Tests.Changes = append(p.Tests.Changes, TestChange{File: c.file, Test: c.test, Case: c.label, Before: Fails, After: Missing})
		}
	}
	return nil
}

// results runs the tests of a program that were not run for this side before.
func results(ctx context.Context, p *render.Program, side string, seen map[string]bool, count *Count) (map[testCase]Result, []testCase) {
	if p == nil {
		return nil, nil
	}
	fresh := []*program.FunctionTest{}
	for _, t := range p.Tests {
		if key := side + " " + t.Node.Document().File + " " + t.Name; !seen[key] {
			seen[key] = true
			fresh = append(fresh, t)
		}
	}
	out, order := map[testCase]Result{}, []testCase{}
	if len(fresh) == 0 {
		return out, order
	}
	for _, t := range functest.Run(ctx, p, functest.Options{Tests: fresh}).Tests {
		for _, c := range t.Cases {
			name := testCase{file: t.File, test: t.Name, label: c.Label}
			for out[name] != "" {
				name.nth++
			}
			order = append(order, name)
			count.Cases++
			if out[name] = Passes; !c.Pass {
				out[name] = Fails
				count.Failed++
			}
		}
	}
	return out, order
}
