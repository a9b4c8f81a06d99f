// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"slices"
	"strconv"
)

// Directives that an expectation may hold beside the keys that they name.
const (
	asSet           = "x-koreo-compare-as-set"
	asMap           = "x-koreo-compare-as-map"
	withLastApplied = "x-koreo-compare-last-applied"
)

// Difference is one place where the expectation and the result differ. Path is JSON path text, such as
// spec.containers[0].image; empty for the whole value. What is Missing from the result has no Got, what is Unexpected
// in it no Want; in JSON these are null.
type Difference struct {
	Path       string `json:"path"`
	Want       any    `json:"want"`
	Got        any    `json:"got"`
	Missing    bool   `json:"-"`
	Unexpected bool   `json:"-"`
	Item       bool   `json:"-"` // it is one item of the set at Path that is missing or unexpected
}

// compareValues lists every difference between two values, in the order of their paths (LANGUAGE §8.7). Unlike the
// evaluator's difference detection it is two-sided: what only one side has is a difference. Directives in want say
// how lists are compared.
func compareValues(want, got any) []Difference {
	var c comparer
	c.values("", want, got)
	return c.found
}

// compareObjects does the same for Kubernetes objects, in whose maps a null is no entry at all.
func compareObjects(want, got map[string]any) []Difference {
	c := comparer{dropNulls: true}
	c.maps("", want, got)
	return c.found
}

// comparer gathers differences.
type comparer struct {
	dropNulls bool // a null in a map counts as absent
	found     []Difference
}

func (c *comparer) differ(path string, want, got any) {
	c.found = append(c.found, Difference{Path: path, Want: printable(want), Got: printable(got)})
}

func (c *comparer) missing(path string, want any) {
	c.found = append(c.found, Difference{Path: path, Want: printable(want), Missing: true})
}

func (c *comparer) unexpected(path string, got any) {
	c.found = append(c.found, Difference{Path: path, Got: printable(got), Unexpected: true})
}

func (c *comparer) values(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.maps(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.lists(path, w, g)
			return
		}
	default:
		if sameScalar(want, got) {
			return
		}
	}
	c.differ(path, want, got)
}

// maps compares key by key, in sorted order.
func (c *comparer) maps(path string, want, got map[string]any) {
	sets := texts(want[asSet])
	keyed, _ := want[asMap].(map[string]any)
	for _, key := range keysOf(want, got) {
		if isDirective(key) {
			continue
		}
		at := join(path, key)
		w, inWant := c.entry(want, key)
		g, inGot := c.entry(got, key)
		fields := texts(keyed[key])
		switch {
		case !inWant && !inGot:
		case !inGot:
			c.missing(at, w)
		case !inWant:
			c.unexpected(at, g)
		case len(fields) > 0:
			c.listsAsMap(at, w, g, fields)
		case slices.Contains(sets, key):
			c.listsAsSet(at, w, g)
		default:
			c.values(at, w, g)
		}
	}
}

// entry is the value of a key, and whether it is there.
func (c *comparer) entry(m map[string]any, key string) (any, bool) {
	v, ok := m[key]
	return v, ok && !(c.dropNulls && v == nil)
}

// lists compares item by item; lists of different length differ as a whole.
func (c *comparer) lists(path string, want, got []any) {
	if len(want) != len(got) {
		c.differ(path, want, got)
		return
	}
	for i := range want {
		c.values(path+"["+strconv.Itoa(i)+"]", want[i], got[i])
	}
}

// sameScalar compares numbers by value; a bool only ever equals a bool.
func sameScalar(want, got any) bool {
	switch w := want.(type) {
	case nil:
		return got == nil
	case string:
		g, ok := got.(string)
		return ok && g == w
	case bool:
		g, ok := got.(bool)
		return ok && g == w
	case int64:
		switch g := got.(type) {
		case int64:
			return w == g
		case float64:
			return sameNumber(w, g)
		}
	case float64:
		switch g := got.(type) {
		case int64:
			return sameNumber(g, w)
		case float64:
			return w == g
		}
	}
	return false
}

// sameNumber is exact: beyond 2^53 many integers share one nearest float. 2^63 is the first that int64 cannot hold.
func sameNumber(i int64, f float64) bool {
	return f >= -1<<63 && f < 1<<63 && int64(f) == i && float64(int64(f)) == f
}

// isDirective tells whether a key is an instruction, not data.
func isDirective(key string) bool { return key == asSet || key == asMap || key == withLastApplied }

// keysOf are the keys of both maps, sorted.
func keysOf(a, b map[string]any) []string {
	keys := make([]string, 0, max(len(a), len(b)))
	for key := range a {
		keys = append(keys, key)
	}
	for key := range b {
		if _, twice := a[key]; !twice {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// join extends a path by a key; a key that is not a plain word is quoted in brackets.
func join(path, key string) string {
	switch {
	case !plainKey(key):
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	default:
		return path + "." + key
	}
}

// plainKey tells whether a key is letters, digits, - and _, and does not begin with a digit.
func plainKey(key string) bool {
	for i := 0; i < len(key); i++ {
		c := key[i]
		letter := c == '_' || c == '-' || (c|0x20 >= 'a' && c|0x20 <= 'z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return key != ""
}
