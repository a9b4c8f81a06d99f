// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"strings"
	"unicode/utf8"
)

// sourceText is the text of an expression as the parser gets it, with the way back to the user's offsets.
type sourceText struct {
	original string
	parsed   string
	added    []int // bytes of parsed that are not in original, ascending
	comma    int   // a comma right before a closing bracket, which the parser would pass over; -1 if there is none
}

// prepare blanks out the leading equals signs and doubles the backslash of escapes that CEL does not know, which stand
// for themselves in Koreo.
func prepare(text string) sourceText {
	body := strings.TrimLeft(text, "=")
	s := sourceText{original: text, comma: -1}
	last := 0 // the place of the last character that is no white space and no comment
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", len(text)-len(body)))
	for i := len(text) - len(body); i < len(text); {
		switch c := text[i]; {
		case c == '/' && strings.HasPrefix(text[i:], "//"):
			end := i + strings.IndexByte(text[i:]+"\n", '\n')
			b.WriteString(text[i:end])
			i = end
		case c == '"' || c == '\'':
			i = s.literal(&b, i)
			last = i - 1
		default:
			if (c == ']' || c == '}') && text[last] == ',' && s.comma < 0 {
				s.comma = last
			}
			if strings.IndexByte(" \t\n\r\f", c) < 0 {
				last = i
			}
			b.WriteByte(c)
			i++
		}
	}
	s.parsed = b.String()
	return s
}

// literal copies the string literal that begins at i and returns the place behind it.
func (s *sourceText) literal(b *strings.Builder, i int) int {
	text := s.original
	quote := text[i : i+1]
	if strings.HasPrefix(text[i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	raw := i > 0 && (text[i-1] == 'r' || text[i-1] == 'R')
	b.WriteString(quote)
	for i += len(quote); i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], quote):
			b.WriteString(quote)
			return i + len(quote)
		case len(quote) == 1 && text[i] == '\n':
			return i // not closed on its line: the parser says so
		case text[i] == '\\' && i+1 < len(text) && raw:
			b.WriteByte('\\')
			i++
		case text[i] == '\\' && i+1 < len(text):
			if !knownEscape(text[i+1:]) {
				s.added = append(s.added, b.Len())
				b.WriteByte('\\')
			}
			_, size := utf8.DecodeRuneInString(text[i+1:])
			if !knownEscape(text[i+1:]) {
				size = 0
			}
			b.WriteString(text[i : i+1+size])
			i += 1 + size
		default:
			b.WriteByte(text[i])
			i++
		}
	}
	return i
}

// knownEscape tells whether CEL knows the escape whose text behind the backslash begins with s.
func knownEscape(s string) bool {
	if strings.IndexByte("abfnrtv\\'\"`?", s[0]) >= 0 {
		return true
	}
	digits, set := 0, "0123456789abcdefABCDEF"
	switch s[0] {
	case 'x', 'X':
		digits, s = 2, s[1:]
	case 'u':
		digits, s = 4, s[1:]
	case 'U':
		digits, s = 8, s[1:]
	case '0', '1', '2', '3':
		digits, set = 3, "01234567"
	default:
		return false
	}
	return len(s) >= digits && strings.Trim(s[:digits], set) == ""
}

// back maps a byte of parsed to the byte of original.
func (s *sourceText) back(at int) int {
	n := 0
	for n < len(s.added) && s.added[n] < at {
		n++
	}
	return min(max(at-n, 0), len(s.original))
}

// runeToByte is the byte of parsed at which its n-th character begins.
func (s *sourceText) runeToByte(n int) int {
	if n <= 0 {
		return 0
	}
	for i := range s.parsed {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s.parsed)
}
