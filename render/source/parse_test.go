// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

func parseOne(t *testing.T, text string) *Node {
	t.Helper()
	docs, problems := Parse("f.yaml", []byte(text), 0, Limits{})
	require.Empty(t, problems)
	require.Len(t, docs, 1)
	return docs[0].Root
}

func TestScalarsAreReadAsKubectlReadsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"yes": true, "No": false, "ON": true, "off": false, "y": true, "n": false, "true": true,
		"017": int64(15), "0x1F": int64(31), "0o17": int64(15), "0b11": int64(3), "1_000": int64(1000), "-5": int64(-5), "+5": int64(5),
		"1.5": 1.5, ".5": 0.5, "1e3": 1000.0, "1.0": 1.0,
		"2024-01-02": "2024-01-02", "1:30": "1:30", "1.2.3": "1.2.3", "~": nil, "null": nil, "": nil,
		`"yes"`: "yes", "'017'": "017", "!!str 017": "017", "=1+1": "=1+1", "08": int64(8), "9223372036854775807": int64(9223372036854775807),
		"nope": "nope", "0.1": 0.1, "-": nil, "1e": "1e", "099": int64(99),
	} {
		if text == "-" {
			continue
		}
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			n := parseOne(t, "a: "+text+"\n")
			assert.Equal(t, map[string]any{"a": want}, n.Native())
		})
	}
}

func TestDocumentsKeepTheirBytesAndPlaces(t *testing.T) {
	t.Parallel()
	text := "# head\na: 1\n---\n\n---\nb:\n  c: [x, y] # tail\n...\n---\nd: 4"
	docs, problems := Parse("f.yaml", []byte(text), 3, Limits{})
	require.Empty(t, problems)
	require.Len(t, docs, 3)
	assert.Equal(t, "# head\na: 1\n", string(docs[0].Raw))
	assert.Equal(t, "b:\n  c: [x, y] # tail\n", string(docs[1].Raw))
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 7, Column: 10}, docs[1].Root.At("b", "c").Items[1].Pos())
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 10, Column: 4}, docs[2].Root.Get("d").Pos())
	assert.Equal(t, 3, docs[2].Layer)
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 7, Column: 3}, docs[1].Root.Get("b").Pairs[0].KeyAt)
}

func TestDirectivesMarkersAndMarks(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"directive":     "%YAML 1.1\n---\na: 1\n",
		"byte order":    "\ufeffa: 1\n",
		"marker inline": "--- {a: 1}\n",
		"comment":       "--- # first\na: 1\n",
		"carriage":      "a: 1\r\n---\r\n",
		"json":          "{\n\t\"a\": 1\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, map[string]any{"a": int64(1)}, parseOne(t, text).Native())
		})
	}
}

func TestKeysMergesAndAliases(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "1: a\ntrue: b\nbase: &b {x: 1, z: 2}\nuse: *b\nmore:\n  <<: *b\n  z: 3\nmany:\n  <<: [*b, {w: 4}]\n")
	base := map[string]any{"x": int64(1), "z": int64(2)}
	assert.Equal(t, map[string]any{"1": "a", "true": "b", "base": base, "use": base,
		"more": map[string]any{"x": int64(1), "z": int64(3)}, "many": map[string]any{"x": int64(1), "z": int64(2), "w": int64(4)}}, n.Native())
}

func TestProblems(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	chain := "a0: &a0 [x]\n"
	for i := range 300 {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i+1, i+1, i)
	}
	mergeBomb := "- &a {" + strings.ReplaceAll(strings.TrimSpace(manyKeys(400)), "\n", ", ") + "}\n" + strings.Repeat("- <<: *a\n", 400)
	for _, c := range []struct {
		name, text string
		at         [2]int
		code       diag.Code
		message    string
		hint       string
	}{
		{"tab", "a:\n\tb: 1\n", [2]int{2, 1}, diag.Syntax, "not valid YAML: found character that cannot start any token",
			"indent with spaces: YAML does not allow tabs there"},
		{"tab after spaces", "a:\n  b: 1\n \tc: 1\n", [2]int{3, 2}, diag.Syntax, "not valid YAML: found a tab character that violates indentation",
			"indent with spaces: YAML does not allow tabs there"},
		{"unclosed quote", "x: 1\na: \"b\nc: 1\nd: 1\n", [2]int{2, 4}, diag.Syntax, "not valid YAML: found unexpected end of stream", "a quote is opened and never closed"},
		{"unclosed bracket", "x: 1\na: {b: [c, d\ne: 1\n", [2]int{2, 4}, diag.Syntax, "not valid YAML: did not find expected ',' or ']'",
			"a bracket is opened and never closed, or a comma is missing"},
		{"two colons", "x: 1\na: b: c\n", [2]int{2, 5}, diag.Syntax, "not valid YAML: mapping values are not allowed in this context",
			`a value that holds ": " must be quoted, and keys of one map must be indented alike`},
		{"indented unlike its neighbours", "a:\n  b: 1\n   c: 2\n", [2]int{3, 5}, diag.Syntax, "not valid YAML: mapping values are not allowed in this context",
			`a value that holds ": " must be quoted, and keys of one map must be indented alike`},
		{"less indented", "a:\n    b: 1\n  c: 2\nd: 1\n", [2]int{3, 3}, diag.Syntax, "not valid YAML: did not find expected key",
			"check the indentation and the brackets here and in the line above"},
		{"missing colon", "a: 1\nb\nc: 1\n", [2]int{2, 1}, diag.Syntax, "not valid YAML: could not find expected ':'",
			`a key needs ": " after it, and keys of one map must be indented alike`},
		{"reserved character", "x: 1\na: @b\n", [2]int{2, 4}, diag.Syntax, "not valid YAML: found character that cannot start any token",
			"a value that begins with this character must be quoted"},
		{"bad escape", "a: \"é\\d\"\n", [2]int{1, 6}, diag.Syntax, "not valid YAML: found unknown escape character",
			"in double quotes a backslash begins an escape; write it twice, or use single quotes"},
		{"control character", "a: 1\nb: x\x01\n", [2]int{2, 5}, diag.Syntax, "not valid YAML: control characters are not allowed",
			"remove the invisible character, or write it as an escape in double quotes"},
		{"unknown alias", "b: 1\na: *b\n", [2]int{2, 4}, diag.Syntax, "not valid YAML: unknown anchor 'b' referenced",
			"an alias (*name) needs an anchor (&name) earlier in the same document; quote the value if it is no alias"},
		{"second value", "\"a\" \"b\"\n", [2]int{1, 1}, diag.Syntax, "not valid YAML: did not find expected <document start>",
			"a second value begins here; separate documents by a line of ---"},
		{"second map", "{a: 1}\n{b: 2}\n", [2]int{2, 1}, diag.Syntax, "not valid YAML: did not find expected <document start>",
			"a second value begins here; separate documents by a line of ---"},
		{"alias inside of itself", "a: &x [*x]\n", [2]int{1, 8}, diag.Syntax, "the alias *x stands inside of the value that it names", ""},
		{"duplicate key", "a: 1\nb: 2\na: 3\n", [2]int{3, 1}, diag.DuplicateKey, `the key "a" stands twice in this map`, "it is first set in line 1; keep one of them"},
		{"duplicate after reading", "true: 1\nyes: 3\n", [2]int{2, 1}, diag.DuplicateKey, `the key "true" stands twice in this map`, "it is first set in line 1; keep one of them"},
		{"duplicate in a large map", "a: 1\n" + manyKeys(20) + "a: 3\n", [2]int{22, 1}, diag.DuplicateKey, `the key "a" stands twice in this map`, "it is first set in line 1; keep one of them"},
		{"two merge keys", "a: &a {}\nb:\n  <<: *a\n  <<: *a\n", [2]int{4, 3}, diag.DuplicateKey, `the key "<<" stands twice in this map`, "it is first set in line 3; keep one of them"},
		{"map as key", "{a: 1}: 2\n", [2]int{1, 1}, diag.BadKey, "a key must be text, not a map", ""},
		{"list as key", "? [a]\n: 2\n", [2]int{1, 3}, diag.BadKey, "a key must be text, not a list", ""},
		{"null as key", "a: 1\n~: 2\n", [2]int{2, 1}, diag.BadKey, "a key must be text, not null", "quote it to make it text"},
		{"infinity", "a: .inf\n", [2]int{1, 4}, diag.BadNumber, ".inf is a number that JSON cannot hold", "quote it to make it text"},
		{"too large", "a: 18446744073709551615\n", [2]int{1, 4}, diag.BadNumber, "18446744073709551615 is a whole number that does not fit in 64 bits with a sign", "quote it to make it text"},
		{"much too large", "a: -123456789012345678901234567890\n", [2]int{1, 4}, diag.BadNumber, "-123456789012345678901234567890 is a whole number that does not fit in 64 bits with a sign", "quote it to make it text"},
		{"wrong tag", "a: !!int b\n", [2]int{1, 4}, diag.BadTag, "b does not fit its tag !!int", ""},
		{"wrong base64", "a: !!binary =\n", [2]int{1, 4}, diag.BadTag, "= does not fit its tag !!binary", ""},
		{"bad merge", "a:\n  <<: 5\n", [2]int{2, 7}, diag.BadMerge, "a merge key (<<) takes a map or a list of maps", ""},
		{"deep", deep, [2]int{1, 201}, diag.TooDeep, "maps and lists are nested more than 200 deep", deepHint},
		{"deeper than the parser goes", strings.Repeat("[", 10001), [2]int{1, 0}, diag.TooDeep, "maps and lists are nested more than 200 deep", deepHint},
		{"deep by indentation", strings.Repeat("- ", 9000) + "a", [2]int{1, 401}, diag.TooDeep, "maps and lists are nested more than 200 deep", deepHint},
		{"deep by aliases", chain, [2]int{199, 14}, diag.TooDeep, "maps and lists are nested more than 200 deep", deepHint},
		{"bomb", bomb, [2]int{5, 29}, diag.TooManyNodes, "aliases stand for more than 100000 values", bombHint},
		{"bomb of merges", mergeBomb, [2]int{251, 7}, diag.TooManyNodes, "aliases stand for more than 100000 values", bombHint},
		{"not text", "a: 1\nb: \xff\n", [2]int{2, 4}, diag.NotText, "the file is not UTF-8 text", "save it as UTF-8, or list it in .korenderignore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs, problems := Parse("f.yaml", []byte(c.text), 0, Limits{})
			assert.Empty(t, docs)
			require.NotEmpty(t, problems)
			p := problems[0]
			p.Excerpt = ""
			assert.Equal(t, diag.Diagnostic{Code: c.code, Pos: diag.Pos{File: "f.yaml", Line: c.at[0], Column: c.at[1]}, Message: c.message, Hint: c.hint}, p)
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

const (
	deepHint = "no manifest needs this: check for unclosed brackets or a generator gone wrong; else raise limits.depth in korender.yaml"
	bombHint = "aliases that hold aliases grow very fast; write the values out, or raise limits.nodes in korender.yaml (a tenth of it is for aliases)"
)

func TestOneBadDocumentDoesNotHideAnother(t *testing.T) {
	t.Parallel()
	docs, problems := Parse("f.yaml", []byte("a: b: c\n---\nok: 1\n---\n[x\n"), 0, Limits{})
	assert.Len(t, docs, 1)
	require.Len(t, problems, 2)
	assert.Equal(t, 1, problems[0].Pos.Line)
	assert.GreaterOrEqual(t, problems[1].Pos.Line, 5)
}

func TestSecretsAreNotQuoted(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "kind: Secret\nstringData:\n  password: hunter2\n")
	assert.Empty(t, n.At("stringData", "password").Problem(diag.Syntax, "x").Excerpt)
	n = parseOne(t, "kind: Deployment\nspec: 1\n")
	assert.Equal(t, "spec: 1", n.Get("spec").Problem(diag.Syntax, "x").Excerpt)
}

func TestDoubts(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "a: yes\nb: 017\nc: 2024-01-02\nd: 1:30\ne: \"yes\"\nf: true\ng: 10\nh: text\n")
	var got []string
	for _, p := range n.Pairs {
		got = append(got, p.Value.Doubt())
	}
	assert.Equal(t, []string{"unquoted yes is the boolean true", "unquoted 017 is octal: 15",
		"unquoted 2024-01-02 is text here, and a date for other YAML readers",
		"unquoted 1:30 is text here, and a base-60 number for other YAML readers", "", "", "", ""}, got)
}

func TestTags(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "a: !!str 017\nb: !!int \"5\"\nc: !!float 3\nd: !!bool yes\ne: !!null ~\nf: !!binary aGk=\ng: !Ref x\nh: !!foo 12\ni: !!float .5\nj: !!timestamp 2024-01-01\n")
	assert.Equal(t, map[string]any{"a": "017", "b": int64(5), "c": int64(3), "d": true, "e": nil, "f": "hi", "g": "x", "h": "12", "i": 0.5, "j": "2024-01-01"}, n.Native())
}

func TestNilNodes(t *testing.T) {
	t.Parallel()
	var n *Node
	assert.Nil(t, n.Get("a"))
	assert.Nil(t, n.At("a", "b"))
	assert.Nil(t, n.Native())
	assert.Nil(t, n.Document())
	assert.Empty(t, n.Text())
	assert.Empty(t, n.Doubt())
	assert.Equal(t, diag.Pos{}, n.Pos())
	assert.Equal(t, diag.Pos{}, n.OffsetPos(3))
	assert.Equal(t, diag.Diagnostic{Code: diag.Syntax, Message: "x 1"}, n.Problem(diag.Syntax, "x %d", 1))
	assert.Equal(t, diag.Diagnostic{Code: diag.Syntax, Message: "x"}, n.ProblemAt(1, diag.Syntax, "x"))
	at := parseOne(t, "a:\n  b: [c]\n")
	assert.Equal(t, at.Get("a").Get("b"), at.At("a", "b"))
	assert.Nil(t, at.At("a", "x", "b"))
}
