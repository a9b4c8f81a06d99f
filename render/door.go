// SPDX-License-Identifier: Apache-2.0

// Package render is the door to the engine. Files come in (as fs.FS), with options; manifests, reports, test results
// and diagnostics go out. It finds the triggers among the objects of the input, runs their Workflows, decides what
// becomes of everything and gives all of it or nothing. It writes nowhere but to the io.Writer it is given, and the
// same input gives the same bytes.
//
// The order of the output is that of the files: objects that pass through and triggers that are emitted come first, as
// they were read; rendered objects follow, trigger by trigger and step by step, each trigger's own before those of
// the triggers that it rendered.
package render

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// Program is a compiled, immutable set of definitions.
type Program = program.Program

// Plan is what evaluating one trigger came to.
type Plan = eval.Plan

// Objects is an ordered set of Kubernetes objects.
type Objects = manifest.Set

// Stage says in which part of a run a Failure arose.
type Stage uint8

// The stages, in order.
const (
	StageUsage    Stage = iota + 1 // what was asked for makes no sense, or a path does not exist
	StageProgram                   // what Check can find
	StageEvaluate                  // what only the values of a trigger bring up
	StageDeferred                  // all is well, but objects would be left to live, which was not allowed
)

// Failure is a run that failed because of its input; Problems is sorted and holds warnings too. Report tells what became
// of every step of a render that failed while it was evaluated, or because of what it would leave to live; else nil.
type Failure struct {
	Stage    Stage
	Problems diag.List
	Report   *Report
}

// Error is every problem, one a line.
func (f *Failure) Error() string { return f.Problems.Error() }

// Unwrap gives the problems.
func (f *Failure) Unwrap() error { return f.Problems }

// failAt is a *Failure when the list holds an error, else nil.
func failAt(stage Stage, l diag.List) error {
	if !l.HasErrors() {
		return nil
	}
	return &Failure{Stage: stage, Problems: l.Sort()}
}

// Compile turns what was read into a Program. The error is a *Failure that holds everything wrong with the definitions
// and with what surrounds them; the list holds the warnings of a good program.
func Compile(s *Sources) (*Program, diag.List, error) {
	p, found, err := s.memory.compile(s.Definitions, s.Config.Limits)
	if err != nil {
		return nil, nil, err
	}
	found = append(found, s.problems...)
	if err := failAt(StageProgram, found); err != nil {
		return nil, nil, err
	}
	return p, found.Sort(), nil
}

func compileProgram(docs []*source.Document, limits Limits) (*Program, diag.List, error) {
	env, err := expr.NewEnv(expr.Limits{Alloc: limits.Alloc, Steps: limits.Steps})
	if err != nil {
		return nil, nil, err
	}
	p, found := program.Compile(docs, env)
	return p, found, nil
}

// Check finds everything that can be told without evaluating a trigger. The list is sorted and may hold warnings only;
// the error is for what no list can tell.
func Check(in Input, opts Options) (diag.List, *Program, error) {
	found, _, p, err := checked(in, opts)
	return found, p, err
}

// checked is Check, with what was read.
func checked(in Input, opts Options) (diag.List, *Sources, *Program, error) {
	s, p, warnings, err := check(in, opts)
	var failure *Failure
	if errors.As(err, &failure) && failure.Stage != StageUsage {
		return failure.Problems, nil, nil, nil
	}
	return warnings, s, p, err
}

func check(in Input, opts Options) (*Sources, *Program, diag.List, error) {
	s, err := Load(in, opts)
	if err != nil {
		return nil, nil, nil, err
	}
	p, warnings, err := Compile(s)
	if err != nil {
		return nil, nil, nil, err
	}
	_, found := selectTriggers(s, p, opts)
	found = append(found, checkPins(newOutlooks(p, &s.Config))...)
	found = append(found, warnings...)
	return s, p, found.Sort(), failAt(StageProgram, found)
}

// Render does the whole work: Load, Compile, Evaluate.
func Render(ctx context.Context, in Input, opts Options) (*Result, error) {
	s, err := Load(in, opts)
	if err != nil {
		return nil, err
	}
	p, warnings, err := Compile(s)
	if err != nil {
		return nil, err
	}
	result, err := Evaluate(ctx, s, p, opts)
	if err != nil {
		return nil, err
	}
	result.Warnings = append(result.Warnings, warnings...).Sort()
	return result, nil
}

// Summary counts the definitions of a program, for people.
func Summary(p *Program) string {
	counts := []struct {
		n    int
		word string
	}{
		{len(p.Workflows), "Workflow"}, {len(p.ValueFunctions), "ValueFunction"},
		{len(p.ResourceFunctions), "ResourceFunction"}, {len(p.Templates), "ResourceTemplate"},
		{len(p.Tests), "FunctionTest"},
	}
	var parts []string
	for _, c := range counts {
		switch c.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+c.word)
		default:
			parts = append(parts, strconv.Itoa(c.n)+" "+c.word+"s")
		}
	}
	if len(parts) == 0 {
		return "no definitions"
	}
	return strings.Join(parts, ", ")
}
