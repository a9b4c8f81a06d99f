// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/diag"
)

// WriteText writes the preview for a terminal.
func (p *Preview) WriteText(w io.Writer, color bool) error {
	t := &text{color: color, preview: p}
	t.line(bold, "%s → %s", p.Base.name(), p.Head.name())
	for _, n := range p.Notes {
		t.line(none, "note: %s", words.Clean(n))
	}
	t.definitions()
	for i := range p.Folders {
		t.folder(&p.Folders[i])
	}
	t.tests()
	t.line(none, "")
	t.line(bold, "%s", p.Summary.verdict())
	if s := p.Summary; s.Dangers+s.Cautions > 0 {
		t.line(red, "%s, %s", words.Plural(s.Dangers, "danger"), words.Plural(s.Cautions, "caution"))
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

// text gathers what is written.
type text struct {
	preview *Preview
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
	for _, d := range t.preview.Definitions {
		t.line(none, "  %s %s/%s (%s): %s", signs[d.Type], words.Clean(d.Kind), words.Clean(d.Name), d.Folder, d.reach())
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
		t.line(map[Result]string{Fails: red}[c.After], "  %s: %s, %q %s", words.Clean(c.File), words.Clean(c.Test), words.Clean(c.Case), c.words())
	}
}

// reach says whom a changed definition reaches.
func (d *DefinitionChange) reach() string {
	return fmt.Sprintf("%s, %s, %s", words.Plural(len(d.Workflows), "Workflow"), words.Plural(len(d.Instances), "instance"), words.Plural(d.Objects, "object"))
}

func (t *text) folder(f *Folder) {
	of := func(c Change) bool { return c.Folder == f.Path }
	if f.told() == "" && len(f.Problem) == 0 && !slices.ContainsFunc(t.preview.Changes, of) {
		return
	}
	t.line(none, "")
	t.line(bold, "%s%s", words.Clean(f.Path), f.told())
	t.problems("in the base:", f.BaseBad)
	t.problems("", f.Problem)
	for i := range t.preview.Changes {
		if c := &t.preview.Changes[i]; c.Folder == f.Path {
			t.change(c)
		}
	}
}

// told says of a folder what is out of the ordinary.
func (f *Folder) told() string {
	switch {
	case f.Base == Failed && f.Head == Failed:
		return ": cannot be rendered, and could not be before"
	case f.Head == Failed && f.Base == Absent:
		return ": is new, and cannot be rendered"
	case f.Head == Failed:
		return ": cannot be rendered any more"
	case f.Base == Failed && f.Head == Absent:
		return ": is removed; there is nothing to compare, as the base cannot be rendered"
	case f.Base == Failed:
		return ": can be rendered now; there is nothing to compare it with, as the base cannot be rendered"
	case f.Base == Absent:
		return " (new)"
	case f.Head == Absent:
		return " (removed)"
	default:
		return ""
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

func (t *text) change(c *Change) {
	t.line(map[Type]string{Added: green, Removed: red, Changed: yellow, ToLive: cyan, ToGit: cyan}[c.Type], "  %s %s", signs[c.Type], c.headline())
	if c.Type != Added && c.Type != Removed {
		t.diff(c.diffLines())
	}
	for _, a := range c.Dangers {
		where := ""
		if a.Path != "" {
			where = words.Clean(a.Path) + ": "
		}
		t.line(map[Level]string{Danger: red, Caution: yellow}[a.Level], "    ! %s: %s%s", a.Level, where, words.Clean(a.Why))
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
