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

	"github.com/korender/korender/render/diag"
)

var trueValue = types.True

type binaryOp func(f *frame, at *place, a, b any) (any, error)

var binaryOps = map[string]binaryOp{
	operators.Add:           add,
	operators.Subtract:      subtract,
	operators.Multiply:      strictArithmetic('*'),
	operators.Divide:        strictArithmetic('/'),
	operators.Modulo:        strictArithmetic('%'),
	operators.Equals:        equalOp,
	operators.NotEquals:     notEqualOp,
	operators.Less:          ordered(func(c int) bool { return c < 0 }),
	operators.LessEquals:    ordered(func(c int) bool { return c <= 0 }),
	operators.Greater:       ordered(func(c int) bool { return c > 0 }),
	operators.GreaterEquals: ordered(func(c int) bool { return c >= 0 }),
	operators.In:            inOp,
}

type binary struct {
	op    binaryOp
	total bool // == and != never fail
	a, b  node
	at    place
}

func (n *binary) eval(f *frame) (any, error) {
	a, err := n.a.eval(f)
	if err != nil {
		return nil, err
	}
	b, err := n.b.eval(f)
	if err != nil {
		return nil, err
	}
	if f.watching && !n.total {
		f.doubt(a)
		f.doubt(b)
	}
	return n.op(f, &n.at, a, b)
}

type unary struct {
	not bool // else minus
	a   node
	at  place
}

func (n *unary) eval(f *frame) (any, error) {
	a, err := n.a.eval(f)
	if err != nil {
		return nil, err
	}
	switch v := a.(type) {
	case *Unknown:
		f.doubt(v)
		return derived(v.waits), nil
	case bool:
		if n.not {
			return !v, nil
		}
	case int64:
		if !n.not {
			return intArithmetic('-', &n.at, 0, v)
		}
	case float64:
		if !n.not {
			return -v, nil
		}
	case time.Duration:
		if !n.not {
			return durationOf(intArithmetic('-', &n.at, 0, int64(v)))
		}
	}
	return nil, n.at.fail("does not work on %s", aType(a))
}

// function is one function of the language. Most are strict: an unknown anywhere in an argument makes the result
// unknown. Those that are not see their arguments as they are.
type function struct {
	min, max int // arguments, the receiver counted
	partial  bool
	call     func(f *frame, at *place, args []any) (any, error)
}

type call struct {
	fn   *function
	args []node
	at   place
}

func (n *call) eval(f *frame) (any, error) {
	args := make([]any, len(n.args))
	for i, a := range n.args {
		v, err := a.eval(f)
		if err != nil {
			return nil, err
		}
		args[i] = v
		f.doubt(v)
	}
	if !n.fn.partial {
		if u, err := f.unknownIn(&n.at, args); u != nil || err != nil {
			return orNil(u), err
		}
	}
	return n.fn.call(f, &n.at, args)
}

func (p *planner) planCall(e ast.Expr) node {
	c := e.AsCall()
	name := c.FunctionName()
	switch name {
	case hasName:
		return p.planPresence(c.Args()[0])
	case operators.LogicalAnd, operators.LogicalOr:
		n := either{left: p.plan(c.Args()[0], true), right: p.plan(c.Args()[1], true), decisive: name == operators.LogicalOr, at: p.place(e)}
		return p.fold(e, n, []node{n.left, n.right})
	case operators.Conditional:
		n := conditional{test: p.plan(c.Args()[0], false), yes: p.plan(c.Args()[1], true), no: p.plan(c.Args()[2], true), at: p.place(e)}
		return p.fold(e, n, []node{n.test, n.yes, n.no})
	case operators.Index:
		n := index{operand: p.plan(c.Args()[0], false), key: p.plan(c.Args()[1], false), at: p.place(e)}
		return p.fold(e, n, []node{n.operand, n.key})
	case operators.LogicalNot, operators.Negate:
		n := &unary{not: name == operators.LogicalNot, a: p.plan(c.Args()[0], false), at: p.place(e)}
		return p.fold(e, n, []node{n.a})
	}
	if op, found := binaryOps[name]; found {
		n := &binary{op: op, total: name == operators.Equals || name == operators.NotEquals, a: p.plan(c.Args()[0], false), b: p.plan(c.Args()[1], false), at: p.place(e)}
		return p.fold(e, n, []node{n.a, n.b})
	}
	return p.planFunction(e)
}

// namespaces are the first words of the functions of CEL's extensions, e.g. math.greatest.
var namespaces = []string{"math", "sets", "base64", "regex", "strings", "lists"}

func (p *planner) planFunction(e ast.Expr) node {
	c := e.AsCall()
	name, exprs := c.FunctionName(), c.Args()
	if c.IsMemberFunction() {
		t := c.Target()
		if t.Kind() == ast.IdentKind && slices.Contains(namespaces, t.AsIdent()) && !slices.Contains(p.names, t.AsIdent()) &&
			lastIndex(p.loops, t.AsIdent()) < 0 {
			name = t.AsIdent() + "." + name
		} else {
			exprs = append([]ast.Expr{t}, exprs...)
		}
	}
	args := make([]node, len(exprs))
	for i, a := range exprs {
		args[i] = p.plan(a, false)
	}
	at := p.place(e)
	fn, err := findFunction(name, len(args))
	if err != "" {
		if p.inHas > 0 {
			return failing{at}
		}
		p.problem(false, diag.ExprFunction, p.nameOffset(e), err, functionHint(name))
		return constant{nil}
	}
	if name == "matches" && len(args) == 2 {
		p.checkPattern(args[1], exprs[1])
	}
	n := &call{fn: fn, args: args, at: at}
	return p.fold(e, n, args)
}

// findFunction looks a function up by name and number of arguments; the text says what is wrong.
func findFunction(name string, args int) (*function, string) {
	if fn, found := natives[name]; found {
		switch {
		case args < fn.min, args > fn.max && fn.max >= 0:
			return nil, fmt.Sprintf("%s takes %s, not %d (a receiver counts as one)", name, arity(fn), args)
		}
		return fn, ""
	}
	return nil, fmt.Sprintf("there is no function %q with %d arguments (a receiver counts as one)", name, args)
}

func arity(fn *function) string {
	switch {
	case fn.max < 0:
		return fmt.Sprintf("at least %d", fn.min)
	case fn.min == fn.max && fn.min == 1:
		return "1 argument"
	case fn.min == fn.max:
		return fmt.Sprintf("%d arguments", fn.min)
	default:
		return fmt.Sprintf("%d to %d arguments", fn.min, fn.max)
	}
}

func functionHint(name string) string {
	var names []string
	for n := range natives {
		names = append(names, n)
	}
	names = append(names, "map", "filter", "all", "exists", "exists_one", "reduce", "has")
	names = slices.DeleteFunc(names, func(n string) bool { return n == name || strings.HasPrefix(n, "@") })
	if hint := diag.DidYouMean(name, names); hint != "" {
		return hint
	}
	if slices.Contains([]string{"all", "exists", "exists_one", "filter", "map", "reduce", "has"}, name) {
		return macroHints[name]
	}
	return "the table of functions is in the language reference, render/README.md"
}

var macroHints = map[string]string{
	"all":        "write list.all(x, test of x)",
	"exists":     "write list.exists(x, test of x)",
	"exists_one": "write list.exists_one(x, test of x)",
	"filter":     "write list.filter(x, test of x)",
	"map":        "write list.map(x, value made of x)",
	"reduce":     "write list.reduce(acc, x, start, value made of acc and x)",
	"has":        "write has(value)",
}
