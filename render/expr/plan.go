// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/korender/korender/render/diag"
)

// node is one planned operation.
type node interface {
	eval(f *frame) (any, error)
}

// place is where an operation stands in the text, and how it reads, for errors.
type place struct {
	offset int
	source string
}

func (p *place) fail(format string, args ...any) error {
	return &Error{Offset: p.offset, Source: p.source, Message: fmt.Sprintf(format, args...)}
}

func (p *place) limit(message string) error {
	return &Error{Offset: p.offset, Source: p.source, Message: message, Limit: true}
}

// planner turns the syntax tree into nodes and collects what is wrong with it.
type planner struct {
	src      *sourceText
	info     *ast.SourceInfo
	names    []string
	loops    []string // live loop variables, innermost last; the index is the slot
	maxSlots int
	inHas    int // how many has() we are in: there, undeclared names are merely absent
	lazy     int // how many places we are in that may not be evaluated
	problems []Problem
}

func (p *planner) problem(warning bool, code diag.Code, off int, message, hint string) {
	p.problems = append(p.problems, Problem{Warning: warning, Code: string(code), Offset: off, Message: message, Hint: hint})
}

// offset is where the token of an expression stands in the user's text.
func (p *planner) offset(e ast.Expr) int {
	r, _ := p.info.GetOffsetRange(e.ID())
	return p.src.back(p.src.runeToByte(int(r.Start)))
}

// place describes an expression: a path is given whole, from its variable on.
func (p *planner) place(e ast.Expr) place {
	source, root := p.describe(e)
	off := p.offset(root)
	if root.Kind() == ast.CallKind {
		off = p.nameOffset(root)
	}
	return place{offset: off, source: source}
}

// nameOffset is where a call's name stands; the tree knows its bracket only.
func (p *planner) nameOffset(e ast.Expr) int {
	off, name := p.offset(e), e.AsCall().FunctionName()
	if i := strings.LastIndex(p.src.original[:min(off, len(p.src.original))], name); i >= 0 && !strings.HasPrefix(name, "_") {
		return i
	}
	return off
}

func (p *planner) describe(e ast.Expr) (string, ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), e
	case ast.SelectKind:
		s, root := p.describe(e.AsSelect().Operand())
		return s + "." + e.AsSelect().FieldName(), root
	case ast.LiteralKind:
		if s, ok := e.AsLiteral().(types.String); ok {
			return fmt.Sprintf("%q", string(s)), e
		}
		return fmt.Sprint(e.AsLiteral().Value()), e
	case ast.CallKind:
		return p.describeCall(e)
	case ast.ListKind:
		return "[…]", e
	case ast.MapKind:
		return "{…}", e
	}
	return "", e
}

func (p *planner) describeCall(e ast.Expr) (string, ast.Expr) {
	c := e.AsCall()
	switch name := c.FunctionName(); {
	case name == operators.Index:
		s, root := p.describe(c.Args()[0])
		inner, _ := p.describe(c.Args()[1])
		return s + "[" + inner + "]", root
	case name == hasName:
		return "has(…)", e
	case name == operators.Conditional:
		return "? :", e
	case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "!") || strings.HasPrefix(name, "-"):
		return strings.Trim(name, "_"), e
	case strings.HasPrefix(name, "@in"):
		return "in", e
	default:
		return name + "(…)", e
	}
}

// plan makes the node of e. Whatever is wrong is noted; then the node is never run.
func (p *planner) plan(e ast.Expr, lazy bool) node {
	if lazy {
		p.lazy++
		defer func() { p.lazy-- }()
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return constant{literalValue(e.AsLiteral())}
	case ast.IdentKind:
		return p.planIdent(e)
	case ast.SelectKind:
		return p.planSelect(e)
	case ast.CallKind:
		return p.planCall(e)
	case ast.ListKind:
		return p.planList(e)
	case ast.MapKind:
		return p.planMap(e)
	case ast.ComprehensionKind:
		return p.planLoop(e)
	default:
		p.problem(false, diag.ExprSyntax, p.offset(e), "messages are not part of the language", "write a map: {\"key\": value}")
		return constant{nil}
	}
}

func literalValue(v ref.Val) any {
	switch v := v.(type) {
	case types.Int:
		return int64(v)
	case types.Uint:
		return uint64(v)
	case types.Double:
		return float64(v)
	case types.String:
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Bytes:
		return []byte(v)
	default:
		return nil
	}
}

func (p *planner) planIdent(e ast.Expr) node {
	name := e.AsIdent()
	if i := lastIndex(p.loops, name); i >= 0 {
		return local{i}
	}
	if slices.Contains(p.names, name) {
		return variable{name: name, at: p.place(e)}
	}
	if t, found := typeNames[name]; found {
		return constant{t}
	}
	if p.inHas > 0 {
		return failing{p.place(e)}
	}
	p.problem(false, diag.ExprUndeclared, p.offset(e), fmt.Sprintf("%q is not a variable here", name), p.nameHint(name))
	return constant{nil}
}

func (p *planner) nameHint(name string) string {
	if hint := diag.DidYouMean(name, slices.Concat(p.names, p.loops)); hint != "" {
		return hint
	}
	if len(p.names) == 0 {
		return "no variables are in scope here"
	}
	return "in scope here: " + strings.Join(p.names, ", ")
}

func lastIndex(list []string, s string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == s {
			return i
		}
	}
	return -1
}

func (p *planner) planSelect(e ast.Expr) node {
	s := e.AsSelect()
	n := selectField{operand: p.plan(s.Operand(), false), key: s.FieldName(), at: p.place(e)}
	if inner, ok := n.operand.(selectField); ok {
		n.inner = &inner
	}
	return n
}

func (p *planner) planList(e ast.Expr) node {
	items := make([]node, e.AsList().Size())
	for i, item := range e.AsList().Elements() {
		items[i] = p.plan(item, false)
	}
	return p.fold(e, list{items: items}, items)
}

func (p *planner) planMap(e ast.Expr) node {
	m := mapLiteral{at: p.place(e)}
	for _, entry := range e.AsMap().Entries() {
		kv := entry.AsMapEntry()
		m.keys = append(m.keys, p.plan(kv.Key(), false))
		m.values = append(m.values, p.plan(kv.Value(), false))
	}
	return p.fold(e, m, slices.Concat(m.keys, m.values))
}

// fold computes what depends on constants only. A failure is a problem of the program where it is sure to happen.
func (p *planner) fold(e ast.Expr, n node, parts []node) node {
	for _, part := range parts {
		if _, ok := part.(constant); !ok {
			return n
		}
	}
	f := frame{ctx: backgroundOf(), steps: 10_000, alloc: 1 << 20}
	v, err := n.eval(&f)
	if err == nil {
		return constant{v}
	}
	var failure *Error
	if asError(err, &failure) && p.lazy == 0 && p.inHas == 0 && !failure.Limit {
		p.problem(false, diag.ExprNeverWorks, failure.Offset, failure.Error(), failure.Hint)
	}
	return n
}

// TypeName is CEL's word for the type of a value.
func TypeName(v any) string {
	switch v.(type) {
	case nil:
		return "null_type"
	case bool:
		return "bool"
	case int64:
		return "int"
	case uint64:
		return "uint"
	case float64:
		return "double"
	case string:
		return "string"
	case []byte:
		return "bytes"
	case time.Time:
		return "google.protobuf.Timestamp"
	case time.Duration:
		return "google.protobuf.Duration"
	case []any, *openList:
		return "list"
	case map[string]any, *Object:
		return "map"
	case typeValue:
		return "type"
	default:
		return "unknown"
	}
}

// typeValue is the value of type(x).
type typeValue string

var typeNames = map[string]typeValue{
	"null_type": "null_type", "bool": "bool", "int": "int", "uint": "uint", "double": "double", "string": "string",
	"bytes": "bytes", "list": "list", "map": "map", "type": "type",
}
