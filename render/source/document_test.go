// SPDX-License-Identifier: Apache-2.0

package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"duplicate key":       "kind: Secret\nstringData:\n  a: hunter2\n  a: hunter2\n",
		"in a list":           "kind: List\nitems:\n- kind: Secret\n  stringData:\n    <<: hunter2\n",
		"kind by alias":       "x: &k Secret\nkind: *k\nstringData:\n  a: 1\n  a: hunter2\n",
		"JSON":                "{\"kind\": \"Secret\", \"data\": {\"a\": \"hunter2\", \"a\": \"hunter2\"}}",
		"number":              "kind: Secret\nstringData:\n  a: 99999999999999999999\n",
		"tag":                 "kind: Secret\nstringData:\n  a: !!int hunter2\n",
		"alias":               "kind: Secret\nstringData:\n  a: *hunter2\n",
		"syntax":              "kind: 'Secret'\nstringData:\n  a: hunter2: b\n",
		"syntax of JSON text": "{\"kind\":\"Secret\",\"data\":{\"a\":\"hunter2\"]}",
		"too many values":     "kind: Secret\nstringData: [&a [hunter2, 2, 3], *a, *a, *a, *a]\n",
		"doubt":               "kind: Secret\nstringData:\n  a: 0777\n  b: 2024-01-01\n  c: off\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs, problems := Parse("f.yaml", []byte(text), 0, Limits{Nodes: 100})
			problems = append(problems, Doubts(docs)...)
			require.NotEmpty(t, problems)
			for _, p := range problems {
				assert.Empty(t, p.Excerpt)
				assert.NotRegexp(t, `hunter|999|777|511|2024|off|false`, p.Message+p.Hint)
			}
		})
	}
}

func TestJSONFiles(t *testing.T) {
	t.Parallel()
	docs, problems := Parse("f.json", []byte("{\n\t\"a\": \"\\ud83d\\ude00 \\/ é \\\\/\"\n}\n{\"b\": 1}\n\n[2]\n"), 0, Limits{})
	require.Empty(t, problems)
	var got []any
	var lines []int
	for _, d := range docs {
		got = append(got, d.Root.Native())
		lines = append(lines, d.Root.Pos().Line)
	}
	assert.Equal(t, []any{map[string]any{"a": "😀 / é \\/"}, map[string]any{"b": int64(1)}, []any{int64(2)}}, got)
	assert.Equal(t, []int{1, 4, 6}, lines)

	for name, c := range map[string]struct{ text, want, hint string }{
		"unquoted":         {"{\n  a: 1}", "f.json:2:3: error[KR0001]: not valid JSON: invalid character 'a' looking for beginning of object key string", "a file that ends in .json must hold JSON; for YAML, name it .yaml"},
		"unclosed":         {"{\"a\": [1,\n2]\n", "f.json:2:3: error[KR0001]: not valid JSON: unexpected end of JSON input", "a file that ends in .json must hold JSON; for YAML, name it .yaml"},
		"two on one line":  {"{} {}", "f.json:1:4: error[KR0001]: not valid JSON: invalid character '{' after top-level value", "begin each value of the file on a line of its own, or make them items of a List"},
		"the second wrong": {"{}\n{\n", "f.json:2:2: error[KR0001]: not valid JSON: unexpected end of JSON input", "a file that ends in .json must hold JSON; for YAML, name it .yaml"},
		"duplicate key":    {"{\"a\": 1,\n \"a\": 2}", "f.json:2:2: error[KR0003]: the key \"a\" stands twice in this map", "it is first set in line 1; keep one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := Parse("f.json", []byte(c.text), 0, Limits{})
			require.Len(t, problems, 1)
			assert.Equal(t, []string{c.want, c.hint}, []string{problems[0].Error(), problems[0].Hint})
		})
	}
}

// A lone carriage return, NEL, LS and PS end lines for YAML, but not for people.
func TestPlacesBehindOddLineBreaks(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"carriage return": "a: 1\rb: '" + mark + "'\n", "NEL": "a: \"x\u0085y\"\nb: " + mark, "LS in a block": "a: |\n  x\u2028  y\nb: |\n  x " + mark + "\n",
		"PS in quotes": "x: 1\na: 'x\u2029 y " + mark + "'\n", "mixed": "a: [x,\r\ny,\r z, " + mark + "]\n", "NEL folds": "k: >\n a\u0085 b " + mark + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := marked(parseOne(t, strings.ReplaceAll(text, "f.yaml", "f")))
			at := n.OffsetPos(strings.Index(n.Text(), mark))
			at.File = "f"
			assert.Equal(t, place(text), at)
		})
	}
}
