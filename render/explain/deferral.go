// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// deferral says why a step cannot be decided at git time; nil when it can. fields asks for those of its object, too.
func (s *search) deferral(st *step, tell *teller, fields bool) *Deferral {
	r := st.result
	if r.Outcome.Type != eval.Deferred {
		return nil
	}
	d := &Deferral{
		Reason: r.Reason, WaitsFor: append([]expr.Wait{}, r.Waits...), GatedBy: []Gate{}, Because: []*Node{}, Then: []Result{},
	}
	for _, path := range r.GatedBy {
		gate := Gate{Step: path, WaitsFor: []expr.Wait{}}
		if g := st.run.instance.result(path); g != nil {
			gate.Reason, gate.WaitsFor = g.Reason, append(gate.WaitsFor, g.Waits...)
		}
		d.GatedBy = append(d.GatedBy, gate)
	}
	causes := s.causes(st)
	if fields && r.Action == nil {
		causes = append(causes, s.holes(st, nil, st.target())...)
	}
	for _, f := range causes {
		d.Because = append(d.Because, tell.tree(f))
	}
	for _, next := range st.run.instance.after(st.path) {
		d.Then = append(d.Then, resultOf(next))
	}
	return d
}

// after lists the steps that wait for a step, directly or by others, in order.
func (t *Instance) after(at string) []*eval.StepResult {
	waiting := []string{at}
	var out []*eval.StepResult
	for i := range t.Plan.Steps {
		s := &t.Plan.Steps[i]
		if slices.ContainsFunc(s.GatedBy, func(gate string) bool { return slices.Contains(waiting, gate) }) {
			waiting = append(waiting, s.Path)
			out = append(out, s)
		}
	}
	return out
}

// causes are the conditions and values of a step that are not known yet.
func (s *search) causes(st *step) []*fact {
	var out []*fact
	add := func(name string, b *program.Body, sc *scope, from string) {
		if f := s.unsure(name, b, sc, from); f != nil {
			out = append(out, f)
		}
	}
	if st.called == nil {
		return nil
	}
	add("skipIf", st.def.SkipIf, st.scope(), "decides whether step "+st.path+" runs")
	if st.isLoop() {
		add("forEach.itemIn", st.def.ForEach.ItemIn, st.scope(), "what step "+st.path+" repeats")
	}
	if st.def.Switch != nil && !st.isLoop() {
		sc := st.scope()
		sc.vars = with(sc.vars, "inputs", st.called.Inputs)
		add("refSwitch.switchOn", st.def.Switch.On, sc, "decides what step "+st.path+" runs")
	}
	switch l := st.called.Logic; {
	case l == nil:
	case l.Value != nil:
		out = append(out, s.conditions(l.Value.Preconditions, "preconditions", "ValueFunction/"+l.Value.Name, st)...)
	case l.Resource != nil:
		out = append(out, s.resourceCauses(l.Resource, st)...)
	case l.Workflow != nil:
		for _, def := range l.Workflow.Steps {
			if inner := st.inner(s.world.Program).step(def.Label); inner.result != nil && inner.result.Outcome.Type == eval.Deferred {
				out = append(out, s.causes(inner)...)
			}
		}
	}
	return out
}

func (s *search) resourceCauses(fn *program.ResourceFunction, st *step) []*fact {
	name := "ResourceFunction/" + fn.Name
	out := s.conditions(fn.Preconditions, "preconditions", name, st)
	if st.result.Action == nil {
		if f := s.unsure("resourceTemplateRef.name", fn.TemplateRef, st.function(whole), "names the template of "+name); f != nil {
			out = append(out, f)
		}
	}
	if st.result.Action == nil && !fn.API.Readonly {
		return out // postconditions are for an object that is there
	}
	return append(out, s.conditions(fn.Postconditions, "postconditions", name, st)...)
}

// unsure is a value that decides about a step and is not known; nil when it is known.
func (s *search) unsure(name string, b *program.Body, sc *scope, from string) *fact {
	if b == nil || sc.vars == nil {
		return nil
	}
	v, err := b.Eval(s.ctx, sc.vars)
	if err != nil {
		return nil
	}
	waits := expr.WaitsOf(v)
	if _, literal := b.Literal(); literal || len(waits) == 0 {
		return nil
	}
	f := &fact{read: name, state: waiting, waits: waits}
	s.body(f, b, nil, sc, from)
	f.settle()
	return f
}

func (s *search) conditions(list []*program.Condition, field, name string, st *step) []*fact {
	var out []*fact
	for _, c := range list {
		if f := s.unsure(field, c.Assert, st.function(whole), "a condition of "+name); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// holes are the fields of a target that are not known yet.
func (s *search) holes(st *step, p path, v any) []*fact {
	var out []*fact
	switch v := v.(type) {
	case map[string]any:
		for _, key := range orderedKeys(v) {
			out = append(out, s.holes(st, p.then(key), v[key])...)
		}
	case []any:
		for i, item := range v {
			out = append(out, s.holes(st, p.then(i), item)...)
		}
	case *expr.Unknown:
		out = append(out, s.fieldFact(st, p, v))
	}
	return out
}
