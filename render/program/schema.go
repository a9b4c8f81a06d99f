// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// want is the type of a value.
type want uint8

const (
	isText       want = iota // a string, literal or expression
	isLiteral                // a string that does not begin with =
	isExpression             // a string that begins with =
	isFlag                   // a boolean
	isWhole                  // an integer
	isObject                 // a map with known fields
	isList                   // a list
	isFree                   // a map with any fields
	isEmpty                  // {} and nothing else
)

// shape says what a value may be. Bounds that are zero do not bind, save min of a whole number.
type shape struct {
	want     want
	fields   []field // object
	open     bool    // object: fields besides these are fine
	one      []string
	some     []string // object: at least one of these fields
	item     *shape   // list
	min, max int      // characters, items, fields, or the value of a whole number
	words    []string // text: only these
	accepts  func(string) bool
	looks    string // text: what accepts asks for
}

// field is one field of an object. A field with a refusal is known, but may not stand there.
type field struct {
	name     string
	shape    *shape
	required bool
	refusal  string
}

func required(name string, s *shape) field { return field{name: name, shape: s, required: true} }
func optional(name string, s *shape) field { return field{name: name, shape: s} }
func refused(name, why string) field       { return field{name: name, refusal: why} }
func fields(f ...field) *shape             { return &shape{want: isObject, fields: f} }
func listOf(item *shape, most int) *shape  { return &shape{want: isList, item: item, max: most} }
func oneOf(words ...string) *shape         { return &shape{want: isLiteral, words: words} }
func integer(least int) *shape             { return &shape{want: isWhole, min: least} }

// exactly asks for exactly one of the named fields.
func (s *shape) exactly(names ...string) *shape {
	s.one = names
	return s
}

// get finds a field; null counts as absent.
func get(n *source.Node, key string) *source.Node {
	v := n.Get(key)
	if v == nil || v.Kind == source.Null {
		return nil
	}
	return v
}

// pair finds the entry of a field; null counts as absent.
func pair(n *source.Node, key string) *source.Pair {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key && n.Pairs[i].Value.Kind != source.Null {
			return &n.Pairs[i]
		}
	}
	return nil
}

// checker holds values against shapes and reports everything that does not fit.
type checker struct {
	path     []step // from the document's root to the value at hand
	problems diag.List
}

// step is one step of a path: a key, or an index when key is empty.
type step struct {
	key   string
	index int
}

// where is the path to the value at hand, and from there to a key, e.g. spec.steps[0].label.
func (c *checker) where(key ...string) string {
	var b strings.Builder
	for _, s := range c.path {
		writeStep(&b, s)
	}
	for _, k := range key {
		writeStep(&b, step{key: k})
	}
	return b.String()
}

func writeStep(b *strings.Builder, s step) {
	switch {
	case s.key == "":
		b.WriteString("[" + strconv.Itoa(s.index) + "]")
		return
	case b.Len() > 0:
		b.WriteByte('.')
	}
	b.WriteString(s.key)
}

func (c *checker) report(d diag.Diagnostic, hint string) {
	d.Hint = hint
	c.problems = append(c.problems, d)
}

// value holds n against s. at is where a missing field is reported: the key that n belongs to.
func (c *checker) value(n *source.Node, at diag.Pos, s *shape) {
	if !fits(n.Kind, s.want) {
		c.report(n.Problem(diag.WrongType, "%s must be %s, not %s", c.where(), wanted[s.want], typeName(n)), typeHint(n, s.want))
		return
	}
	switch s.want {
	case isObject:
		c.object(n, at, s)
	case isList:
		c.list(n, s)
	case isFree:
		c.entries(n, at, s)
	case isEmpty:
		if len(n.Pairs) > 0 {
			c.report(n.KeyProblem(n.Pairs[0], diag.UnknownField, "%s must be {}, without fields", c.where()), "")
		}
	case isWhole:
		if v := n.Value.(int64); v < int64(s.min) {
			c.report(n.Problem(diag.BadValue, "%s must be at least %d, not %d", c.where(), s.min, v), "")
		}
	case isText, isLiteral, isExpression:
		c.text(n, s)
	}
}

func fits(k source.Kind, w want) bool {
	switch w {
	case isFlag:
		return k == source.Bool
	case isWhole:
		return k == source.Int
	case isList:
		return k == source.List
	case isObject, isFree, isEmpty:
		return k == source.Map
	default:
		return k == source.String
	}
}

func (c *checker) list(n *source.Node, s *shape) {
	if s.max > 0 && len(n.Items) > s.max {
		c.report(n.Items[s.max].Problem(diag.TooMany, "%s has %d items; at most %d are allowed", c.where(), len(n.Items), s.max), "")
	}
	if len(n.Items) < s.min {
		c.report(n.Problem(diag.EmptyField, "%s must not be empty", c.where()), "")
	}
	for i, item := range n.Items {
		c.path = append(c.path, step{index: i})
		c.value(item, item.Pos(), s.item)
		c.path = c.path[:len(c.path)-1]
	}
}

func (c *checker) entries(n *source.Node, at diag.Pos, s *shape) {
	if s.max > 0 && len(n.Pairs) > s.max {
		c.report(n.KeyProblem(n.Pairs[s.max], diag.TooMany, "%s has %d fields; at most %d are allowed", c.where(), len(n.Pairs), s.max), "")
	}
	if len(n.Pairs) < s.min {
		c.report(n.Document().Problem(at, diag.EmptyField, "%s must not be empty", c.where()), s.looks)
	}
}

func (c *checker) object(n *source.Node, at diag.Pos, s *shape) {
	for i := range n.Pairs {
		p := &n.Pairs[i]
		f := s.field(p.Key)
		switch {
		case f == nil && !s.open:
			c.report(n.KeyProblem(*p, diag.UnknownField, "%s is not a known field", c.where(p.Key)), unknownHint(p.Key, s))
		case f == nil:
		case f.refusal != "":
			c.report(n.KeyProblem(*p, diag.UnknownField, "%s is not allowed here", c.where(p.Key)), f.refusal)
		case p.Value.Kind != source.Null:
			c.path = append(c.path, step{key: p.Key})
			c.value(p.Value, p.KeyAt, f.shape)
			c.path = c.path[:len(c.path)-1]
		}
	}
	for i := range s.fields {
		if f := &s.fields[i]; f.required && get(n, f.name) == nil {
			c.report(n.Document().Problem(at, diag.MissingField, "%s is missing", c.where(f.name)), nullHint(n, f.name))
		}
	}
	c.choice(n, at, s)
}

// choice holds the fields that exclude or replace each other against the rules.
func (c *checker) choice(n *source.Node, at diag.Pos, s *shape) {
	var present []*source.Pair
	for i := range n.Pairs {
		if p := &n.Pairs[i]; p.Value.Kind != source.Null && slices.Contains(s.one, p.Key) {
			present = append(present, p)
		}
	}
	switch {
	case len(s.one) > 0 && len(present) == 0 && !s.refuses(n):
		c.report(n.Document().Problem(at, diag.MissingField, "%s needs one of %s", c.where(), words(s.one, "and")), nullHint(n, s.one...))
	case len(present) > 1:
		for _, p := range present[1:] {
			c.report(n.KeyProblem(*p, diag.ExactlyOne, "%s and %s exclude each other", c.where(p.Key), present[0].Key),
				"keep exactly one of "+words(s.one, "and"))
		}
	}
	if len(s.some) > 0 && !slices.ContainsFunc(s.some, func(name string) bool { return get(n, name) != nil }) {
		c.report(n.Document().Problem(at, diag.MissingField, "%s needs at least one of %s", c.where(), words(s.some, "and")), nullHint(n, s.some...))
	}
}

// refuses tells whether n has a field that may not stand there.
func (s *shape) refuses(n *source.Node) bool {
	return slices.ContainsFunc(s.fields, func(f field) bool { return f.refusal != "" && get(n, f.name) != nil })
}

func (c *checker) text(n *source.Node, s *shape) {
	v := n.Value.(string)
	formula := strings.HasPrefix(v, "=")
	switch {
	case s.want == isExpression && !formula:
		c.report(n.Problem(diag.NotExpression, "%s must be an expression", c.where()), "begin it with =, as in =inputs.enabled")
		return
	case s.want == isLiteral && formula:
		c.report(n.Problem(diag.NotLiteral, "%s must be literal text, not an expression", c.where()), "")
		return
	case formula:
		return
	}
	size := utf8.RuneCountInString(v)
	switch {
	case len(s.words) > 0 && !slices.Contains(s.words, v):
		hint := diag.DidYouMean(v, s.words)
		if hint == "" {
			hint = "allowed: " + strings.Join(s.words, ", ")
		}
		c.report(n.Problem(diag.BadValue, "%s cannot be %q", c.where(), v), hint)
	case size == 0 && s.min > 0:
		c.report(n.Problem(diag.EmptyField, "%s must not be empty", c.where()), "")
	case size < s.min:
		c.report(n.Problem(diag.BadValue, "%s is too short: it must have at least %d characters", c.where(), s.min), "")
	case s.max > 0 && size > s.max:
		c.report(n.Problem(diag.BadValue, "%s is too long: it has %d characters, and at most %d are allowed", c.where(), size, s.max), "")
	case s.accepts != nil && !s.accepts(v):
		c.report(n.Problem(diag.BadValue, "%s cannot be %q", c.where(), v), s.looks)
	}
}

func (s *shape) field(name string) *field {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

// names lists the fields that may be written.
func (s *shape) names() []string {
	out := make([]string, 0, len(s.fields))
	for i := range s.fields {
		if s.fields[i].refusal == "" {
			out = append(out, s.fields[i].name)
		}
	}
	return out
}
