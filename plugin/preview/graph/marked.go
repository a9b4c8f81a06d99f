// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"slices"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/program"
)

// Marked draws one Workflow, of which the steps stand out that run a changed definition, Kind/name, or one that uses such.
// When the Workflow itself changed, so does its trigger. It is false when there is no Workflow of that name.
func Marked(p *render.Program, workflow string, changed map[string]bool) (Chart, bool) {
	w := p.Workflows[workflow]
	if w == nil {
		return Chart{}, false
	}
	c := workflowChart(w)
	c.Nodes[0].mark([]string{"Workflow/" + workflow}, changed)
	for i, s := range w.Steps {
		var uses []string
		for _, l := range logicsOf(s) {
			uses = append(uses, usedBy(p, l)...)
		}
		c.Nodes[i+1].mark(uses, changed)
	}
	return c, true
}

// mark makes a node stand out that uses something changed, and tells what.
func (n *Node) mark(uses []string, changed map[string]bool) {
	slices.Sort(uses)
	for _, name := range slices.Compact(uses) {
		if changed[name] {
			n.Marked = true
			n.add("changed", name)
		}
	}
}

func logicsOf(s *program.Step) []*program.Logic {
	if s.Switch == nil {
		return []*program.Logic{s.Logic}
	}
	var out []*program.Logic
	for _, c := range s.Switch.Cases {
		out = append(out, c.Logic)
	}
	return out
}

// usedBy lists the definitions that a step runs, Kind/name.
func usedBy(p *render.Program, l *program.Logic) []string {
	out := []string{l.Kind + "/" + l.Name}
	switch {
	case l.Workflow != nil:
		for _, d := range p.Closure(l.Workflow) {
			out = append(out, d.Kind+"/"+d.Name)
		}
	case l.Resource != nil:
		for _, o := range l.Resource.Overlays {
			if o.Ref != nil {
				out = append(out, "ValueFunction/"+o.Ref.Name)
			}
		}
		out = append(out, templatesOf(p, l.Resource)...)
	}
	return out
}

// templatesOf lists the template of a function, or all where an expression names it.
func templatesOf(p *render.Program, f *program.ResourceFunction) []string {
	if f.TemplateRef == nil {
		return nil
	}
	if name, fixed := f.TemplateRef.Literal(); fixed {
		text, _ := name.(string)
		return []string{"ResourceTemplate/" + text}
	}
	var out []string
	for name := range p.Templates {
		out = append(out, "ResourceTemplate/"+name)
	}
	return out
}
