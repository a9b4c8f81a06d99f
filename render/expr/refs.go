// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// refFinder walks the syntax tree for the paths that it reads.
type refFinder struct {
	p       *planner
	guarded int
	loops   []string
	out     []Ref
}

func (r *refFinder) find(e ast.Expr) []Ref {
	r.walk(e)
	slices.SortStableFunc(r.out, func(a, b Ref) int { return a.Offset - b.Offset })
	return r.out
}

func (r *refFinder) walk(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		r.path(e)
	case ast.CallKind:
		r.call(e)
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			r.walk(item)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.walk(entry.AsMapEntry().Key())
			r.walk(entry.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		r.walk(c.IterRange())
		r.walk(c.AccuInit())
		r.loops = append(r.loops, c.IterVar(), c.AccuVar())
		r.walk(c.LoopStep())
		r.loops = r.loops[:len(r.loops)-2]
	}
}

func (r *refFinder) call(e ast.Expr) {
	c := e.AsCall()
	switch c.FunctionName() {
	case hasName:
		r.guarded++
		r.walk(c.Args()[0])
		r.guarded--
		return
	case operators.Index:
		r.path(e)
		return
	}
	if c.IsMemberFunction() {
		r.walk(c.Target())
	}
	for _, a := range c.Args() {
		r.walk(a)
	}
}

// path notes the path that ends at e, if it begins at a variable, and walks whatever is no part of it.
func (r *refFinder) path(e ast.Expr) {
	var steps []string
	root, final := e, true
	for open := true; open; {
		switch {
		case root.Kind() == ast.SelectKind:
			steps = append(steps, root.AsSelect().FieldName())
			root = root.AsSelect().Operand()
		case root.Kind() == ast.CallKind && root.AsCall().FunctionName() == operators.Index:
			args := root.AsCall().Args()
			if s, ok := literalString(args[1]); ok {
				steps = append(steps, s)
			} else {
				r.walk(args[1])
				steps, final = nil, false // the path ends before a computed index
			}
			root = args[0]
		default:
			open = false
		}
	}
	if root.Kind() != ast.IdentKind {
		r.walk(root)
		return
	}
	name := root.AsIdent()
	if slices.Contains(r.loops, name) || !slices.Contains(r.p.names, name) {
		return
	}
	steps = append(steps, name)
	slices.Reverse(steps)
	r.out = append(r.out, Ref{Path: steps, Guarded: r.guarded > 0, Offset: r.p.offset(root), Final: final})
}

func literalString(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
