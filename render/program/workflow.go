// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

func (c *compiler) workflow(d *definition) {
	w := d.workflow
	w.Fate = Fate(annotationOf(d, "trigger"))
	w.CRDRef = crdRef(mapAt(d.spec, "crdRef"))
	d.reads.root = "parent"
	items := listAt(d.spec, "steps")
	if items == nil {
		return
	}
	labels := labelsOf(items)
	for i, item := range items.Items {
		if item.Kind != source.Map {
			continue
		}
		s := c.step(item)
		if first := slices.Index(labels[:i], s.Label); s.Label != "" && first >= 0 {
			c.report(item.Get("label").Problem(diag.DuplicateLabel, "the label %q is used twice in this Workflow", s.Label),
				"the other step stands at "+items.Items[first].Pos().String()+"; labels must be unique")
		}
		c.dependencies(s, labels, i)
		d.reads.step(s)
		w.Steps = append(w.Steps, s)
	}
	w.Inputs = d.reads.list
}

// crdRef reads a crdRef; an empty part makes it an absent one.
func crdRef(n *source.Node) *GVK {
	g := GVK{textAt(n, "apiGroup").Text(), textAt(n, "version").Text(), textAt(n, "kind").Text()}
	if g.Group == "" || g.Version == "" || g.Kind == "" {
		return nil
	}
	return &g
}

func labelsOf(steps *source.Node) []string {
	labels := make([]string, len(steps.Items))
	for i, item := range steps.Items {
		labels[i] = item.Get("label").Text()
	}
	return labels
}

func (c *compiler) step(n *source.Node) *Step {
	s := &Step{Label: textAt(n, "label").Text(), Node: n}
	if ref := mapAt(n, "ref"); ref != nil {
		s.Logic = c.logic(ref, logicKind.words)
	} else if sw := mapAt(n, "refSwitch"); sw != nil {
		s.Switch = c.refSwitch(sw)
	}
	s.SkipIf = c.body(formulaAt(n, "skipIf"), stepScope)
	if each := mapAt(n, "forEach"); each != nil {
		s.ForEach = &ForEach{ItemIn: c.body(formulaAt(each, "itemIn"), stepScope), InputKey: wordAt(each, "inputKey")}
	}
	s.Inputs = c.filled(mapAt(n, "inputs"), stepScope)
	if cond := mapAt(n, "condition"); cond != nil {
		s.Condition = &StepCondition{Type: textAt(cond, "type").Text(), Name: textAt(cond, "name").Text()}
	}
	s.State = c.filled(mapAt(n, "state"), stateScope)
	return s
}

func (c *compiler) refSwitch(n *source.Node) *Switch {
	s := &Switch{On: c.body(formulaAt(n, "switchOn"), switchScope)}
	cases := listAt(n, "cases")
	if cases == nil {
		return s
	}
	var fallback *source.Node
	seen := map[string]*source.Node{}
	for _, item := range cases.Items {
		if item.Kind != source.Map {
			continue
		}
		l := c.logic(item, logicKind.words)
		if value := textAt(item, "case"); value != nil {
			if first := seen[value.Text()]; first != nil {
				c.report(value.Problem(diag.DuplicateCase, "the case %q stands twice in this refSwitch", value.Text()),
					"the other one stands at "+first.Pos().String())
			} else {
				seen[value.Text()] = value
			}
			s.Cases = append(s.Cases, Case{Value: value.Text(), Logic: l})
		}
		if !flagAt(item, "default", false) {
			continue
		}
		if fallback != nil {
			c.report(item.Get("default").Problem(diag.DuplicateCase, "only one case of a refSwitch may be the default"),
				"the other one stands at "+fallback.Pos().String())
			continue
		}
		fallback, s.Default = item.Get("default"), l
	}
	return s
}

// dependencies finds out which earlier steps s depends on, and refuses references to any other.
func (c *compiler) dependencies(s *Step, labels []string, index int) {
	bodies := s.bodies()
	depends := map[string]bool{}
	refused := map[string]bool{}
	for _, b := range bodies {
		for _, r := range b.Refs() {
			if r.Path[0] != "steps" {
				continue
			}
			if len(r.Path) == 1 {
				c.wholeSteps(s, r, labels[:index])
				continue
			}
			label := r.Path[1]
			if slices.Contains(labels[:index], label) {
				depends[label] = true
				continue
			}
			if !refused[label] {
				refused[label] = true
				c.outOfOrder(s, r, labels, index)
			}
		}
	}
	for _, label := range labels[:index] {
		if depends[label] {
			s.DependsOn = append(s.DependsOn, label)
			delete(depends, label)
		}
	}
}

// bodies are those that may read steps.
func (s *Step) bodies() []*Body {
	all := []*Body{s.SkipIf}
	if s.ForEach != nil {
		all = append(all, s.ForEach.ItemIn)
	}
	all = append(all, s.Inputs)
	if s.Switch != nil {
		all = append(all, s.Switch.On)
	}
	return all
}

// wholeSteps is about steps without a label: it makes nothing wait.
func (c *compiler) wholeSteps(s *Step, r LeafRef, before []string) {
	at := r.Leaf
	switch {
	case len(before) == 0:
		c.report(at.ProblemAt(r.Offset, diag.StepOrder, "step %q is the first one: there are no results of steps yet", s.Label), "")
	case r.Final:
		c.warn(at.ProblemAt(r.Offset, diag.WholeSteps, "steps as a whole makes nothing wait, and holds only the results that step %q names elsewhere", s.Label),
			"name the steps that are meant, as in steps."+before[len(before)-1])
	default:
		c.warn(at.ProblemAt(r.Offset, diag.WholeSteps, "which step this reads is computed, so step %q does not wait for it", s.Label),
			"name the step, as in steps."+before[len(before)-1])
	}
}

// outOfOrder reports a reference to an unknown step, to the step itself, or to a later one.
func (c *compiler) outOfOrder(s *Step, r LeafRef, labels []string, index int) {
	label := r.Path[1]
	d := r.Leaf.ProblemAt(r.Offset, diag.StepOrder, "Step '%s', must come after %s.", s.Label, label)
	at := slices.Index(labels, label)
	switch {
	case at == index:
		c.report(d, "a step cannot read its own result; state reads it as value")
	case at > index:
		c.report(d, "move the step "+s.Label+" below "+label)
	default:
		hint := diag.DidYouMean(label, labels[:index])
		if hint == "" && index > 0 {
			hint = "steps before it: " + strings.Join(labels[:index], ", ")
		}
		if hint == "" {
			hint = "no step stands before it"
		}
		c.report(d, "there is no step "+label+"; "+hint)
	}
}
