// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile is text that tries to be something else.
var hostile = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='alert(1)`, "a\u202eb\x00\x1b[31m\ufffe\xff",
	`{{.Policy}}`, `]]></style><svg onload=alert(1)>`, `-->`, `&lt;&#x3c;`,
}

func hostileGraph() *Graph {
	c := Chart{Title: hostile[0]}
	for i, text := range hostile {
		n := Node{Name: fmt.Sprint(i, text), Lines: []string{text, text}, Shape: ValueNode, Outcome: text, Details: []Detail{{text, text}}}
		c.Nodes = append(c.Nodes, n)
		if i > 0 {
			c.Edges = append(c.Edges, Edge{From: c.Nodes[i-1].Name, To: n.Name, Label: text})
		}
	}
	return &Graph{Charts: []Chart{c}}
}

// TestHostileSVG reads the picture back: text stays text, and every element is one of ours.
func TestHostileSVG(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, hostileGraph().WriteSVG(&out))
	assert.NotContains(t, out.String(), "\u202e")
	names, texts := map[string]int{}, map[string]bool{}
	d := xml.NewDecoder(&out)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			names[token.Name.Local]++
			for _, a := range token.Attr {
				assert.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			}
		case xml.CharData:
			texts[string(token)] = true
		}
	}
	assert.Equal(t, []int{1, 1, 0, 0}, []int{names["svg"], names["style"], names["script"], names["img"]})
	assert.True(t, texts[hostile[7]], "a text is read back as it was")
}

func TestHostilePage(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	g := hostileGraph()
	require.NoError(t, g.WriteHTML(&out))
	text := out.String()
	assert.Equal(t, 2, strings.Count(text, "<script"))
	assert.Equal(t, 2, strings.Count(text, "</script>"))
	assert.NotContains(t, text, "<img")
	_, after, _ := strings.Cut(text, `<script type="application/json" id="data">`)
	data, _, _ := strings.Cut(after, "</script>")
	var read Graph
	require.NoError(t, json.Unmarshal([]byte(data), &read))
	assert.Equal(t, hostile[1], read.Charts[0].Nodes[1].Lines[0])
}

func TestBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"short", "web", []string{"web"}},
		{"at a space", "ResourceFunction the-database-of-the-whole-shop", []string{"ResourceFunction", "the-database-of-the-whole-shop"}},
		{"after a dot", "Deployment/production/shop.status.availableReplicas", []string{"Deployment/production/shop.status.", "availableReplicas"}},
		{"anywhere", strings.Repeat("a", 50), []string{strings.Repeat("a", 31), strings.Repeat("a", 19)}},
		{"too long", strings.Repeat("word ", 60), []string{"word word word word word word", "word word word word word word", "word word word word word word…"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := broken(test.text, false)
			assert.Equal(t, test.want, got)
			for _, line := range got {
				assert.LessOrEqual(t, widthOf(line, false), widest+fontSize)
			}
		})
	}
}

// TestThinned draws steps that all use each other: only what does not follow from the rest is drawn.
func TestThinned(t *testing.T) {
	t.Parallel()
	const steps = 100
	c := &Chart{}
	for i := range steps {
		c.Nodes = append(c.Nodes, Node{Name: fmt.Sprint(i), Lines: []string{"step"}})
		for k := range i {
			c.Edges = append(c.Edges, Edge{From: fmt.Sprint(k), To: fmt.Sprint(i), Label: "skipIf"})
		}
	}
	assert.Len(t, sceneOf(c).edges, steps-1)
	c.Edges = c.Edges[:mostEdges]
	assert.Len(t, sceneOf(c).edges, mostEdges)
}

func TestInside(t *testing.T) {
	t.Parallel()
	c := &Chart{Nodes: []Node{
		{Name: Parent, Lines: []string{"Site/web/a"}, Shape: TriggerNode},
		{Name: "pages", Lines: []string{"pages"}, Shape: WorkflowNode},
		{Name: "pages[0]", Lines: []string{"pages[0]"}, Shape: WorkflowNode},
		{Name: "pages[0].config", Lines: []string{"pages[0].config"}, Shape: ResourceNode},
	}, Edges: []Edge{{From: Parent, To: "pages"}, {From: "pages", To: "pages[0]", Part: true}, {From: "pages[0]", To: "pages[0].config", Part: true}}}
	s := sceneOf(c)
	require.Len(t, s.sketches, 2)
	require.Len(t, s.sketches[1].inside.sketches, 1)
	item := s.sketches[1].inside.sketches[0]
	assert.Equal(t, []string{"[0]"}, item.lines)
	assert.Equal(t, []string{"config"}, item.inside.sketches[0].lines)
	assert.Greater(t, s.boxes[1].W, item.inside.boxes[0].W, "what holds others has room for them")
}

func TestLegend(t *testing.T) {
	t.Parallel()
	legend := Legend([]Chart{{Nodes: []Node{{Shape: ValueNode, Outcome: "Retry"}, {Shape: TriggerNode}}}})
	assert.Equal(t, []bool{true, true, true, false, false}, []bool{
		strings.Contains(legend, ">trigger<"), strings.Contains(legend, ">computes<"), strings.Contains(legend, ">Retry<"),
		strings.Contains(legend, ">an object<"), strings.Contains(legend, ">Ok<"),
	})
}
