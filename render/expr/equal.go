// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bytes"
	"strings"
	"time"
)

// equalOp is == on values that may hold unknowns: a bool, or an unknown when no known difference decides.
func equalOp(f *frame, at *place, a, b any) (any, error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return x == y, nil
		}
	case int64:
		if y, ok := b.(int64); ok {
			return x == y, nil
		}
	}
	c := comparison{collector{f: f, at: at}}
	differ := c.differ(a, b)
	switch {
	case c.err != nil:
		return nil, c.err
	case differ:
		return false, nil
	case len(c.waits) > 0:
		return derived(c.waits), nil
	}
	return true, nil
}

// comparison finds known differences, and gathers what keeps two values from being known to be equal. Once its err is
// set its answers mean nothing.
type comparison struct{ collector }

func notEqualOp(f *frame, at *place, a, b any) (any, error) {
	v, err := equalOp(f, at, a, b)
	if eq, ok := v.(bool); ok {
		return !eq, err
	}
	return v, err
}

// differ tells whether two values are known to differ.
func (d *comparison) differ(a, b any) bool {
	_, xok := a.(*Unknown)
	_, yok := b.(*Unknown)
	if xok || yok {
		d.add(a)
		d.add(b)
		return false
	}
	switch x := a.(type) {
	case []any, *openList:
		return d.listsDiffer(a, b)
	case map[string]any, *Object:
		return d.mapsDiffer(a, b)
	case nil:
		return b != nil
	case []byte:
		y, ok := b.([]byte)
		return !ok || !bytes.Equal(x, y)
	case time.Time:
		y, ok := b.(time.Time)
		return !ok || !x.Equal(y)
	case string, bool, time.Duration, typeValue:
		switch b.(type) {
		case string, bool, time.Duration, typeValue:
			return a != b
		}
		return true
	}
	c, ok := compareNumbers(a, b)
	return !ok || c != 0
}

// listsDiffer compares item by item; a list that may still grow is known to differ only by what it has.
func (d *comparison) listsDiffer(a, b any) bool {
	x, xOpen, ok1 := listView(a)
	y, yOpen, ok2 := listView(b)
	switch {
	case !ok1 || !ok2:
		return true
	case xOpen == nil && yOpen == nil && len(x) != len(y),
		xOpen == nil && len(x) < len(y),
		yOpen == nil && len(y) < len(x):
		return true
	}
	if !d.visit(min(len(x), len(y))) {
		return true
	}
	for i := range min(len(x), len(y)) {
		if d.differ(x[i], y[i]) {
			return true
		}
	}
	for _, open := range []*openList{xOpen, yOpen} {
		if open != nil {
			d.waits = append(d.waits, open.wait())
		}
	}
	return false
}

// listView is the items of a list, and the list itself when it may still grow.
func listView(v any) ([]any, *openList, bool) {
	switch v := v.(type) {
	case []any:
		return v, nil, true
	case *openList:
		if v.of.Mode == Declared {
			return v.all(), v, true
		}
		return v.all(), nil, true
	}
	return nil, nil, false
}

// mapsDiffer compares key by key; an open map is known to differ only by what it has for good.
func (d *comparison) mapsDiffer(a, b any) bool {
	x, ok1 := mapView(a)
	y, ok2 := mapView(b)
	if !ok1 || !ok2 {
		return true
	}
	if x.open == nil && y.open == nil && len(x.keys) != len(y.keys) {
		return true
	}
	if !d.visit(len(x.keys) + len(y.keys)) {
		return true
	}
	for side, m := range []mapOf{x, y} {
		other := []mapOf{y, x}[side]
		for k := range m.keys {
			v, p := m.get(k)
			if p != present {
				continue
			}
			w, q := other.get(k)
			switch {
			case q == absent || q == waiting:
				if u := m.mayVanish(k, v); u == nil {
					return true
				}
			case q == present && side == 0 && d.differ(v, w):
				return true
			}
		}
	}
	for _, m := range []mapOf{x, y} {
		if m.open != nil {
			d.waits = append(d.waits, m.open.wait(""))
		}
	}
	return false
}

// mapOf is a map or an Object seen as one.
type mapOf struct {
	keys map[string]any
	open *Object // not nil when it may have more keys than are known
	obj  *Object
}

func mapView(v any) (mapOf, bool) {
	switch v := v.(type) {
	case map[string]any:
		return mapOf{keys: v}, true
	case *Object:
		m := mapOf{keys: v.Value, obj: v}
		if v.Mode != Observed {
			m.open = v
		}
		return m, true
	}
	return mapOf{}, false
}

// mayVanish tells of an entry whose value is unknown whether it may turn out not to be there; nil when it is there.
func (m mapOf) mayVanish(k string, v any) *Unknown {
	if m.obj == nil {
		return nil
	}
	return m.obj.mayVanish(k, v)
}

func (m mapOf) get(k string) (any, presence) {
	if m.obj != nil {
		return m.obj.field(k)
	}
	v, found := m.keys[k]
	if !found {
		return nil, absent
	}
	return v, present
}

// inOp is `x in c`: an item of a list, a key of a map, a part of a string.
func inOp(f *frame, at *place, x, c any) (any, error) {
	switch c := c.(type) {
	case []any, *openList:
		return inList(f, at, x, c)
	case map[string]any, *Object:
		if _, ok := x.(*Unknown); ok {
			return f.unknownOf(at, x, shallowObject(c))
		}
		key, ok := keyText(x)
		if !ok {
			return false, nil
		}
		return hasKey(c, key), nil
	case *Unknown:
		return f.unknownOf(at, x, c)
	case string:
		if u, ok := x.(*Unknown); ok {
			return derived(u.waits), nil
		}
		if s, ok := x.(string); ok {
			return strings.Contains(c, s), f.work(at, textWork(c))
		}
	}
	return nil, at.fail("cannot look for %s in %s", aType(x), aType(c))
}

func inList(f *frame, at *place, x, c any) (any, error) {
	items, open, _ := listView(c)
	if err := f.work(at, len(items)); err != nil {
		return nil, err
	}
	all := collector{f: f, at: at}
	for _, item := range items {
		d := comparison{collector{f: f, at: at}}
		differ := d.differ(x, item)
		switch {
		case d.err != nil:
			return nil, d.err
		case !differ && len(d.waits) == 0:
			return true, nil
		case !differ:
			all.add(derived(d.waits))
		}
	}
	if open != nil {
		all.waits = append(all.waits, open.wait())
	}
	if len(all.waits) > 0 {
		return derived(all.waits), nil
	}
	return false, nil
}

// unknownOf is everything unknown in args, as one.
func (f *frame) unknownOf(at *place, args ...any) (any, error) {
	c := collector{f: f, at: at}
	for _, a := range args {
		c.add(a)
	}
	return derived(c.waits), c.err
}

// shallowObject is v when it is an Object, whose keys are unknown; else nil.
func shallowObject(v any) any {
	if o, ok := v.(*Object); ok {
		return o
	}
	return nil
}
