// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strings"

	"github.com/korender/korender/render/expr"
)

// Notes that say why a value is unknown that nothing in the program makes.
const (
	noteTrigger = ", which only the cluster knows"
	noteObject  = ", which a server may fill in or change"
	noteRead    = ", of an object that is only read"
	noteMany    = ", in a program with too many steps to tell"
)

// serverFields are the fields of metadata that a server fills in.
func serverFields(o *origin) map[string]*guess {
	unknown := &guess{self: o}
	names := expr.ServerMetadata()
	out := make(map[string]*guess, len(names))
	for _, name := range names {
		out[name] = unknown
	}
	return out
}

// cause is the reason that o gives, for a part of a step that reads it.
func (o *origin) cause(kind, subject string) Cause {
	return Cause{Kind: kind, Text: subject + " reads " + o.reads + " (" + o.at.String() + ")" + o.tail(), Reads: o.reads, At: o.at}
}

// tail says where what was read comes from, back to what only a cluster knows.
func (o *origin) tail() string {
	var b strings.Builder
	for ; o.from != nil; o = o.from {
		if o.from.reads == "" {
			if o.from.note != noteObject || !runtimeField(o.reads) {
				b.WriteString(o.from.note)
			}
			return b.String()
		}
		b.WriteString(", which " + o.from.did + " from " + o.from.reads + " (" + o.from.at.String() + ")")
	}
	b.WriteString(o.note)
	return b.String()
}

// runtimeField tells whether a path of resource says by itself that servers and controllers write there.
func runtimeField(reads string) bool {
	rest, _ := strings.CutPrefix(reads, "resource.")
	if rest == "status" || strings.HasPrefix(rest, "status.") || strings.HasPrefix(rest, "status[") {
		return true
	}
	rest, inMetadata := strings.CutPrefix(rest, "metadata.")
	if !inMetadata {
		return false
	}
	for _, name := range expr.ServerMetadata() {
		if rest == name || strings.HasPrefix(rest, name+".") || strings.HasPrefix(rest, name+"[") {
			return true
		}
	}
	return false
}

// causesOf lists why the parts of a value may be unknown, one reason for each place that reads.
func causesOf(kind, subject string, g *guess) []Cause {
	var out []Cause
	g.visit("", func(_ string, o *origin) {
		for i := range out {
			if out[i].At == o.at {
				return
			}
		}
		out = append(out, o.cause(kind, subject))
	})
	return out
}

// cause lists why the value of a Body may be unknown.
func (r *reader) cause(kind, subject string, b *Body) []Cause {
	if b == nil {
		return nil
	}
	return causesOf(kind, subject, r.body(b))
}

// conditions lists why asserts may be unknown.
func (r *reader) conditions(kind, subject string, list []*Condition) []Cause {
	var out []Cause
	for _, c := range list {
		out = append(out, r.cause(kind, subject, c.Assert)...)
	}
	return out
}
