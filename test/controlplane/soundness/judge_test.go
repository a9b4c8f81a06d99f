// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"maps"
	"slices"
)

// The answer to a probe is {"v": value}, or {"none": true} where the expression has no value. With partial knowledge,
// {"$unknown": …} may stand for either, or for any part of the value.
const (
	valueKey   = "v"
	noneKey    = "none"
	unknownKey = "$unknown"
)

func isUnknown(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false
	}
	_, found := m[unknownKey]
	return found
}

func isNone(v any) bool {
	m, ok := v.(map[string]any)
	return ok && m[noneKey] == true
}

// hasUnknown tells whether anything within v is unknown.
func hasUnknown(v any) bool {
	if isUnknown(v) {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasUnknown)
	case []any:
		return slices.ContainsFunc(v, hasUnknown)
	}
	return false
}

// agrees tells whether a partial answer leaves room for the full one: whatever it calls known is the same there. An
// answer with something unknown inside leaves room for an evaluation that fails because of it.
func agrees(partial, full any) bool {
	switch {
	case isUnknown(partial):
		return true
	case isNone(full):
		return isNone(partial) || hasUnknown(partial)
	}
	return fits(partial, full)
}

func fits(partial, full any) bool {
	if isUnknown(partial) {
		return true
	}
	switch p := partial.(type) {
	case map[string]any:
		f, ok := full.(map[string]any)
		return ok && maps.EqualFunc(p, f, fits)
	case []any:
		f, ok := full.([]any)
		return ok && slices.EqualFunc(p, f, fits)
	}
	return same(partial, full)
}
