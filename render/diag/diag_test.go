// SPDX-License-Identifier: Apache-2.0

package diag_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

func at(file string, line, column int) diag.Pos {
	return diag.Pos{File: file, Line: line, Column: column}
}

func TestSort(t *testing.T) {
	t.Parallel()
	sorted := diag.List{
		{Pos: at("", 0, 0), Message: "no place"},
		{Pos: at("a", 2, 9), Message: "x"},
		{Pos: at("a", 10, 1), Message: "x"},
		{Pos: at("a", 10, 2), Code: "KR0001", Message: "x"},
		{Pos: at("a", 10, 2), Code: "KR0002", Message: "w"},
		{Pos: at("a", 10, 2), Code: "KR0002", Message: "x"},
		{Pos: at("a", 10, 2), Severity: diag.Warning, Message: "a"},
		{Pos: at("a", 10, 2), Severity: diag.Info, Message: "a"},
		{Pos: at("b", 1, 1), Message: "x"},
	}
	mixed := append(slices.Clone(sorted), sorted...) // every one twice
	slices.Reverse(mixed)
	assert.Equal(t, sorted, mixed.Sort())
	assert.Empty(t, diag.List(nil).Sort())
}

func TestListIsAnErrorWhenItHoldsOne(t *testing.T) {
	t.Parallel()
	warning := diag.Diagnostic{Severity: diag.Warning, Code: "KR0015", Pos: at("a.yaml", 3, 0), Message: "odd"}
	failure := diag.Diagnostic{Code: "KR0001", Pos: at("a.yaml", 3, 7), Message: "wrong"}
	bare := diag.Diagnostic{Severity: diag.Info, Message: "by the way"}
	require.NoError(t, diag.List{}.Err())
	require.NoError(t, diag.List{warning, bare}.Err())
	assert.False(t, diag.List{warning}.HasErrors())
	err := diag.List{warning, failure, bare}.Err()
	require.EqualError(t, err, "a.yaml:3: warning[KR0015]: odd\na.yaml:3:7: error[KR0001]: wrong\ninfo: by the way")
	var list diag.List
	require.True(t, errors.As(err, &list))
	assert.Equal(t, diag.List{warning, failure, bare}, list)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(diag.List{
		{Code: "KR0103", Pos: at("a.yaml", 3, 7), Message: "unknown field <x>", Hint: `did you mean "y"?`, Excerpt: "never shown"},
		{Severity: diag.Warning},
		{Severity: diag.Info},
	})
	require.NoError(t, err)
	assert.JSONEq(t, `[
		{"severity":"error","code":"KR0103","file":"a.yaml","line":3,"column":7,"message":"unknown field <x>","hint":"did you mean \"y\"?"},
		{"severity":"warning","code":"","file":"","line":0,"column":0,"message":"","hint":""},
		{"severity":"info","code":"","file":"","line":0,"column":0,"message":"","hint":""}
	]`, string(text))
}

func TestFprint(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 40)
	for _, c := range []struct {
		name  string
		input diag.Diagnostic
		color bool
		want  string
	}{
		{"everything", diag.Diagnostic{Code: "KR0201", Pos: at("a.yaml", 12, 9), Message: "no such step", Hint: `did you mean "vpc"?`, Excerpt: "  name: =steps.vcp.name  "}, false,
			"a.yaml:12:9: error[KR0201]: no such step\n   12 |   name: =steps.vcp.name\n      |         ^\n  hint: did you mean \"vpc\"?\n"},
		{"tabs lead to the caret", diag.Diagnostic{Pos: at("a.json", 1, 4), Message: "m", Excerpt: "\té\tx"}, false,
			"a.json:1:4: error: m\n    1 | \té\tx\n      | \t \t^\n"},
		{"at the end of the line", diag.Diagnostic{Pos: at("a", 1, 4), Message: "m", Excerpt: "abc"}, false, "a:1:4: error: m\n    1 | abc\n      |    ^\n"},
		{"behind the line", diag.Diagnostic{Pos: at("a", 1, 5), Message: "m", Excerpt: "abc"}, false, "a:1:5: error: m\n    1 | abc\n"},
		{"no column", diag.Diagnostic{Pos: at("a", 1, 0), Message: "m", Excerpt: "abc"}, false, "a:1: error: m\n    1 | abc\n"},
		{"no line", diag.Diagnostic{Severity: diag.Warning, Pos: at("a", 0, 0), Message: "m"}, false, "a: warning: m\n"},
		{"a source line without a number", diag.Diagnostic{Pos: at("Site/shop, spec", 0, 2), Message: "m", Excerpt: "abc"}, false,
			"Site/shop, spec: error: m\n      | abc\n      |  ^\n"},
		{"no place", diag.Diagnostic{Severity: diag.Info, Message: "m", Hint: "h"}, false, "info: m\n  hint: h\n"},
		{"long line", diag.Diagnostic{Pos: at("a", 1, 201), Message: "m", Excerpt: long}, false,
			"a:1:201: error: m\n    1 | " + long[120:280] + "\n      | " + strings.Repeat(" ", 80) + "^\n"},
		{"control characters", diag.Diagnostic{Pos: at("\x1b[2J", 1, 3), Message: "a\nb\n", Hint: "\x07", Excerpt: "\x1b[2Jx"}, false,
			"\ufffd[2J:1:3: error: a b\n    1 | \ufffd[2Jx\n      |   ^\n  hint: \ufffd\n"},
		{"colour", diag.Diagnostic{Code: "KR0001", Pos: at("a", 1, 2), Message: "m", Hint: "h", Excerpt: "abc"}, true,
			"\x1b[1ma:1:2\x1b[0m: \x1b[31merror[KR0001]\x1b[0m: m\n\x1b[2m    1 | \x1b[0mabc\n\x1b[2m      | \x1b[0m\x1b[31m ^\x1b[0m\n  \x1b[36mhint:\x1b[0m h\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			require.NoError(t, diag.Fprint(&out, diag.List{c.input}, diag.PrintOptions{Color: c.color}))
			assert.Equal(t, c.want, out.String())
		})
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	words := []string{"preconditions", "postconditions", "resource", "name", "namespace", "apiConfig", "return", "in"}
	for word, want := range map[string]string{
		"precondition": "preconditions", "preconditons": "preconditions", "Resource": "resource", "resuorce": "resource", "nmae": "name", "nam": "name",
		"apiconfig": "apiConfig", "retrun": "return", "name": "", "zzz": "", "on": "in", "": "", "outcome": "", "namspaces": "namespace",
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, diag.Suggest(word, words))
		})
	}
	assert.Equal(t, "ab", diag.Suggest("a", []string{"ac", "ab"}), "of equals, the first of the alphabet")
	assert.Equal(t, `did you mean "name"?`, diag.DidYouMean("nmae", words))
	assert.Empty(t, diag.DidYouMean("zzz", words))
}

// ranges are the first digits of the codes of each file.
var ranges = map[string]string{
	"codes_source.go": "KR00", "codes_schema.go": "KR01", "codes_program.go": "KR02", "codes_expr.go": "KR03",
	"codes_eval.go": "KR04", "codes_render.go": "KR05", "codes_test_runs.go": "KR06",
	"codes_function.go": "KR07",
}

// constants are the values of the Code constants that a file declares.
func constants(t *testing.T, file string) []diag.Code {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var out []diag.Code
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					out = append(out, diag.Code(text))
				}
			}
		}
		return true
	})
	return out
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	var declared []diag.Code
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "codes_") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		for _, c := range constants(t, f.Name()) {
			assert.Regexp(t, "^"+ranges[f.Name()]+"[0-9]{2}$", string(c), f.Name())
			declared = append(declared, c)
		}
	}
	slices.Sort(declared)
	assert.Equal(t, declared, diag.Codes(), "every code is declared once, and has one entry")
	for _, c := range diag.Codes() {
		e, found := diag.Lookup(c)
		require.True(t, found)
		assert.Equal(t, c, e.Code)
		assert.NotEmpty(t, e.Title, c)
		assert.NotRegexp(t, `\.$|\n`, e.Title, c)
		assert.Regexp(t, `[.?!)]$`, e.Text, c)
		assert.GreaterOrEqual(t, len(e.Text), 40, c)
	}
	_, found := diag.Lookup("KR9999")
	assert.False(t, found)
}
