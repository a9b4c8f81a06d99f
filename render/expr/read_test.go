// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the reader reads is what the parser reads: the same tree, at the same places.
func TestReaderAgreesWithTheParser(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, text := range append(usual, strings.Split(leftToTheParser, "\n")...) {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			checkRead(t, env, text)
		})
	}
	for seed := range uint64(3000) {
		g := &gen{rand.New(rand.NewPCG(seed, 7)), nil}
		checkRead(t, env, g.expr(4))
	}
	for line := range strings.Lines(judgeTable) {
		checkRead(t, env, strings.TrimSpace(line))
	}
}

// usual are the forms that must not need the parser, whose set-up is what a short run would spend most on.
var usual = []string{
	"inputs", " inputs.a.b_1 \n", "x.if", "x.for.y", "'a'", `"b"`, "''", `""`, `'it\'s \\ \n'`, "'é' + x", "1", "-1", "- 1", "-x", "1.5", "-0.5", "007",
	"1.b", "true", "!false", "null", "[]", "[1, 'a', [x]]", "{}", "{'a': 1, b.c: {'d': []}}", "f()", "f(1)", "a.f(x, y)", "a[0]['b'].c", "(a)", "(a).b",
	"a + b - c", "a - 1", "a -1", "a*b + c % d / e", "a < b == c", "a in [1]", "!a.b == !c", "-a.b + 1", "-1.f()", "a ? b : c", "a ? b : c ? d : e",
	"(a ? b : c) ? d : e", "a && b", "a || b && c || d", "a && b && c && d && e && f", "(a && b) && c", "a\n\t+ b", "has(a.b)", "has(a, b)", "a.has(b)",
	"l.map(x, x + 1)", "l.map(x, x > 1, x)", "l.filter(x, x.y)", "l.all(x, x)", "l.exists(x, x)", "l.exists_one(x, x)", "l.reduce(s, x, 0, s + x)",
	"l.sortBy(x, -x)", "l.map(x, m.map(y, [x, y]))", "l.map(x)", "map(x, y)", "a == b ? {'x': 1} : {'x': 2}", "a.b == 'c' && d != 'e' || f",
}

// What has to be left to the parser, since it is rare, or wrong.
const leftToTheParser = `
in
if
while
x.in
x.true
null.x
a..b
.a
a.
a.1b
a.5
1.
1u
0x1F
1e5
1.5e3
99999999999999999999
r'a\d'
b'a'
'''a'''
""""""
'a\u00e9'
'a\d'
'a
a'b'
é.b
a // comment
a b
a = b
a & b
- -1
--1
!!a
!-1
-(-1)
[1,]
{'a': 1,}
{'a'}
{a: }
f(a,)
f(
(a
[?a]
a.?b
a[?0]
a{b: 1}
a.b{c: 1}
.f(x)
for(x)
l.map(x.y, x)
l.map(__result__, 1)
l.reduce(1, x, 0, x)
l.sortBy(1, x)
a ? b ? c : d : e
a ? b
a.` + "`b-c`" + `
a <> b
a < b < c
`

func TestReaderReads(t *testing.T) {
	t.Parallel()
	for _, text := range usual {
		_, _, ok := read(text, macros())
		assert.True(t, ok, text)
	}
	_, _, ok := read(strings.Repeat("(", 500)+"a"+strings.Repeat(")", 500), macros())
	assert.True(t, ok)
	for _, text := range []string{strings.Repeat("(", 1500) + "a" + strings.Repeat(")", 1500), strings.Repeat("[", 5000), strings.Repeat("-", 5000),
		"a" + strings.Repeat(".b", 1500), strings.Repeat("a + ", 1500) + "a"} {
		_, _, ok := read(text, macros())
		assert.False(t, ok)
	}
}

// FuzzRead compares the reader with the parser.
func FuzzRead(f *testing.F) {
	for _, text := range append(usual, strings.Split(leftToTheParser, "\n")...) {
		f.Add(text)
	}
	env, err := NewEnv(Limits{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) { checkRead(t, env, text) })
}

func checkRead(t *testing.T, env *Env, text string) {
	t.Helper()
	tree, info, ok := read(text, env.macros)
	if !ok {
		return
	}
	parsed, errs := env.parser.Parse(common.NewTextSource(text))
	if !assert.Empty(t, errs.GetErrors(), "the parser does not accept %q", text) {
		return
	}
	assert.Equal(t, dump(parsed.Expr(), parsed.SourceInfo()), dump(tree, info), text)
}

// dump writes a tree with the places of its nodes. Those of a map's colons are not told: nothing is ever said of them.
func dump(e ast.Expr, info *ast.SourceInfo) string {
	place, _ := info.GetOffsetRange(e.ID())
	inner := func(list ...ast.Expr) string {
		var out []string
		for _, e := range list {
			out = append(out, dump(e, info))
		}
		return strings.Join(out, ", ")
	}
	body := ""
	switch e.Kind() {
	case ast.LiteralKind:
		v := e.AsLiteral()
		if d, ok := v.(types.Double); ok {
			v = types.String(fmt.Sprintf("%x", float64(d)))
		}
		body = fmt.Sprintf("%T %q", v, fmt.Sprint(v.Value()))
	case ast.IdentKind:
		body = e.AsIdent()
	case ast.SelectKind:
		body = inner(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	case ast.CallKind:
		c := e.AsCall()
		target := ""
		if c.IsMemberFunction() {
			target = inner(c.Target()) + "."
		}
		body = target + c.FunctionName() + "(" + inner(c.Args()...) + ")"
	case ast.ListKind:
		body = "[" + inner(e.AsList().Elements()...) + "]"
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			body += "{" + inner(entry.AsMapEntry().Key(), entry.AsMapEntry().Value()) + "}"
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		body = fmt.Sprintf("for %s, %s: %s", c.IterVar(), c.AccuVar(), inner(c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()))
	default:
		body = fmt.Sprint(e.Kind())
	}
	return fmt.Sprintf("%d:%s", place.Start, body)
}
