// SPDX-License-Identifier: Apache-2.0

package render

import (
	"maps"
	"slices"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/program"
)

// policies is what git may do to objects of which nobody knows whether they exist. Flux has words of its own for two of
// them.
func (c *Config) policies() eval.Policies {
	flux := c.Target == TargetFlux
	return eval.Policies{
		Never:         flux || c.Policies["never"] == "apply",
		Recreate:      flux || c.Policies["recreate"] == "apply",
		CreateOverlay: c.Policies["createOverlay"] == "merge",
	}
}

// outlook is what can be said of the instances of a Workflow without any values.
type outlook struct {
	steps   []program.StepDeferral
	may     bool // some step may defer
	ordered bool // only gates could make one defer, and the tool that applies the objects waits for those
}

// outlooks keeps the outlook of each Workflow.
type outlooks struct {
	program *program.Program
	config  *Config
	known   map[*program.Workflow]*outlook
}

func newOutlooks(p *program.Program, c *Config) *outlooks {
	return &outlooks{program: p, config: c, known: map[*program.Workflow]*outlook{}}
}

func (o *outlooks) of(w *program.Workflow) *outlook {
	if known := o.known[w]; known != nil {
		return known
	}
	out := &outlook{steps: o.config.workflowDeferrals(o.program, w)}
	for i := range out.steps {
		out.may = out.may || out.steps[i].May
	}
	out.ordered = o.config.Gate == GateOrdered && !out.may
	o.known[w] = out
	return out
}

// mayDefer tells whether the step of a path may defer.
func (o *outlook) mayDefer(path string) bool {
	s := program.FindDeferral(o.steps, path)
	return s != nil && s.May
}

// roots are the Workflows that a trigger may run, by name: those with a crdRef, and those that no step calls.
func roots(p *program.Program) []*program.Workflow {
	called := map[*program.Workflow]bool{}
	for _, w := range p.Workflows {
		for _, s := range w.Steps {
			for _, l := range s.Logics() {
				called[l.Workflow] = true
			}
		}
	}
	var out []*program.Workflow
	for _, name := range slices.Sorted(maps.Keys(p.Workflows)) {
		if w := p.Workflows[name]; w.CRDRef != nil || !called[w] {
			out = append(out, w)
		}
	}
	return out
}
