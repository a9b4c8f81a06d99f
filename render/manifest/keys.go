// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"
	"strings"
)

// rank is the place of the keys that come first in every map, as people write them.
func rank(key string) int {
	switch key {
	case "apiVersion":
		return 0
	case "kind":
		return 1
	case "metadata":
		return 2
	case "name":
		return 3
	case "namespace":
		return 4
	default:
		return 5
	}
}

func compareKeys(a, b string) int {
	if r, s := rank(a), rank(b); r != s {
		return r - s
	}
	return strings.Compare(a, b)
}

// appendKeys adds the keys of a map in the order in which they are written.
func appendKeys(keys []string, m map[string]any) []string {
	from := len(keys)
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys[from:], compareKeys)
	return keys
}

// Strip is value without the entries of these keys at any depth. Nothing is changed: what holds none of the keys is
// shared with the result.
func Strip(value map[string]any, keys ...string) map[string]any {
	out, _ := strip(value, keys)
	m, _ := out.(map[string]any)
	return m
}

// strip also tells whether the result differs from the value.
func strip(value any, keys []string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		return stripMap(v, keys)
	case []any:
		return stripList(v, keys)
	default:
		return value, false
	}
}

func stripMap(m map[string]any, keys []string) (any, bool) {
	var out map[string]any
	change := func() {
		if out == nil {
			out = make(map[string]any, len(m))
			for k, v := range m {
				out[k] = v
			}
		}
	}
	for k, v := range m {
		if slices.Contains(keys, k) {
			change()
			delete(out, k)
		} else if next, changed := strip(v, keys); changed {
			change()
			out[k] = next
		}
	}
	if out == nil {
		return m, false
	}
	return out, true
}

func stripList(list []any, keys []string) (any, bool) {
	var out []any
	for i, v := range list {
		next, changed := strip(v, keys)
		if changed && out == nil {
			out = slices.Clone(list)
		}
		if changed {
			out[i] = next
		}
	}
	if out == nil {
		return list, false
	}
	return out, true
}
