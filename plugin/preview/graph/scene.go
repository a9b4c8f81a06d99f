// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"maps"
	"strings"

	"github.com/korender/korender/plugin/preview/graph/layout"
)

// Room around text and within nodes that hold others, in pixels.
const (
	padX, padY = 12, 8
	iconRoom   = 22
	insideX    = 14
	insideY    = 10
)

// sketch is a node as it is drawn: text in lines, and what belongs to it inside.
type sketch struct {
	node   *Node
	lines  []string
	names  int // how many of the lines are its name
	head   int // how high the lines are
	inside *scene
}

// scene is what stands side by side.
type scene struct {
	sketches []*sketch
	edges    []*Edge
	boxes    []layout.Box
	links    []layout.Link
	size     layout.Size
}

// sceneOf lays a chart out. What is part of a node is drawn inside of it.
func sceneOf(c *Chart) *scene {
	parts, inside := map[string][]*Node{}, map[string]string{}
	for i := range c.Edges {
		if e := &c.Edges[i]; e.Part {
			inside[e.To] = e.From
		}
	}
	for i := range c.Nodes {
		outer := inside[c.Nodes[i].Name]
		parts[outer] = append(parts[outer], &c.Nodes[i])
	}
	edges := map[string][]*Edge{}
	for i := range c.Edges {
		if e := &c.Edges[i]; !e.Part && inside[e.From] == inside[e.To] {
			edges[inside[e.From]] = append(edges[inside[e.From]], e)
		}
	}
	return within("", parts, edges)
}

// within lays out what belongs to a node; "" is the chart itself.
func within(outer string, parts map[string][]*Node, edges map[string][]*Edge) *scene {
	s := &scene{}
	index := map[string]int{}
	for _, n := range parts[outer] {
		index[n.Name] = len(s.sketches)
		k := sketched(n, outer)
		w, h := k.size()
		if len(parts[n.Name]) > 0 {
			k.inside = within(n.Name, parts, edges)
			w, h = max(w, k.inside.size.W+2*insideX), k.head+k.inside.size.H+insideY
		}
		s.sketches = append(s.sketches, k)
		s.boxes = append(s.boxes, layout.Box{W: w, H: h, Wide: k.inside != nil})
	}
	for _, e := range thinned(edges[outer], index) {
		l := layout.Link{From: index[e.From], To: index[e.To]}
		if label := labelOf(e); label != "" {
			l.Label = layout.Size{W: widthOf(label, false) + 8, H: lineHigh}
		}
		s.edges, s.links = append(s.edges, e), append(s.links, l)
	}
	s.size = layout.Place(s.boxes, s.links)
	return s
}

// mostEdges is how many edges are drawn side by side, at least, before those that follow from others are left out.
const mostEdges = 150

// thinned leaves out edges that follow from others, where there are so many that nobody could tell them apart: what uses a
// step that uses another one, uses that.
func thinned(edges []*Edge, index map[string]int) []*Edge {
	if len(edges) <= mostEdges {
		return edges
	}
	to := make([][]int, len(index))
	for _, e := range edges {
		if from, k := index[e.From], index[e.To]; from < k {
			to[from] = append(to[from], k)
		}
	}
	reached := make([]map[int]bool, len(index)) // over a step between
	for from := len(index) - 1; from >= 0; from-- {
		reached[from] = map[int]bool{}
		for _, k := range to[from] {
			for _, next := range to[k] {
				reached[from][next] = true
			}
			maps.Copy(reached[from], reached[k])
		}
	}
	var out []*Edge
	for _, e := range edges {
		if !reached[index[e.From]][index[e.To]] {
			out = append(out, e)
		}
	}
	return out
}

// labelOf is the label of an edge, cut to one line.
func labelOf(e *Edge) string {
	lines := broken(e.Label, false)
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	default:
		return lines[0] + "…"
	}
}

// sketched breaks the lines of a node. Inside of another one, its name does not repeat that one's.
func sketched(n *Node, outer string) *sketch {
	k := &sketch{node: n}
	for i, line := range n.Lines {
		if i == 0 && outer != "" {
			line = strings.TrimPrefix(strings.TrimPrefix(line, outer), ".")
		}
		k.lines = append(k.lines, broken(line, i == 0)...)
		if i == 0 {
			k.names = len(k.lines)
		}
	}
	k.head = len(k.lines)*lineHigh + 2*padY
	return k
}

// size is that of the text with the room around it.
func (k *sketch) size() (w, h int) {
	for i, line := range k.lines {
		wide := widthOf(line, i < k.names)
		if i == 0 && k.node.Outcome != "" {
			wide += iconRoom
		}
		w = max(w, wide)
	}
	w += 2 * padX
	if k.node.Shape == TriggerNode || k.node.Shape == WorkflowNode {
		w += padX
	}
	return w, k.head
}
