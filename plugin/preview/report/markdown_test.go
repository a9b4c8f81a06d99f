// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render/manifest"
)

// many is a preview of n changed objects, of which each tenth is new, each seventh dangerous and each hundredth large.
func many(n int) *preview.Preview {
	p := &preview.Preview{Base: revision.Revision{Name: "main", Commit: strings.Repeat("a", 40)}, Head: revision.Revision{Name: "HEAD", Commit: strings.Repeat("b", 40)}}
	p.Folders = []preview.Folder{{Name: "apps", Path: "apps", Base: preview.Rendered, Head: preview.Rendered}}
	for i := range n {
		c := change.Change{
			Folder: "apps", Type: change.Changed, Object: manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "web", Name: fmt.Sprintf("object-%d", i)},
			Fields: change.Fields(map[string]any{"data": "before\n```\n</details>"}, map[string]any{"data": "after " + strings.Repeat("|line ````\n", 1+i%100/99*5000)}),
		}
		if i%10 == 0 {
			c.Type, c.Fields, c.Manifest = change.Added, nil, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "<b>*x*</b>"}}
		}
		if i%7 == 0 {
			c.Dangers = []change.Alarm{{Level: change.Danger, Rule: "rule", Path: "data", Why: "it is <dangerous> | `so`", Do: "take *care*"}}
		}
		p.Count(&c)
		p.Changes = append(p.Changes, c)
	}
	return p
}

func markdownOf(t *testing.T, p *preview.Preview, limit int) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Markdown(&out, p, limit))
	return out.String()
}

func TestMarkdownFits(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 30, 2000} {
		for _, limit := range []int{LeastLength, 5_000, DefaultLength, 1_000_000} {
			t.Run(fmt.Sprintf("%d objects in %d bytes", n, limit), func(t *testing.T) {
				t.Parallel()
				text := markdownOf(t, many(n), limit)
				assert.LessOrEqual(t, len(text), limit)
				assert.True(t, utf8.ValidString(text))
				assert.True(t, strings.HasPrefix(text, Marker+"\n"))
				assertBalanced(t, text)
				assert.Equal(t, n, shownIn(t, text), "every object is shown, named or counted")
			})
		}
	}
}

// assertBalanced follows fences and details line by line: all are closed, in order, and no fence is closed by what is in
// it.
func assertBalanced(t *testing.T, text string) {
	t.Helper()
	fence, open := "", 0
	for _, line := range strings.Split(text, "\n") {
		switch {
		case fence != "" && line == fence:
			fence = ""
		case fence != "":
			assert.NotEmpty(t, line, "a line of a diff begins with its sign")
			assert.Contains(t, " +-@", line[:1])
		case strings.HasPrefix(line, "```"):
			fence = strings.TrimSuffix(line, "diff")
			assert.Empty(t, strings.Trim(fence, "`"))
		default:
			open += strings.Count(line, "<details>") - strings.Count(line, "</details>")
			assert.Contains(t, []int{0, 1}, open)
			assert.Equal(t, strings.Count(line, "<code>"), strings.Count(line, "</code>"), line)
			assert.NotRegexp(t, regexp.MustCompile("`|<b>"), line)
		}
	}
	assert.Empty(t, fence)
	assert.Zero(t, open)
}

// shownIn counts objects: in full, by name, and left out.
func shownIn(t *testing.T, text string) int {
	t.Helper()
	n := len(regexp.MustCompile(`(?m)^<details><summary>.*object-\d+`).FindAllString(text, -1))
	n += len(regexp.MustCompile(`(?m)^- (added|changed) <code>`).FindAllString(text, -1))
	if m := regexp.MustCompile(`\*\*(\d+) more changed objects? (is|are) left out here`).FindStringSubmatch(text); m != nil {
		left, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		n += left
	}
	return n
}

func TestMarkdownShowsTheDangerousFirst(t *testing.T) {
	t.Parallel()
	text := markdownOf(t, many(2000), DefaultLength)
	first := strings.Index(text, "<details><summary>")
	require.Positive(t, first)
	assert.True(t, strings.HasPrefix(text[first:], "<details><summary>⚠ "), text[first:first+60])
}

func TestUnified(t *testing.T) {
	t.Parallel()
	lines := func(s string) []string { return strings.Split(s, "") }
	assert.Equal(t, []string{"-a", "+b"}, unified(lines("a"), lines("b")))
	assert.Equal(t, []string{" …", " d", " e", " f", "-g", "+G", " h"}, unified(lines("abcdefgh"), lines("abcdefGh")))
	assert.Equal(t, []string{"-a", " b", "+c"}, unified(lines("ab"), lines("bc")))
}

// TestNumberedParts splits previews: every change is shown in full, each part is a comment of its own, and a bound on their number
// is kept.
func TestNumberedParts(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	p := many(200)
	parts := Parts(p, limit, MaxParts)
	require.Greater(t, len(parts), 3)
	shown := 0
	for i, text := range parts {
		assert.LessOrEqual(t, len(text), limit)
		assertBalanced(t, text)
		first, _, _ := strings.Cut(text, "\n")
		assert.Equal(t, markerOf(i+1), first)
		if i > 0 {
			assert.Contains(t, text, fmt.Sprintf("### korender preview, part %d of %d\n", i+1, len(parts)))
		}
		assert.Equal(t, i+1 < len(parts), strings.HasSuffix(text, fmt.Sprintf("\nContinued in part %d of %d.\n", i+2, len(parts))))
		shown += shownIn(t, text)
	}
	assert.Equal(t, 200, shown)
	assert.NotContains(t, strings.Join(parts, ""), "left out here")

	bounded := Parts(p, limit, 2)
	require.Len(t, bounded, 2)
	assert.Equal(t, parts[0][:limit/2], bounded[0][:limit/2])
	assert.Contains(t, bounded[1], "left out here")
	assert.Equal(t, 200, shownIn(t, bounded[0])+shownIn(t, bounded[1]))
	assert.Equal(t, []string{markdownOf(t, p, limit)}, Parts(p, limit, 1))
	assert.Len(t, Parts(many(1), limit, MaxParts), 1)
}

// TestMarkdownIsMarkdown reads a preview of 2,000 changes as GitHub does: nothing of the repository has become markup.
func TestMarkdownIsMarkdown(t *testing.T) {
	t.Parallel()
	text := []byte(markdownOf(t, many(2000), DefaultLength))
	require.LessOrEqual(t, len(text), DefaultLength)
	assert.Regexp(t, `\*\*\d+ more changed objects are left out here\.\*\*`, string(text))
	kinds, tags := map[string]int{}, map[string]int{}
	tag := regexp.MustCompile(`</?[a-z]+|<!--`)
	count := func(html []byte) {
		for _, m := range tag.FindAllString(string(html), -1) {
			tags[m]++
		}
	}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(text))
	require.NoError(t, ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		kinds[n.Kind().String()]++
		switch n := n.(type) {
		case *ast.HTMLBlock:
			count(n.Lines().Value(text))
		case *ast.RawHTML:
			count(n.Segments.Value(text))
		case *ast.FencedCodeBlock:
			assert.Equal(t, "diff", string(n.Language(text)))
		}
		return ast.WalkContinue, nil
	}))
	assert.Equal(t, 1, kinds["Table"])
	assert.Positive(t, kinds["FencedCodeBlock"])
	assert.Equal(t, kinds["FencedCodeBlock"], tags["<details"])
	assert.Equal(t, tags["<details"], tags["</details"])
	assert.Equal(t, tags["<summary"], tags["</summary"])
	assert.Equal(t, tags["<code"], tags["</code"])
	for _, none := range []string{"Link", "AutoLink", "Image", "CodeSpan", "CodeBlock", "Strikethrough", "TaskCheckBox"} {
		assert.Zero(t, kinds[none], none)
	}
	delete(tags, "<!--")
	assert.Equal(t, []string{"</code", "</details", "</summary", "<code", "<details", "<summary"}, slices.Sorted(maps.Keys(tags)))
}
