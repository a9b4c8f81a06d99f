// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"slices"
	"strconv"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/parser"
)

// reader reads the expressions that programs are full of: paths, calls, operators, plain literals. The tree is the one
// that cel-go's parser makes, in a fraction of its time: setting up its tables alone was a quarter of a short render.
// Whatever the reader does not know, and all that is wrong, it leaves to the parser, which has the words for it.
type reader struct {
	lexer
	fac    ast.ExprFactory
	info   *ast.SourceInfo
	macros []parser.Macro
	nodes  int // so far
}

const (
	maxNodes = 800    // far from where the parser says that an expression nests too deeply
	maxRead  = 20_000 // bytes
)

// keywords are no names, though they look like some.
var keywords = []string{"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
	"loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}

// binaryLevels are the operators that take two operands and are neither && nor ||, loosest first.
var binaryLevels = [][]string{{"<", "<=", ">=", ">", "==", "!=", "in"}, {"+", "-"}, {"*", "/", "%"}}

// read reads the whole text. It tells whether it could.
func read(text string, macros []parser.Macro) (ast.Expr, *ast.SourceInfo, bool) {
	if len(text) > maxRead {
		return nil, nil, false
	}
	r := &reader{lexer: lexer{text: text}, fac: ast.NewExprFactoryWithAccumulator(hidden), macros: macros}
	r.info = ast.NewSourceInfo(common.NewTextSource(text))
	r.next()
	e := r.expr()
	return e, r.info, !r.failed && r.token.kind == endToken
}

// id is the name of a new node in the tree, whose token stands at a byte of the text.
func (r *reader) id(at int) int64 {
	r.nodes++
	if r.nodes > maxNodes {
		r.fail()
	}
	start := int32(r.runes(at))
	r.info.SetOffsetRange(int64(r.nodes), ast.OffsetRange{Start: start, Stop: start})
	return int64(r.nodes)
}

// nothing stands for what could not be read.
func (r *reader) nothing() ast.Expr {
	r.fail()
	return r.fac.NewUnspecifiedExpr(0)
}

// expr reads a choice, or what binds more tightly.
func (r *reader) expr() ast.Expr {
	if r.nodes++; r.nodes > maxNodes { // brackets make no nodes, but nest
		return r.nothing()
	}
	test := r.logical("||", operators.LogicalOr)
	at := r.token.at
	if !r.take("?") {
		return test
	}
	id := r.id(at)
	yes := r.logical("||", operators.LogicalOr)
	r.want(":")
	return r.fac.NewCall(id, operators.Conditional, test, yes, r.expr())
}

// logical reads terms between && or ||.
func (r *reader) logical(symbol, function string) ast.Expr {
	term := func() ast.Expr { return r.binary(0) }
	if symbol == "||" {
		term = func() ast.Expr { return r.logical("&&", operators.LogicalAnd) }
	}
	terms, ids := []ast.Expr{term()}, []int64(nil)
	for at := r.token.at; r.take(symbol); at = r.token.at {
		ids = append(ids, r.id(at))
		terms = append(terms, term())
	}
	return r.balanced(function, terms, ids)
}

// balanced joins terms to a tree that is as flat as can be: ids are of the operators between them.
func (r *reader) balanced(function string, terms []ast.Expr, ids []int64) ast.Expr {
	if len(ids) == 0 {
		return terms[0]
	}
	mid := len(ids) / 2
	left := r.balanced(function, terms[:mid+1], ids[:mid])
	return r.fac.NewCall(ids[mid], function, left, r.balanced(function, terms[mid+1:], ids[mid+1:]))
}

// binary reads operands between operators of a level.
func (r *reader) binary(level int) ast.Expr {
	if level == len(binaryLevels) {
		return r.unary()
	}
	e := r.binary(level + 1)
	for r.token.kind == symbolToken && slices.Contains(binaryLevels[level], r.token.text) {
		function, known := operators.Find(r.token.text)
		if !known {
			return r.nothing()
		}
		id := r.id(r.token.at)
		r.next()
		e = r.fac.NewCall(id, function, e, r.binary(level+1))
	}
	return e
}

// unary reads at most one sign; a number is read with it.
func (r *reader) unary() ast.Expr {
	at := r.token.at
	switch {
	case r.take("!"):
		id := r.id(at)
		return r.fac.NewCall(id, operators.LogicalNot, r.member(r.primary()))
	case !r.take("-"):
		return r.member(r.primary())
	case r.token.kind == intToken, r.token.kind == floatToken:
		return r.member(r.number(at, "-"))
	}
	id := r.id(at)
	return r.fac.NewCall(id, operators.Negate, r.member(r.primary()))
}

// member reads what follows a value: fields, calls and brackets.
func (r *reader) member(e ast.Expr) ast.Expr {
	for at := r.token.at; ; at = r.token.at {
		switch {
		case r.take("."):
			name := r.token.text
			if r.token.kind != nameToken {
				return r.nothing()
			}
			r.next()
			if open := r.token.at; r.take("(") {
				e = r.call(r.id(open), name, e)
			} else {
				e = r.fac.NewSelect(r.id(at), e, name)
			}
		case r.take("["):
			id := r.id(at)
			key := r.expr()
			r.want("]")
			e = r.fac.NewCall(id, operators.Index, e, key)
		default:
			return e
		}
	}
}

// primary reads a value that no operator stands in.
func (r *reader) primary() ast.Expr {
	t := r.token
	switch t.kind {
	case nameToken:
		return r.named()
	case intToken, floatToken:
		return r.number(t.at, "")
	case textToken:
		return r.literal(types.String(t.text))
	case symbolToken:
		switch t.text {
		case "true", "false":
			return r.literal(types.Bool(t.text == "true"))
		case "null":
			return r.literal(types.NullValue)
		case "(":
			r.next()
			e := r.expr()
			r.want(")")
			return e
		case "[":
			r.next()
			id := r.id(t.at)
			return r.fac.NewList(id, r.list("]"), nil)
		case "{":
			return r.mapping()
		}
	}
	return r.nothing()
}

// literal is the value of the token.
func (r *reader) literal(v ref.Val) ast.Expr {
	id := r.id(r.token.at)
	r.next()
	return r.fac.NewLiteral(id, v)
}

func (r *reader) number(at int, sign string) ast.Expr {
	text, whole := sign+r.token.text, r.token.kind == intToken
	r.token.at = at
	if whole {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			return r.literal(types.Int(v))
		}
	} else if v, err := strconv.ParseFloat(text, 64); err == nil {
		return r.literal(types.Double(v))
	}
	return r.nothing()
}

// named reads a variable, or a call of a function.
func (r *reader) named() ast.Expr {
	t := r.token
	if slices.Contains(keywords, t.text) {
		return r.nothing()
	}
	r.next()
	if open := r.token.at; r.take("(") {
		return r.call(r.id(open), t.text, nil)
	}
	return r.fac.NewIdent(r.id(t.at), t.text)
}

// call reads the arguments of a call of a function or, with a target, of a method.
func (r *reader) call(id int64, name string, target ast.Expr) ast.Expr {
	args := r.list(")")
	for _, m := range r.macros {
		if !r.failed && m.Function() == name && m.ArgCount() == len(args) && m.IsReceiverStyle() == (target != nil) {
			e, err := m.Expander()(expander{r.fac, r.info, id}, target, args)
			if err != nil {
				return r.nothing()
			}
			return e
		}
	}
	if target != nil {
		return r.fac.NewMemberCall(id, name, target, args...)
	}
	return r.fac.NewCall(id, name, args...)
}

// list reads expressions up to a closing bracket.
func (r *reader) list(closing string) []ast.Expr {
	list := []ast.Expr{}
	if r.take(closing) {
		return list
	}
	list = append(list, r.expr())
	for r.take(",") {
		list = append(list, r.expr())
	}
	r.want(closing)
	return list
}

func (r *reader) mapping() ast.Expr {
	id := r.id(r.token.at)
	entries := []ast.EntryExpr{}
	r.next()
	for more := !r.take("}"); more; {
		key := r.expr()
		entry := r.id(r.token.at)
		r.want(":")
		entries = append(entries, r.fac.NewMapEntry(entry, key, r.expr(), false))
		if more = r.take(","); !more {
			r.want("}")
		}
	}
	return r.fac.NewMap(id, entries)
}
