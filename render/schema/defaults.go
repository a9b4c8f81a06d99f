// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"maps"
	"slices"
)

// WithDefaults is an object as a server takes it: where a field that has a default is absent, the default stands; a null
// that a field may not be is replaced by the default, and left out where there is none. Only what is there is filled: a
// default below an absent field counts only if that field has one, too. The given object is not changed, and is
// returned as it is when there is nothing to fill. What is returned shares values with it and with the definition.
func (t *Type) WithDefaults(object map[string]any) map[string]any {
	if t == nil {
		return object
	}
	out, _ := t.fillMap(object)
	return out
}

// fill is v with its defaults, and whether that is another value than v.
func (t *Type) fill(v any) (any, bool) {
	if t == nil {
		return v, false
	}
	switch v := v.(type) {
	case map[string]any:
		return t.fillMap(v)
	case []any:
		return t.fillList(v)
	}
	return v, false
}

// standard is the default with what it lacks itself.
func (t *Type) standard() any {
	v, _ := t.fill(t.preset)
	return v
}

func (t *Type) fillMap(m map[string]any) (map[string]any, bool) {
	changed := map[string]any{}
	var dropped []string
	for _, f := range t.fields {
		if _, found := m[f.name]; !found && f.of.preset != nil {
			changed[f.name] = f.of.standard()
		}
	}
	for key, v := range m {
		of := t.Field(key)
		switch {
		case of.rejects(v) && of.preset == nil:
			dropped = append(dropped, key)
		case of.rejects(v):
			changed[key] = of.standard()
		default:
			if filled, other := of.fill(v); other {
				changed[key] = filled
			}
		}
	}
	if len(changed)+len(dropped) == 0 {
		return m, false
	}
	out := make(map[string]any, len(m)+len(changed))
	maps.Copy(out, m)
	maps.Copy(out, changed)
	for _, key := range dropped {
		delete(out, key)
	}
	return out, true
}

func (t *Type) fillList(list []any) ([]any, bool) {
	out := list
	for i, v := range list {
		filled, other := t.items.fill(v)
		if t.items.rejects(v) && t.items.preset != nil {
			filled, other = t.items.standard(), true
		}
		if !other {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = filled
	}
	return out, len(list) > 0 && &out[0] != &list[0]
}

// rejects tells whether v is a null in a place that may not be null.
func (t *Type) rejects(v any) bool { return t != nil && v == nil && !t.nullable }
