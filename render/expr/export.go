// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"encoding/base64"
	"math"
	"reflect"
	"time"
)

// Plain is v as JSON has it, for output: an Observed object is its map, a Declared or Known one is one Unknown; bytes
// are base64 text, times RFC 3339, durations seconds ("5400s"), uints ints. Unknown leaves stay. What needs no change
// is shared with v.
func Plain(v any) any {
	switch v := v.(type) {
	case []any:
		return plainList(v)
	case map[string]any:
		return plainMap(v)
	case *Object:
		if v.Mode != Observed {
			return NewUnknown(v.wait(""))
		}
		return plainMap(v.Value)
	case *openList:
		if v.of.Mode == Declared {
			return NewUnknown(v.wait())
		}
		return plainList(v.items)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return timeText(v)
	case time.Duration:
		return durationText(v)
	case uint64:
		if v > math.MaxInt64 {
			return float64(v)
		}
		return int64(v)
	case typeValue:
		return string(v)
	}
	return v
}

// scalar tells whether Plain leaves v as it is.
func scalar(v any) bool {
	switch v.(type) {
	case nil, bool, int64, float64, string, *Unknown:
		return true
	}
	return false
}

func plainList(v []any) []any {
	var out []any
	for i, e := range v {
		if scalar(e) {
			if out != nil {
				out[i] = e
			}
			continue
		}
		p := Plain(e)
		if out == nil && !same(p, e) {
			out = make([]any, len(v))
			copy(out, v[:i])
		}
		if out != nil {
			out[i] = p
		}
	}
	if out == nil {
		return v
	}
	return out
}

func plainMap(v map[string]any) map[string]any {
	var out map[string]any
	for k, e := range v {
		if scalar(e) {
			continue
		}
		p := Plain(e)
		if same(p, e) {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(v))
			for k2, e2 := range v {
				out[k2] = e2
			}
		}
		out[k] = p
	}
	if out == nil {
		return v
	}
	return out
}

func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// same tells whether Plain gave back the very list or map that it was given.
func same(p, e any) bool {
	switch e := e.(type) {
	case []any:
		l, ok := p.([]any)
		return ok && len(l) == len(e) && (len(l) == 0 || &l[0] == &e[0])
	case map[string]any:
		m, ok := p.(map[string]any)
		return ok && sameMap(m, e)
	}
	return false
}

// closed is an argument of a strict function: no Objects, but times and bytes as they are.
func closed(v any) any {
	switch v := v.(type) {
	case *Object:
		return v.Value
	case *openList:
		return v.items
	case []any:
		for _, e := range v {
			if closable(e) {
				out := make([]any, len(v))
				for i := range v {
					out[i] = closed(v[i])
				}
				return out
			}
		}
	case map[string]any:
		for _, e := range v {
			if closable(e) {
				out := make(map[string]any, len(v))
				for k := range v {
					out[k] = closed(v[k])
				}
				return out
			}
		}
	}
	return v
}

func closable(v any) bool {
	switch v.(type) {
	case *Object, *openList, []any, map[string]any:
		return true
	}
	return false
}

// Overlay is the language's overlay(a, b) on values: maps are merged deeply, anything else of b replaces what a has. b
// must be a map; otherwise it is the result. Neither side is changed; the result shares with both.
func Overlay(a, b any) any {
	if u, ok := b.(*Unknown); ok {
		if w := unknownIn(a, u); w != nil {
			return w
		}
	}
	switch x := a.(type) {
	case *Unknown:
		if isMap(b) {
			return unknownIn(x, b)
		}
		return b
	case *Object:
		if y, ok := b.(map[string]any); ok {
			out := *x
			out.Value = overlayMaps(x.Value, y, x)
			return &out
		}
	case map[string]any:
		switch y := b.(type) {
		case map[string]any:
			return overlayMaps(x, y, nil)
		case *Object:
			return overlayObject(x, y)
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

// overlayMaps merges y over x. Where x are the fields of an Object, a map below an absent field of it is merged with
// whatever the field will hold.
func overlayMaps(x, y map[string]any, of *Object) map[string]any {
	out := make(map[string]any, len(x)+len(y))
	for k, v := range x {
		out[k] = v
	}
	for k, v := range y {
		below, found := out[k]
		switch {
		case of != nil:
			out[k] = overlayField(of, k, v)
		case found:
			out[k] = Overlay(below, v)
		default:
			out[k] = v
		}
	}
	return out
}

func overlayField(of *Object, k string, v any) any {
	if !isMap(v) {
		return v
	}
	switch old, p := of.field(k); p {
	case present:
		return Overlay(old, v)
	case unknown:
		return Overlay(NewUnknown(of.wait(keyStep(k))), v)
	}
	return v
}

// overlayObject merges an Object over a map: what the Object may still get would replace what the map has.
func overlayObject(x map[string]any, y *Object) any {
	out := *y
	out.Value = make(map[string]any, len(x)+len(y.Value))
	for k, v := range y.Value {
		out.Value[k] = v
	}
	for k, v := range x {
		switch over, p := y.field(k); p {
		case present:
			out.Value[k] = Overlay(v, over)
		case unknown:
			out.Value[k] = NewUnknown(y.wait(keyStep(k)))
		default:
			out.Value[k] = v
		}
	}
	return &out
}

func overlayFn(f *frame, at *place, args []any) (any, error) {
	for _, a := range args {
		if u, ok := a.(*Unknown); ok {
			return unknownIn(args[0], args[1], u), nil
		}
		if !isMap(a) {
			return nil, at.fail("needs two maps, not a %s", TypeName(a))
		}
	}
	if err := f.grow(at, 64*(sizeOfMap(args[0])+sizeOfMap(args[1]))); err != nil {
		return nil, err
	}
	return Overlay(args[0], args[1]), nil
}

func sizeOfMap(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case *Object:
		return len(v.Value)
	}
	return 0
}
