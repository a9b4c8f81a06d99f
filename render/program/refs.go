// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// logic resolves a reference {kind, name} to one of the given kinds; nil when it is not of the right shape, which has
// been reported. A definition that does not exist is reported here.
func (c *compiler) logic(n *source.Node, kinds []string) *Logic {
	kind, label := textAt(n, "kind").Text(), textAt(n, "name")
	if label.Text() == "" || strings.HasPrefix(label.Text(), "=") || !slices.Contains(kinds, kind) {
		return nil
	}
	l := &Logic{Kind: kind, Name: label.Text(), Node: n}
	d := c.defs[name{kind, l.Name}]
	if d == nil {
		c.missing(label, kind, kinds)
		return l
	}
	d.used = true
	l.Value, l.Resource, l.Workflow = d.value, d.resource, d.workflow
	return l
}

// staticTemplate checks the name of a template where it is literal.
func (c *compiler) staticTemplate(label *source.Node) {
	if text := label.Text(); text != "" && text[0] != '=' && c.defs[name{kindResourceTemplate, text}] == nil {
		c.missing(label, kindResourceTemplate, nil)
	}
}

// missing reports that there is no definition of this name. others are kinds that could stand there too.
func (c *compiler) missing(label *source.Node, kind string, others []string) {
	d := label.Problem(diag.MissingDefinition, "there is no %s", name{kind, label.Text()})
	for _, other := range []string{kindResourceFunction, kindValueFunction, kindWorkflow, kindResourceTemplate} {
		if other == kind || c.defs[name{other, label.Text()}] == nil {
			continue
		}
		d.Code = diag.WrongReference
		if slices.Contains(others, other) {
			c.report(d, "there is a "+other+" of this name; if that is meant, write kind: "+other)
		} else {
			c.report(d, "there is a "+other+" of this name, but it cannot stand here")
		}
		return
	}
	hint := diag.DidYouMean(label.Text(), c.namesOf(kind))
	for _, other := range others {
		if hint != "" {
			break
		}
		if near := diag.Suggest(label.Text(), c.namesOf(other)); near != "" {
			hint = "did you mean the " + name{other, near}.String() + "?"
		}
	}
	c.report(d, hint)
}

func (c *compiler) namesOf(kind string) []string {
	var out []string
	for n := range c.defs {
		if n.kind == kind {
			out = append(out, n.name)
		}
	}
	return out
}

// Logics are what a step can run: its ref, or every case of its refSwitch.
func (s *Step) Logics() []*Logic {
	if s.Switch == nil {
		if s.Logic == nil {
			return nil
		}
		return []*Logic{s.Logic}
	}
	out := make([]*Logic, 0, len(s.Switch.Cases))
	for _, k := range s.Switch.Cases {
		if k.Logic != nil {
			out = append(out, k.Logic)
		}
	}
	return out
}

// walk looks for Workflows that run themselves.
type walk struct {
	c    *compiler
	done map[*Workflow]bool
	path []*Workflow // the Workflows that are being looked at
	refs []*Logic    // refs[i] leads from path[i] to path[i+1]
}

func (c *compiler) cycles() {
	w := &walk{c: c, done: map[*Workflow]bool{}}
	for _, d := range c.order {
		if d.workflow != nil {
			w.visit(d.workflow)
		}
	}
}

func (w *walk) visit(f *Workflow) {
	if w.done[f] {
		return
	}
	w.path = append(w.path, f)
	for _, s := range f.Steps {
		for _, l := range s.Logics() {
			if l.Workflow == nil {
				continue
			}
			w.refs = append(w.refs, l)
			if at := slices.Index(w.path, l.Workflow); at >= 0 {
				w.report(at)
			} else {
				w.visit(l.Workflow)
			}
			w.refs = w.refs[:len(w.refs)-1]
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.done[f] = true
}

// report tells of the cycle that begins at path[from], with the place of each call.
func (w *walk) report(from int) {
	names := make([]string, 0, len(w.path)-from+1)
	places := make([]string, 0, len(w.path)-from)
	for i, f := range w.path[from:] {
		names = append(names, f.Name)
		ref := w.refs[from+i]
		places = append(places, f.Name+" runs "+ref.Name+" at "+ref.Node.Pos().String())
	}
	names = append(names, w.path[from].Name)
	w.c.report(w.refs[from].Node.Problem(diag.Cycle, "Workflow %q runs itself: %s", w.path[from].Name, strings.Join(names, " → ")),
		strings.Join(places, "; "))
}
