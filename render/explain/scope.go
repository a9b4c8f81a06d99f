// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strconv"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// parent is the trigger, or in a Workflow that a step calls, the step's inputs.
func (s *search) parent(f *fact, r *run, p path) {
	if r.caller != nil {
		s.input(f, r.caller, p)
		return
	}
	t := r.instance
	id := t.Plan.Trigger
	f.secret = isSecretPath(id, p)
	f.from = "the trigger " + id.String()
	switch {
	case p.isUnder("status") || p.isUnder("state") || f.state == waiting:
		f.from += ", as a cluster has it"
	case t.Outer != nil:
		if made := t.Outer.locate(s.world.Program, t.Step); made != nil && s.field(f, made, whole, p) {
			return
		}
	}
	if t.Node == nil {
		return
	}
	f.at = deepest(t.Node, p).Pos()
	if n, _ := follow(t.Node, p); n != nil {
		return
	}
	switch {
	case slices.Equal(p, path{"metadata", "namespace"}):
		f.from, f.at = "the default namespace of this render", diag.Pos{}
	case f.state == known && p.isUnder("spec"):
		f.from += ", by a default of its CustomResourceDefinition"
	}
}

// inputs are those of the function in which an expression stands.
func (s *search) inputs(f *fact, sc *scope, p path) {
	if sc.where != inOverlay {
		s.input(f, sc.step, p)
		return
	}
	o := sc.step.called.Layers[sc.layer].Overlay
	from := overlayName(sc.step, o, sc.layer)
	outer := sc.step.function(whole)
	if !s.body(f, o.Inputs, p, outer, "inputs of "+from) {
		f.from, f.at = from+", which gives no such input", o.Node.Pos()
	}
}

// input is what a step gives to its function.
func (s *search) input(f *fact, st *step, p path) {
	each := st.def.ForEach
	if each != nil && len(p) > 0 && p[0] == any(each.InputKey) && st.index >= 0 {
		f.from = "item " + strconv.Itoa(st.index) + " of step " + loopOf(st)
		f.at, f.code = each.ItemIn.Node.Pos(), each.ItemIn.Text()
		s.expression(f, each.ItemIn, each.ItemIn.Node, path{st.index}.then(p[1:]...), st.scope())
		return
	}
	if !s.body(f, st.def.Inputs, p, st.scope(), "inputs of step "+st.path) {
		f.from, f.at = "step "+st.path+", which gives no such input", st.def.Node.Pos()
	}
}

// loopOf is the path of the step that an item belongs to.
func loopOf(st *step) string { return st.run.prefix + st.def.Label }

// locals are those of the function in which an expression stands.
func (s *search) locals(f *fact, sc *scope, p path) {
	var b *program.Body
	name := ""
	switch l := sc.step.called; {
	case sc.where == inOverlay:
		fn := l.Layers[sc.layer].Overlay.Ref
		b, name = fn.Locals, "ValueFunction/"+fn.Name
	case l.Logic.Value != nil:
		b, name = l.Logic.Value.Locals, "ValueFunction/"+l.Logic.Value.Name
	case l.Logic.Resource != nil:
		b, name = l.Logic.Resource.Locals, "ResourceFunction/"+l.Logic.Resource.Name
	}
	if !s.body(f, b, p, sc, "locals of "+name) {
		f.from = name + ", which has no such locals"
	}
}

// resource is the object that a function is about, or the target built so far.
func (s *search) resource(f *fact, sc *scope, p path, light bool) {
	st := sc.step
	if sc.layer != whole {
		if !s.field(f, st, sc.layer, p) {
			f.from = "the object built so far"
		}
		return
	}
	o, ok := sc.vars["resource"].(*expr.Object)
	if !ok {
		f.from = "the object that the function is laid over"
		return
	}
	f.secret = !light && isSecretPath(o.ID, p)
	switch {
	case len(p) == 0:
		f.from, f.at = o.ID.String()+", of step "+st.path, st.def.Node.Pos()
	case o.Mode == expr.Observed:
		f.from = o.ID.String() + ", as it was observed"
	case st.resource().API.Readonly:
		s.declared(f, st, o.ID, p)
	case !s.field(f, st, whole, p):
		f.from = o.ID.String() + ", where a server or a controller fills it in"
		f.at = st.def.Node.Pos()
	}
}

// declared is a field of an object that a step only reads: as an earlier step builds it, or as the input has it.
func (s *search) declared(f *fact, reader *step, id manifest.ID, p path) {
	t := reader.run.instance
	for i := range t.Plan.Steps {
		made := &t.Plan.Steps[i]
		if made.Path == reader.path {
			break
		}
		if made.Object != nil && made.Object.Key() == id.Key() && (made.Action != nil || made.Partial != nil) {
			if st := t.locate(s.world.Program, made.Path); st != nil && s.field(f, st, whole, p) {
				return
			}
		}
	}
	f.from, f.at = id.String()+", which step "+reader.path+" only reads", reader.def.Node.Pos()
	for i := range s.world.Input {
		in := &s.world.Input[i]
		if in.ID.Key() == id.Key() {
			f.from, f.at = id.String()+" of the input", deepest(in.Node, p).Pos()
		}
	}
}

// lastApplied is the annotation that may hold a Secret's values.
const lastApplied = "koreo.dev/last-applied-configuration"

// isSecretPath tells whether what lies at a path of an object, or a part of it, must stay hidden.
func isSecretPath(id manifest.ID, p path) bool {
	if id.Kind != "Secret" || id.Group() != "" {
		return false
	}
	annotations := path{"metadata", "annotations", lastApplied}
	return len(p) == 0 || p.isUnder("data") || p.isUnder("stringData") || slices.Equal(p, annotations[:min(len(p), 3)])
}
