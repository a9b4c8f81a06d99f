// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

const mark = "§"

// pieces are what the lines of a scalar are made of, by style.
var pieces = map[string][]string{
	"plain":  {"a", "b.c", "=x", " ", "  ", "+", "é", "😀", "'q'", "#x", ":y", "\n  ", "\n    ", "\n\n  ", " \n  ", "\t\n  ", "\r\n  "},
	"single": {"a", "b.c", "=x", " ", "  ", "''", "\"", "é", "😀", "\\", ": ", " #x", "\n  ", "\n    ", "\n\n  ", " \n  ", "\t\n\t", "\r\n  ", "\n \n"},
	"double": {"a", "b.c", "=x", " ", "  ", "'", "\\\"", "\\n", "\\t", "\\x41", "\\u00e9", "\\U0001F600", "\\\\", "\\/", "\\N", "\\_", "\\ ", "é", "😀", ": ",
		" #x", "\n  ", "\n    ", "\n\n  ", " \n  ", "\\\n  ", "\\\n  \\ ", " \\\n\n  ", "\r\n  ", "\\\r\n  "},
	"block": {"a", "b.c", "=x", " ", "  ", "'", "\"", "\\n", "é", "😀", ": ", "#x", "\t", "\n", "\n", "\n", "\n\n", "\n  ", "\n    ", "\n\t", "\r\n"},
}

// headers are what stands before a scalar, with the pieces of its text.
var headers = []struct{ style, before, after, indent string }{
	{"plain", "k: ", "\n", ""},
	{"plain", "- ", "\n", ""},
	{"plain", "x: [y, ", "]\n", ""},
	{"plain", "k:\n  ", "\nl: m\n", ""},
	{"plain", "é: {k: ", "}\n", ""},
	{"plain", "k: &anchor ", "\n", ""},
	{"plain", "", "\n", ""},
	{"single", "k: '", "'\n", ""},
	{"single", "k: !!str '", "' # comment\n", ""},
	{"single", "x: [é, '", "']\n", ""},
	{"single", "a: 1\n---\nk:\n- '", "'\n", ""},
	{"double", "k: \"", "\"\n", ""},
	{"double", "k: &a\n  \"", "\"\n", ""},
	{"double", "{\"k\": \"", "\"}\n", ""},
	{"double", "k:\n  - \"", "\"\n", ""},
	{"block", "k: |\n  ", "\n", "  "},
	{"block", "k: |-\n    ", "\nl: m\n", "    "},
	{"block", "k: |+ # comment\n  ", "\n\n\n", "  "},
	{"block", "k: >\n  ", "\n", "  "},
	{"block", "k: >-\n\n   ", "\n", "   "},
	{"block", "k:\n  - >+\n    ", "\n\n", "    "},
	{"block", "k: !!str |2\n  ", "\n", "  "},
	{"block", "- k: >1-\n   ", "\n", "   "},
	{"block", "--- |\n ", "\n", " "},
	{"block", "k: &a >\r\n  ", "\r\n", "  "},
}

// scalarText makes a scalar of random pieces with the mark at a random place among them.
func scalarText(r *rand.Rand, n int) (string, string) {
	h := headers[n%len(headers)]
	var b strings.Builder
	count := r.Intn(8)
	at := r.Intn(count + 1)
	for i := range count + 1 {
		if i == at {
			b.WriteString(mark)
		} else {
			all := pieces[h.style]
			b.WriteString(all[r.Intn(len(all))])
		}
	}
	body := b.String()
	if h.style == "block" {
		body = strings.ReplaceAll(body, "\n", "\n"+h.indent)
	}
	return h.before + body + h.after, h.style
}

// place is where the mark stands in a text.
func place(text string) diag.Pos {
	at := strings.Index(text, mark)
	line := strings.LastIndexByte(text[:at], '\n') + 1
	return diag.Pos{File: "f", Line: 1 + strings.Count(text[:at], "\n"), Column: 1 + utf8.RuneCountInString(text[line:at])}
}

func marked(n *Node) *Node {
	if n == nil || strings.Contains(n.Text(), mark) {
		return n
	}
	for _, item := range n.Items {
		if m := marked(item); m != nil {
			return m
		}
	}
	for _, p := range n.Pairs {
		if m := marked(p.Value); m != nil {
			return m
		}
	}
	return nil
}

// A mark anywhere in a scalar of any style is found where it stands.
func TestOffsetPosOfAMarkAnywhere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	found := map[int]int{}
	for i := range 25_000 {
		text, _ := scalarText(r, i)
		docs, problems := Parse("f", []byte(text), 0, Limits{})
		if len(problems) > 0 || len(docs) == 0 {
			continue
		}
		n := marked(docs[len(docs)-1].Root)
		if n == nil {
			continue
		}
		found[i%len(headers)]++
		require.Equal(t, place(text), n.OffsetPos(strings.Index(n.Text(), mark)), "%q is %q", text, n.Text())
	}
	for i, h := range headers {
		assert.Greater(t, found[i], 100, fmt.Sprintf("%q", h.before))
	}
}
