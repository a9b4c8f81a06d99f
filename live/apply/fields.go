// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// This file reads metadata.managedFields: who owns which field. Keys are f:NAME of a field, k:{…} of the item of a list
// of maps, v:… of a scalar in a list, i:N of an item by its place, and "." for the value itself.

// managed lists the entries of an object's managed fields.
func managed(o map[string]any) []any {
	list, _ := metadataOf(o)["managedFields"].([]any)
	return list
}

// managerOf is who an entry belongs to; "" for one of a subresource, which is never ours.
func managerOf(entry any) string {
	m, _ := entry.(map[string]any)
	if sub, _ := m["subresource"].(string); sub != "" {
		return ""
	}
	name, _ := m["manager"].(string)
	return name
}

func fieldsOf(entry any) map[string]any {
	m, _ := entry.(map[string]any)
	fields, _ := m["fieldsV1"].(map[string]any)
	return fields
}

// managedBy finds the first entry of a manager; -1 when it has none.
func managedBy(o map[string]any, manager string) int {
	for i, entry := range managed(o) {
		if managerOf(entry) == manager {
			return i
		}
	}
	return -1
}

// owns tells whether a manager owns the field at a path through maps.
func owns(o map[string]any, manager string, path ...string) bool {
	for _, entry := range managed(o) {
		if managerOf(entry) == manager && holds(fieldsOf(entry), path) {
			return true
		}
	}
	return false
}

func holds(fields map[string]any, path []string) bool {
	for _, name := range path {
		next, ok := fields["f:"+name].(map[string]any)
		if !ok {
			return false
		}
		fields = next
	}
	return true
}

// without is the managed fields of an object without the entries that drop tells. A server takes an empty list for none
// at all, and leaves its own: one empty entry clears it.
func without(o map[string]any, drop func(entry any) bool) (rest []any, changed bool) {
	for _, entry := range managed(o) {
		if drop(entry) {
			changed = true
			continue
		}
		rest = append(rest, entry)
	}
	if changed && len(rest) == 0 {
		rest = []any{map[string]any{}}
	}
	return rest, changed
}

// within is the part of owned fields that a value has, and whether that is less than all.
func within(fields map[string]any, value any) (kept map[string]any, less bool) {
	kept = make(map[string]any, len(fields))
	for key, sub := range fields {
		if key == "." {
			kept[key] = sub
			continue
		}
		child, found := at(value, key)
		if !found {
			less = true
			continue
		}
		below, _ := sub.(map[string]any)
		if len(below) == 0 {
			kept[key] = sub
			continue
		}
		part, partly := within(below, child)
		kept[key], less = part, less || partly
	}
	return kept, less
}

// at is the value that a key of managed fields speaks of.
func at(value any, key string) (any, bool) {
	kind, rest, _ := strings.Cut(key, ":")
	if kind == "f" {
		m, _ := value.(map[string]any)
		child, found := m[rest]
		return child, found
	}
	list, _ := value.([]any)
	switch kind {
	case "i":
		if n, err := strconv.Atoi(rest); err == nil && n >= 0 && n < len(list) {
			return list[n], true
		}
	case "k", "v":
		var want any
		if json.Unmarshal([]byte(rest), &want) != nil {
			return nil, true // what cannot be read is left alone
		}
		for _, item := range list {
			if sameItem(item, want) {
				return item, true
			}
		}
	}
	return nil, false
}

// sameItem tells whether an item of a list is the one that a key or a value names. A server fills in fields of a key, so
// those that the item lacks do not count.
func sameItem(item, want any) bool {
	keys, keyed := want.(map[string]any)
	m, isMap := item.(map[string]any)
	if !keyed || !isMap {
		return !keyed && !isMap && plainly(item) == plainly(want)
	}
	some := false
	for name, v := range keys {
		own, found := m[name]
		if found && plainly(own) != plainly(v) {
			return false
		}
		some = some || found
	}
	return some
}

// plainly is a scalar in the form in which equal ones are equal.
func plainly(v any) any {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case string, bool, float64, nil:
		return n
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return string(text)
}

// leftovers are the fields of an object that nobody but those whose entries former tells has set, and that a target does not
// have, as a merge patch takes them away. Metadata is not looked at, and neither are items of lists.
func leftovers(o, target map[string]any, former func(entry any) bool) map[string]any {
	out := map[string]any{}
	for _, entry := range managed(o) {
		if !former(entry) || managerOf(entry) == "" {
			continue
		}
		for key, fields := range fieldsOf(entry) {
			name, is := strings.CutPrefix(key, "f:")
			if !is || name == "metadata" || name == "status" {
				continue
			}
			below, _ := fields.(map[string]any)
			spare(out, o, target, below, name, []string{name}, func(path []string) bool { return heldByOthers(o, path, former) })
		}
	}
	return out
}

// spare puts a null for a field into out, or for fields below it, when the object has it and the target does not.
func spare(out, o, target, fields map[string]any, name string, path []string, held func(path []string) bool) {
	have, found := o[name]
	wanted, kept := target[name]
	if !found || held(path) && !kept {
		return
	}
	if !kept {
		out[name] = nil
		return
	}
	inner, _ := have.(map[string]any)
	targets, _ := wanted.(map[string]any)
	if inner == nil || targets == nil {
		return
	}
	part := map[string]any{}
	for key, sub := range fields {
		if next, is := strings.CutPrefix(key, "f:"); is {
			below, _ := sub.(map[string]any)
			spare(part, inner, targets, below, next, append(slices.Clone(path), next), held)
		}
	}
	if len(part) > 0 {
		out[name] = part
	}
}

// heldByOthers tells whether somebody besides the former managers has set a field, or something below it.
func heldByOthers(o map[string]any, path []string, former func(entry any) bool) bool {
	return slices.ContainsFunc(managed(o), func(entry any) bool { return !former(entry) && holds(fieldsOf(entry), path) })
}
