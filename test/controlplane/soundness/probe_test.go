// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// probe is one thing to ask of an object.
type probe struct {
	expression string
	path       []step // where the expression only reads a place
	plain      bool
}

// guarded is an expression that always has a value: what the expression came to, or that it came to nothing.
func (p probe) guarded() string {
	return "=has(" + p.expression + ") ? {'" + valueKey + "': " + p.expression + "} : {'" + noneKey + "': true}"
}

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
	for _, source := range []map[string]any{declared, stored} {
		for _, at := range places(source) {
			if len(at.path) == 0 {
				continue
			}
			e := at.expression()
			add(probe{expression: e, path: at.path, plain: true})
			for _, question := range questions(e, at.value) {
				add(probe{expression: question})
			}
		}
	}
	return out
}

// questions are the expressions that programs build on a place e, where value lies or should lie.
func questions(e string, value any) []string {
	literal := text(value)
	out := []string{e + " == " + literal, e + " != " + literal, "[" + e + "]", "{'k': " + e + "}"}
	switch v := value.(type) {
	case string:
		return append(out, "size("+e+")", e+" + '!'", e+" + '!' == "+text(v+"!"), e+".startsWith("+text(v[:min(len(v), 1)])+")",
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
		"size(" + e + ")", "size(" + e + ") >= " + n, e + "[" + n + "]", e + "[-1]", e + ".map(x, x)", e + ".filter(x, true)",
		e + ".all(x, has(x))", e + ".exists(x, false)", e + " + ['added']", "to_json(" + e + ")",
	}
	if len(value) == 0 {
		return out
	}
	first := text(value[0])
	out = append(out, first+" in "+e, e+".exists(x, x == "+first+")", e+".filter(x, x == "+first+")", e+".all(x, x != "+first+")")
	item, ok := value[0].(map[string]any)
	if !ok {
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(item)) {
		field := "x" + step{key: key}.String()
		is := field + " == " + text(item[key])
		out = append(out, e+".map(x, "+field+")", e+".exists(x, "+is+")", e+".filter(x, "+is+")", e+".all(x, has("+field+"))",
			e+".all(x, "+strings.Replace(is, "==", "!=", 1)+")")
	}
	return out
}
