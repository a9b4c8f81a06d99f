// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"encoding/json"
	"slices"
	"strings"
)

// listsAsSet compares two lists whatever their order; what stands twice counts once. Both differences of one list have
// the path of the list.
func (c *comparer) listsAsSet(path string, want, got any) {
	w, wok := want.([]any)
	g, gok := got.([]any)
	if !wok || !gok {
		c.values(path, want, got)
		return
	}
	for i, item := range w {
		if !c.holds(g, item) && !c.holds(w[:i], item) {
			c.found = append(c.found, Difference{Path: path, Want: printable(item), Missing: true, Item: true})
		}
	}
	for i, item := range g {
		if !c.holds(w, item) && !c.holds(g[:i], item) {
			c.found = append(c.found, Difference{Path: path, Got: printable(item), Unexpected: true, Item: true})
		}
	}
}

func (c *comparer) holds(list []any, item any) bool {
	return slices.ContainsFunc(list, func(other any) bool {
		pair := comparer{dropNulls: c.dropNulls}
		pair.values("", item, other)
		return len(pair.found) == 0
	})
}

// listsAsMap compares two lists of maps as maps from the texts of the given fields to their items. Lists that hold
// anything but maps are compared as they are.
func (c *comparer) listsAsMap(path string, want, got any, fields []string) {
	w, wok := byFields(want, fields)
	g, gok := byFields(got, fields)
	if !wok || !gok {
		c.values(path, want, got)
		return
	}
	for _, key := range keysOf(w, g) {
		at := path + "[" + key + "]"
		wantItem, inWant := w[key]
		gotItem, inGot := g[key]
		switch {
		case !inGot:
			c.missing(at, wantItem)
		case !inWant:
			c.unexpected(at, gotItem)
		default:
			c.values(at, wantItem, gotItem)
		}
	}
}

// byFields gives each item the key field=text, for several fields separated by commas; a later item of one key
// replaces an earlier one. It is false when list is no list of maps.
func byFields(list any, fields []string) (map[string]any, bool) {
	items, ok := list.([]any)
	if !ok {
		return nil, false
	}
	out := make(map[string]any, len(items))
	for _, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		parts := make([]string, len(fields))
		for i, field := range fields {
			parts[i] = field + "=" + strings.TrimSpace(fieldText(m[field]))
		}
		out[strings.Join(parts, ",")] = item
	}
	return out, true
}

// fieldText is the text by which a field takes part in a key; 80 and 80.0 are one.
func fieldText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return v
	default:
		text, err := json.Marshal(printable(v))
		if err != nil {
			return ""
		}
		return string(text)
	}
}

// texts are the strings of a list; nil when v is no list.
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}
