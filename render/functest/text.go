// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// WriteText prints the run for people: a line a test, the failing cases of a failing test with what differs, and a
// last line that counts. It writes once. With color it uses ANSI colours, for a terminal.
func WriteText(w io.Writer, r *Report, color bool) error {
	p := printer{color: color}
	for i := range r.Tests {
		p.test(&r.Tests[i])
	}
	p.summary(r)
	_, err := w.Write(p.out.Bytes())
	return err
}

// printer gathers the text of a run.
type printer struct {
	color bool
	out   bytes.Buffer
}

// paint is an ANSI colour.
type paint string

const (
	red    paint = "\x1b[31m"
	green  paint = "\x1b[32m"
	yellow paint = "\x1b[33m"
	faint  paint = "\x1b[2m"
	bold   paint = "\x1b[1m"
)

func (p *printer) paint(c paint, text string) string {
	if !p.color || text == "" {
		return text
	}
	return string(c) + text + "\x1b[0m"
}

func (p *printer) line(indent int, parts ...string) {
	if text := strings.Join(parts, ""); text != "" {
		p.out.WriteString(strings.Repeat(" ", indent) + text)
	}
	p.out.WriteByte('\n')
}

func (p *printer) test(t *Test) {
	mark := p.paint(green, "PASS")
	if !t.Pass {
		mark = p.paint(red, "FAIL")
	}
	var s Summary
	s.count(t)
	about := fmt.Sprintf("  %s  %s  %s:%d", t.Function, counted(s), t.File, t.Line)
	p.line(0, mark, "  ", legible(t.Name), p.paint(faint, legible(about)))
	if t.Pass {
		return
	}
	for i := range t.Cases {
		p.testCase(t, &t.Cases[i])
	}
}

// counted is the number of cases of one test, and of the skipped ones among them.
func counted(s Summary) string {
	text := plural(s.Cases, "case")
	if s.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", s.Skipped)
	}
	return text
}

// testCase prints one case of a failing test; passing ones are not worth a line.
func (p *printer) testCase(t *Test, c *Case) {
	label := legible(c.Label)
	switch {
	case c.Skipped:
		p.line(2, p.paint(yellow, "- "+label), p.paint(faint, "  "+c.Message))
	case !c.Pass:
		p.line(2, p.paint(red, "✗ "+label), p.paint(faint, fmt.Sprintf("  %s:%d", legible(t.File), c.Line)))
		p.failure(c)
	}
}

func (p *printer) failure(c *Case) {
	for i, text := range strings.Split(legible(c.Message), "\n") {
		if i == 0 && len(c.Differences) > 0 {
			text += p.paint(faint, ": ") + p.paint(red, "- wanted") + p.paint(faint, ", ") + p.paint(green, "+ got")
		}
		p.line(4, text)
	}
	if c.Cause.Line > 0 {
		p.line(4, p.paint(faint, "at "+legible(c.Cause.String())))
	}
	for _, d := range c.Differences {
		p.difference(d)
	}
}

// difference prints the path, then what was wanted (-) and what came (+), line by line.
func (p *printer) difference(d Difference) {
	path := d.Path
	if path == "" {
		path = "the whole value"
	}
	var want, got []string
	if !d.Unexpected {
		want = valueLines(d.Want)
	}
	if !d.Missing {
		got = valueLines(d.Got)
	}
	p.line(4, p.paint(bold, legible(path)), note(d))
	for _, l := range diffLines(want, got) {
		p.diffLine(l)
	}
}

// note says which side lacks the path.
func note(d Difference) string {
	switch {
	case d.Missing && d.Item:
		return " lacks an item"
	case d.Unexpected && d.Item:
		return " has an item too many"
	case d.Missing:
		return " is missing"
	case d.Unexpected:
		return " is not expected"
	default:
		return ""
	}
}

func (p *printer) diffLine(l diffLine) {
	text := strings.TrimSuffix(string(l.mark)+" "+legible(l.text), "  ")
	switch l.mark {
	case '-':
		text = p.paint(red, text)
	case '+':
		text = p.paint(green, text)
	}
	p.line(6, text)
}

func (p *printer) summary(r *Report) {
	s := r.Summary
	if s.Tests > 0 {
		p.line(0)
	}
	parts := make([]string, 0, 3)
	if s.Failed > 0 {
		parts = append(parts, p.paint(red, fmt.Sprintf("%d failed", s.Failed)))
	}
	parts = append(parts, p.paint(green, fmt.Sprintf("%d passed", s.Passed)))
	if s.Skipped > 0 {
		parts = append(parts, p.paint(yellow, fmt.Sprintf("%d skipped", s.Skipped)))
	}
	p.line(0, plural(s.Tests, "test"), ", ", plural(s.Cases, "case"), ": ", strings.Join(parts, ", "))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
