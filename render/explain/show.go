// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/korender/korender/render/expr"
)

// teller turns facts into the tree of an answer, each fact's reads once.
type teller struct {
	limits Limits
	told   map[*fact]bool
	modest bool // maps and lists stay hidden too, because the question is about a Secret
}

func newTeller(l Limits, modest bool) *teller {
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Reads <= 0 {
		l.Reads = defaultReads
	}
	return &teller{limits: l, told: map[*fact]bool{}, modest: modest}
}

// tree is a fact with all that it reads.
func (t *teller) tree(f *fact) *Node { return t.node(f, 0, false) }

// line is a fact alone.
func (t *teller) line(f *fact) *Node {
	alone := *f
	alone.reads = nil
	return t.node(&alone, 0, false)
}

func (t *teller) node(f *fact, depth int, hide bool) *Node {
	below := hide || f.deep
	hide = below || f.secret
	n := &Node{Read: f.read, From: f.from, Code: f.code, At: f.at.String(), Instead: f.instead}
	switch {
	case f.state == waiting:
		n.Waits = f.waits
	case hide, t.modest && f.state == known && isCompound(f.value):
		n.Secret = true
	case f.state == known:
		v := reportable(f.value)
		n.Value = &v
	case f.state == absent:
		n.Absent = true
	}
	if hide {
		n.Instead = ""
		if mayTell(f.code) {
			n.Code = ""
		}
	}
	switch {
	case len(f.reads) == 0:
	case t.told[f]:
		n.Again = true
	case depth >= t.limits.Depth:
		n.More = len(f.reads)
	default:
		t.told[f] = true
		next := depth + 1
		if f.wide {
			next = depth + t.limits.Depth/2 // or the whole program would be told
		}
		for i, r := range f.reads {
			if i == t.limits.Reads {
				n.More = len(f.reads) - i
				break
			}
			n.Reads = append(n.Reads, t.node(r, next, below))
		}
	}
	return n
}

// mayTell tells whether an expression may have a hidden value written into it: as text, or as a number.
func mayTell(code string) bool { return strings.ContainsAny(code, `'"0123456789`) }

func isCompound(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// reportable puts what is waited for in the place of unknown leaves.
func reportable(v any) any {
	return expr.WithHoles(v, func(waits []expr.Wait) any { return waits })
}

func same(a, b any) bool { return reflect.DeepEqual(reportable(a), reportable(b)) }

// maxValue is how many characters of a value are shown on a line.
const maxValue = 72

// shown is the value of a fact as one line.
func shown(f *fact, hide bool) string {
	return (&teller{told: map[*fact]bool{}}).node(&fact{value: f.value, state: f.state, waits: f.waits, secret: f.secret || hide}, 0, hide).text()
}

// text is the value of a node as one line.
func (n *Node) text() string {
	switch {
	case n.Secret:
		return "(secret)"
	case len(n.Waits) > 0:
		return "(not known yet)"
	case n.Absent:
		return "(absent)"
	case n.Value != nil:
		return cut(jsonText(holes(*n.Value)), maxValue)
	}
	return ""
}

// holes shortens what stands for unknown leaves.
func holes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, unknown := v["$unknown"]; unknown && len(v) == 1 {
			return "(not known yet)"
		}
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = holes(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = holes(value)
		}
		return out
	}
	return v
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "(a value that JSON cannot hold)"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// oneLine is the text of an expression on one line.
func oneLine(code string) string { return cut(strings.Join(strings.Fields(code), " "), 2*maxValue) }

func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
