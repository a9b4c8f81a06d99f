// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"maps"
	"slices"

	"github.com/korender/korender/render/expr"
)

// finisher turns a target into what can be written: plain values, no directives, no nulls in maps. It copies only what
// it changes. The zero value drops both.
type finisher struct {
	keepDirectives bool
	keepNulls      bool
	verbatim       map[*expr.Unknown]string // leaves that are copied as these texts
	unknown        bool                     // set when a leaf is unknown
	byLast         bool                     // set when x-koreo-compare-last-applied was met
}

// finish is the finished target, and what its unknown leaves wait for.
func (f *finisher) finish(target map[string]any) (map[string]any, []expr.Wait) {
	out, changed := f.mapping(target)
	if !changed {
		out = target
	}
	if !f.unknown {
		return out, nil
	}
	return out, expr.WaitsOf(out)
}

// only is the finished value alone.
func (f *finisher) only(v any) any {
	out, _ := f.value(v)
	return out
}

// value gives the finished value, and whether it is another one.
func (f *finisher) value(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, string, int64, float64:
		return v, false
	case map[string]any:
		if out, changed := f.mapping(v); changed {
			return out, true
		}
		return v, false
	case []any:
		if out, changed := f.list(v); changed {
			return out, true
		}
		return v, false
	case *expr.Unknown:
		if text, copied := f.verbatim[v]; copied {
			return text, true
		}
		f.unknown = true
		return v, false
	}
	return f.other(v), true
}

// other finishes what only evaluation knows: objects, bytes, times. An object that may hold more than is known is one
// unknown.
func (f *finisher) other(v any) any {
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		f.unknown = true
		return expr.NewUnknown(waits...)
	}
	switch plain := expr.Plain(v).(type) {
	case map[string]any, []any:
		return f.only(plain)
	default:
		return plain
	}
}

func (f *finisher) mapping(m map[string]any) (out map[string]any, changed bool) {
	for key, v := range m {
		if v == nil && !f.keepNulls || isDirective(key) && f.drops(key) {
			if out == nil {
				out = maps.Clone(m)
			}
			delete(out, key)
			continue
		}
		if w, other := f.value(v); other {
			if out == nil {
				out = maps.Clone(m)
			}
			out[key] = w
		}
	}
	return out, out != nil
}

// drops tells whether a directive is left out, and notes the one that needs what was applied last.
func (f *finisher) drops(key string) bool {
	f.byLast = f.byLast || key == byLastApplied
	return !f.keepDirectives
}

func (f *finisher) list(l []any) (out []any, changed bool) {
	for i, v := range l {
		if w, other := f.value(v); other {
			if out == nil {
				out = slices.Clone(l)
			}
			out[i] = w
		}
	}
	return out, out != nil
}
