// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"maps"
	"slices"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/parser"
)

// hasName is the call that the has() macro becomes.
const hasName = "@has"

// sortByName is the call that the sortBy() macro becomes: a list, and its keys.
const sortByName = "@sortBy"

// hidden is the accumulator of the standard macros; users cannot write it.
const hidden = "@result"

// macros are the language's macros: the standard ones, has() of anything, and reduce().
func macros() []parser.Macro {
	has := parser.NewGlobalMacro("has", 1, func(eh parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		return eh.NewCall(hasName, args[0]), nil
	})
	reduce := parser.NewReceiverMacro("reduce", 4, func(eh parser.ExprHelper, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		for _, a := range args[:2] {
			if a.Kind() != ast.IdentKind {
				return nil, eh.NewError(a.ID(), "reduce takes the names of two variables first: list.reduce(sum, item, 0, sum + item)")
			}
		}
		return eh.NewComprehension(target, args[1].AsIdent(), args[0].AsIdent(), args[2], eh.NewLiteral(trueValue), args[3], eh.NewIdent(args[0].AsIdent())), nil
	})
	sortBy := parser.NewReceiverMacro("sortBy", 2, func(eh parser.ExprHelper, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		keys, err := parser.MakeMap(eh, eh.Copy(target), args)
		if err != nil {
			return nil, err
		}
		return eh.NewCall(sortByName, target, keys), nil
	})
	return []parser.Macro{has, reduce, sortBy, parser.AllMacro, parser.ExistsMacro, parser.ExistsOneMacro, parser.MapMacro,
		parser.MapFilterMacro, parser.FilterMacro}
}

type loopKind uint8

const (
	loopReduce loopKind = iota
	loopAll
	loopExists
	loopOne
	loopMap // also filter: then the result is the item itself
)

type loop struct {
	kind      loopKind
	over      node
	item, acc int  // slots
	init      node // reduce
	test      node // all, exists, exists_one, filter; nil for map without a filter
	result    node // map, reduce
	at        place
}

// planLoop recognises which macro a comprehension was, since each treats unknowns in its own way.
func (p *planner) planLoop(e ast.Expr) node {
	c := e.AsComprehension()
	l := &loop{over: p.plan(c.IterRange(), false), at: p.place(c.IterRange())}
	standard := c.AccuVar() == hidden
	if !standard {
		l.init = p.plan(c.AccuInit(), false)
	}
	l.item, l.acc = len(p.loops), len(p.loops)+1
	p.loops = append(p.loops, c.IterVar(), c.AccuVar())
	p.maxSlots = max(p.maxSlots, len(p.loops))
	defer func() { p.loops = p.loops[:len(p.loops)-2] }()
	step := c.LoopStep()
	if !standard {
		l.kind, l.result = loopReduce, p.plan(step, true)
		return l
	}
	args := step.AsCall().Args()
	switch step.AsCall().FunctionName() {
	case operators.LogicalAnd:
		l.kind, l.test = loopAll, p.plan(args[1], true)
	case operators.LogicalOr:
		l.kind, l.test = loopExists, p.plan(args[1], true)
	case operators.Add:
		l.kind, l.result = loopMap, p.plan(args[1].AsList().Elements()[0], true)
	default: // a conditional: filter, map with a filter, or exists_one
		l.test = p.plan(args[0], true)
		l.kind = loopOne
		if c.AccuInit().Kind() == ast.ListKind {
			l.kind, l.result = loopMap, p.plan(args[1].AsCall().Args()[1].AsList().Elements()[0], true)
		}
	}
	return l
}

func (n *loop) eval(f *frame) (any, error) {
	over, err := n.over.eval(f)
	if err != nil {
		return nil, err
	}
	items, open, err := n.items(f, over)
	if err != nil {
		return nil, err
	}
	if open != nil {
		f.doubt(open)
	}
	if open != nil && (n.kind != loopExists || items == nil) {
		return open, nil
	}
	switch n.kind {
	case loopAll, loopExists:
		return n.quantify(f, items, open)
	case loopOne:
		return n.countOne(f, items)
	case loopMap:
		return n.collect(f, items)
	}
	return n.reduce(f, items)
}

// items is what the loop runs over, and the unknown that the whole range is, if it is one. Maps give their keys in order.
func (n *loop) items(f *frame, over any) ([]any, *Unknown, error) {
	switch v := over.(type) {
	case []any:
		return v, nil, nil
	case map[string]any:
		return sortedKeys(v), nil, f.work(&n.at, 4*len(v))
	case *Unknown:
		return nil, derived(v.waits), nil
	case *openList:
		if v.of.Mode == Declared {
			return v.all(), derived([]Wait{v.wait()}), f.work(&n.at, len(v.items))
		}
		return v.all(), nil, f.work(&n.at, len(v.items))
	case *Object:
		if v.Mode != Observed {
			return nil, derived([]Wait{v.wait("")}), nil
		}
		return sortedKeys(v.Value), nil, f.work(&n.at, 4*len(v.Value))
	}
	return nil, nil, n.at.fail("can only go through a list or a map, not %s", aType(over))
}

func sortedKeys(m map[string]any) []any {
	out := make([]any, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k)
	}
	return out
}

// round sets the loop variable and evaluates n.
func (n *loop) round(f *frame, item any, what node) (any, error) {
	if err := f.tick(&n.at); err != nil {
		return nil, err
	}
	f.locals[n.item] = item
	return what.eval(f)
}

// judge evaluates the test for an item: a bool, or an unknown.
func (n *loop) judge(f *frame, item any) (any, error) {
	v, err := n.round(f, item, n.test)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case bool, *Unknown:
		f.doubt(v)
		return v, nil
	}
	return nil, n.at.fail("the test of a loop must be a bool, not %s", aType(v))
}

// quantify is all and exists: one decisive item beats errors and unknowns, an unknown beats an error.
func (n *loop) quantify(f *frame, items []any, open *Unknown) (any, error) {
	decisive := n.kind == loopExists
	var waits []Wait
	var failure error
	for _, item := range items {
		v, err := n.judge(f, item)
		switch {
		case isLimit(err):
			return nil, err
		case err != nil:
			if failure == nil {
				failure = err
			}
		case v == decisive:
			return decisive, nil
		default:
			if u, ok := v.(*Unknown); ok {
				waits = append(waits, u.waits...)
			}
		}
	}
	if open != nil {
		waits = append(waits, open.waits...)
	}
	switch {
	case waits != nil:
		return derived(waits), nil
	case failure != nil:
		return nil, failure
	}
	return !decisive, nil
}

func (n *loop) countOne(f *frame, items []any) (any, error) {
	count := 0
	var waits []Wait
	for _, item := range items {
		v, err := n.judge(f, item)
		if err != nil {
			return nil, err
		}
		if u, ok := v.(*Unknown); ok {
			waits = append(waits, u.waits...)
		} else if v == true {
			count++
		}
	}
	if waits != nil {
		return derived(waits), nil
	}
	return count == 1, nil
}

// collect is map and filter.
func (n *loop) collect(f *frame, items []any) (any, error) {
	out := make([]any, 0, len(items))
	var waits []Wait
	for _, item := range items {
		if n.test != nil {
			v, err := n.judge(f, item)
			if err != nil {
				return nil, err
			}
			if u, ok := v.(*Unknown); ok {
				waits = append(waits, u.waits...)
				continue
			}
			if v == false {
				continue
			}
		}
		v, err := n.round(f, item, n.result)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if waits != nil {
		return derived(waits), nil
	}
	return out, nil
}

func (n *loop) reduce(f *frame, items []any) (any, error) {
	acc, err := n.init.eval(f)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		f.locals[n.acc] = acc
		if acc, err = n.round(f, item, n.result); err != nil {
			return nil, err
		}
	}
	return acc, nil
}
