// SPDX-License-Identifier: Apache-2.0

package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/korender/korender/render/manifest"
)

// How says what became of a field.
type How string

// What may become of a field.
const (
	FieldAdded     How = "added"
	FieldRemoved   How = "removed"
	FieldChanged   How = "changed"
	FieldReordered How = "reordered" // a list has the same items in another order
)

// Field is one field that differs. Path is spec.ports[name=http].port, [2] in a list without a key, or
// metadata.annotations["example.com/x"]. Before and After are JSON trees, nil where there is nothing; a leaf that is not
// known yet is {"$unknown": what it waits for}, and one that must not be shown {"$hidden": true}.
type Field struct {
	Path   string `json:"path"`
	How    How    `json:"how"`
	Before any    `json:"before"`
	After  any    `json:"after"`

	segments []string
}

// Fields lists what differs between two objects, by path.
func Fields(before, after map[string]any) []Field {
	return (&differ{}).compare(before, after)
}

// differ gathers fields of an object, whose lists may have keys that are said on either side.
type differ struct {
	id            manifest.ID
	before, after *Keys
	fields        []Field
}

func (d *differ) compare(before, after map[string]any) []Field {
	d.fields = []Field{}
	d.maps(nil, before, after)
	return d.fields
}

func (d *differ) add(at []string, how How, before, after any) {
	at = slices.Clone(at)
	d.fields = append(d.fields, Field{Path: pathOf(at), How: how, Before: plain(before), After: plain(after), segments: at})
}

func (d *differ) maps(at []string, before, after map[string]any) {
	keys := slices.Collect(maps.Keys(before))
	for k := range after {
		if _, both := before[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		a, inBefore := before[k]
		b, inAfter := after[k]
		here := append(slices.Clip(at), k)
		switch {
		case !inBefore:
			d.add(here, FieldAdded, nil, b)
		case !inAfter:
			d.add(here, FieldRemoved, a, nil)
		default:
			d.values(here, a, b)
		}
	}
}

func (d *differ) values(at []string, a, b any) {
	if same(a, b) {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			d.maps(at, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			d.lists(at, x, y)
			return
		}
	}
	d.add(at, FieldChanged, a, b)
}

// same tells whether two values are one: 1 and 1.0 are.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	default:
		return 0, false
	}
}

func canonicals(list []any) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = Canonical(item)
	}
	return out
}

// Canonical is the one text of a value.
func Canonical(v any) string {
	text, err := manifest.Canonical(withDigests(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// withDigests is a JSON tree in which hidden values differ when they do.
func withDigests(v any) any {
	return mapped(v, func(v any) any {
		switch v := v.(type) {
		case hole:
			return map[string]any{UnknownKey: v.waits}
		case opaque:
			return map[string]any{HiddenKey: v.digest}
		default:
			return v
		}
	})
}

// HiddenKey marks a leaf that must not be shown.
const HiddenKey = "$hidden"

// plain is a JSON tree that tells nothing of what is hidden.
func plain(v any) any {
	return mapped(v, func(v any) any {
		switch v := v.(type) {
		case hole:
			return map[string]any{UnknownKey: v.waits}
		case opaque:
			return map[string]any{HiddenKey: true}
		default:
			return v
		}
	})
}

// mapped is a tree with every leaf replaced.
func mapped(v any, leaf func(any) any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = mapped(inner, leaf)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = mapped(inner, leaf)
		}
		return out
	default:
		return leaf(v)
	}
}

var bareKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`) })

// pathOf writes a path.
func pathOf(segments []string) string {
	var out strings.Builder
	for i, s := range segments {
		switch {
		case strings.HasPrefix(s, "["):
			out.WriteString(s)
		case bareKey().MatchString(s):
			if i > 0 {
				out.WriteByte('.')
			}
			out.WriteString(s)
		default:
			text, _ := json.Marshal(s)
			out.WriteString("[" + string(text) + "]")
		}
	}
	return out.String()
}

var segment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\["((?:[^"\\]|\\.)*)"\]|(\[[^\]]*\])|([^.\[]+)`)
})

// segmentsOf reads a path back.
func segmentsOf(path string) []string {
	var out []string
	for _, m := range segment().FindAllStringSubmatch(path, -1) {
		switch {
		case m[1] != "":
			text := m[1]
			if read, err := strconv.Unquote(`"` + m[1] + `"`); err == nil {
				text = read
			}
			out = append(out, text)
		case m[2] != "":
			out = append(out, m[2])
		default:
			out = append(out, m[3])
		}
	}
	return out
}
