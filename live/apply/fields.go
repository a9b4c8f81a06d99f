// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"maps"
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

// inherited are the managed fields of an object in which ours hold, too, what those entries hold that former tells: the next
// apply then takes away what it does not name. Of the annotations, the words to GitOps tools are left to nobody, since they
// keep a tool that is late from deleting the object. changed is false when former tells of none.
func inherited(o map[string]any, former func(entry any) bool) (entries []any, changed bool) {
	ours := map[string]any{"manager": Manager, "operation": "Apply", "fieldsType": "FieldsV1"}
	fields := map[string]any{}
	for _, entry := range managed(o) {
		m, _ := entry.(map[string]any)
		switch {
		case former(entry):
			changed = true
			fields = union(fields, heritage(fieldsOf(entry)))
			ours["apiVersion"] = m["apiVersion"]
		case managerOf(entry) == Manager && m["operation"] == "Apply":
			fields = union(fields, fieldsOf(entry))
		default:
			entries = append(entries, entry)
		}
	}
	ours["fieldsV1"] = fields
	return append(entries, ours), changed
}

// heritage is what we take over of somebody's fields.
func heritage(fields map[string]any) map[string]any {
	out := union(fields, nil)
	delete(out, "f:status")
	delete(out, "f:metadata")
	metadata, _ := fields["f:metadata"].(map[string]any)
	kept := map[string]any{}
	if labels, found := metadata["f:labels"]; found {
		kept["f:labels"] = labels
	}
	if annotations, ok := metadata["f:annotations"].(map[string]any); ok {
		kept["f:annotations"] = withoutKeys(annotations, isWord)
	}
	if len(kept) > 0 {
		out["f:metadata"] = kept
	}
	return out
}

// isWord tells whether a key of managed fields is that of an annotation by which users and korender steer a GitOps tool.
func isWord(key string) bool {
	name := strings.TrimPrefix(key, "f:")
	return name != argoTracking && (strings.HasPrefix(name, "argocd.argoproj.io/") || strings.HasPrefix(name, "kustomize.toolkit.fluxcd.io/"))
}

func withoutKeys(m map[string]any, drop func(key string) bool) map[string]any {
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(key string, _ any) bool { return drop(key) })
	return out
}

// union is the fields of both.
func union(a, b map[string]any) map[string]any {
	out := make(map[string]any, len(a)+len(b))
	maps.Copy(out, a)
	for key, sub := range b {
		x, _ := out[key].(map[string]any)
		y, _ := sub.(map[string]any)
		out[key] = union(x, y)
	}
	return out
}
