// SPDX-License-Identifier: Apache-2.0

package change

import (
	"slices"
	"strconv"
	"strings"
)

func (d *differ) lists(at []string, a, b []any) {
	if key := d.keyOf(at, a, b); key != nil {
		d.keyed(at, a, b, key)
		return
	}
	if len(a) == len(b) && sameItems(a, b) {
		d.add(at, FieldReordered, a, b)
		return
	}
	d.sequences(at, a, b)
}

// keys are the fields by which the items of a list are told apart where nobody says so: the first that all items have, each
// with a value of its own.
var keys = [][]string{
	{"name"}, {"containerPort", "protocol"}, {"containerPort"}, {"port", "protocol"}, {"port"}, {"mountPath"}, {"devicePath"},
	{"topologyKey"}, {"host"}, {"path"}, {"kind", "name"}, {"key"}, {"type"}, {"ip"}, {"id"},
}

func (d *differ) keyOf(at []string, a, b []any) []string {
	for _, key := range [][]string{d.after.at(d.id, at), d.before.at(d.id, at)} {
		if key != nil && fits(a, key) && fits(b, key) {
			return key
		}
	}
	for _, key := range keys {
		if complete(a, key) && complete(b, key) && fits(a, key) && fits(b, key) {
			return key
		}
	}
	return nil
}

// fits tells whether a key tells the items of a list apart.
func fits(list []any, key []string) bool {
	_, ok := byKey(list, key)
	return ok
}

// complete tells whether all items have all fields of a key.
func complete(list []any, key []string) bool {
	return !slices.ContainsFunc(list, func(item any) bool {
		return slices.ContainsFunc(key, func(field string) bool { return valueAt(item, field) == nil })
	})
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

// nameOf is the segment that names an item: [name=web]. Of several fields, some may have been left out, as they have
// defaults.
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
		case nil:
		default:
			return "", false
		}
	}
	return "[" + strings.Join(said, ",") + "]", len(said) > 0
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
		count[Canonical(item)]++
	}
	for _, item := range b {
		count[Canonical(item)]--
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
	pairs := Common(canonicals(a), canonicals(b))
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

// Common is a longest common subsequence of two lists, as pairs of indexes; of lists that are too long and differ in the
// middle, it is what they have in common at both ends.
func Common(x, y []string) [][2]int {
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
