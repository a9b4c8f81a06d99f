// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// probe is one thing to ask of an object.
type probe struct {
	expression string
	path       []step // of the place, where the expression does nothing but read it
	plain      bool
	sure       bool // has a value if the object is as it was declared
}

// guarded is an expression that always has a value: what the probe came to, or that it came to nothing.
func (p probe) guarded() string {
	return "=has(" + p.expression + ") ? {'" + valueKey + "': " + p.expression + "} : {'" + noneKey + "': true}"
}

// bare does not ask first whether the probe has a value, so that nothing is doubted that is known.
func (p probe) bare() string { return "={'" + valueKey + "': " + p.expression + "}" }

// probes asks for every place of the object as it was declared and as the server stored it, and for what programs do
// with such places.
func probes(declared, stored map[string]any) []probe {
	var out []probe
	seen := map[string]bool{}
	add := func(p probe) {
		if !seen[p.expression] {
			seen[p.expression] = true
			out = append(out, p)
		}
	}
	for i, source := range []map[string]any{declared, stored} {
		for _, at := range places(source) {
			if len(at.path) == 0 {
				continue
			}
			e := at.expression()
			add(probe{expression: e, path: at.path, plain: true, sure: i == 0})
			for _, question := range questions(e, at.value) {
				add(probe{expression: question, sure: i == 0})
			}
			for _, question := range daring(e, at.value) {
				add(probe{expression: question})
			}
		}
	}
	return out
}

// questions are the expressions that programs build on a place e; they have a value if this value lies there.
func questions(e string, value any) []string {
	literal := text(value)
	out := []string{e + " == " + literal, e + " != " + literal, "[" + e + "]", "{'k': " + e + "}"}
	switch v := value.(type) {
	case string:
		return append(out, "size("+e+")", e+" + '!'", e+" + '!' == "+text(v+"!"), e+".startsWith("+text(firstOf(v))+")",
			"'prefix-' + "+e+".toLower()", e+" in ["+literal+"]")
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return append(out, e+" + 1", e+" >= "+literal, e+" < "+literal, "string("+e+")")
		}
	case bool:
		return append(out, "!"+e, e+" ? 'yes' : 'no'")
	case map[string]any:
		return append(out, questionsOfMap(e, v)...)
	case []any:
		return append(out, questionsOfList(e, v)...)
	}
	return out
}

// firstOf is the first character of a text.
func firstOf(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// daring are expressions that may have no value, depending on what else lies there.
func daring(e string, value any) []string {
	list, ok := value.([]any)
	if !ok {
		return nil
	}
	out := []string{e + "[" + strconv.Itoa(len(list)) + "]", e + "[-1]"}
	if len(list) == 0 {
		return out
	}
	item, _ := list[0].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(item)) {
		field := "x" + step{key: key}.String()
		literal := text(item[key])
		out = append(out, e+".map(x, "+field+")", e+".exists(x, "+field+" == "+literal+")", e+".filter(x, "+field+" == "+literal+")",
			e+".all(x, has("+field+"))", e+".all(x, "+field+" != "+literal+")")
	}
	return out
}

func questionsOfMap(e string, value map[string]any) []string {
	out := []string{
		"size(" + e + ")", e + ".map(k, k)", "to_json(" + e + ")", "'not-there' in " + e, e + ".all(k, k != 'not-there')",
		e + ".exists(k, k == 'not-there')", e + ".overlay({'added': 1})", e + ".overlay({'added': 1}).added",
	}
	for _, key := range slices.Sorted(maps.Keys(value)) {
		out = append(out, text(key)+" in "+e, e+".exists(k, k == "+text(key)+")")
	}
	return out
}

func questionsOfList(e string, value []any) []string {
	n := strconv.Itoa(len(value))
	out := []string{
		"size(" + e + ")", "size(" + e + ") >= " + n, e + ".map(x, x)", e + ".filter(x, true)",
		e + ".all(x, has(x))", e + ".exists(x, false)", e + " + ['added']", "to_json(" + e + ")",
	}
	if len(value) == 0 {
		return out
	}
	first := text(value[0])
	return append(out, first+" in "+e, e+".exists(x, x == "+first+")", e+".filter(x, x == "+first+")", e+".all(x, x != "+first+")")
}
