// SPDX-License-Identifier: Apache-2.0

package graph

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/korender/korender/plugin/preview/page"
	"github.com/korender/korender/plugin/preview/words"
)

var (
	//go:embed page/graph.html
	pageHTML string
	//go:embed page/graph.css
	pageStyle string
	//go:embed page/graph.js
	pageScript string
)

// drawnChart is a chart of the page.
type drawnChart struct {
	Title   string
	Drawing template.HTML
}

// WriteHTML writes the drawing as a page that needs no network: steps can be searched for, and each tells what it makes,
// uses and waits for.
func (g *Graph) WriteHTML(w io.Writer) error {
	parsed, err := template.New("graph").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse the page of a graph: %w", err)
	}
	style, script := page.Style+Style+pageStyle, page.Script+pageScript
	data := struct {
		Title, Policy string
		Style         template.CSS
		Script        template.JS
		Charts        []drawnChart
		Legend        template.HTML
		Data          *Graph
	}{
		Title: g.title(), Policy: page.Policy(style, script), Style: template.CSS(style), Script: template.JS(script), // our own
		Legend: template.HTML(Legend(g.Charts)), Data: g,
	}
	for i := range g.Charts {
		c := &g.Charts[i]
		data.Charts = append(data.Charts, drawnChart{words.Clean(c.Title), template.HTML(c.SVG())}) // escaped as it was drawn
	}
	return parsed.Execute(w, data)
}

// title is that of the only chart, or counts them.
func (g *Graph) title() string {
	if len(g.Charts) == 1 {
		return words.Clean(g.Charts[0].Title)
	}
	kind, _, _ := strings.Cut(g.Charts[0].Title, " ")
	if kind != "Workflow" {
		kind = "instance"
	}
	return words.Plural(len(g.Charts), kind)
}
