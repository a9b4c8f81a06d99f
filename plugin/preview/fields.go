// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

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

// fieldsOf lists what differs between two objects, by path.
func fieldsOf(before, after map[string]any) []Field {
	d := &differ{fields: []Field{}}
	d.maps(nil, before, after)
	return d.fields
}

// differ gathers fields.
type differ struct{ fields []Field }

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

func (d *differ) lists(at []string, a, b []any) {
	if key := keyOf(a, b); key != nil {
		d.keyed(at, a, b, key)
		return
	}
	if len(a) == len(b) && sameItems(a, b) {
		d.add(at, FieldReordered, a, b)
		return
	}
	d.sequences(at, a, b)
}

// keys are the fields by which the items of a list are told apart: the first that all items have, each with a value of
// its own.
var keys = [][]string{
	{"name"}, {"containerPort", "protocol"}, {"containerPort"}, {"port", "protocol"}, {"port"}, {"mountPath"}, {"devicePath"},
	{"topologyKey"}, {"host"}, {"path"}, {"kind", "name"}, {"key"}, {"type"}, {"ip"}, {"id"},
}

func keyOf(a, b []any) []string {
	for _, key := range keys {
		if _, ok := byKey(a, key); !ok {
			continue
		}
		if _, ok := byKey(b, key); ok {
			return key
		}
	}
	return nil
}

// byKey indexes items by their key; it is not ok when an item has none, or that of another.
func byKey(list []any, key []string) (map[string]any, bool) {
	out := make(map[string]any, len(list))
	for _, item := range list {
		name, ok := nameOf(item, key)
		if !ok || out[name] != nil {
			return nil, false
		}
		out[name] = item
	}
	return out, true
}

// nameOf is the segment that names an item: [name=web].
func nameOf(item any, key []string) (string, bool) {
	m, ok := item.(map[string]any)
	if !ok {
		return "", false
	}
	var said []string
	for _, k := range key {
		switch v := m[k].(type) {
		case string:
			said = append(said, k+"="+v)
		case int64:
			said = append(said, k+"="+strconv.FormatInt(v, 10))
		default:
			return "", false
		}
	}
	return "[" + strings.Join(said, ",") + "]", true
}

// keyed compares lists whose items have keys. Items that are on both sides in another order are told as such.
func (d *differ) keyed(at []string, a, b []any, key []string) {
	before, _ := byKey(a, key)
	after, _ := byKey(b, key)
	var kept, now []string
	for _, item := range a {
		name, _ := nameOf(item, key)
		here := append(slices.Clip(at), name)
		if other, ok := after[name]; ok {
			kept = append(kept, name)
			d.values(here, item, other)
		} else {
			d.add(here, FieldRemoved, item, nil)
		}
	}
	for _, item := range b {
		name, _ := nameOf(item, key)
		if before[name] != nil {
			now = append(now, name)
		} else {
			d.add(append(slices.Clip(at), name), FieldAdded, nil, item)
		}
	}
	if !slices.Equal(kept, now) {
		d.add(at, FieldReordered, anys(kept), anys(now))
	}
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// sameItems tells whether two lists hold the same items, as often.
func sameItems(a, b []any) bool {
	count := map[string]int{}
	for _, item := range a {
		count[canonical(item)]++
	}
	for _, item := range b {
		count[canonical(item)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// maxSequence bounds the work of lists without keys: where longer ones differ, they are compared item by item.
const maxSequence = 2000

// sequences compares lists without keys: what both have in the same order stays, the rest is changed in pairs, added or
// removed. Indexes of removed items count in the base, all others in the head.
func (d *differ) sequences(at []string, a, b []any) {
	pairs := common(a, b)
	i, j := 0, 0
	for _, p := range append(pairs, [2]int{len(a), len(b)}) {
		for i < p[0] && j < p[1] {
			d.values(append(slices.Clip(at), index(j)), a[i], b[j])
			i, j = i+1, j+1
		}
		for ; i < p[0]; i++ {
			d.add(append(slices.Clip(at), index(i)), FieldRemoved, a[i], nil)
		}
		for ; j < p[1]; j++ {
			d.add(append(slices.Clip(at), index(j)), FieldAdded, nil, b[j])
		}
		i, j = p[0]+1, p[1]+1
	}
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

// common is a longest common subsequence, as pairs of indexes.
func common(a, b []any) [][2]int {
	x, y := canonicals(a), canonicals(b)
	var out [][2]int
	first := 0
	for first < len(x) && first < len(y) && x[first] == y[first] {
		out = append(out, [2]int{first, first})
		first++
	}
	last := 0 // counted from the ends
	for last < len(x)-first && last < len(y)-first && x[len(x)-1-last] == y[len(y)-1-last] {
		last++
	}
	for _, p := range subsequence(x[first:len(x)-last], y[first:len(y)-last]) {
		out = append(out, [2]int{first + p[0], first + p[1]})
	}
	for ; last > 0; last-- {
		out = append(out, [2]int{len(x) - last, len(y) - last})
	}
	return out
}

// subsequence finds what two lists have in common, unless they are too long.
func subsequence(x, y []string) [][2]int {
	if len(x) > maxSequence || len(y) > maxSequence {
		return nil
	}
	rows := make([][]int32, len(x)+1)
	for i := range rows {
		rows[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				rows[i][j] = rows[i+1][j+1] + 1
			} else {
				rows[i][j] = max(rows[i+1][j], rows[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case rows[i+1][j] >= rows[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

func canonicals(list []any) []string {
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = canonical(item)
	}
	return out
}

// canonical is the one text of a value.
func canonical(v any) string {
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
			return map[string]any{unknownKey: v.waits}
		case opaque:
			return map[string]any{hiddenKey: v.digest}
		default:
			return v
		}
	})
}

// hiddenKey marks a leaf that must not be shown.
const hiddenKey = "$hidden"

// plain is a JSON tree that tells nothing of what is hidden.
func plain(v any) any {
	return mapped(v, func(v any) any {
		switch v := v.(type) {
		case hole:
			return map[string]any{unknownKey: v.waits}
		case opaque:
			return map[string]any{hiddenKey: true}
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

var bareKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// pathOf writes a path.
func pathOf(segments []string) string {
	var out strings.Builder
	for i, s := range segments {
		switch {
		case strings.HasPrefix(s, "["):
			out.WriteString(s)
		case bareKey.MatchString(s):
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

var segment = regexp.MustCompile(`\["((?:[^"\\]|\\.)*)"\]|(\[[^\]]*\])|([^.\[]+)`)

// segmentsOf reads a path back.
func segmentsOf(path string) []string {
	var out []string
	for _, m := range segment.FindAllStringSubmatch(path, -1) {
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
