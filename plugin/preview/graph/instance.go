// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// InstanceOf draws the instances of one trigger, Kind/namespace/name, with their outcomes; also of
// a render that fails while it is evaluated. The error is a *words.Problem when the trigger has none.
func InstanceOf(p *render.Program, result *render.Result, err error, trigger string) (*Graph, error) {
	var report *render.Report
	var failure *render.Failure
	switch {
	case err == nil:
		report = result.Report()
	case errors.As(err, &failure) && failure.Report != nil:
		report = failure.Report
	default:
		return nil, err
	}
	wanted, bad := manifest.ParseID(trigger)
	if bad != nil {
		return nil, words.Problemf("write Kind/namespace/name", "%q is no trigger: %s", trigger, bad)
	}
	g, known := &Graph{}, []string{}
	for i := range report.Instances {
		in := &report.Instances[i]
		known = append(known, in.Trigger.String())
		if named(wanted, in.Trigger) {
			g.Charts = append(g.Charts, instanceChart(p, in))
		}
	}
	if len(g.Charts) > 0 {
		return g, nil
	}
	hint := "no Workflow runs for anything here"
	if len(known) > 0 {
		hint = "Workflows run for " + strings.Join(known[:min(len(known), maxKnown)], ", ")
		if near := diag.DidYouMean(trigger, known); near != "" {
			hint = near
		}
	}
	return nil, words.Problemf(hint, "no Workflow runs for %s", trigger)
}

// maxKnown is how many triggers a hint lists.
const maxKnown = 10

// named tells whether an ID, of which some may be left out, names a trigger.
func named(wanted, id manifest.ID) bool {
	return wanted.Kind == id.Kind && wanted.Name == id.Name && (wanted.Namespace == "" || wanted.Namespace == id.Namespace) &&
		(wanted.Group() == "" || wanted.Group() == id.Group())
}

func instanceChart(p *render.Program, in *render.InstanceReport) Chart {
	c := Chart{Title: in.Workflow + "(" + in.Trigger.String() + ")", Edges: []Edge{}}
	c.Nodes = append(c.Nodes, Node{Name: Parent, Lines: []string{in.Trigger.String()}, Shape: TriggerNode, Details: []Detail{}})
	runs := map[string]*program.Workflow{"": p.Workflows[in.Workflow]}
	items, left := map[string]int{}, map[string]bool{}
	for i := range in.Steps {
		s := &in.Steps[i]
		outer, label := outerOf(s.Path)
		if strings.HasSuffix(s.Path, "]") {
			items[outer]++
		}
		if left[outer] || items[outer] > maxItems {
			left[s.Path] = true
			continue
		}
		step := stepIn(runs[outer], label)
		c.Nodes = append(c.Nodes, reportedNode(s, step))
		if kind, name, _ := strings.Cut(s.Logic, "/"); kind == "Workflow" {
			runs[s.Path] = p.Workflows[name]
		}
		prefix := ""
		if outer != "" {
			prefix = outer + "."
			c.Edges = append(c.Edges, Edge{From: outer, To: s.Path, Part: true})
		}
		if step != nil {
			first := len(c.Edges)
			c.connect(prefix, step)
			awaited(c.Edges[first:], s)
		}
	}
	for _, outer := range slices.Sorted(maps.Keys(items)) {
		if more := items[outer] - maxItems; more > 0 {
			name := outer + "[…]"
			c.Nodes = append(c.Nodes, Node{Name: name, Lines: []string{fmt.Sprintf("%d more items", more)}, Shape: ValueNode, Details: []Detail{}})
			c.Edges = append(c.Edges, Edge{From: outer, To: name, Part: true})
		}
	}
	return c.closed()
}

// maxItems is how many items of a forEach are drawn.
const maxItems = 12

// awaited labels what leads to a step with the fields that it waits for there.
func awaited(edges []Edge, s *render.StepReport) {
	for i := range edges {
		e := &edges[i]
		var labels []string
		if e.Label != "" {
			labels = append(labels, e.Label)
		}
		for _, w := range s.WaitsFor {
			if w.Step == e.From && w.Path != "" {
				labels = append(labels, w.Path)
			}
		}
		if len(labels) == 0 && slices.Contains(s.GatedBy, e.From) {
			labels = append(labels, "comes after")
		}
		e.Label = strings.Join(labels, ", ")
	}
}

// closed leaves out edges of nodes that are not drawn.
func (c Chart) closed() Chart {
	drawn := map[string]bool{}
	for _, n := range c.Nodes {
		drawn[n.Name] = true
	}
	c.Edges = slices.DeleteFunc(c.Edges, func(e Edge) bool { return !drawn[e.From] || !drawn[e.To] })
	return c
}

// outerOf cuts the path of a step: label[2].inner is inner of label[2], and label[2] an item of label.
func outerOf(path string) (outer, label string) {
	if strings.HasSuffix(path, "]") {
		return path[:strings.LastIndexByte(path, '[')], ""
	}
	if at := strings.LastIndexByte(path, '.'); at >= 0 {
		return path[:at], path[at+1:]
	}
	return "", path
}

func stepIn(w *program.Workflow, label string) *program.Step {
	if w == nil {
		return nil
	}
	for _, s := range w.Steps {
		if s.Label == label {
			return s
		}
	}
	return nil
}

func reportedNode(s *render.StepReport, step *program.Step) Node {
	kind, name, _ := strings.Cut(s.Logic, "/")
	n := Node{Name: s.Path, Lines: []string{s.Path}, Shape: shapeOf(kind), Outcome: s.Outcome.Type, Details: []Detail{}}
	if s.Object != nil {
		n.Lines = append(n.Lines, s.Object.String())
	} else if kind != "" {
		n.Lines = append(n.Lines, kind+" "+name)
	}
	if step != nil && step.ForEach != nil {
		n.Lines = append(n.Lines, "for each "+step.ForEach.InputKey)
	}
	said := s.Outcome.Type
	if s.AppliedBy != "none" {
		said += ", applied by " + s.AppliedBy
	}
	n.Lines = append(n.Lines, said)
	for _, w := range s.WaitsFor {
		n.Lines = append(n.Lines, "waits for "+w.String())
	}
	if s.Outcome.Message != "" {
		n.Lines = append(n.Lines, words.Cut(s.Outcome.Message, words.MaxName))
	}
	n.reported(s)
	if step != nil {
		for _, d := range stepNode(step).Details {
			if d.Name == "switchOn" || d.Name == "forEach" || d.Name == "skipIf" || d.Name == "uses" {
				n.Details = append(n.Details, d)
			}
		}
	}
	return n
}

// reported tells what became of a step.
func (n *Node) reported(s *render.StepReport) {
	n.add("outcome", s.Outcome.Type)
	if s.Outcome.Message != "" {
		n.add("because", s.Outcome.Message)
	}
	if s.Reason != s.Outcome.Message {
		n.add("because", s.Reason)
	}
	n.add("runs", s.Logic)
	if s.Object != nil {
		n.add("object", s.Object.String())
	}
	if s.AppliedBy != "none" {
		n.add("applied by", s.AppliedBy)
	}
	for _, w := range s.WaitsFor {
		n.add("waits for", w.String())
	}
	for _, gate := range s.GatedBy {
		n.add("comes after", gate)
	}
}
