// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"slices"

	"github.com/korender/korender/render/schema"
)

// openList is a list of maps or lists that lies inside an Object: a server may append to it.
type openList struct {
	items []any
	of    *Object // whose Path is that of the list
}

func (l *openList) wait() Wait { return l.of.wait("") }

// wrapList leaves a list of plain scalars alone, puts unknowns in the place of those that may change, and keeps a list
// that holds maps or lists open.
func (o *Object) wrapList(v []any, path string, of *schema.Type) any {
	changed := false
	for _, e := range v {
		switch e.(type) {
		case map[string]any, []any:
			return &openList{items: v, of: o.at(nil, path, of)}
		}
		changed = changed || o.Mode == Declared && itemMayChange(e, of)
	}
	if o.Mode != Declared {
		return &openList{items: v, of: o.at(nil, path, of)}
	}
	if !changed {
		return v
	}
	out := slices.Clone(v)
	for i, e := range v {
		if itemMayChange(e, of) {
			out[i] = NewUnknown(Wait{Step: o.Step, Object: o.ID, Path: path + indexStep(i)})
		}
	}
	return out
}

// itemMayChange is mayChange of an item of a list.
func itemMayChange(v any, list *schema.Type) bool { return empty(v) || list.Item().Rewritten() }

// item is the i-th item of the list; false when the list is not (yet) that long.
func (l *openList) item(i int) (any, bool) {
	if i < 0 || i >= len(l.items) {
		return nil, false
	}
	path := l.of.Path + indexStep(i)
	if l.of.Mode == Declared && itemMayChange(l.items[i], l.of.Type) {
		return NewUnknown(Wait{Step: l.of.Step, Object: l.of.ID, Path: path}), true
	}
	return l.of.wrap(l.items[i], path, l.of.Type.Item()), true
}

// has tells whether the list surely has an i-th item.
func (l *openList) has(i int) bool {
	item, found := l.item(i)
	_, unknown := item.(*Unknown)
	return found && !unknown
}
