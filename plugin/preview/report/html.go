// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/graph"
	"github.com/korender/korender/plugin/preview/page"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/diag"
)

var (
	//go:embed page/preview.html
	pageHTML string
	//go:embed page/preview.css
	pageStyle string
	//go:embed page/preview.js
	pageScript string
)

// HTML writes the preview as a page that is one file and needs no network: its counts filter the objects, drawings of the
// Workflows lead to what their steps make, and each object tells its fields, and what is dangerous about them.
func HTML(w io.Writer, p *preview.Preview) error {
	parsed, err := template.New("preview").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse the page of a preview: %w", err)
	}
	data := pageOf(p)
	for i := range p.Folders {
		if f := &p.Folders[i]; f.Head == preview.Failed || f.Base == preview.Failed || len(f.Problem) > 0 {
			data.Failures = append(data.Failures, failureOf(f))
		}
	}
	data.Tests = testsOf(&p.Tests)
	data.charts(p)
	data.objects(p)
	return parsed.Execute(w, data)
}

// pageData is what the page shows. All text is escaped as it is written, but for our own style, script and drawings.
type pageData struct {
	Policy                    string
	Style                     template.CSS
	Script                    template.JS
	Verdict, Base, Head       string
	Notes                     []string
	Failures                  []failure
	Types, Levels             []tile
	Unchanged                 string
	Tests                     *tests
	Definitions               []definition
	DefinitionCount           string
	Charts                    []chart
	ChartCount, ChartsLeft    string
	Legend                    template.HTML
	Folders                   []folder
	Chunks                    [][]card
	Counted, Nothing, Command string
}

// tile is a count that filters.
type tile struct {
	Value, Name, Sign string
	Count             int
}

// failure is what is wrong with a folder.
type failure struct {
	Folder, Told           string
	Problems, BaseProblems []problem
	HeadFails              bool
}

// problem is a diagnostic: what and where, the lines around it, and what to do.
type problem struct{ Head, Excerpt, Hint string }

// tests are the cases of FunctionTests that fail, or failed.
type tests struct {
	Counts string
	Cases  []testCase
}

type testCase struct{ Class, Sign, File, Test, Case, Says string }

// definition is one that changed. Runs are the numbers of the instances that it reaches.
type definition struct {
	Kind, Name, Type, Sign, Verb, Folder, Reach, Token, Runs, Instances string
}

type chart struct {
	Title   string
	Drawing template.HTML
}

type folder struct {
	Path  string
	Count int
}

func pageOf(p *preview.Preview) *pageData {
	style, script := page.Style+graph.Style+pageStyle, page.Script+pageScript
	s := p.Summary
	d := &pageData{
		Policy: page.Policy(style, script), Style: template.CSS(style), Script: template.JS(script), // our own
		Verdict: verdict(s), Base: nameOf(p.Base), Head: nameOf(p.Head), Command: commandOf(p),
		Unchanged: words.Plural(s.Unchanged, "object") + " unchanged", Counted: words.Plural(len(p.Changes), "object"),
		Types: []tile{
			kindTile(change.Removed, s.Removed), kindTile(change.ToLive, s.ToLive), kindTile(change.ToGit, s.ToGit),
			kindTile(change.Changed, s.Changed), kindTile(change.Added, s.Added),
		},
		Levels:  []tile{levelTile(change.Danger, "⚠", s.Dangers), levelTile(change.Caution, "!", s.Cautions)},
		Nothing: "No manifest changes.",
	}
	for _, n := range p.Notes {
		d.Notes = append(d.Notes, words.Clean(n))
	}
	if s.Failed > 0 {
		d.Nothing = "Nothing else changes, as far as could be compared."
	}
	return d
}

func levelTile(level change.Level, sign string, n int) tile {
	name := string(level)
	if n != 1 {
		name += "s"
	}
	return tile{string(level), name, sign, n}
}

func kindTile(kind change.Type, n int) tile { return tile{string(kind), verbs[kind], signs[kind], n} }

// failureOf tells what is wrong with a folder; one that renders has warnings only.
func failureOf(f *preview.Folder) failure {
	out := failure{Folder: words.Clean(f.Name), Told: told(f), Problems: printed(f.Problem), BaseProblems: printed(f.BaseBad), HeadFails: f.Head == preview.Failed}
	if f.Head != preview.Failed && f.Base != preview.Failed {
		out.Told = ": there are new warnings"
	}
	return out
}

// printed is problems as every command prints them, so that the lines around them may scroll and the rest may wrap.
func printed(list diag.List) []problem {
	var out []problem
	for _, d := range list {
		var text bytes.Buffer
		_ = diag.Fprint(&text, diag.List{d}, diag.PrintOptions{}) // a buffer takes everything
		var p problem
		for i, line := range strings.Split(strings.TrimRight(text.String(), "\n"), "\n") {
			line = words.Clean(line)
			hint, isHint := strings.CutPrefix(line, "  hint: ")
			switch {
			case i == 0:
				p.Head = line
			case isHint:
				p.Hint = hint
			default:
				p.Excerpt += line + "\n"
			}
		}
		out = append(out, p)
	}
	return out
}

func testsOf(t *preview.Tests) *tests {
	if len(t.Changes) == 0 {
		return nil
	}
	out := &tests{Counts: fmt.Sprintf("Failing cases: %d of %d; in the base, %d of %d.", t.Head.Failed, t.Head.Cases, t.Base.Failed, t.Base.Cases)}
	for i := range t.Changes {
		c := &t.Changes[i]
		row := testCase{Class: "passes", Sign: "✓", File: words.Clean(c.File), Test: words.Clean(c.Test), Case: words.Clean(c.Case), Says: caseWords(c)}
		if c.After == preview.Fails {
			row.Class, row.Sign = "fails", "✗"
		}
		out.Cases = append(out.Cases, row)
	}
	return out
}

// maxCharts is how many Workflows are drawn.
const maxCharts = 30

// charts draws the Workflows that the change reaches, those with the most changed objects first.
func (d *pageData) charts(p *preview.Preview) {
	var drawn []graph.Chart
	for i, at := range chartOrder(p) {
		a := &p.Affected[at]
		if i == maxCharts {
			d.ChartsLeft = words.Plural(len(p.Affected)-maxCharts, "more Workflow") + " " + isAre(len(p.Affected)-maxCharts) + " not drawn."
			break
		}
		c := withCounts(a)
		drawn = append(drawn, c)
		d.Charts = append(d.Charts, chart{Title: words.Clean(c.Title) + inFolders(a.Folders), Drawing: template.HTML(c.SVG())}) // escaped as it was drawn
	}
	d.ChartCount = words.Plural(len(p.Affected), "affected Workflow")
	d.Legend = template.HTML(graph.Legend(drawn))
}

// chartOrder lists Workflows by how many changed objects they make.
func chartOrder(p *preview.Preview) []int {
	order, counts := make([]int, len(p.Affected)), make([]int, len(p.Affected))
	for i := range p.Affected {
		order[i] = i
		for _, list := range p.Affected[i].Changes {
			counts[i] += len(list)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
	return order
}

// withCounts is a chart whose nodes say how many objects change.
func withCounts(a *preview.Affected) graph.Chart {
	c := a.Chart
	c.Nodes = slices.Clone(c.Nodes)
	for i := range c.Nodes {
		if n := len(a.Changes[c.Nodes[i].Name]); n > 0 {
			c.Nodes[i].Lines = append(slices.Clone(c.Nodes[i].Lines), changing(n))
		}
	}
	return c
}

func changing(n int) string {
	if n == 1 {
		return "1 object changes"
	}
	return fmt.Sprintf("%d objects change", n)
}

// inFolders says where; the top of the repository goes without saying.
func inFolders(folders []string) string {
	switch {
	case len(folders) > 1:
		return " in " + words.Plural(len(folders), "folder")
	case folders[0] == ".":
		return ""
	default:
		return " in " + words.Clean(folders[0])
	}
}
