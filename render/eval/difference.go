// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"strconv"
	"strings"

	"github.com/korender/korender/render/expr"
)

// The directives that stand in a target beside the keys they name. They are never written to an object.
const (
	asSet         = "x-koreo-compare-as-set"
	asMap         = "x-koreo-compare-as-map"
	byLastApplied = "x-koreo-compare-last-applied"
)

// isDirective tells whether a key of a target is an instruction for comparison and not data.
func isDirective(key string) bool {
	return strings.HasPrefix(key, "x-koreo-compare-") && (key == asSet || key == asMap || key == byLastApplied)
}

// region is the part of an object that is compared; some have rules of their own.
type region uint8

const (
	wholeObject region = iota
	metadataOnly
	secretData // values must not show
	elsewhere
)

// differ compares one target with one object.
type differ struct {
	secret bool // a Secret: its values never show
	quiet  bool // no values show at all
}

// first is the first difference between a target, with its directives, and a live object (LANGUAGE 6.4), as text; ""
// when they agree. Only what the target says counts. Of several differing keys the first by name is told.
func (d differ) first(target, live map[string]any, last any) string {
	return d.maps(target, live, last, wholeObject)
}

func (d differ) values(target, live, last any, at region) string {
	switch t := target.(type) {
	case map[string]any:
		if l, ok := live.(map[string]any); ok {
			return d.maps(t, l, last, at)
		}
		return typesDiffer("object", expr.TypeName(live))
	case []any:
		if l, ok := live.([]any); ok {
			return d.lists(t, l, last, at)
		}
		return typesDiffer("array", expr.TypeName(live))
	}
	switch live.(type) {
	case map[string]any:
		return typesDiffer(nullName(target), "object")
	case []any:
		return typesDiffer(nullName(target), "array")
	}
	return scalars(target, live, at)
}

func (d differ) maps(target, live map[string]any, last any, at region) string {
	text, first := "", ""
	lasts, _ := last.(map[string]any)
	for key, value := range target {
		if text != "" && key > first || isDirective(key) || at == metadataOnly && key == "ownerReferences" {
			continue
		}
		if found := d.entry(target, live, lasts, key, value, d.regionOf(at, key)); found != "" {
			text, first = found, key
		}
	}
	return text
}

// regionOf is where the value of a key of a map in a region lies.
func (d differ) regionOf(at region, key string) region {
	switch {
	case at == secretData:
		return secretData
	case at == wholeObject && key == "metadata":
		return metadataOnly
	case d.quiet:
		return secretData
	case at == wholeObject && d.secret && (key == "data" || key == "stringData"):
		return secretData
	default:
		return elsewhere
	}
}

// entry compares one entry of a map as the directives beside it say.
func (d differ) entry(target, live, last map[string]any, key string, value any, at region) string {
	seen, found := live[key]
	if lists(target[byLastApplied], key) {
		seen, found = last[key], true
	}
	if !found {
		if value == nil {
			return ""
		}
		return "<missing '" + key + "' in resource>"
	}
	return step("'"+key+"'", d.compare(target, key, value, seen, last[key], at))
}

func (d differ) compare(target map[string]any, key string, value, seen, last any, at region) string {
	wanted, isList := value.([]any)
	actual, bothLists := seen.([]any)
	if !isList || !bothLists {
		return d.values(value, seen, last, at)
	}
	if lists(target[asSet], key) {
		return sets(wanted, actual, at)
	}
	keys, _ := target[asMap].(map[string]any)
	fields, keyed := keys[key].([]any)
	if !keyed {
		return d.lists(wanted, actual, last, at)
	}
	lasts, _ := last.([]any)
	w, okW := byFields(wanted, fields)
	a, okA := byFields(actual, fields)
	if !okW || !okA {
		return "Could not compare array-as-map (every item must be an object)"
	}
	l, _ := byFields(lasts, fields)
	return d.values(w, a, l, at)
}

// lists tells whether a directive's list names key.
func lists(directive any, key string) bool {
	names, _ := directive.([]any)
	for _, name := range names {
		if name == key {
			return true
		}
	}
	return false
}

func (d differ) lists(target, live []any, last any, at region) string {
	if len(target) != len(live) {
		return "<length mismatch target:" + strconv.Itoa(len(target)) + ", actual:" + strconv.Itoa(len(live)) + ">"
	}
	if at == metadataOnly {
		at = elsewhere
	}
	lasts, _ := last.([]any)
	for i := range target {
		var before any
		if i < len(lasts) {
			before = lasts[i]
		}
		if found := d.values(target[i], live[i], before, at); found != "" {
			return step("at index '"+strconv.Itoa(i)+"'", found)
		}
	}
	return ""
}

// byFields turns a list of maps into a map keyed by the texts of some fields; false when an item is no map. An empty
// list is nil.
func byFields(items, fields []any) (any, bool) {
	if len(items) == 0 {
		return nil, true
	}
	out := make(map[string]any, len(items))
	for _, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		texts := make([]string, len(fields))
		for i, f := range fields {
			name, _ := f.(string)
			texts[i] = "None"
			if v, found := m[name]; found {
				texts[i] = strings.TrimSpace(valueText(v))
			}
		}
		out[strings.Join(texts, "$")] = item
	}
	return out, true
}

// sets compares lists of scalars regardless of order and repetition.
func sets(target, live []any, at region) string {
	wanted, text := setOf(target)
	actual, other := setOf(live)
	if text == "" {
		text = other
	}
	if text != "" {
		return text
	}
	for _, v := range target {
		if !actual[scalarKey(v)] {
			return "<missing '" + shown(v, at) + "'>"
		}
	}
	for _, v := range live {
		if !wanted[scalarKey(v)] {
			return "<unexpectedly found '" + shown(v, at) + "'>"
		}
	}
	return ""
}

func setOf(items []any) (set map[any]bool, problem string) {
	set = make(map[any]bool, len(items))
	for _, v := range items {
		switch v.(type) {
		case map[string]any:
			return nil, "Could not compare array-as-set, try: `" + asMap + "`"
		case []any:
			return nil, "Could not compare array-as-set (lists inside)"
		}
		set[scalarKey(v)] = true
	}
	return set, ""
}

// scalarKey is equal for scalars that are equal: numbers by value.
func scalarKey(v any) any {
	switch n := v.(type) {
	case uint64:
		if int64(n) >= 0 {
			return int64(n)
		}
	case float64:
		if whole := int64(n); float64(whole) == n && n > -1<<63 && n < 1<<63 {
			return whole
		}
	}
	return v
}

// scalars compares what is neither a map nor a list.
func scalars(target, live any, at region) string {
	_, wantBool := target.(bool)
	_, haveBool := live.(bool)
	switch {
	case wantBool != haveBool:
		return typesDiffer(expr.TypeName(target), expr.TypeName(live))
	case scalarKey(target) == scalarKey(live):
		return ""
	case live == nil && truthy(target):
		return typesDiffer(expr.TypeName(target), "null or missing")
	case target == nil && truthy(live):
		return typesDiffer("null", expr.TypeName(live))
	default:
		return "<target:[" + shown(target, at) + "], resource:[" + shown(live, at) + "]>"
	}
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	return scalarKey(v) != any(int64(0))
}

func typesDiffer(target, live string) string {
	return "<target:" + target + ", resource:" + live + ">"
}

func nullName(v any) string {
	if v == nil {
		return "null"
	}
	return expr.TypeName(v)
}

// shown is a value in a text, unless nobody may see it.
func shown(v any, at region) string {
	if at == secretData {
		return "redacted"
	}
	return valueText(v)
}

// step puts a step of the path before a difference; "" stays "".
func step(where, found string) string {
	if found == "" {
		return ""
	}
	return where + " -> " + found
}
