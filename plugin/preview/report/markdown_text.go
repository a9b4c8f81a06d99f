// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
)

// fenced is a fence around lines that none of them can close.
func fenced(lines []string, most int) string {
	if len(lines) == 0 {
		return ""
	}
	var b strings.Builder
	fence := "```"
	for i, line := range lines {
		if path, ok := strings.CutPrefix(line, "@ "); ok {
			line = "@@ " + path + " @@"
		}
		if b.Len()+len(line) > most {
			fmt.Fprintf(&b, " … and %d more lines\n", len(lines)-i)
			break
		}
		for strings.Contains(line, fence) {
			fence += "`"
		}
		b.WriteString(line + "\n")
	}
	return fence + "diff\n" + b.String() + fence + "\n"
}

func briefly(c *change.Change) string {
	return fmt.Sprintf("- %s %s\n", verbs[c.Type], code(words.Cut(c.Object.String(), words.MaxName)))
}

// code is inline code of any text.
func code(s string) string { return "<code>" + escaped(s) + "</code>" }

// escaped is text that means nothing in Markdown or HTML.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range words.Clean(s) {
		switch {
		case strings.ContainsRune("&<>`*_[]|~#\\@!$", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
