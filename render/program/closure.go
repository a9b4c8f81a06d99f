// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"slices"
	"strings"

	"github.com/korender/korender/render/source"
)

// Definition names a definition and holds its document.
type Definition struct {
	Kind, Name string
	Node       *source.Node
}

// Closure lists the definitions that a run of w can use, w among them, by kind and name. A ResourceFunction whose
// template is named by an expression may use every template.
func (p *Program) Closure(w *Workflow) []Definition {
	u := p.using()
	u.workflow(w)
	return u.sorted()
}

// FunctionClosure lists the definitions that a run of one function can use, the function among them, by kind and name.
func (p *Program) FunctionClosure(l *Logic) []Definition {
	u := p.using()
	u.logic(l)
	return u.sorted()
}

// Affects lists the tests that stand in a file, or that run something that does, by file and line. The file is named
// as Document.File names it.
func (p *Program) Affects(file string) []*FunctionTest {
	var out []*FunctionTest
	for _, t := range p.Tests {
		in := func(d Definition) bool { return d.Node.Document().File == file }
		if t.Node.Document().File == file || slices.ContainsFunc(p.FunctionClosure(t.Function), in) {
			out = append(out, t)
		}
	}
	return out
}

// using gathers definitions, each once.
type using struct {
	p    *Program
	seen map[*source.Node]Definition
}

func (p *Program) using() *using { return &using{p: p, seen: map[*source.Node]Definition{}} }

func (u *using) sorted() []Definition {
	out := make([]Definition, 0, len(u.seen))
	for _, d := range u.seen {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Definition) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return out
}

// add tells whether the definition is new.
func (u *using) add(kind, name string, n *source.Node) bool {
	if _, known := u.seen[n]; known {
		return false
	}
	u.seen[n] = Definition{kind, name, n}
	return true
}

func (u *using) logic(l *Logic) {
	switch {
	case l == nil:
	case l.Workflow != nil:
		u.workflow(l.Workflow)
	case l.Value != nil:
		u.add(kindValueFunction, l.Value.Name, l.Value.Node)
	case l.Resource != nil:
		u.resource(l.Resource)
	}
}

func (u *using) workflow(w *Workflow) {
	if !u.add(kindWorkflow, w.Name, w.Node) {
		return
	}
	for _, s := range w.Steps {
		for _, l := range s.Logics() {
			u.logic(l)
		}
	}
}

func (u *using) resource(f *ResourceFunction) {
	if !u.add(kindResourceFunction, f.Name, f.Node) {
		return
	}
	for _, o := range f.Overlays {
		if o.Ref != nil {
			u.add(kindValueFunction, o.Ref.Name, o.Ref.Node)
		}
	}
	name, literal := f.TemplateRef.Literal()
	for _, t := range u.p.Templates {
		if !literal || t.Name == name {
			u.add(kindResourceTemplate, t.Name, t.Node)
		}
	}
}
