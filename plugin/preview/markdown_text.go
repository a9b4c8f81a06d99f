// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"fmt"
	"strings"
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

func briefly(c *Change) string {
	return fmt.Sprintf("- %s %s\n", verbs[c.Type], code(cutTo(c.Object.String(), maxName)))
}

// code is inline code of any text.
func code(s string) string { return "<code>" + escaped(s) + "</code>" }

// escaped is text that means nothing in Markdown or HTML.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch {
		case strings.ContainsRune("&<>`*_[]|~#\\@!$", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxName is how much of a name is shown where all of it must not matter.
const maxName = 200

func cutTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
