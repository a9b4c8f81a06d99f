// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is what any expression may take on a busy machine; each of these would take hours or all memory.
const patience = time.Minute

func bigVars() Vars {
	l := make([]any, 10_000)
	m := make(map[string]any, len(l))
	for i := range l {
		l[i] = int64(i)
		m[strings.Repeat("k", i%50)+string(rune('a'+i%26))] = l
	}
	return Vars{"l": l, "s": strings.Repeat("ab", 500_000), "m": m, "u": NewUnknown(Wait{Step: "a", Path: "b"})}
}

func TestRunaway(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	vars := bigVars()
	nested := func(start, step string, n int) string {
		return strings.Repeat(start, n) + step + strings.Repeat(")", n)
	}
	for name, text := range map[string]string{
		"nested maps":                 "l.map(a, l.map(b, l.map(c, a + b + c)))",
		"nested quantifiers":          "l.all(a, l.all(b, l.all(c, a + b + c >= 0)))",
		"errors do not help":          "l.exists(a, l.exists(b, l.exists(c, a.x == 1)))",
		"has does not help":           "has(l.map(a, l.map(b, l.map(c, 1))))",
		"or does not help":            "l.all(a, l.all(b, l.all(c, true))) || true",
		"text doubles":                "l.reduce(a, x, 'x', a + a).size()",
		"lists double":                "l.reduce(a, x, [1], a + a).size()",
		"lists hold themselves":       "l.reduce(a, x, [1], [a, a])",
		"maps hold themselves":        "l.reduce(a, x, {}, {'a': a, 'b': a})",
		"comparing such":              "l.reduce(a, x, [1], [a, a]) == l.reduce(a, x, [1], [a, a])",
		"writing such":                "to_json(l.slice(0, 60).reduce(a, x, [1], [a, a])).size()",
		"merging such":                "[l.slice(0, 60).reduce(a, x, {'a': 1}, {'a': a, 'b': a})].map(m, m.overlay(m)).size()",
		"searching such":              "l.slice(0, 60).reduce(a, x, [1], [a, a]) in [l.slice(0, 60).reduce(a, x, [1], [a, a])]",
		"flattening such":             "l.slice(0, 60).reduce(a, x, [1], [a, a]).flatten(100).size()",
		"formatting such":             "'%s'.format([l.slice(0, 60).reduce(a, x, [1], [a, a])]).size()",
		"unknowns in such":            "l.slice(0, 60).reduce(a, x, [u], [a, a]).sort()",
		"doubts in such":              "has(l.slice(0, 60).reduce(a, x, [u], [a, a]).size())",
		"depth":                       "l.reduce(a, x, [], [a])",
		"comparing big lists":         "l.map(a, l.map(b, l == l.map(c, c)))",
		"searching big lists":         "l.all(a, l.all(b, !(-1 in l)))",
		"scanning big lists":          "l.all(a, l.all(b, l.min() == 0))",
		"sorting big lists":           "l.all(a, l.all(b, l.sort().size() > 0))",
		"reversing big lists":         "l.all(a, l.all(b, l.reverse().size() > 0))",
		"sets of big lists":           "sets.equivalent(l, l.map(x, x + 1)) || sets.contains(l, l)",
		"distinct":                    "l.map(x, x * 2).distinct().size() + l.map(x, l.distinct()).size()",
		"searching texts":             "l.all(a, l.all(b, !('z' in s)))",
		"contains":                    "l.all(a, l.all(b, !s.contains('z')))",
		"matching texts":              "l.all(a, l.all(b, !s.matches('(a|b)*z')))",
		"splitting texts":             "l.all(a, l.all(b, s.split('a').size() > 0))",
		"replacing grows":             "s.replace('a', s)",
		"replacing patterns grows":    "regex.replace(s, 'a', s)",
		"replacing nothing grows":     "s.replace('', s)",
		"joining grows":               "l.map(x, string(x)).join(s)",
		"a huge range":                "lists.range(9223372036854775807)",
		"a large range":               "lists.range(1000000000)",
		"json in json":                "l.reduce(a, x, '\"', to_json(a)).size()",
		"base64 in base64":            "l.reduce(a, x, s, b64encode(a)).size()",
		"overlays in loops":           "l.all(a, l.all(b, m.overlay({'z': a}).size() > 0))",
		"keys in loops":               "l.all(a, l.all(b, m.keys().size() > 0 && m.values().size() > 0))",
		"loops over maps":             "l.all(a, l.all(b, m.exists(k, k == 'none') || true))",
		"upper case":                  "l.all(a, l.all(b, s.toUpper() != ''))",
		"backtracking":                "l.all(x, !(s + 'c').matches('(?=a)(a|b|ab)*d'))",
		"parentheses":                 strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		"brackets":                    strings.Repeat("[", 5000) + "1" + strings.Repeat("]", 5000),
		"braces":                      strings.Repeat("{'a':", 5000) + "1" + strings.Repeat("}", 5000),
		"calls":                       nested("size(", "1", 5000),
		"conditions":                  strings.Repeat("true ? 1 : ", 5000) + "1",
		"too long":                    "'" + strings.Repeat("x", 200_000) + "'",
		"nested has":                  nested("has(", "x", 5000),
		"macros that copy their text": "[1]" + strings.Repeat(".sortBy(x, x)", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, problems := env.compile(text, []string{"l", "s", "m", "u"})
			if p == nil {
				require.NotEmpty(t, problems)
				assert.NotEmpty(t, problems[0].Message)
				assert.Less(t, time.Since(start), patience)
				return
			}
			_, err := p.Eval(t.Context(), vars)
			assert.Less(t, time.Since(start), patience)
			var limit *Error
			if assert.ErrorAs(t, err, &limit) {
				assert.True(t, limit.Limit, limit.Error())
			}
		})
	}
}

// A long expression is no runaway: it compiles in a moment, and says what it says.
func TestLongExpressions(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for name, text := range map[string]string{
		"sum":   "1" + strings.Repeat(" + 1", 499),
		"path":  "size(m" + strings.Repeat(".a", 150) + ")",
		"and":   "true" + strings.Repeat(" && true", 2000),
		"list":  "[" + strings.Repeat("1, ", 5000) + "1]",
		"text":  "'" + strings.Repeat("é", 40_000) + "'",
		"nots":  strings.Repeat("!", 50_000) + "true",
		"minus": strings.Repeat("-", 50_000) + "1",
		"slash": "'" + strings.Repeat(`\d`, 20_000) + "'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, problems := env.compile(text, []string{"m"})
			require.NotNil(t, p, problems)
			assert.Less(t, time.Since(start), patience)
		})
	}
}

func TestInterruption(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{Steps: 1 << 40, Alloc: 1 << 50})
	require.NoError(t, err)
	p, problems := env.Compile("l.all(a, l.all(b, l.all(c, a + b + c >= 0))) || true", []string{"l"})
	require.NotNil(t, p, problems)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = p.Eval(ctx, bigVars())
	assert.Less(t, time.Since(start), patience)
	assert.Equal(t, &Error{Offset: 0, Source: "l", Message: "the evaluation was stopped: it took too long", Limit: true}, anyPlace(err))
}

// anyPlace leaves out where an error stands: which loop is interrupted is chance.
func anyPlace(err error) any {
	e, ok := err.(*Error) //nolint:errorlint // never wrapped
	if !ok {
		return err
	}
	c := *e
	c.Offset, c.Source = 0, "l"
	return &c
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limits Limits
		text   string
		fails  bool
	}{
		"steps suffice":        {Limits{Steps: 100}, "[1, 2, 3].all(x, x > 0)", false},
		"steps do not":         {Limits{Steps: 2}, "[1, 2, 3].all(x, x > 0)", true},
		"bytes suffice":        {Limits{Alloc: 1000}, "s.replace('a', 'bb')", false},
		"bytes do not":         {Limits{Alloc: 10}, "s.replace('a', 'bbbbbbbb')", true},
		"a bound beats or":     {Limits{Alloc: 10}, "s.replace('a', 'bbbbbbbb') == '' || true", true},
		"a bound beats has":    {Limits{Alloc: 10}, "has(s.replace('a', 'bbbbbbbb'))", true},
		"a bound beats exists": {Limits{Alloc: 10}, "[1, 2].exists(x, x == 2 || s.replace('a', 'bbbbbbbb') == '')", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, err := NewEnv(tt.limits)
			require.NoError(t, err)
			p, problems := env.Compile(tt.text, []string{"s"})
			require.NotNil(t, p, problems)
			_, err = p.Eval(t.Context(), Vars{"s": "aaaa"})
			var limit *Error
			if !tt.fails {
				assert.NoError(t, err)
			} else if assert.ErrorAs(t, err, &limit) {
				assert.True(t, limit.Limit)
			}
		})
	}
}
