// SPDX-License-Identifier: Apache-2.0

package graph

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/graph/layout"
	"github.com/korender/korender/plugin/preview/words"
)

// Style is the style sheet of drawings, for light and dark pages.
//
//go:embed page/drawing.css
var Style string

// margin is the room around a drawing, and titleHigh that for the title of a chart.
const (
	margin    = 16
	titleHigh = 34
)

// WriteSVG writes the drawing as one picture that needs nothing else.
func (g *Graph) WriteSVG(w io.Writer) error {
	p := &picture{}
	var all layout.Size
	for i := range g.Charts {
		c := &g.Charts[i]
		s := sceneOf(c)
		y := margin + all.H
		p.addf(`<text class="kg-title" x="%d" y="%d">%s</text>`+"\n", margin, y+18, escaped(c.Title))
		p.scene(s, margin, y+titleHigh)
		all.W = max(all.W, s.size.W, widthOf(c.Title, true)*3/2)
		all.H += titleHigh + s.size.H + 2*margin
	}
	all.W = max(all.W, p.legend(g.Charts, margin, margin+all.H)) + 2*margin
	all.H += 2*margin + lineHigh
	out := &picture{}
	out.addf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" class="kg">`+"\n", all.W, all.H, all.W, all.H)
	out.addf("<style>\n%s</style>\n", Style)
	out.addf(`<rect class="kg-page" width="%d" height="%d"/>`+"\n", all.W, all.H)
	out.addf("%s</svg>\n", p.out.String())
	_, err := io.WriteString(w, out.out.String())
	return err
}

// SVG is one chart as an element of a page that has Style. Nodes have their names as data-node.
func (c *Chart) SVG() string {
	p, s := &picture{}, sceneOf(c)
	p.scene(s, margin, margin)
	w, h := s.size.W+2*margin, s.size.H+2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" class="kg" role="group" aria-label="%s">`+"\n%s</svg>\n",
		w, h, w, h, escaped(c.Title), p.out.String())
}

// Legend explains the shapes and signs of charts, as an element of a page that has Style.
func Legend(charts []Chart) string {
	p := &picture{}
	w := p.legend(charts, 2, 4)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="28" viewBox="0 0 %d 28" class="kg">`+"\n%s</svg>\n", w, w, p.out.String())
}

// picture gathers what is drawn.
type picture struct{ out strings.Builder }

func (p *picture) addf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

// escaped is text that means nothing in SVG or HTML, and that every reader takes.
func escaped(s string) string {
	valid := strings.Map(func(r rune) rune {
		if r == '\ufffe' || r == '\uffff' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(words.Clean(s), "\ufffd"))
	return html.EscapeString(valid)
}

func (p *picture) scene(s *scene, x, y int) {
	for i, e := range s.edges {
		p.edge(e, &s.links[i], x, y)
	}
	for i, k := range s.sketches {
		b := s.boxes[i]
		b.X, b.Y = b.X+x, b.Y+y
		p.node(k, b)
	}
}

// edge is a line that bends between its pieces, and the point of an arrow.
func (p *picture) edge(e *Edge, l *layout.Link, x, y int) {
	if len(l.Way) == 0 {
		return
	}
	var d strings.Builder
	for i, piece := range l.Way {
		from, to, h := piece.From+x, piece.To+x, piece.Y+y
		if i == 0 {
			fmt.Fprintf(&d, "M%d %d", from, h)
		} else {
			last := l.Way[i-1]
			half := (piece.From - last.To) / 2
			fmt.Fprintf(&d, "C%d %d %d %d %d %d", last.To+x+half, last.Y+y, from-half, h, from, h)
		}
		if to != from {
			fmt.Fprintf(&d, "H%d", to)
		}
	}
	end := l.Way[len(l.Way)-1]
	p.addf(`<g class="kg-edge" data-from="%s" data-to="%s"><path class="kg-line" d="%s"/><path class="kg-point" d="M%d %dl-8 -4v8z"/>`,
		escaped(e.From), escaped(e.To), d.String(), end.To+x, end.Y+y)
	if label := labelOf(e); label != "" {
		at := layout.Point{X: l.Text.X + x, Y: l.Text.Y + y}
		p.addf(`<title>%s</title><rect class="kg-back" x="%d" y="%d" width="%d" height="%d" rx="3"/><text class="kg-label" x="%d" y="%d">%s</text>`,
			escaped(e.Label), at.X, at.Y, l.Label.W, l.Label.H, at.X+4, at.Y+12, escaped(label))
	}
	p.addf("</g>\n")
}

// node is a frame with its lines, and what belongs to it.
func (p *picture) node(k *sketch, b layout.Box) {
	n := k.node
	class := "kg-node kg-" + string(n.Shape)
	if known := icons[n.Outcome]; known != "" {
		class += " kg-" + n.Outcome
	}
	if n.Marked {
		class += " kg-marked"
	}
	p.addf(`<g class="%s" data-node="%s" tabindex="0" role="img" aria-label="%s"><title>%s</title>`, class, escaped(n.Name),
		escaped(strings.Join(n.Lines, ", ")), tooltip(n))
	p.frame(n.Shape, b, k.inside != nil)
	x, y := b.X+padX, b.Y+padY
	if n.Shape == TriggerNode || n.Shape == WorkflowNode {
		x += padX / 2
	}
	for i, line := range k.lines {
		name := ""
		if i < k.names {
			name = ` class="kg-name"`
		}
		p.addf(`<text%s x="%d" y="%d">%s</text>`, name, x, y+i*lineHigh+12, escaped(line))
	}
	p.icon(n.Outcome, b.X+b.W-padX-16, b.Y+padY)
	p.addf("</g>\n")
	if k.inside != nil {
		p.scene(k.inside, b.X+insideX, b.Y+k.head)
	}
}

// frame is the shape of a node.
func (p *picture) frame(shape Shape, b layout.Box, holds bool) {
	round := map[Shape]int{TriggerNode: min(b.H/2, 18), ValueNode: 9, ResourceNode: 1, WorkflowNode: 1}[shape]
	class := "kg-frame"
	if holds {
		class += " kg-holds"
	}
	p.addf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, b.X, b.Y, b.W, b.H, round)
	if shape == WorkflowNode {
		p.addf(`<path class="kg-bars" d="M%d %dv%dM%d %dv%d"/>`, b.X+5, b.Y, b.H, b.X+b.W-5, b.Y, b.H)
	}
}

// icons are signs of outcomes, drawn in a square of 16 pixels, so that nobody has to tell them by colour.
var icons = map[string]string{
	"Ok":       "M3.5 8.5l3 3 6-7",
	"Deferred": "M8 1.5a6.5 6.5 0 1 0 .01 0M8 4.5v4l2.5 1.5",
	"Skip":     "M8 1.5a6.5 6.5 0 1 0 .01 0M3.5 12.5l9-9",
	"DepSkip":  "M8 1.5a6.5 6.5 0 1 0 .01 0M3.5 12.5l9-9",
	"Retry":    "M13 8a5 5 0 1 1-1.5-3.5M12 1.5v3.2h-3.2",
	"PermFail": "M3.5 3.5l9 9M12.5 3.5l-9 9",
}

func (p *picture) icon(outcome string, x, y int) {
	if path := icons[outcome]; path != "" {
		p.addf(`<path class="kg-icon" transform="translate(%d %d)" d="%s"/>`, x, y, path)
	}
}

// tooltip is what a node tells when it is pointed at.
func tooltip(n *Node) string {
	lines := []string{strings.Join(n.Lines, "\n")}
	for _, d := range n.Details {
		lines = append(lines, d.Name+": "+d.Text)
	}
	for i, line := range lines {
		parts := strings.Split(line, "\n")
		for k, part := range parts {
			parts[k] = escaped(part)
		}
		lines[i] = strings.Join(parts, "\n")
	}
	return strings.Join(lines, "\n")
}

// legend explains the shapes and signs that occur, and tells how wide it is.
func (p *picture) legend(charts []Chart, left, y int) int {
	at := left
	label := func(text string) {
		p.addf(`<text class="kg-label" x="%d" y="%d">%s</text>`+"\n", at+24, y+12, text)
		at += 24 + widthOf(text, false) + 18
	}
	for _, known := range shapes {
		if slices.ContainsFunc(charts, func(c Chart) bool { return c.has(func(n Node) bool { return n.Shape == known.shape }) }) {
			p.addf(`<g class="kg-node kg-%s">`, known.shape)
			p.frame(known.shape, layout.Box{X: at, Y: y + 1, W: 20, H: 14}, false)
			p.addf(`</g>`)
			label(known.means)
		}
	}
	for _, known := range outcomes {
		if slices.ContainsFunc(charts, func(c Chart) bool { return c.has(func(n Node) bool { return n.Outcome == known.outcome }) }) {
			p.addf(`<g class="kg-node kg-%s"><rect class="kg-frame" x="%d" y="%d" width="18" height="18" rx="2"/>`, known.outcome, at, y-1)
			p.icon(known.outcome, at+1, y)
			p.addf(`</g>`)
			label(known.means)
		}
	}
	if slices.ContainsFunc(charts, func(c Chart) bool { return c.has(func(n Node) bool { return n.Marked }) }) {
		p.addf(`<g class="kg-node kg-marked"><rect class="kg-frame" x="%d" y="%d" width="18" height="14" rx="2"/></g>`, at+1, y+1)
		label("changed")
	}
	return at
}

func (c *Chart) has(is func(Node) bool) bool { return slices.ContainsFunc(c.Nodes, is) }

// shapes and outcomes are what the legend explains.
var (
	shapes = []struct {
		shape Shape
		means string
	}{{TriggerNode, "trigger"}, {ValueNode, "computes"}, {ResourceNode, "an object"}, {WorkflowNode, "runs a Workflow"}}
	outcomes = []struct{ outcome, means string }{
		{"Ok", "Ok"}, {"Deferred", "Deferred: not known yet"}, {"Skip", "Skip"}, {"DepSkip", "DepSkip: what it uses is skipped or fails"},
		{"Retry", "Retry"}, {"PermFail", "PermFail"},
	}
)
