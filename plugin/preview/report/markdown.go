// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/diag"
)

// Lengths of Markdown, in bytes: what a comment may have, and what is needed to say anything.
const (
	DefaultLength = 65_000
	LeastLength   = 2_000
)

// markdown gathers what is written, and knows what there is room for.
type markdown struct {
	preview *preview.Preview
	out     strings.Builder
	left    int
}

// add writes a block if there is room for it.
func (m *markdown) add(block string) bool {
	if len(block) > m.left {
		return false
	}
	m.out.WriteString(block)
	m.left -= len(block)
	return true
}

// head is the title and the table, which are short.
func (m *markdown) head() {
	p, s := m.preview, m.preview.Summary
	var b strings.Builder
	fmt.Fprintf(&b, "### korender preview: %s\n\n", verdict(s))
	fmt.Fprintf(&b, "%s → %s\n\n", code(words.Cut(nameOf(p.Base), words.MaxName)), code(words.Cut(nameOf(p.Head), words.MaxName)))
	b.WriteString("| added | removed | changed | left to live | back in git | unchanged | dangers | cautions |\n")
	b.WriteString("|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	fmt.Fprintf(&b, "| %d | %d | %d | %d | %d | %d | %d | %d |\n\n", s.Added, s.Removed, s.Changed, s.ToLive, s.ToGit, s.Unchanged, s.Dangers, s.Cautions)
	m.add(b.String())
	for _, n := range p.Notes {
		m.add("> " + escaped(words.Cut(n, words.MaxName)) + "\n\n")
	}
}

// failures are the folders that cannot be rendered; they come before all else.
func (m *markdown) failures() {
	for i := range m.preview.Folders {
		f := &m.preview.Folders[i]
		if f.Head == preview.Failed || f.Base == preview.Failed {
			m.add("**" + code(words.Cut(f.Name, words.MaxName)) + escaped(told(f)) + "**\n\n")
		}
		m.problems("", f.Problem)
		m.problems("in the base: ", f.BaseBad)
	}
}

// maxListed is how many problems of a folder are listed.
const maxListed = 20

func (m *markdown) problems(prefix string, list diag.List) {
	var b strings.Builder
	for i, d := range list {
		if i == maxListed {
			fmt.Fprintf(&b, "- … and %d more\n", len(list)-maxListed)
			break
		}
		b.WriteString("- " + prefix + escaped(words.Cut(d.Error(), 2*maxLine)) + "\n")
		if d.Hint != "" {
			b.WriteString("  " + escaped(words.Cut(d.Hint, maxLine)) + "\n")
		}
	}
	if b.Len() > 0 {
		m.add(b.String() + "\n")
	}
}

// tests lists the cases of tests that fail or failed.
func (m *markdown) tests() {
	t := &m.preview.Tests
	if len(t.Changes) == 0 {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#### Tests: %d of %d cases fail, of %d in the base\n\n", t.Head.Failed, t.Head.Cases, t.Base.Failed)
	for i := range t.Changes {
		c := &t.Changes[i]
		if i == maxListed {
			fmt.Fprintf(&b, "- … and %d more\n", len(t.Changes)-maxListed)
			break
		}
		fmt.Fprintf(&b, "- %s: %s %s\n", code(words.Cut(c.Test, words.MaxName)), escaped(words.Cut(c.Case, words.MaxName)), caseWords(c))
	}
	m.add(b.String() + "\n")
}

// alarms lists the dangers, and as many cautions as a tenth of the room has space for.
func (m *markdown) alarms() {
	for _, level := range []change.Level{change.Danger, change.Caution} {
		m.alarmsOf(level, map[change.Level]int{change.Danger: m.left / 3, change.Caution: m.left / 10}[level])
	}
}

func (m *markdown) alarmsOf(level change.Level, room int) {
	var b strings.Builder
	left := 0
	for i := range m.preview.Changes {
		c := &m.preview.Changes[i]
		for _, a := range c.Dangers {
			if a.Level != level {
				continue
			}
			line := fmt.Sprintf("- %s%s: %s. What to do: %s.\n", code(words.Cut(c.Object.String(), words.MaxName)), pathCode(a.Path),
				escaped(words.Cut(a.Why, 2*maxLine)), escaped(a.Do))
			if b.Len()+len(line) > room {
				left++
				continue
			}
			b.WriteString(line)
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "- … and %d more\n", left)
	}
	if b.Len() > 0 {
		m.add(map[change.Level]string{change.Danger: "#### Dangerous", change.Caution: "#### Worth a second look"}[level] + "\n\n" + b.String() + "\n")
	}
}

func pathCode(path string) string {
	if path == "" {
		return ""
	}
	return " " + code(words.Cut(path, words.MaxName))
}

func (m *markdown) definitions() {
	list := gathered(m.preview.Definitions)
	if len(list) == 0 {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n", words.Plural(len(list), "changed definition"))
	b.WriteString("| definition | | reaches |\n|---|---|---|\n")
	for i := range list {
		d := &list[i]
		line := fmt.Sprintf("| %s | %s | %s |\n", code(words.Cut(d.Kind+"/"+d.Name, words.MaxName)), d.Type, reach(d))
		if b.Len()+len(line) > m.left/10 {
			fmt.Fprintf(&b, "| … and %d more | | |\n", len(list)-i)
			break
		}
		b.WriteString(line)
	}
	m.add(b.String() + "\n</details>\n\n")
}

// byImportance orders changes: dangers first, then what goes away, moves, changes, and what is new.
func byImportance(changes []change.Change) []*change.Change {
	out := make([]*change.Change, len(changes))
	for i := range changes {
		out[i] = &changes[i]
	}
	levels := map[change.Level]int{change.Danger: 0, change.Caution: 1, "": 2}
	kinds := map[change.Type]int{change.Removed: 0, change.ToLive: 1, change.ToGit: 2, change.Changed: 3, change.Added: 4}
	slices.SortStableFunc(out, func(a, b *change.Change) int {
		if d := levels[a.Level()] - levels[b.Level()]; d != 0 {
			return d
		}
		return kinds[a.Type] - kinds[b.Type]
	})
	return out
}

// detailed is a change with its fields, of at most so many bytes of them.
func detailed(c *change.Change, most int) string {
	var b strings.Builder
	mark := ""
	if c.Level() == change.Danger {
		mark = "⚠ "
	}
	fmt.Fprintf(&b, "<details><summary>%s%s %s</summary>\n\n", mark, verbs[c.Type], code(words.Cut(headline(c), 2*words.MaxName)))
	if c.Step != "" {
		fmt.Fprintf(&b, "%s of %s, ", code(words.Cut(c.Step, words.MaxName)), code(c.Folder))
	} else {
		fmt.Fprintf(&b, "input of %s, ", code(c.Folder))
	}
	fmt.Fprintf(&b, "%s\n\n", verbs[c.Type])
	b.WriteString(fenced(diffLines(c), most))
	b.WriteString("\n</details>\n\n")
	return b.String()
}
