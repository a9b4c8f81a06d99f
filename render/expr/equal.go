// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"bytes"
	"math"
	"math/big"
	"time"
)

func bigFloat(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetInt64(v), true
	case uint64:
		return new(big.Float).SetUint64(v), true
	case float64:
		if math.IsNaN(v) {
			return nil, false
		}
		return new(big.Float).SetFloat64(v), true
	}
	return nil, false
}

// equalOp is == on values that may hold unknowns: a bool, or an unknown when no known difference decides.
func equalOp(_ *frame, _ *place, a, b any) (any, error) {
	var waits []Wait
	if differ(a, b, &waits) {
		return false, nil
	}
	if waits != nil {
		return derived(waits), nil
	}
	return true, nil
}

func notEqualOp(f *frame, at *place, a, b any) (any, error) {
	v, err := equalOp(f, at, a, b)
	if eq, ok := v.(bool); ok {
		return !eq, err
	}
	return v, err
}

// differ tells whether two values are known to differ, and notes in waits what keeps them from being known to be equal.
func differ(a, b any, waits *[]Wait) bool {
	if u, ok := a.(*Unknown); ok {
		*waits = collect(append(*waits, u.waits...), b)
		return false
	}
	if u, ok := b.(*Unknown); ok {
		*waits = collect(append(*waits, u.waits...), a)
		return false
	}
	switch x := a.(type) {
	case []any, *openList:
		return listsDiffer(a, b, waits)
	case map[string]any, *Object:
		return mapsDiffer(a, b, waits)
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
func listsDiffer(a, b any, waits *[]Wait) bool {
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
	for i := range min(len(x), len(y)) {
		if differ(x[i], y[i], waits) {
			return true
		}
	}
	for _, open := range []*openList{xOpen, yOpen} {
		if open != nil {
			*waits = append(*waits, open.wait())
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
func mapsDiffer(a, b any, waits *[]Wait) bool {
	x, ok1 := mapView(a)
	y, ok2 := mapView(b)
	if !ok1 || !ok2 {
		return true
	}
	if x.open == nil && y.open == nil && len(x.keys) != len(y.keys) {
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
				return true
			case q == present && side == 0 && differ(v, w, waits):
				return true
			}
		}
	}
	for _, m := range []mapOf{x, y} {
		if m.open != nil {
			*waits = append(*waits, m.open.wait(""))
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
		return inList(x, c)
	case map[string]any, *Object:
		if u, ok := x.(*Unknown); ok {
			return unknownIn(u, c), nil
		}
		key, ok := keyText(x)
		if !ok {
			return false, nil
		}
		return hasKey(c, key), nil
	case *Unknown:
		return unknownIn(x, c), nil
	case string:
		if u := unknownIn(x); u != nil {
			return u, nil
		}
		if s, ok := x.(string); ok {
			return containsText(c, s), nil
		}
	}
	return nil, at.fail("cannot look for a %s in a %s", TypeName(x), TypeName(c))
}

func inList(x, c any) (any, error) {
	items, open, _ := listView(c)
	var waits []Wait
	for _, item := range items {
		var w []Wait
		if !differ(x, item, &w) {
			if w == nil {
				return true, nil
			}
			waits = append(waits, w...)
		}
	}
	if open != nil {
		waits = append(waits, open.wait())
	}
	if waits != nil {
		return derived(waits), nil
	}
	return false, nil
}
