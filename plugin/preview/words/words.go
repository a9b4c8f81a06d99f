// SPDX-License-Identifier: Apache-2.0

// Package words writes text of strangers so that people can trust what they read, and names what cannot be done as asked.
// Names, values and messages of a repository come in; what goes out can play no tricks on a terminal and is as long as it
// may be. Escaping for Markdown or HTML is the writers' own.
package words

import (
	"fmt"
	"strings"
	"unicode"
)

// Problem is what cannot be done as asked, with what to do about it.
type Problem struct{ Message, Hint string }

// Error is the message without the hint.
func (p *Problem) Error() string { return p.Message }

// Problemf makes a *Problem; the hint may be empty.
func Problemf(hint, format string, args ...any) error {
	return &Problem{Message: fmt.Sprintf(format, args...), Hint: hint}
}

// MaxName is how many bytes of a name are shown where all of it must not matter.
const MaxName = 200

// Clean shows control characters, and those that turn the direction of text, as their codes.
func Clean(s string) string {
	if !strings.ContainsFunc(s, tricky) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if r == '\t' || !tricky(r) {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, "\\u%04x", r)
		}
	}
	return out.String()
}

// tricky tells whether a character controls a terminal, breaks a line or turns the direction of text.
func tricky(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u061c', r == '\u200e', r == '\u200f':
		return true
	default:
		return r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	}
}

// Cut is the beginning of a text, of at most n bytes and an ellipsis where it was longer.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// Plural counts: 1 object, 2 objects.
func Plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
