// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// reads gathers which inputs a definition reads: the fields of one variable, inputs or parent.
type reads struct {
	root   string
	list   []InputRef
	all    bool     // the variable is also read as a whole, or with a computed key
	unsure bool     // an expression did not compile
	asked  []string // fields that an earlier has() asked for
}

// body adds what b reads. A field is not required where the same expression asks has() of it, or reads the variable as
// a whole ('x' in inputs ? …), or where an earlier condition or skipIf asked.
func (r *reads) body(b *Body) {
	if b != nil {
		b.root.leaves(func(p *part) { r.leaf(p.node, p.code.Refs()) })
	}
}

func (r *reads) leaf(n *source.Node, refs []expr.Ref) {
	whole := false
	outer := len(r.asked)
	for i := range refs {
		switch f := &refs[i]; {
		case f.Path[0] != r.root:
		case len(f.Path) > 1 && f.Guarded:
			r.asked = append(r.asked, f.Path[1])
		case len(f.Path) == 1 && !(f.Guarded && f.Final):
			whole = true
		}
	}
	r.all = r.all || whole
	for i := range refs {
		if f := &refs[i]; f.Path[0] == r.root && len(f.Path) > 1 {
			r.add(f.Path[1], !f.Guarded && !whole && !slices.Contains(r.asked, f.Path[1]), n)
		}
	}
	r.asked = r.asked[:outer]
}

func (r *reads) add(field string, must bool, n *source.Node) {
	i := slices.IndexFunc(r.list, func(in InputRef) bool { return in.Name == field })
	if i < 0 {
		r.list = append(r.list, InputRef{Name: field, Required: must, At: n.Pos()})
		return
	}
	if must && !r.list[i].Required {
		r.list[i].Required, r.list[i].At = true, n.Pos()
	}
}

// ask remembers the fields that a has() in b asks for.
func (r *reads) ask(b *Body) {
	for _, f := range b.Refs() {
		if f.Guarded && f.Path[0] == r.root && len(f.Path) > 1 {
			r.asked = append(r.asked, f.Path[1])
		}
	}
}

func (r *reads) conditions(list []*Condition) {
	for _, cond := range list {
		r.body(cond.Assert)
		r.ask(cond.Assert)
		r.body(cond.Message)
		r.body(cond.Return)
	}
}

func (r *reads) valueFunction(f *ValueFunction) {
	r.conditions(f.Preconditions)
	r.body(f.Locals)
	r.body(f.Return)
}

func (r *reads) resourceFunction(f *ResourceFunction) {
	r.conditions(f.Preconditions)
	for _, b := range []*Body{f.Locals, f.API.Name, f.API.Namespace, f.TemplateRef, f.Resource} {
		r.body(b)
	}
	for _, o := range f.Overlays {
		outer := len(r.asked)
		r.body(o.SkipIf)
		r.ask(o.SkipIf)
		r.body(o.Body)
		r.body(o.Inputs)
		r.asked = r.asked[:outer]
	}
	r.body(f.Create.Overlay)
	r.conditions(f.Postconditions)
	r.body(f.Return)
}

func (r *reads) step(s *Step) {
	outer := len(r.asked)
	r.body(s.SkipIf)
	r.ask(s.SkipIf)
	for _, b := range s.bodies()[1:] {
		r.body(b)
	}
	r.asked = r.asked[:outer]
}

// has tells whether field is read.
func (r *reads) has(field string) bool {
	return r.all || r.unsure || slices.ContainsFunc(r.list, func(in InputRef) bool { return in.Name == field })
}

// logicReads is what the definition behind a reference reads; nil when there is none.
func (c *compiler) logicReads(l *Logic) *reads {
	if d := c.defs[name{l.Kind, l.Name}]; d != nil {
		return &d.reads
	}
	return nil
}

// stepInputs warns of inputs that a step's logic reads and does not get, or gets and does not read.
func (c *compiler) stepInputs(s *Step) {
	given := keysOf(s.Inputs)
	if s.ForEach != nil {
		given = append(given, s.ForEach.InputKey)
	}
	unread := slices.Clone(given)
	if s.Switch != nil {
		own := reads{root: "inputs"}
		own.body(s.Switch.On)
		unread = slices.DeleteFunc(unread, own.has)
	}
	var missing, known []string
	for _, l := range s.Logics() {
		r := c.logicReads(l)
		if r == nil || r.unsure {
			return
		}
		unread = slices.DeleteFunc(unread, r.has)
		for _, in := range r.list {
			known = append(known, in.Name)
			if in.Required && !slices.Contains(given, in.Name) && !slices.Contains(missing, in.Name) {
				missing = append(missing, in.Name)
				c.missingInput(s, l, in, given)
			}
		}
	}
	c.unreadInputs(s, unread, known)
}

func (c *compiler) missingInput(s *Step, l *Logic, in InputRef, given []string) {
	at := s.Node.Get("label").Pos()
	if p := pair(s.Node, "inputs"); p != nil {
		at = p.KeyAt
	}
	d := s.Node.Document().Problem(at, diag.MissingInput, "step %q does not give the input %q, which %s reads at %s",
		s.Label, in.Name, name{l.Kind, l.Name}, in.At)
	c.warn(d, givenHint(in.Name, given, ""))
}

// givenHint names the given input that may be meant, else says something else.
func givenHint(field string, given []string, otherwise string) string {
	if near := diag.Suggest(field, given); near != "" {
		return "there is an input " + near + "; is it the one that is meant?"
	}
	return otherwise
}

func (c *compiler) unreadInputs(s *Step, unread, known []string) {
	for _, key := range unread {
		if key == "" || key[0] == '_' {
			continue
		}
		at := s.Node.At("forEach", "inputKey").Pos()
		if p := pair(s.Node.Get("inputs"), key); p != nil {
			at = p.KeyAt
		}
		hint := diag.DidYouMean(key, known)
		if hint == "" {
			hint = "remove it; or, if it is there to make the step wait, let its name begin with _"
		}
		c.warn(s.Node.Document().Problem(at, diag.UnusedInput, "the input %q of step %q is read by nothing", key, s.Label), hint)
	}
}

// overlayInputs refuses an overlay that does not give its ValueFunction what it needs.
func (c *compiler) overlayInputs(f *ResourceFunction) {
	for _, o := range f.Overlays {
		if o.Ref == nil {
			continue
		}
		given := keysOf(o.Inputs)
		for _, in := range o.Ref.Inputs {
			if !in.Required || slices.Contains(given, in.Name) {
				continue
			}
			c.report(o.Node.KeyProblem(*pair(o.Node, "overlayRef"), diag.MissingOverlayInput, "%s needs the input %q, which it reads at %s",
				name{kindValueFunction, o.Ref.Name}, in.Name, in.At), givenHint(in.Name, given, "give it under inputs, beside overlayRef"))
		}
	}
}

func keysOf(b *Body) []string {
	if b == nil {
		return nil
	}
	return slices.Clone(b.root.keys)
}
