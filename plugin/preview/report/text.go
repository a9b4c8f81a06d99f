// SPDX-License-Identifier: Apache-2.0

// Package report writes previews for people: for a terminal, and as Markdown for a comment. A preview.Preview comes in, bytes go
// out; the same preview gives the same bytes. Text of the repository is written so that it cannot become markup or play
// tricks on a terminal. What all formats share (words, order, how fields are shown) is in shown.go and told.go.
package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/diag"
)

// Text writes the preview for a terminal.
func Text(w io.Writer, p *preview.Preview, color bool) error {
	t := &text{color: color, preview: p}
	t.line(bold, "%s → %s", nameOf(p.Base), nameOf(p.Head))
	for _, n := range p.Notes {
		t.line(none, "note: %s", words.Clean(n))
	}
	t.definitions()
	for i := range p.Folders {
		t.folder(&p.Folders[i])
	}
	t.tests()
	t.line(none, "")
	t.line(bold, "%s", verdict(p.Summary))
	if s := p.Summary; s.Dangers+s.Cautions > 0 {
		t.line(red, "%s, %s", words.Plural(s.Dangers, "danger"), words.Plural(s.Cautions, "caution"))
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

// text gathers what is written.
type text struct {
	preview *preview.Preview
	color   bool
	out     bytes.Buffer
}

// The colours of a terminal.
const (
	none   = ""
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (t *text) line(color, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if t.color && color != none {
		line = "\x1b[" + color + "m" + line + "\x1b[0m"
	}
	t.out.WriteString(strings.TrimRight(line, " ") + "\n")
}

func (t *text) definitions() {
	if len(t.preview.Definitions) == 0 {
		return
	}
	t.line(none, "")
	t.line(bold, "definitions")
	for _, d := range gathered(t.preview.Definitions) {
		t.line(none, "  %s %s/%s (%s): %s", signs[d.Type], words.Clean(d.Kind), words.Clean(d.Name), words.Clean(d.Folder), reach(&d))
	}
}

func (t *text) tests() {
	if len(t.preview.Tests.Changes) == 0 {
		return
	}
	t.line(none, "")
	t.line(bold, "tests")
	for i := range t.preview.Tests.Changes {
		c := &t.preview.Tests.Changes[i]
		t.line(map[preview.Result]string{preview.Fails: red}[c.After], "  %s: %s, %q %s", words.Clean(c.File), words.Clean(c.Test), words.Clean(c.Case), caseWords(c))
	}
}

func (t *text) folder(f *preview.Folder) {
	of := func(c change.Change) bool { return c.Folder == f.Name }
	if told(f) == "" && len(f.Problem) == 0 && !slices.ContainsFunc(t.preview.Changes, of) {
		return
	}
	t.line(none, "")
	t.line(bold, "%s%s", words.Clean(f.Name), told(f))
	t.problems("in the base:", f.BaseBad)
	t.problems("", f.Problem)
	for i := range t.preview.Changes {
		if c := &t.preview.Changes[i]; c.Folder == f.Name {
			t.change(c)
		}
	}
}

// problems are printed as every command prints them.
func (t *text) problems(side string, list diag.List) {
	if len(list) == 0 {
		return
	}
	if side != "" {
		t.line(none, "%s", side)
	}
	_ = diag.Fprint(&t.out, list, diag.PrintOptions{Color: t.color}) // a buffer takes everything
}

func (t *text) change(c *change.Change) {
	t.line(map[change.Type]string{change.Added: green, change.Removed: red, change.Changed: yellow, change.ToLive: cyan, change.ToGit: cyan}[c.Type], "  %s %s", signs[c.Type], headline(c))
	if c.Type != change.Added && c.Type != change.Removed {
		t.diff(diffLines(c))
	}
	for _, a := range c.Dangers {
		where := ""
		if a.Path != "" {
			where = words.Clean(a.Path) + ": "
		}
		t.line(map[change.Level]string{change.Danger: red, change.Caution: yellow}[a.Level], "    ! %s: %s%s", a.Level, where, words.Clean(a.Why))
		t.line(none, "      %s", words.Clean(a.Do))
	}
}

// diff writes the lines of a change; a value of one line that was one before stands behind its field.
func (t *text) diff(lines []string) {
	for i := 0; i < len(lines); i++ {
		field, isField := strings.CutPrefix(lines[i], "@ ")
		if isField && i+2 < len(lines) && lines[i+1][0] == '-' && lines[i+2][0] == '+' && (i+3 == len(lines) || lines[i+3][0] == '@') {
			t.line(none, "      %s: %s → %s", field, lines[i+1][1:], lines[i+2][1:])
			i += 2
			continue
		}
		t.line(map[byte]string{'+': green, '-': red}[lines[i][0]], "      %s", strings.TrimPrefix(lines[i], "@ "))
	}
}
