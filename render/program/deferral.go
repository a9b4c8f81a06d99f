// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/schema"
)

// Rules says which policies make a step wait for the live reconciler under the chosen target.
type Rules struct {
	NeverDefers, RecreateDefers, CreateOverlayDefers bool
	// Ordered: whoever applies the manifests waits for their gates, so that a gate makes nobody defer. An object that is
	// only read is not applied, so nobody can wait for it.
	Ordered bool
	// Schema is that of the objects, as evaluation has it; nil: that of the kinds that are part of Kubernetes.
	Schema schema.Source
}

// The kinds of a Cause.
const (
	CauseTarget         = "target"
	CauseIdentity       = "identity"
	CauseSkipIf         = "skipIf"
	CauseSwitchOn       = "switchOn"
	CauseItemIn         = "itemIn"
	CauseInputs         = "inputs"
	CausePrecondition   = "precondition"
	CausePostcondition  = "postcondition" // among GateCauses only
	CausePolicy         = "policy"
	CausePin            = "pin"
	CauseCreateEnabled  = "createEnabled"
	CauseDeleteIfExists = "deleteIfExists"
	CauseReadonly       = "readonly" // among GateCauses only
	CauseDependency     = "dependency"
)

// Cause is one reason why a step may defer, or why those that come after it may.
type Cause struct {
	Kind  string
	Text  string   // a sentence about the step, e.g. "its skipIf reads parent.status.phase (app.k.yaml:12:15)"
	Reads string   // what it may not know, e.g. steps.vpc.ip; empty when it is no value
	At    diag.Pos // where that is read, or where the policy stands
}

// StepDeferral is what can be said of one step without any values.
type StepDeferral struct {
	Label      string
	May        bool // at git time, its outcome may be Deferred for more than its own postcondition
	Causes     []Cause
	Gates      bool // its postcondition, or whether its object exists, may be unknown: steps that depend on it may defer
	GateCauses []Cause
	Inner      []StepDeferral // the steps of a sub-workflow; of several (refSwitch), all steps, those of one label as one
}

// Deferrals tells of each step of w, in order, whether it may defer when git evaluates it with nothing observed, and
// why. It looks at the program only, and holds for all values: a step of which it says no never defers.
func (p *Program) Deferrals(w *Workflow, r Rules) []StepDeferral {
	if r.Schema == nil {
		r.Schema = schema.Builtin()
	}
	d := &deferrals{program: p, rules: r, known: map[any]*finding{}}
	steps, _ := d.workflow(w, triggerGuess(), nil)
	return steps
}

// FindDeferral looks up a step by its path, as plans and reports have it: label, label[2], label.inner. It is nil when
// there is none.
func FindDeferral(list []StepDeferral, path string) *StepDeferral {
	first, rest, _ := strings.Cut(path, ".")
	label, _, _ := strings.Cut(first, "[")
	i := slices.IndexFunc(list, func(s StepDeferral) bool { return s.Label == label })
	switch {
	case i < 0:
		return nil
	case rest == "":
		return &list[i]
	}
	return FindDeferral(list[i].Inner, rest)
}

// maxVisits bounds how many steps are looked at one by one; beyond, sub-workflows are taken to know none of their inputs.
const maxVisits = 5_000

// deferrals is one analysis.
type deferrals struct {
	program *Program
	rules   Rules
	known   map[any]*finding // of definitions whose inputs are known
	visits  int
}

// finding is what can be said of one use of a function or Workflow.
type finding struct {
	causes, gates []Cause
	inner         []StepDeferral
	value         *guess
}

// add joins what is said of another case of a refSwitch.
func (f *finding) add(other *finding) {
	f.causes = append(f.causes, other.causes...)
	f.gates = append(f.gates, other.gates...)
	f.value = join(f.value, other.value)
	for _, s := range other.inner {
		i := slices.IndexFunc(f.inner, func(t StepDeferral) bool { return t.Label == s.Label })
		if i < 0 {
			f.inner = append(f.inner, s)
			continue
		}
		t := &f.inner[i]
		both := finding{causes: slices.Clone(t.Causes), gates: slices.Clone(t.GateCauses), inner: slices.Clone(t.Inner)}
		both.add(&finding{causes: s.Causes, gates: s.GateCauses, inner: s.Inner})
		*t = both.step(s.Label)
	}
}

func (f *finding) step(label string) StepDeferral {
	causes, gates := distinct(f.causes), distinct(f.gates)
	return StepDeferral{
		Label: label, May: len(causes) > 0, Causes: causes, Gates: len(gates) > 0, GateCauses: gates, Inner: f.inner,
	}
}

// distinct leaves out causes that say the same.
func distinct(list []Cause) []Cause {
	var out []Cause
	for _, c := range list {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// logic looks at what a step runs.
func (d *deferrals) logic(l *Logic, inputs *guess, held *Cause) *finding {
	switch {
	case l == nil:
		return &finding{}
	case l.Value != nil:
		return d.remember(l.Value, inputs, func() *finding { return valueFinding(l.Value, inputs) })
	case l.Resource != nil:
		return d.remember(l.Resource, inputs, func() *finding { return d.resource(l.Resource, inputs) })
	case l.Workflow != nil && held == nil:
		return d.remember(l.Workflow, inputs, func() *finding { return d.inside(l.Workflow, inputs, nil) })
	case l.Workflow != nil:
		return d.inside(l.Workflow, inputs, held)
	}
	return &finding{}
}

// remember looks at a definition with known inputs once.
func (d *deferrals) remember(definition any, inputs *guess, look func() *finding) *finding {
	if inputs.whole() != nil {
		return look()
	}
	if d.known[definition] == nil {
		d.known[definition] = look()
	}
	return d.known[definition]
}

// coarse stands for a Workflow of whose inputs nothing is taken to be known.
type coarse struct {
	w    *Workflow
	held bool
}

// inside looks at a sub-workflow.
func (d *deferrals) inside(w *Workflow, inputs *guess, held *Cause) *finding {
	if d.visits > maxVisits {
		key := coarse{w, held != nil}
		if d.known[key] == nil {
			parent := &guess{self: &origin{reads: "parent", at: w.Node.Pos(), did: "Workflow " + w.Name + " gets", note: noteMany}}
			d.known[key] = d.steps(w, parent, held)
		}
		return d.known[key]
	}
	return d.steps(w, inputs, held)
}

// steps is what the steps inside a sub-workflow come to for the step that runs it.
func (d *deferrals) steps(w *Workflow, inputs *guess, held *Cause) *finding {
	out := &finding{}
	out.inner, out.value = d.workflow(w, inputs, held)
	for i := range out.inner {
		s := &out.inner[i]
		if s.May {
			at := w.Steps[i].Node.Pos()
			out.causes = append(out.causes, Cause{
				Kind: CauseDependency, Text: "its inner step " + s.Label + " (" + at.String() + ") may defer", At: at,
			})
		}
		for _, c := range s.GateCauses {
			c.Text = "its step " + s.Label + "'s " + strings.TrimPrefix(c.Text, "its ")
			out.gates = append(out.gates, c)
		}
	}
	return out
}
