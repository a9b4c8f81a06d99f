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

// WithHoles is v as Plain gives it, with {"$unknown": hole(what it waits for)} in the place of each unknown leaf, so
// that a report can hold it.
func WithHoles(v any, hole func([]Wait) any) any {
	switch v := Plain(v).(type) {
	case *Unknown:
		return map[string]any{"$unknown": hole(v.waits)}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = WithHoles(value, hole)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = WithHoles(value, hole)
		}
		return out
	default:
		return v
	}
}
