// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/program"
)

// WorkflowsOf draws all Workflows, by name, or one. The error is a *words.Problem when there is none of that name.
func WorkflowsOf(p *render.Program, only string) (*Graph, error) {
	names := slices.Sorted(maps.Keys(p.Workflows))
	if len(names) == 0 {
		return nil, words.Problemf("name a folder that holds some, or add one with --library", "there are no Workflows here")
	}
	if only != "" && p.Workflows[only] == nil {
		hint := "there are " + strings.Join(names, ", ")
		if near := diag.DidYouMean(only, names); near != "" {
			hint = near
		}
		return nil, words.Problemf(hint, "there is no Workflow %q", only)
	}
	g := &Graph{Charts: []Chart{}}
	for _, name := range names {
		if only == "" || name == only {
			g.Charts = append(g.Charts, workflowChart(p.Workflows[name]))
		}
	}
	return g, nil
}

func workflowChart(w *program.Workflow) Chart {
	c := Chart{Title: "Workflow " + w.Name, Edges: []Edge{}}
	trigger := Node{Name: Parent, Lines: []string{"called by steps"}, Shape: TriggerNode, Details: []Detail{}}
	if w.CRDRef != nil {
		trigger.Lines = []string{w.CRDRef.Kind, w.CRDRef.Group + "/" + w.CRDRef.Version}
	}
	for _, in := range w.Inputs {
		trigger.Details = append(trigger.Details, Detail{"steps read", "parent." + in.Name})
	}
	c.Nodes = append(c.Nodes, trigger)
	for _, s := range w.Steps {
		c.Nodes = append(c.Nodes, stepNode(s))
		c.connect("", s)
	}
	return c
}

// connect draws what a step uses; one that uses no other step begins at the trigger.
func (c *Chart) connect(prefix string, s *program.Step) {
	for _, label := range s.DependsOn {
		c.Edges = append(c.Edges, Edge{From: prefix + label, To: prefix + s.Label, Label: strings.Join(decides(s, label), ", ")})
	}
	if len(s.DependsOn) == 0 && prefix == "" {
		c.Edges = append(c.Edges, Edge{From: Parent, To: s.Label})
	}
}

// decides lists the conditions of a step that read the result of another one.
func decides(s *program.Step, label string) []string {
	conditions := []struct {
		name string
		body *program.Body
	}{{"skipIf", s.SkipIf}, {"switchOn", nil}, {"forEach", nil}}
	if s.Switch != nil {
		conditions[1].body = s.Switch.On
	}
	if s.ForEach != nil {
		conditions[2].body = s.ForEach.ItemIn
	}
	var out []string
	for _, c := range conditions {
		reads := func(r program.LeafRef) bool { return len(r.Path) > 1 && r.Path[0] == "steps" && r.Path[1] == label }
		if slices.ContainsFunc(c.body.Refs(), reads) {
			out = append(out, c.name)
		}
	}
	return out
}

func stepNode(s *program.Step) Node {
	n := Node{Name: s.Label, Lines: []string{s.Label}, Shape: ValueNode, Details: []Detail{}}
	if s.Logic != nil {
		n.Shape = shapeOf(s.Logic.Kind)
		n.Lines = append(n.Lines, s.Logic.Kind+" "+s.Logic.Name)
		n.runs("", s.Logic)
	}
	if s.Switch != nil {
		n.add("switchOn", s.Switch.On.Text())
		for _, choice := range s.Switch.Cases {
			n.Shape = shapeOf(choice.Logic.Kind)
			when := choice.Value
			if choice.Logic == s.Switch.Default {
				when += ", or anything else"
			}
			n.Lines = append(n.Lines, when+": "+choice.Logic.Kind+" "+choice.Logic.Name)
			n.runs(when+": ", choice.Logic)
		}
	}
	if s.ForEach != nil {
		n.Lines = append(n.Lines, "for each "+s.ForEach.InputKey)
		n.add("forEach", s.ForEach.InputKey+" in "+s.ForEach.ItemIn.Text())
	}
	if s.SkipIf != nil {
		n.Lines = append(n.Lines, "may be skipped")
		n.add("skipIf", s.SkipIf.Text())
	}
	for _, label := range s.DependsOn {
		n.add("uses", label)
	}
	if s.Condition != nil {
		n.add("reports as", s.Condition.Type+" ("+s.Condition.Name+")")
	}
	return n
}

func (n *Node) add(name, text string) {
	if text != "" {
		n.Details = append(n.Details, Detail{name, text})
	}
}

// runs tells what a step runs and, of a ResourceFunction, what that makes.
func (n *Node) runs(when string, l *program.Logic) {
	n.add("runs", when+l.Kind+"/"+l.Name)
	if l.Resource == nil {
		return
	}
	api := &l.Resource.API
	does := "makes"
	switch {
	case api.DeleteIfExists:
		does = "deletes"
	case api.Readonly:
		does = "reads"
	case !l.Resource.Create.Enabled:
		does = "patches"
	}
	n.add(does, when+api.Kind+" ("+api.APIVersion+") named "+literal(api.Name))
}

// literal is what a name is made of.
func literal(b *program.Body) string {
	if text := b.Text(); text != "" {
		return text
	}
	v, _ := b.Literal()
	return fmt.Sprint(v)
}

func shapeOf(kind string) Shape {
	switch kind {
	case "ResourceFunction":
		return ResourceNode
	case "Workflow":
		return WorkflowNode
	default:
		return ValueNode
	}
}
