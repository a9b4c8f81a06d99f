// SPDX-License-Identifier: Apache-2.0

package expr

// Overlay is the language's overlay(a, b) on values: maps are merged deeply, anything else of b replaces what a has. b
// must be a map; otherwise it is the result. Neither side is changed; the result shares with both.
func Overlay(a, b any) any {
	var m merger
	return m.overlay(a, b)
}

// merger merges values. Without a frame it has no bound; once its err is set its results mean nothing.
type merger struct{ collector }

// unknown is what a and b wait for.
func (m *merger) unknown(a, b any) any {
	c := collector{f: m.f, at: m.at}
	c.add(a)
	c.add(b)
	if m.err == nil {
		m.err = c.err
	}
	return derived(c.waits)
}

func (m *merger) overlay(a, b any) any {
	switch y := b.(type) {
	case *Unknown:
		if _, ok := a.(map[string]any); ok {
			return derived(y.waits)
		}
		if isMap(a) || isUnknown(a) {
			return m.unknown(a, y)
		}
		return y
	case *Object:
		if y.Mode == Observed {
			b = y.Value
		}
	}
	switch x := a.(type) {
	case *Unknown:
		if isMap(b) {
			return m.unknown(x, b)
		}
	case *Object:
		return m.overObject(x, b)
	case map[string]any:
		switch y := b.(type) {
		case map[string]any:
			return m.maps(x, y, nil)
		case *Object:
			return m.objectOver(x, y)
		}
	}
	return b
}

func isMap(v any) bool {
	switch v.(type) {
	case map[string]any, *Object:
		return true
	}
	return false
}

func isUnknown(v any) bool {
	_, ok := v.(*Unknown)
	return ok
}

// overObject merges b over an Object. What it says is then part of the Object; two open objects are one unknown, since
// either may have what the other lacks.
func (m *merger) overObject(x *Object, b any) any {
	switch y := b.(type) {
	case map[string]any:
		out := *x
		out.Value = m.maps(x.Value, y, x)
		return &out
	case *Object:
		return m.unknown(x, y)
	}
	return b
}

// About what a map and one entry of it take.
const (
	mapBytes   = 300
	entryBytes = 48
)

func (m *merger) pay(n int) bool {
	if m.f != nil && m.err == nil {
		m.err = m.f.grow(m.at, mapBytes+n*entryBytes)
	}
	return m.visit(itemsPerStep + 2*n)
}

// maps merges y over x. Where x are the fields of an Object, a map below an absent field of it is merged with whatever
// the field will hold.
func (m *merger) maps(x, y map[string]any, of *Object) map[string]any {
	if !m.pay(len(x) + len(y)) {
		return x
	}
	out := make(map[string]any, len(x)+len(y))
	for k, v := range x {
		out[k] = v
	}
	for k, v := range y {
		below, found := out[k]
		switch {
		case of != nil:
			out[k] = m.field(of, k, v)
		case found:
			out[k] = m.overlay(below, v)
		default:
			out[k] = v
		}
	}
	return out
}

func (m *merger) field(of *Object, k string, v any) any {
	if !isMap(v) && !isUnknown(v) {
		return v
	}
	switch old, p := of.field(k); p {
	case present:
		return m.overlay(old, v)
	case unknown:
		return m.unknown(NewUnknown(of.wait(keyStep(k))), v)
	}
	return v
}

// objectOver merges an open Object over a map: what the Object may still get would replace what the map has.
func (m *merger) objectOver(x map[string]any, y *Object) any {
	if !m.pay(len(x) + len(y.Value)) {
		return y
	}
	out := *y
	out.Value = make(map[string]any, len(x)+len(y.Value))
	for k, v := range y.Value {
		out.Value[k] = v
	}
	for k, v := range x {
		switch over, p := y.field(k); p {
		case present:
			out.Value[k] = m.overlay(v, over)
		case unknown:
			out.Value[k] = m.unknown(NewUnknown(y.wait(keyStep(k))), v)
		default:
			out.Value[k] = v
		}
	}
	return &out
}

func overlayFn(f *frame, at *place, args []any) (any, error) {
	for _, a := range args {
		if !isMap(a) && !isUnknown(a) {
			return nil, at.fail("needs two maps, not %s", aType(a))
		}
	}
	m := merger{collector{f: f, at: at}}
	v := m.overlay(args[0], args[1])
	return v, m.err
}
