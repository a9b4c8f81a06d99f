// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr/library"
)

// natives are the functions of the language, by name.
var natives map[string]*function

func init() { // the table refers to functions that look things up in it
	natives = map[string]*function{
		// of values that may be partly unknown
		"size":     {1, 1, true, sizeOf},
		"type":     {1, 1, true, typeOf},
		"dyn":      {1, 1, true, func(_ *frame, _ *place, a []any) (any, error) { return a[0], nil }},
		"contains": {2, 2, true, containsFn},
		"overlay":  {2, 2, true, overlayFn},
		"flatten":  {1, 2, true, flatten},
		"keys":     {1, 1, true, keysOf},
		"values":   {1, 1, true, valuesOf},

		"self_ref":             {1, 1, true, selfRef},
		"to_ref":               {1, 1, true, toRef},
		"group_ref":            {1, 1, true, groupRef},
		"kindless_ref":         {1, 1, true, kindlessRef},
		"config_connect_ready": {1, 1, true, configConnectReady},

		// conversions
		"int":       {1, 1, false, toInt},
		"uint":      {1, 1, false, toUint},
		"double":    {1, 1, false, toDouble},
		"string":    {1, 1, false, toString},
		"bool":      {1, 1, false, toBool},
		"bytes":     {1, 1, false, toBytes},
		"timestamp": {1, 1, false, toTimestamp},
		"duration":  {1, 1, false, toDuration},

		// text
		"startsWith":  texts(2, func(s []string) (any, error) { return strings.HasPrefix(s[0], s[1]), nil }),
		"endsWith":    texts(2, func(s []string) (any, error) { return strings.HasSuffix(s[0], s[1]), nil }),
		"matches":     typed(overload{"ss", matches}),
		"lower":       texts(1, func(s []string) (any, error) { return strings.ToLower(s[0]), nil }),
		"toLower":     texts(1, func(s []string) (any, error) { return strings.ToLower(s[0]), nil }),
		"toUpper":     texts(1, func(s []string) (any, error) { return strings.ToUpper(s[0]), nil }),
		"strip":       texts(2, func(s []string) (any, error) { return strings.Trim(s[0], s[1]), nil }),
		"rstrip":      texts(2, func(s []string) (any, error) { return strings.TrimRight(s[0], s[1]), nil }),
		"split":       typed(overload{"ss", split}, overload{"ssi", split}),
		"split_first": texts(2, func(s []string) (any, error) { return library.SplitFirst(s[0], s[1]) }),
		"split_last":  texts(2, func(s []string) (any, error) { return library.SplitLast(s[0], s[1]) }),
		"split_index": {3, 3, false, splitIndex},
		"replace":     typed(overload{"sss", replace}, overload{"sssi", replace}),
		"b64encode":   texts(1, func(s []string) (any, error) { return library.Encode64(s[0]), nil }),
		"b64decode":   texts(1, func(s []string) (any, error) { return library.Decode64(s[0]) }),
		"from_json":   texts(1, func(s []string) (any, error) { return library.FromJSON(s[0]) }),
		"to_json":     {1, 1, false, toJSON},

		"min":      {1, 1, false, minOf},
		sortByName: {2, 2, true, sortByKeys},
	}
	maps.Copy(natives, extensions())
	maps.Copy(natives, mathematics())
}

func anyOf[T any](v T, err error) (any, error) { return v, err }

// texts makes a strict function of strings. What it makes is counted.
func texts(n int, do func(s []string) (any, error)) *function {
	return &function{n, n, false, func(f *frame, at *place, args []any) (any, error) {
		s, err := library.Texts(args)
		if err != nil {
			return nil, at.fail("%s", err)
		}
		v, err := do(s)
		if err != nil {
			return nil, at.fail("%s", err)
		}
		return v, f.grow(at, len(s[0]))
	}}
}

// matches looks for a pattern. One that backtracks costs more, and ends the evaluation when it takes too long: nothing
// may go on to try it again.
func matches(f *frame, args []any) (any, error) {
	p, err := library.CompilePattern(text(args[1]))
	if err != nil {
		return nil, err
	}
	cost := 1 + 2*len(text(args[0]))
	if p.Backtracks() {
		cost *= 16
	}
	if err := f.work(nowhere, cost); err != nil {
		return nil, err
	}
	found, err := p.Match(text(args[0]))
	if err != nil {
		return nil, f.stop(nowhere, err.Error())
	}
	return found, nil
}

// checkPattern looks at a pattern that is written out.
func (p *planner) checkPattern(arg node, e interface{ ID() int64 }) {
	c, ok := arg.(constant)
	text, isText := c.value.(string)
	if !ok || !isText {
		return
	}
	r, _ := p.info.GetOffsetRange(e.ID())
	off := p.src.back(p.src.runeToByte(int(r.Start)))
	pattern, err := library.CompilePattern(text)
	switch {
	case err != nil:
		p.problem(false, diag.ExprPattern, off, err.Error(), "patterns are RE2, as Go and CEL have them")
	case pattern.Backtracks():
		p.problem(true, diag.ExprBacktracks, off, "the pattern has look-around or back-references, which RE2 does not have: it runs on a slower engine",
			"write it as plain patterns joined by && and !")
	}
}

func sizeOf(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), nil
	case []byte:
		return int64(len(v)), nil
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	case *Unknown:
		return derived(v.waits), nil
	case *openList:
		if v.of.Mode == Declared {
			return derived([]Wait{v.wait()}), nil
		}
		return int64(len(v.items)), nil
	case *Object:
		if v.Mode != Observed {
			return derived([]Wait{v.wait("")}), nil
		}
		return int64(len(v.Value)), nil
	}
	return nil, at.fail("needs a string, list or map, not %s", aType(args[0]))
}

func typeOf(_ *frame, _ *place, args []any) (any, error) {
	if u, ok := args[0].(*Unknown); ok {
		return derived(u.waits), nil
	}
	return typeValue(TypeName(args[0])), nil
}

func containsFn(f *frame, at *place, args []any) (any, error) { return inOp(f, at, args[1], args[0]) }

// flatten joins the lists of a list, or those down to a depth that a second argument says.
func flatten(f *frame, at *place, args []any) (any, error) {
	if len(args) == 2 {
		return flattenDeep(f, at, args)
	}
	if u, ok := args[0].(*Unknown); ok {
		return derived(u.waits), nil
	}
	outer, open, ok := listView(args[0])
	if !ok {
		return nil, at.fail("needs a list of lists, not %s", aType(args[0]))
	}
	if open != nil {
		return derived([]Wait{open.wait()}), nil
	}
	var out []any
	var waits []Wait
	for _, e := range outer {
		if u, ok := e.(*Unknown); ok {
			waits = append(waits, u.waits...)
			continue
		}
		inner, open, ok := listView(e)
		if !ok {
			return nil, at.fail("needs a list of lists; one item is %s", aType(e))
		}
		if open != nil {
			waits = append(waits, open.wait())
		}
		out = append(out, inner...)
	}
	if waits != nil {
		return derived(waits), nil
	}
	if out == nil {
		out = []any{}
	}
	return out, f.grow(at, 16*len(out))
}

func keysOf(f *frame, at *place, args []any) (any, error) {
	items, u, err := (&loop{at: *at}).items(f, args[0])
	if u != nil || err != nil {
		return orNil(u), err
	}
	if _, isList := listOf(args[0]); isList {
		return nil, at.fail("needs a map, not a list")
	}
	return items, nil
}

func valuesOf(f *frame, at *place, args []any) (any, error) {
	keys, err := keysOf(f, at, args)
	if _, isList := keys.([]any); !isList || err != nil {
		return keys, err
	}
	out := make([]any, 0, len(keys.([]any)))
	for _, k := range keys.([]any) {
		v, err := get(args[0], k.(string), at)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func minOf(f *frame, at *place, args []any) (any, error) {
	l, ok := args[0].([]any)
	if !ok {
		return nil, at.fail("needs a list, not %s", aType(args[0]))
	}
	if len(l) == 0 {
		return nil, at.fail("an empty list has no smallest item")
	}
	if err := f.work(at, len(l)); err != nil {
		return nil, err
	}
	least := l[0]
	for _, v := range l[1:] {
		c, ok := compare(v, least)
		if !ok {
			return nil, at.fail("cannot compare %s with %s", TypeName(v), TypeName(least))
		}
		if c < 0 {
			least = v
		}
	}
	return least, nil
}

func splitIndex(_ *frame, at *place, args []any) (any, error) {
	s, err := library.Texts(args[:2])
	if err != nil {
		return nil, at.fail("%s", err)
	}
	i, ok := args[2].(int64)
	if !ok {
		return nil, at.fail("the index must be an int, not %s", aType(args[2]))
	}
	v, err := library.SplitIndex(s[0], s[1], i)
	if err != nil {
		return nil, at.fail("%s", err)
	}
	return v, nil
}

// split cuts a text at every separator, into so many parts at most when a third argument says so.
func split(f *frame, args []any) (any, error) {
	n := int64(-1)
	if len(args) == 3 {
		n = whole(args[2])
	}
	if err := f.reserve(48 * (strings.Count(text(args[0]), text(args[1])) + 1)); err != nil {
		return nil, err
	}
	return anyOf(library.Split(text(args[0]), text(args[1]), n))
}

// replace replaces a text everywhere, or so many times when a fourth argument says so.
func replace(f *frame, args []any) (any, error) {
	s, old, with := text(args[0]), text(args[1]), text(args[2])
	n := strings.Count(s, old)
	if len(args) == 4 && whole(args[3]) >= 0 {
		n = int(min(int64(n), whole(args[3])))
	}
	if err := f.reserve(len(s) + n*max(0, len(with)-len(old))); err != nil {
		return nil, err
	}
	return strings.Replace(s, old, with, n), nil
}

func toJSON(f *frame, at *place, args []any) (any, error) {
	s, err := library.ToJSON(args[0], f.reserve)
	if err != nil {
		return nil, at.because(err)
	}
	return s, nil
}
