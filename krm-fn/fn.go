// SPDX-License-Identifier: Apache-2.0

// Package krmfn is korender as a KRM function, the form of a program that kustomize and kpt run: a ResourceList comes in,
// and a ResourceList goes out. Definitions and triggers are items of the list, or stand in libraries, or the trigger is
// the functionConfig itself. What is rendered is added to the items; definitions and consumed triggers leave them; all
// others keep their place, comments and annotations. Every problem is a result, with the item and the field that it is
// about. Either all of that is done, or the items go out as they came in.
//
// It reads nothing but the list and the folder that it is given, and the same list gives the same bytes.
package krmfn

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// Options say how the function runs. The zero value works.
type Options struct {
	// FS is the folder that libraries and korender.yaml are read from: that of the kustomization or package. Nil: none.
	FS fs.FS
	// Libraries are folders of definitions in FS, which come before those that the functionConfig names.
	Libraries []string
	// Validate checks the definitions and runs their FunctionTests, and changes no item.
	Validate bool
	// Render beats what the functionConfig says.
	Render render.Options
	// Warnings is where warnings are told to people, besides the results. Nil: nowhere.
	Warnings io.Writer
}

// Run reads a ResourceList from in and writes one to out. The error is a *render.Failure or a *TestFailure when an error
// is among the results, which are written nevertheless, beside the items as they came in. Nothing is written when in holds
// no ResourceList (a *render.Failure too), nor after any other error.
func Run(ctx context.Context, in io.Reader, out io.Writer, opts Options) error {
	l, err := readList(in, opts.Render.Limits.Bytes)
	if err != nil {
		return err
	}
	f := &function{list: l, opts: opts, packaged: inPackage(l.items)}
	var (
		failure *render.Failure
		tests   *TestFailure
	)
	err = f.run(ctx)
	switch {
	case errors.As(err, &failure):
		f.found = failure.Problems
	case errors.As(err, &tests):
		f.found = tests.Problems
	case err != nil:
		return err
	}
	if err != nil || f.settings.validate {
		f.output, f.notes = l.nodes, nil
	}
	told := f.tell(f.found)
	if err := l.write(out, f.output, f.results); err != nil {
		return err
	}
	switch {
	case failure != nil:
		return &render.Failure{Stage: failure.Stage, Problems: told, Report: failure.Report}
	case tests != nil:
		return &TestFailure{told}
	case opts.Warnings != nil:
		return diag.Fprint(opts.Warnings, told, diag.PrintOptions{})
	}
	return nil
}

// function is one run.
type function struct {
	*list
	opts     Options
	settings settings
	packaged bool      // the items are the files of a package, which are written back where they stand
	found    diag.List // warnings, with the places of documents
	notes    []note
	output   []*yaml.Node // the items that go out
	results  []result
}

// run decides what goes out.
func (f *function) run(ctx context.Context) error {
	if err := f.configure(); err != nil {
		return err
	}
	in, err := f.input()
	if err != nil {
		return err
	}
	if f.settings.validate {
		return f.check(ctx, in)
	}
	return f.render(ctx, in)
}
