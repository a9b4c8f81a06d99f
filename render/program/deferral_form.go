// SPDX-License-Identifier: Apache-2.0

package program

import (
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// reader guesses the values of expressions. did says what its owner does with what it reads: "ResourceFunction vpc
// returns".
type reader struct {
	vars  map[string]*guess
	did   string
	leaf  *source.Node
	loops map[int]*guess
	texts bool          // remember texts that are written out
	seen  func(*origin) // is told of values that are themselves unknown, but not of those inside a value that is passed on
}

// body guesses the value of a Body; that of a nil one is known.
func (r *reader) body(b *Body) *guess {
	if b == nil {
		return nil
	}
	return r.part(&b.root)
}

func (r *reader) part(p *part) *guess {
	switch {
	case p.code != nil:
		return r.expression(p)
	case p.fixed && !r.texts:
		return nil
	case p.keys != nil:
		return r.over(p, nil)
	case p.fixed:
		return literal(p.value)
	default:
		var out *guess
		for i := range p.parts {
			out = join(out, r.part(&p.parts[i]).unsure())
		}
		return listWith(out)
	}
}

func (r *reader) expression(p *part) *guess {
	r.leaf = p.node
	f := p.code.Form()
	out := r.form(&f)
	if r.seen != nil {
		r.tell(&f, out)
	}
	return out
}

// tell shows the unknown values that an expression makes.
func (r *reader) tell(f *expr.Form, g *guess) {
	switch {
	case g == nil:
	case g.self != nil:
		r.seen(g.self)
	case f.Kind == expr.FormMap && !f.Computed:
		for i, key := range f.Keys {
			r.tell(&f.Parts[i], g.fields[key])
		}
	case f.Kind == expr.FormList:
		for i := range f.Parts {
			r.tell(&f.Parts[i], r.form(&f.Parts[i]))
		}
	}
}

// over lays a map over a base, which stays as it is: as Body.Overlay does.
func (r *reader) over(p *part, base *guess) *guess {
	if p.keys == nil {
		return r.part(p)
	}
	if p.fixed && !r.texts && base == nil {
		return nil
	}
	out := guess{fields: make(map[string]*guess, len(p.keys))}
	if base != nil {
		out.self, out.open, out.count, out.rest = base.self, base.open, base.count, base.rest
		for key, field := range base.fields {
			out.fields[key] = field
		}
	}
	for i, key := range p.keys {
		out.fields[key] = r.over(&p.parts[i], base.child(key))
		if out.open != nil { // an object that the server may change hides what is laid over it, where that is empty
			out.fields[key] = join(out.fields[key], unknownBy(out.open))
		}
	}
	return out.settled()
}

// literal is the guess of a fixed value, of which only texts are remembered.
func literal(v any) *guess {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		return &guess{text: v}
	case map[string]any:
		out := guess{fields: make(map[string]*guess, len(v))}
		for key, value := range v {
			out.fields[key] = literal(value)
		}
		return out.settled()
	}
	return nil
}

func listWith(item *guess) *guess {
	if item == nil {
		return nil
	}
	return &guess{rest: item}
}

// link makes origins for what the expression at hand reads at byte off.
func (r *reader) link(off int) func(string, *origin) *origin {
	var at *diag.Pos
	return func(reads string, from *origin) *origin {
		if at == nil {
			pos := r.leaf.OffsetPos(off)
			at = &pos
		}
		return &origin{reads: reads, at: *at, did: r.did, from: from}
	}
}

// form guesses the value of an expression.
func (r *reader) form(f *expr.Form) *guess {
	switch f.Kind {
	case expr.FormConstant:
		return nil
	case expr.FormVariable, expr.FormLoop, expr.FormField, expr.FormItem, expr.FormIndex:
		p := r.path(f)
		if p.value == nil || !p.rooted {
			return p.value
		}
		return p.value.linked(p.text, r.link(p.off))
	case expr.FormMap:
		return r.mapForm(f)
	case expr.FormList:
		var item *guess
		for i := range f.Parts {
			item = join(item, r.form(&f.Parts[i]))
		}
		return listWith(item.unsure())
	case expr.FormChoice:
		yes, no := r.form(&f.Parts[1]), r.form(&f.Parts[2])
		if o := r.form(&f.Parts[0]).whole(); o != nil {
			return unknownBy(o)
		}
		return join(yes, no)
	case expr.FormPresence:
		return unknownBy(r.presence(&f.Parts[0]))
	case expr.FormEach, expr.FormTest, expr.FormReduce:
		return r.loop(f)
	default:
		return r.function(f)
	}
}

func (r *reader) mapForm(f *expr.Form) *guess {
	out := guess{fields: make(map[string]*guess, len(f.Keys))}
	if !f.Computed {
		for i, key := range f.Keys {
			out.fields[key] = r.form(&f.Parts[i])
		}
		return out.settled()
	}
	half := len(f.Parts) / 2
	for i := range half {
		out.rest = join(out.rest, r.form(&f.Parts[i]))
		if o := r.form(&f.Parts[half+i]).whole(); o != nil && out.self == nil {
			out.self = o
		}
	}
	out.rest = out.rest.unsure()
	return out.settled()
}

// path is a selection on its way: what was reached, and how that reads.
type path struct {
	value  *guess
	text   string
	off    int
	rooted bool // it begins at a variable, whose origins do not say yet where they are read
}

func (r *reader) path(f *expr.Form) path {
	switch f.Kind {
	case expr.FormVariable:
		return path{r.vars[f.Name], f.Name, f.Offset, true}
	case expr.FormLoop:
		return path{value: r.loops[f.Slot]}
	case expr.FormField:
		p := r.path(&f.Parts[0])
		p.value, p.text = p.value.child(f.Name), p.text+keyText(f.Name)
		return p
	case expr.FormItem:
		p := r.path(&f.Parts[0])
		p.value, p.text = join(p.value.child(f.Name), p.value.item()), p.text+"["+f.Name+"]"
		return p
	case expr.FormIndex:
		p := r.path(&f.Parts[0])
		p.value, p.text = p.value.any(), p.text+"[]"
		if o := r.form(&f.Parts[1]).whole(); o != nil {
			return path{value: unknownBy(o)}
		}
		return p
	default:
		return path{value: r.form(f)}
	}
}

// presence is why has(f) may be unknown. Of a path, only the last step may fail; of anything else, whatever it reads.
func (r *reader) presence(f *expr.Form) *origin {
	if !plainPath(f) {
		return r.reads(f)
	}
	if len(f.Parts) == 0 {
		return nil
	}
	holder := r.path(&f.Parts[0])
	if holder.value == nil {
		return nil
	}
	o := holder.value.self
	if o == nil && holder.value.extent() != nil { // an object, of which even fields that are spoken of may be absent
		o = unknownSelf(holder.value.entry(f.Name))
	}
	if o == nil || !holder.rooted {
		return o
	}
	step := keyText(f.Name)
	if f.Kind == expr.FormItem {
		step = "[" + f.Name + "]"
	}
	return r.link(holder.off)(holder.text+step, o)
}

func unknownSelf(g *guess) *origin {
	if g == nil {
		return nil
	}
	return g.self
}

// plainPath tells whether f selects by fixed keys, from a variable on.
func plainPath(f *expr.Form) bool {
	switch f.Kind {
	case expr.FormVariable, expr.FormLoop:
		return true
	case expr.FormField, expr.FormItem:
		return plainPath(&f.Parts[0])
	}
	return false
}

// reads is why anything that f reads may be unknown.
func (r *reader) reads(f *expr.Form) *origin {
	if plainPath(f) {
		return r.form(f).whole()
	}
	for i := range f.Parts {
		if o := r.reads(&f.Parts[i]); o != nil {
			return o
		}
	}
	return r.form(f).whole()
}
