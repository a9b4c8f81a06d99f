// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// decode reads JSON with numbers as they are written.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

// text is a value as JSON, as it also stands in expressions: every JSON value is one.
func text(v any) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%v", v)
	}
	return strings.TrimSpace(out.String())
}

// step is one key or index of a path.
type step struct {
	key   string
	index int
	list  bool
}

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (s step) String() string {
	switch {
	case s.list:
		return "[" + strconv.Itoa(s.index) + "]"
	case plainKey.MatchString(s.key) && !slices.Contains([]string{"in", "true", "false", "null"}, s.key):
		return "." + s.key
	}
	return "[" + text(s.key) + "]"
}

// place is a path and what lies there.
type place struct {
	path  []step
	value any
}

// expression reads the place from a variable.
func (p *place) expression() string {
	out := "resource"
	for _, s := range p.path {
		out += s.String()
	}
	return out
}

// places lists every place of a value, the value itself first, maps in key order.
func places(value any) []place {
	var out []place
	var walk func(path []step, v any)
	walk = func(path []step, v any) {
		path = slices.Clip(path)
		out = append(out, place{path, v})
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(append(path, step{key: key}), v[key])
			}
		case []any:
			for i := range v {
				walk(append(path, step{index: i, list: true}), v[i])
			}
		}
	}
	walk(nil, value)
	return out
}

// at is what lies at a path; false when nothing does.
func at(value any, path []step) (any, bool) {
	for _, s := range path {
		switch v := value.(type) {
		case map[string]any:
			found, ok := v[s.key]
			if !ok || s.list {
				return nil, false
			}
			value = found
		case []any:
			if !s.list || s.index >= len(v) {
				return nil, false
			}
			value = v[s.index]
		default:
			return nil, false
		}
	}
	return value, true
}

// same compares values, numbers by what they are worth.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && (a == b || number(a) == number(b))
	}
	return a == b
}

func number(n json.Number) float64 {
	f, err := n.Float64()
	if err != nil {
		return 0 // too large for a double: JSON's own text was compared before
	}
	return f
}
