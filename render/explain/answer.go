// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strconv"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// ofInput explains an object that stands in the input.
func (s *search) ofInput(in *Input, q Question, l Limits) (*Explanation, error) {
	x := &Explanation{Object: &in.ID, Status: s.world.inputStatus(in), Made: []Part{part("input", in.ID.String(), "", in.Node)}}
	for _, t := range s.world.Instances {
		if t.Plan.Trigger.Key() != in.ID.Key() || t.Outer != nil {
			continue
		}
		x.Made = append(x.Made, part("Workflow", t.Trigger.Workflow.Name, "runs for it", t.Trigger.Workflow.Node))
		for i := range t.Plan.Steps {
			x.Makes = append(x.Makes, resultOf(&t.Plan.Steps[i]))
		}
	}
	if q.Field == "" {
		return x, nil
	}
	p, err := lead(in.ID.String(), q.Field, in.Value)
	if err != nil {
		return nil, err
	}
	x.Field = p.String()
	f := &fact{read: x.Field, from: in.ID.String() + " of the input", at: deepest(in.Node, p).Pos(), secret: isSecretPath(in.ID, p)}
	v, _ := at(any(in.Value), p)
	f.set(v)
	x.Value = newTeller(l, isSecret(in.ID)).tree(f)
	return x, nil
}

func resultOf(r *eval.StepResult) Result {
	return Result{Step: r.Path, Object: r.Object, Outcome: r.Outcome.Type.String()}
}

func isSecret(id manifest.ID) bool { return isSecretPath(id, nil) }

// ofStep explains what a step makes: its object, or its value when the question names the step and not the object.
func (s *search) ofStep(st *step, byName bool, q Question, l Limits) (*Explanation, error) {
	x := &Explanation{Object: st.result.Object, Status: s.world.status(st), Made: s.made(st)}
	tell := newTeller(l, x.Object != nil && isSecret(*x.Object))
	var err error
	switch {
	case byName:
		err = s.value(x, st, q, tell)
	case q.Field != "":
		err = s.oneField(x, st, q, tell)
	default:
		s.overview(x, st, tell)
	}
	if err != nil {
		return nil, err
	}
	if st.result.Outcome.Type == eval.Skip && st.called != nil && st.called.Logic == nil {
		f := &fact{read: "skipIf"}
		f.set(true)
		s.body(f, st.def.SkipIf, nil, st.scope(), "decides whether step "+st.path+" runs")
		f.settle()
		x.Because = []*Node{tell.tree(f)}
	}
	x.Deferred = s.deferral(st, tell, q.Field == "")
	return x, nil
}

// value explains what later steps read of a step.
func (s *search) value(x *Explanation, st *step, q Question, tell *teller) error {
	f := &fact{}
	if o := &st.result.Outcome; o.Type == eval.Ok || o.Type == eval.Deferred {
		f.set(o.Value)
	}
	p, err := lead("step "+st.path, q.Field, f.value)
	if err != nil {
		return err
	}
	v, found := at(f.value, p)
	if found && f.state == known {
		f.set(v)
	}
	x.Field = p.String()
	f.read = path{"steps"}.String() + "." + st.path + tail(p)
	s.result(f, st, p)
	f.settle()
	x.Value = tell.tree(f)
	return nil
}

// oneField explains a field of an object.
func (s *search) oneField(x *Explanation, st *step, q Question, tell *teller) error {
	target := s.printed(st)
	if target == nil {
		target = identityOf(*x.Object)
	}
	p, err := lead(x.Object.String(), q.Field, target)
	if err != nil {
		return err
	}
	v, _ := at(any(target), p)
	f := s.fieldFact(st, p, v)
	x.Field = p.String()
	x.Value = tell.tree(f)
	return nil
}

// printed is the object of a step as it is printed, with what korender adds to it; of one that is not, what the step wants
// it to be, as far as it is known; nil when it wants nothing.
func (s *search) printed(st *step) map[string]any {
	if a := st.result.Action; a != nil && a.Verb == eval.Render {
		if o, found := s.world.Output.Get(a.ID); found {
			return o.Value
		}
	}
	return st.target()
}

// identityOf is all that is known of an object that nothing builds.
func identityOf(id manifest.ID) map[string]any {
	metadata := map[string]any{"name": id.Name}
	if id.Namespace != "" {
		metadata["namespace"] = id.Namespace
	}
	return map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind, "metadata": metadata}
}

// fieldFact is a field of a step's object with its origin.
func (s *search) fieldFact(st *step, p path, v any) *fact {
	f := &fact{read: p.String(), layer: added}
	f.set(v)
	if !s.field(f, st, whole, p) {
		f.from, f.at = "added by korender", st.def.Node.Pos()
	}
	f.settle()
	return f
}

// overview lists the inputs of a step and the fields of its object.
func (s *search) overview(x *Explanation, st *step, tell *teller) {
	if inputs, ok := st.called.Inputs.(map[string]any); ok && !tell.modest {
		for _, key := range sortedKeys(inputs) {
			x.Inputs = append(x.Inputs, tell.line(s.read(st.given(), path{"inputs", key}, false)))
		}
	}
	target := s.printed(st)
	for _, key := range orderedKeys(target) {
		if key == "apiVersion" || key == "kind" {
			continue
		}
		for _, f := range s.fields(st, st.upto(whole), path{key}, target[key]) {
			x.Fields = append(x.Fields, tell.line(f))
		}
	}
}

// given is a scope that sees the inputs of a step's function.
func (st *step) given() *scope {
	return &scope{where: inFunction, step: st, layer: whole, vars: with(nil, "inputs", st.called.Inputs)}
}

// made lists what made the object of a step, from the outside in.
func (s *search) made(st *step) []Part {
	t := st.run.instance
	trigger := part("trigger", t.Plan.Trigger.String(), "", t.Node)
	var out []Part
	if t.Outer != nil {
		if outer := t.Outer.locate(s.world.Program, t.Step); outer != nil {
			out = s.made(outer)
			trigger.Note = "rendered by step " + t.Step
		}
	}
	out = append(out, trigger)
	var chain []*step
	for at := st; at != nil; at = at.run.caller {
		chain = append(chain, at)
	}
	for _, at := range slices.Backward(chain) {
		out = append(out, part("Workflow", at.run.workflow.Name, "", at.run.workflow.Node),
			part("step", at.path, stepNote(at), at.def.Node))
	}
	return append(out, s.builders(st)...)
}

func stepNote(st *step) string {
	if st.index >= 0 {
		return "item " + strconv.Itoa(st.index) + " of its forEach"
	}
	return ""
}

// builders are the function of a step and the layers of its target.
func (s *search) builders(st *step) []Part {
	if st.called == nil || st.called.Logic == nil {
		return nil
	}
	l := st.called.Logic
	out := []Part{part("function", l.Kind+"/"+l.Name, switchNote(st), definition(l))}
	if l.Workflow != nil {
		out[0].What, out[0].Name = "Workflow", l.Name
	}
	for i := range st.called.Layers {
		out = append(out, s.layer(st, i)...)
	}
	return out
}

func switchNote(st *step) string {
	if st.def.Switch == nil {
		return ""
	}
	return "chosen by " + oneLine(st.def.Switch.On.Text())
}

func definition(l *program.Logic) *source.Node {
	switch {
	case l.Value != nil:
		return l.Value.Node
	case l.Resource != nil:
		return l.Resource.Node
	case l.Workflow != nil:
		return l.Workflow.Node
	}
	return l.Node
}

func (s *search) layer(st *step, i int) []Part {
	l := &st.called.Layers[i]
	switch {
	case l.Template != nil:
		return []Part{part("template", "ResourceTemplate/"+l.Template.Name, "", l.Template.Node)}
	case l.Overlay == nil && i == 0:
		return []Part{part("resource", "spec.resource", "", l.Body.Node)}
	case l.Overlay == nil:
		return []Part{part("overlay", "spec.create.overlay", "", l.Body.Node)}
	}
	p := part("overlay", overlayPath(l.Index), "", l.Overlay.Node)
	if l.Overlay.Ref != nil {
		p.Name += ", ValueFunction/" + l.Overlay.Ref.Name
	}
	if o := l.Overlay.SkipIf; o != nil {
		p.Note = skipNote(l) + ": skipIf " + oneLine(o.Text())
	}
	return []Part{p}
}

func skipNote(l *eval.Layer) string {
	switch {
	case l.Skipped:
		return "left out"
	case l.Doubtful:
		return "whether it is left out is not known"
	default:
		return "laid over"
	}
}

func part(what, name, note string, n *source.Node) Part {
	p := Part{What: what, Name: name, Note: note}
	if n != nil {
		p.At = n.Pos()
	}
	p.Text = p.At.String()
	return p
}
