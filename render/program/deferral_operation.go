// SPDX-License-Identifier: Apache-2.0

package program

import "github.com/korender/korender/render/expr"

// loop guesses what a macro comes to.
func (r *reader) loop(f *expr.Form) *guess {
	over := r.form(&f.Parts[0])
	if o := over.extent(); o != nil {
		return unknownBy(o)
	}
	if f.Kind == expr.FormReduce {
		return r.reduce(f, over.item())
	}
	round := r.round(f.Slot, over.item())
	if f.Kind == expr.FormTest {
		return unknownBy(round.form(&f.Parts[1]).whole())
	}
	if len(f.Parts) > 2 {
		if o := round.form(&f.Parts[2]).whole(); o != nil {
			return unknownBy(o)
		}
	}
	return listWith(round.form(&f.Parts[1]).unsure())
}

// round is r inside a loop.
func (r *reader) round(slot int, item *guess) *reader {
	inner := *r
	inner.loops = make(map[int]*guess, len(r.loops)+2)
	for s, g := range r.loops {
		inner.loops[s] = g
	}
	inner.loops[slot] = item
	return &inner
}

// reduce is known if the first round is, since then all later ones are.
func (r *reader) reduce(f *expr.Form, item *guess) *guess {
	start := r.form(&f.Parts[1])
	round := r.round(f.Slot, item)
	round.loops[f.Slot+1] = start
	if o := join(start, round.form(&f.Parts[2])).whole(); o != nil {
		return unknownBy(o)
	}
	return nil
}

// function guesses what operators and functions come to.
func (r *reader) function(f *expr.Form) *guess {
	parts := make([]*guess, len(f.Parts))
	for i := range f.Parts {
		parts[i] = r.form(&f.Parts[i])
	}
	switch f.Kind {
	case expr.FormIdentity:
		return identityOf(parts[0])
	case expr.FormReference:
		return referenceTo(parts[0])
	case expr.FormExtent:
		return unknownBy(parts[0].extent())
	case expr.FormValues:
		if o := parts[0].extent(); o != nil {
			return unknownBy(o)
		}
		return listWith(parts[0].any().unsure())
	case expr.FormFlat:
		inner := parts[0].item()
		if o := firstOf(parts[0].extent(), inner.extent()); o != nil {
			return unknownBy(o)
		}
		return listWith(inner.item())
	case expr.FormJoin:
		return join(parts[0].unsure(), parts[1].unsure())
	case expr.FormOverlay:
		return join(parts[0], parts[1])
	case expr.FormMember:
		return unknownBy(firstOf(parts[0].whole(), parts[1].extent(), parts[1].item().whole()))
	}
	return unknownBy(r.operation(f, parts))
}

// operation is why the result of an operation on all of its operands may be unknown.
func (r *reader) operation(f *expr.Form, parts []*guess) *origin {
	for _, p := range parts {
		if o := p.whole(); o != nil {
			return o
		}
	}
	if !f.Computed {
		return nil
	}
	all := guess{fields: r.vars}
	return all.whole()
}

// identityOf is self_ref.
func identityOf(g *guess) *guess {
	if g == nil || g.self != nil {
		return g
	}
	metadata := g.child("metadata")
	out := guess{fields: map[string]*guess{
		"apiVersion": g.child("apiVersion"), "kind": g.child("kind"),
		"name": metadata.child("name"), "namespace": metadata.child("namespace"),
	}}
	return out.settled()
}

// referenceTo is to_ref and its like: all of it hangs on which of these fields are there.
func referenceTo(g *guess) *guess {
	for _, key := range []string{"apiVersion", "apiGroup", "kind", "external", "name", "namespace"} {
		if o := g.child(key).whole(); o != nil {
			return unknownBy(o)
		}
	}
	return nil
}
