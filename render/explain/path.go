// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// path leads to a value inside another: string for a key, int for an item.
type path []any

func keys(names []string) path {
	p := make(path, len(names))
	for i, name := range names {
		p[i] = name
	}
	return p
}

// then is p with more at its end; p stays as it is.
func (p path) then(more ...any) path { return append(slices.Clip(p), more...) }

// String is the path as an expression would have it: spec.ports[0]["a b"].
func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		switch s := s.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			switch {
			case !plainName(s):
				b.WriteString("[" + strconv.Quote(s) + "]")
			case b.Len() > 0:
				b.WriteString("." + s)
			default:
				b.WriteString(s)
			}
		}
	}
	return b.String()
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// isUnder tells whether p begins with these keys.
func (p path) isUnder(names ...string) bool {
	if len(p) < len(names) {
		return false
	}
	for i, name := range names {
		if p[i] != any(name) {
			return false
		}
	}
	return true
}

// at follows p through plain values. An unknown on the way stands for what is below it.
func at(v any, p path) (any, bool) {
	for _, s := range p {
		switch w := v.(type) {
		case map[string]any:
			key, _ := s.(string)
			next, found := w[key]
			if !found {
				return nil, false
			}
			v = next
		case []any:
			i, ok := s.(int)
			if !ok || i < 0 || i >= len(w) {
				return nil, false
			}
			v = w[i]
		case *expr.Unknown:
			return w, true
		default:
			return nil, false
		}
	}
	return v, true
}

// fieldError says how far a field's text leads.
type fieldError struct {
	at   path
	word string   // what is not there
	has  []string // what is
}

// parse reads the text of a field with the help of the value that it leads into, so that keys with dots need no quotes.
func parse(text string, v any) (path, *fieldError) {
	var p path
	rest := strings.TrimPrefix(strings.TrimSpace(text), ".")
	for rest != "" {
		switch w := v.(type) {
		case map[string]any:
			key, after, ok := cutKey(rest, w)
			if !ok {
				return nil, &fieldError{p, key, sortedKeys(w)}
			}
			p, v, rest = p.then(key), w[key], after
		case []any:
			i, after, ok := cutIndex(rest)
			if !ok || i >= len(w) {
				return nil, &fieldError{at: p, word: rest, has: indexes(w)}
			}
			p, v, rest = p.then(i), w[i], after
		case *expr.Unknown:
			return p, nil // whatever lies below is not known either
		default:
			return nil, &fieldError{at: p, word: rest}
		}
		rest = strings.TrimPrefix(rest, ".")
	}
	return p, nil
}

// cutKey takes a key from the beginning of a text: a quoted one in brackets, else the longest that the map has.
func cutKey(text string, m map[string]any) (key, rest string, ok bool) {
	if inner, bracket := strings.CutPrefix(text, "["); bracket {
		quoted, err := strconv.QuotedPrefix(strings.ReplaceAll(inner, "'", `"`))
		if err == nil {
			key, _ = strconv.Unquote(quoted)
			rest, ok = strings.CutPrefix(inner[len(quoted):], "]")
			_, found := m[key]
			return key, rest, ok && found
		}
	}
	for k := range m {
		after, begins := strings.CutPrefix(text, k)
		if begins && len(k) > len(key) && (after == "" || after[0] == '.' || after[0] == '[') {
			key, rest, ok = k, after, true
		}
	}
	if !ok {
		key = text
		if end := strings.IndexAny(text, ".["); end > 0 {
			key = text[:end]
		}
	}
	return key, rest, ok
}

func cutIndex(text string) (int, string, bool) {
	inner, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]")
	if !strings.HasPrefix(text, "[") {
		if inner, rest, ok = strings.Cut(text, "."); !ok {
			inner, ok = text, true
		}
	}
	i, err := strconv.Atoi(inner)
	return i, rest, ok && err == nil && i >= 0
}

func indexes(l []any) []string {
	out := make([]string, 0, min(len(l), 3))
	for i := range min(len(l), 3) {
		out = append(out, "["+strconv.Itoa(i)+"]")
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// follow walks a path through the text of a definition. It ends at the value that the path names, or earlier at a value
// that is written as one piece (an expression, a scalar, {}), with what is left of the path; nil when there is nothing.
func follow(n *source.Node, p path) (*source.Node, path) {
	for i, s := range p {
		switch {
		case n == nil:
			return nil, nil
		case n.Kind == source.Map && len(n.Pairs) > 0:
			key, _ := s.(string)
			n = n.Get(key)
		case n.Kind == source.List && len(n.Items) > 0:
			at, ok := s.(int)
			if !ok || at >= len(n.Items) {
				return nil, nil
			}
			n = n.Items[at]
		default:
			return n, p[i:]
		}
	}
	return n, nil
}

// deepest is the last node on the way that a path leads.
func deepest(n *source.Node, p path) *source.Node {
	for i := len(p); i >= 0; i-- {
		if found, _ := follow(n, p[:i]); found != nil {
			return found
		}
	}
	return n
}
