// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/words"
)

// colours of outcomes: fill and line. They are told in words, too.
var colours = map[string][2]string{
	"Ok": {"#d7f2dd", "#1a7f37"}, "Deferred": {"#ddebff", "#0969da"}, "Skip": {"#eeeeee", "#777777"}, "DepSkip": {"#eeeeee", "#777777"},
	"Retry": {"#ffe9c7", "#9a6700"}, "PermFail": {"#ffd8d3", "#cf222e"},
}

// WriteMermaid writes the drawing for Mermaid, which GitHub and GitLab draw in Markdown.
func (g *Graph) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	used := map[string]bool{}
	for i, c := range g.Charts {
		fmt.Fprintf(&b, "  subgraph c%d[\"%s\"]\n", i, mermaid(c.Title))
		names := namesIn(i, c)
		for _, n := range c.Nodes {
			frame := map[Shape][2]string{TriggerNode: {"([", "])"}, ValueNode: {"(", ")"}, ResourceNode: {"[", "]"}, WorkflowNode: {"[[", "]]"}}[n.Shape]
			lines := make([]string, len(n.Lines))
			for k, line := range n.Lines {
				lines[k] = mermaid(line)
			}
			fmt.Fprintf(&b, "    %s%s\"%s\"%s", names[n.Name], frame[0], strings.Join(lines, "<br/>"), frame[1])
			if n.Outcome != "" {
				b.WriteString(":::" + n.Outcome)
				used[n.Outcome] = true
			}
			b.WriteString("\n")
		}
		for _, e := range c.Edges {
			arrow := map[bool]string{false: "-->", true: "-.-"}[e.Part]
			if e.Label != "" {
				arrow += "|\"" + mermaid(e.Label) + "\"|"
			}
			fmt.Fprintf(&b, "    %s %s %s\n", names[e.From], arrow, names[e.To])
		}
		b.WriteString("  end\n")
	}
	for _, outcome := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:#1f2328\n", outcome, colours[outcome][0], colours[outcome][1])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// namesIn gives the nodes of a chart names that every tool takes.
func namesIn(chart int, c Chart) map[string]string {
	out := map[string]string{}
	for i, n := range c.Nodes {
		out[n.Name] = fmt.Sprintf("c%dn%d", chart, i)
	}
	return out
}

// mermaid is text that means nothing to Mermaid.
func mermaid(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "&", "#amp;", "\\", "#92;").Replace(words.Clean(s))
}

// WriteDOT writes the drawing for Graphviz.
func (g *Graph) WriteDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph korender {\n  rankdir=LR\n  node [fontname=\"sans-serif\" fontsize=11 style=filled fillcolor=white]\n")
	for i, c := range g.Charts {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n", i, dot(c.Title))
		names := namesIn(i, c)
		for _, n := range c.Nodes {
			shape := map[Shape]string{TriggerNode: "oval", ValueNode: "box style=\"rounded,filled\"", ResourceNode: "box", WorkflowNode: "box peripheries=2"}[n.Shape]
			fmt.Fprintf(&b, "    %s [shape=%s label=%s", names[n.Name], shape, dot(strings.Join(n.Lines, "\n")))
			if colour, known := colours[n.Outcome]; known {
				fmt.Fprintf(&b, " fillcolor=%q color=%q", colour[0], colour[1])
			}
			b.WriteString("]\n")
		}
		for _, e := range c.Edges {
			how := map[bool]string{true: " [style=dashed arrowhead=none]"}[e.Part]
			if e.Label != "" {
				how = " [label=" + dot(e.Label) + "]"
			}
			fmt.Fprintf(&b, "    %s -> %s%s\n", names[e.From], names[e.To], how)
		}
		b.WriteString("  }\n")
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// dot is a quoted text of DOT.
func dot(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(words.Clean(line))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
