// SPDX-License-Identifier: Apache-2.0

package program

import (
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

// guess is what can be said of a value without any values: which of its parts git may not know, and why. A nil guess is
// a value that is surely known to its last leaf. Guesses are shared and never changed once built.
type guess struct {
	self   *origin           // the value itself may be unknown; nil: surely it is not
	open   *origin           // it may have further entries, of which nobody knows; nil: it has not
	count  *origin           // nobody knows which entries it has, though those that are not in fields are known
	fields map[string]*guess // entries of a map, by key
	rest   *guess            // any item of a list, or entry of a map with computed keys
	text   string            // it surely is this text; "": nobody can say
}

// origin is why a value may be unknown: what was read, where, and why that may be unknown in turn.
type origin struct {
	reads string   // e.g. steps.vpc.ip
	at    diag.Pos // where it is read
	did   string   // who read it, for what: "ResourceFunction vpc returns"
	from  *origin  // why that may be unknown; nil: this is the field that a cluster fills in
	note  string   // without from: what is said of whatever reads it
}

// child is the entry of a map by key.
func (g *guess) child(key string) *guess {
	switch {
	case g == nil:
		return nil
	case g.self != nil:
		return &guess{self: g.self}
	}
	if g.rest == nil {
		return g.entry(key)
	}
	return join(g.entry(key), g.rest)
}

// any is the join of all entries: an item of a list, or an entry of a map by a computed key.
func (g *guess) any() *guess {
	if g == nil || g.self != nil {
		return g
	}
	out := g.rest
	for _, key := range slices.Sorted(maps.Keys(g.fields)) {
		out = join(out, g.fields[key])
	}
	return g.opened(out)
}

// item is an item of a list; a value that is a map has none.
func (g *guess) item() *guess {
	if g == nil || g.self != nil {
		return g
	}
	return g.opened(g.rest)
}

func (g *guess) opened(entry *guess) *guess {
	if g.open == nil {
		return entry
	}
	return join(entry, &guess{self: g.open})
}

// extent is why its size, keys or type may be unknown.
func (g *guess) extent() *origin {
	switch {
	case g == nil:
		return nil
	case g.self != nil:
		return g.self
	case g.open != nil:
		return g.open
	}
	return g.count
}

// whole is why the value as a whole may be unknown: the reason of its first part that may.
func (g *guess) whole() *origin {
	if o := g.extent(); o != nil || g == nil {
		return o
	}
	for _, key := range slices.Sorted(maps.Keys(g.fields)) {
		if o := g.fields[key].whole(); o != nil {
			return o
		}
	}
	return g.rest.whole()
}

// visit shows every part that may be unknown, with its path, in order.
func (g *guess) visit(path string, see func(path string, o *origin)) {
	if g == nil {
		return
	}
	if o := g.extent(); o != nil {
		see(path, o)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(g.fields)) {
		g.fields[key].visit(path+keyText(key), see)
	}
	g.rest.visit(path+"[]", see)
}

// join is a guess of a value that is either a or b.
func join(a, b *guess) *guess {
	switch {
	case a == b:
		return a
	case a == nil:
		return b.unsure()
	case b == nil:
		return a.unsure()
	case a.self != nil:
		return &guess{self: a.self}
	case b.self != nil:
		return &guess{self: b.self}
	}
	out := &guess{open: firstOf(a.open, b.open), count: firstOf(a.count, b.count), fields: joinFields(a, b)}
	if a.text == b.text {
		out.text = a.text
	}
	if a.rest != nil || b.rest != nil {
		out.rest = join(a.rest, b.rest)
	}
	return out.settled()
}

func joinFields(a, b *guess) map[string]*guess {
	if a.fields == nil && b.fields == nil {
		return nil
	}
	out := make(map[string]*guess, max(len(a.fields), len(b.fields)))
	for key := range a.fields {
		out[key] = join(a.entry(key), b.entry(key))
	}
	for key := range b.fields {
		if _, both := a.fields[key]; !both {
			out[key] = join(a.entry(key), b.entry(key))
		}
	}
	return out
}

// entry is the given entry of a map, or what can be said of one that is not given.
func (g *guess) entry(key string) *guess {
	field, found := g.fields[key]
	if !found && g.open != nil {
		return &guess{self: g.open}
	}
	return field
}

// settled is nil for a guess that says nothing.
func (g *guess) settled() *guess {
	if g.self == nil && g.open == nil && g.count == nil && g.rest == nil && g.text == "" && len(g.fields) == 0 {
		return nil
	}
	return g
}

// unsure forgets the texts inside g: it may not be there.
func (g *guess) unsure() *guess {
	if !g.texts() {
		return g
	}
	out := *g
	out.text = ""
	if g.fields != nil {
		out.fields = make(map[string]*guess, len(g.fields))
		for key, field := range g.fields {
			out.fields[key] = field.unsure()
		}
	}
	out.rest = g.rest.unsure()
	return out.settled()
}

// texts tells whether some part of g surely is a text.
func (g *guess) texts() bool {
	if g == nil || g.text != "" {
		return g != nil
	}
	for _, field := range g.fields {
		if field.texts() {
			return true
		}
	}
	return g.rest.texts()
}

// linked is g as what reads says of it: every part that may be unknown names the path by which it was read.
func (g *guess) linked(reads string, link func(reads string, from *origin) *origin) *guess {
	if g == nil {
		return nil
	}
	out := guess{text: g.text}
	if g.self != nil {
		out.self = link(reads, g.self)
		return &out
	}
	if g.open != nil {
		out.open = link(reads, g.open)
	}
	if g.count != nil {
		out.count = link(reads, g.count)
	}
	if g.fields != nil {
		out.fields = make(map[string]*guess, len(g.fields))
		for key, field := range g.fields {
			out.fields[key] = field.linked(reads+keyText(key), link)
		}
	}
	out.rest = g.rest.linked(reads+"[]", link)
	return &out
}

// keyText is how the selection of a key reads.
func keyText(key string) string {
	if isName(key) {
		return "." + key
	}
	return `["` + strings.ReplaceAll(key, `"`, `\"`) + `"]`
}

// with is a copy of the map g with one more entry.
func (g *guess) with(key string, value *guess) *guess {
	out := guess{}
	if g != nil {
		out = *g
	}
	out.fields = maps.Clone(out.fields)
	if out.fields == nil {
		out.fields = make(map[string]*guess, 1)
	}
	out.fields[key] = value
	return &out
}

func unknownBy(o *origin) *guess {
	if o == nil {
		return nil
	}
	return &guess{self: o}
}

func firstOf(list ...*origin) *origin {
	for _, o := range list {
		if o != nil {
			return o
		}
	}
	return nil
}

// isDirective tells whether a key is left out of what is written.
func isDirective(key string) bool { return key == asSet || key == asMap || key == lastApplied }

// withoutDirectives is what is left of a wanted object when it is written.
func (g *guess) withoutDirectives() *guess {
	if g.whole() == nil {
		return nil
	}
	out := *g
	out.fields = make(map[string]*guess, len(g.fields))
	for key, field := range g.fields {
		if !isDirective(key) {
			out.fields[key] = field.withoutDirectives()
		}
	}
	out.rest = g.rest.withoutDirectives()
	return &out
}
