// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

// Rules says which policies make a step wait for the live reconciler under the chosen target.
type Rules struct {
	NeverDefers, RecreateDefers, CreateOverlayDefers bool
	// Ordered: whoever applies the manifests waits for their gates, so that a gate makes nobody defer. An object that is
	// only read is not applied, so nobody can wait for it.
	Ordered bool
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

// triggerGuess is the object that a Workflow runs for: git knows all but its status and what a server writes into its
// metadata.
func triggerGuess() *guess {
	o := &origin{note: noteTrigger}
	metadata := guess{count: o, fields: serverFields(o)}
	return &guess{count: o, fields: map[string]*guess{"status": {self: o}, "state": {self: o}, "metadata": &metadata}}
}

// scene is one Workflow with what its steps see.
type scene struct {
	parent *guess
	held   *Cause // why none of its steps may run yet; nil: they may
	done   []StepDeferral
	values map[string]*guess
}

// workflow goes through the steps and gives their joint state.
func (d *deferrals) workflow(w *Workflow, parent *guess, held *Cause) ([]StepDeferral, *guess) {
	sc := &scene{parent: parent, held: held, values: make(map[string]*guess, len(w.Steps))}
	var state *guess
	for _, s := range w.Steps {
		found, added := d.step(sc, s)
		sc.done = append(sc.done, found)
		state = join(state, added) // a key of both is that of either, since a step may be skipped
	}
	return sc.done, state
}

// step looks at one step: what may keep it from running, then its logic.
func (d *deferrals) step(sc *scene, s *Step) (StepDeferral, *guess) {
	d.visits++
	r := &reader{vars: sc.vars(s)}
	all := &finding{causes: sc.waits(s, d.rules.Ordered)}
	all.causes = append(all.causes, r.cause(CauseSkipIf, "its skipIf", s.SkipIf)...)
	inputs := r.inputs(s, all)
	if s.ForEach != nil {
		r.did = "step " + s.Label + " goes through, as they come"
		items := r.body(s.ForEach.ItemIn)
		all.causes = append(all.causes, causesOf(CauseItemIn, "its forEach.itemIn", unknownBy(items.extent()))...)
		inputs = inputs.with(s.ForEach.InputKey, items.item())
	}
	held := holding(s, all.causes)
	if s.Switch == nil {
		all.add(d.logic(s.Logic, inputs, held))
	} else {
		r.vars = mapWith(r.vars, "inputs", inputs)
		all.causes = append(all.causes, r.cause(CauseSwitchOn, "its refSwitch.switchOn", s.Switch.On)...)
		held = holding(s, all.causes)
		for _, l := range s.Logics() {
			all.add(d.logic(l, inputs, held))
		}
	}
	if s.ForEach != nil {
		all.value = listWith(all.value.unsure())
	}
	sc.values[s.Label] = all.value
	state := &reader{vars: map[string]*guess{"value": all.value}, did: "the state of step " + s.Label + " takes"}
	return all.step(s.Label), state.body(s.State)
}

func (sc *scene) vars(s *Step) map[string]*guess {
	steps := make(map[string]*guess, len(s.DependsOn))
	for _, label := range s.DependsOn {
		if g := sc.values[label]; g != nil {
			steps[label] = g
		}
	}
	vars := map[string]*guess{"parent": sc.parent}
	if len(steps) > 0 {
		vars["steps"] = &guess{fields: steps}
	}
	return vars
}

// waits lists the steps that s comes after and that may keep it waiting.
func (sc *scene) waits(s *Step, ordered bool) []Cause {
	var out []Cause
	if sc.held != nil {
		out = append(out, *sc.held)
	}
	for i := range sc.done {
		before := &sc.done[i]
		if !slices.Contains(s.DependsOn, before.Label) {
			continue
		}
		text := "it comes after step " + before.Label + ", which may defer"
		if !before.May {
			gate := before.gate(ordered)
			if gate == nil {
				continue
			}
			text = "it comes after step " + before.Label + ", " + strings.Replace(gate.Text, "its ", "whose ", 1)
		}
		out = append(out, Cause{Kind: CauseDependency, Text: text, Reads: "steps." + before.Label, At: s.firstRead(before.Label)})
	}
	return out
}

// gate is the first reason why what comes after s may have to wait for it; nil when there is none.
func (s *StepDeferral) gate(ordered bool) *Cause {
	for i := range s.GateCauses {
		if !ordered || s.GateCauses[i].Kind == CauseReadonly {
			return &s.GateCauses[i]
		}
	}
	return nil
}

// firstRead is where s reads the result of another step first.
func (s *Step) firstRead(label string) diag.Pos {
	for _, b := range s.bodies() {
		for _, ref := range b.Refs() {
			if len(ref.Path) > 1 && ref.Path[0] == "steps" && ref.Path[1] == label {
				return ref.At()
			}
		}
	}
	return s.Node.Pos()
}

// holding is the reason why the steps inside s may not run, when one of the causes says that nobody knows whether s runs,
// or how often, or what.
func holding(s *Step, causes []Cause) *Cause {
	for _, c := range causes {
		switch c.Kind {
		case CauseDependency, CauseSkipIf, CauseItemIn, CauseSwitchOn:
			return &Cause{Kind: CauseDependency, Text: "it belongs to step " + s.Label + ", which may defer", At: s.Node.Pos()}
		}
	}
	return nil
}

func mapWith(vars map[string]*guess, name string, value *guess) map[string]*guess {
	out := make(map[string]*guess, len(vars)+1)
	for n, v := range vars {
		out[n] = v
	}
	out[name] = value
	return out
}

// inputs guesses the inputs of a step. What is passed on as a whole counts only where the step's logic reads the parts of
// it that may be unknown.
func (r *reader) inputs(s *Step, all *finding) *guess {
	r.did = "step " + s.Label + " gets"
	if s.Inputs == nil {
		return nil
	}
	out := guess{fields: make(map[string]*guess, len(s.Inputs.root.keys))}
	for i, key := range s.Inputs.root.keys {
		r.seen = func(o *origin) {
			all.causes = append(all.causes, o.cause(CauseInputs, "its input "+key))
		}
		out.fields[key] = r.part(&s.Inputs.root.parts[i])
	}
	r.seen = nil
	return out.settled()
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
			out.causes = append(out.causes, Cause{
				Kind: CauseDependency, Text: "its inner step " + s.Label + " may defer", At: w.Steps[i].Node.Pos(),
			})
		}
		for _, c := range s.GateCauses {
			c.Text = "its step " + s.Label + "'s " + strings.TrimPrefix(c.Text, "its ")
			out.gates = append(out.gates, c)
		}
	}
	return out
}
