// SPDX-License-Identifier: Apache-2.0

package graph

import (
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
	trigger := Node{Name: parent, Lines: []string{"called by steps"}, Shape: TriggerNode}
	if w.CRDRef != nil {
		trigger.Lines = []string{w.CRDRef.Kind, w.CRDRef.Group + "/" + w.CRDRef.Version}
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
		c.Edges = append(c.Edges, Edge{From: prefix + label, To: prefix + s.Label})
	}
	if len(s.DependsOn) == 0 && prefix == "" {
		c.Edges = append(c.Edges, Edge{From: parent, To: s.Label})
	}
}

func stepNode(s *program.Step) Node {
	n := Node{Name: s.Label, Lines: []string{s.Label}, Shape: ValueNode}
	if s.Logic != nil {
		n.Shape = shapeOf(s.Logic.Kind)
		n.Lines = append(n.Lines, s.Logic.Kind+" "+s.Logic.Name)
	}
	if s.Switch != nil {
		for _, choice := range s.Switch.Cases {
			n.Shape = shapeOf(choice.Logic.Kind)
			when := choice.Value
			if choice.Logic == s.Switch.Default {
				when += ", or anything else"
			}
			n.Lines = append(n.Lines, when+": "+choice.Logic.Kind+" "+choice.Logic.Name)
		}
	}
	if s.ForEach != nil {
		n.Lines = append(n.Lines, "for each "+s.ForEach.InputKey)
	}
	if s.SkipIf != nil {
		n.Lines = append(n.Lines, "may be skipped")
	}
	return n
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
