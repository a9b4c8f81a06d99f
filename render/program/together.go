// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

// checkTogether looks at how the definitions fit together.
func (c *compiler) checkTogether() {
	c.cycles()
	c.sameTrigger()
	for _, d := range c.order {
		switch {
		case d.workflow != nil:
			for _, s := range d.workflow.Steps {
				c.stepInputs(s)
			}
		case d.resource != nil:
			c.overlayInputs(d.resource)
		}
		c.unused(d)
	}
}

// sameTrigger refuses a second Workflow for one kind of trigger.
func (c *compiler) sameTrigger() {
	first := map[GVK]*Workflow{}
	for _, d := range c.order {
		if d.workflow == nil || d.workflow.CRDRef == nil {
			continue
		}
		w := d.workflow
		if other := first[*w.CRDRef]; other != nil {
			c.report(w.Node.At("spec", "crdRef").Problem(diag.SameTrigger, "Workflow %q and Workflow %q are both for %s of %s/%s",
				other.Name, w.Name, w.CRDRef.Kind, w.CRDRef.Group, w.CRDRef.Version),
				"the other one stands at "+other.Node.At("spec", "crdRef").Pos().String()+"; only one can be chosen by kind")
			continue
		}
		first[*w.CRDRef] = w
	}
}

// unused warns of a function of the input itself, not of a library, that nothing refers to.
func (c *compiler) unused(d *definition) {
	if d.used || d.layer() > 0 || d.value == nil && d.resource == nil {
		return
	}
	c.warn(d.root.At("metadata", "name").Problem(diag.UnusedDefinition, "no Workflow, overlay or test uses %s", d.name), "")
}

// Triggered lists the Workflows that run for a kind of trigger, by name.
func (p *Program) Triggered(g GVK) []*Workflow {
	var out []*Workflow
	for _, w := range p.Workflows {
		if w.CRDRef != nil && *w.CRDRef == g {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b *Workflow) int { return strings.Compare(a.Name, b.Name) })
	return out
}
