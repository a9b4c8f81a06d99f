// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// PrintOptions say how problems are printed; the zero value is without colour.
type PrintOptions struct {
	Color bool // ANSI colours, for a terminal
}

const maxExcerpt = 160 // characters of a source line that are shown

// Fprint writes each problem with its source line, a caret below the place, and the hint. It writes once.
func Fprint(w io.Writer, l List, opts PrintOptions) error {
	var b bytes.Buffer
	for _, d := range l {
		printOne(&b, d, opts)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func printOne(b *bytes.Buffer, d Diagnostic, opts PrintOptions) {
	paint := func(code, s string) string {
		if !opts.Color {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	if at := visible(d.Pos.String()); at != "" {
		b.WriteString(paint("1", at) + ": ")
	}
	word := d.Severity.String()
	if d.Code != "" {
		word += "[" + string(d.Code) + "]"
	}
	b.WriteString(paint(severityColor(d.Severity), word) + ": " + visible(d.Message) + "\n")
	if line, caret := excerpt(d); line != "" {
		gutter := fmt.Sprintf("%5s | ", lineNumber(d.Pos))
		b.WriteString(paint("2", gutter) + line + "\n")
		if caret != "" {
			b.WriteString(paint("2", strings.Repeat(" ", len(gutter)-2)+"| ") + paint(severityColor(d.Severity), caret) + "\n")
		}
	}
	if d.Hint != "" {
		b.WriteString("  " + paint("36", "hint:") + " " + visible(d.Hint) + "\n")
	}
}

// lineNumber is what stands before a source line; nothing when its number is unknown.
func lineNumber(at Pos) string {
	if at.Line == 0 {
		return ""
	}
	return strconv.Itoa(at.Line)
}

func severityColor(s Severity) string {
	switch s {
	case Warning:
		return "33"
	case Info:
		return "34"
	default:
		return "31"
	}
}

// visible is one line of text, without control characters, which could do anything to a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r) && r != '\t':
			return unicode.ReplacementChar
		}
		return r
	}, strings.TrimRight(s, "\r\n"))
}

// excerpt cuts a window out of a long line, and makes the white space that leads to the caret (tabs stay tabs).
func excerpt(d Diagnostic) (line, caret string) {
	runes := []rune(visible(strings.TrimRight(d.Excerpt, " \t\r\n")))
	if len(runes) == 0 {
		return "", ""
	}
	col := d.Pos.Column - 1
	if len(runes) > maxExcerpt {
		from := max(0, min(col-maxExcerpt/2, len(runes)-maxExcerpt))
		runes, col = runes[from:from+maxExcerpt], col-from
	}
	if col < 0 || col > len(runes) {
		return string(runes), ""
	}
	var pad strings.Builder
	for _, r := range runes[:col] {
		if r == '\t' {
			pad.WriteRune('\t')
		} else {
			pad.WriteRune(' ')
		}
	}
	return string(runes), pad.String() + "^"
}
