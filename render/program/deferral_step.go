// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

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
		at := s.firstRead(before.Label)
		text := "it comes after step " + before.Label + " (" + at.String() + "), "
		if before.May {
			text += "which may defer"
		} else if gate := before.gate(ordered); gate != nil {
			text += strings.Replace(gate.Text, "its ", "whose ", 1)
		} else {
			continue
		}
		out = append(out, Cause{Kind: CauseDependency, Text: text, Reads: "steps." + before.Label, At: at})
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
			at := s.Node.Pos()
			return &Cause{Kind: CauseDependency, Text: "it belongs to step " + s.Label + " (" + at.String() + "), which may defer", At: at}
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
