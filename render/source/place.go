// SPDX-License-Identifier: Apache-2.0

package source

import (
	"strconv"
	"unicode/utf8"

	"github.com/korender/korender/render/diag"
)

// OffsetPos is the place in the file of byte off of a String's value, however it is written: plain, quoted, as a block,
// on one line or many. For anything else, and where the text cannot be followed, it is where n begins.
func (n *Node) OffsetPos(off int) diag.Pos {
	if n == nil || n.Kind != String || n.doc == nil {
		return n.Pos()
	}
	value := n.Text()
	t := n.trace(value)
	if t == nil {
		return n.Pos()
	}
	off = min(max(off, 0), len(value))
	if off == len(value) {
		return n.doc.at(t.end)
	}
	return n.doc.at(t.from[off])
}

// trace reads a scalar's text once more and notes for each byte of its value where it comes from. It follows the rules
// of YAML for the style of n; the value, which the parser read, decides where the text ends and whether it was
// followed rightly.
type trace struct {
	raw   []byte
	at    int
	value []byte // read so far
	from  []int  // for each byte of value, the offset in raw of what gave it
	end   int    // just behind what gave the last byte
	limit int    // length of the value
}

// trace is nil when the text does not lead to the value.
func (n *Node) trace(value string) *trace {
	starts := n.doc.lineStarts()
	if n.line < 1 || int(n.line) > len(starts) {
		return nil
	}
	t := &trace{raw: n.doc.Raw, limit: len(value)}
	t.at = advance(t.raw, starts[n.line-1], int(n.col))
	t.skipProperties()
	t.end = t.at
	switch n.style {
	case literal, folded:
		t = t.block(n.style == folded, value)
	default:
		t.flow(n.style)
	}
	if t == nil || string(t.value) != value {
		return nil
	}
	return t
}

// emit notes text of the value that comes from the next size bytes of raw.
func (t *trace) emit(text []byte, size int) {
	for i := range text {
		from := t.at
		if len(text) == size {
			from += i
		}
		t.from = append(t.from, from)
	}
	t.value = append(t.value, text...)
	t.at += size
	t.end = t.at
}

// emitBreaks notes line breaks of the value that come from the breaks at these offsets.
func (t *trace) emitBreaks(breaks []int) {
	for _, at := range breaks {
		size := breakSize(t.raw[at:])
		text := []byte{'\n'}
		if size == 3 { // LS and PS stay what they are
			text = t.raw[at : at+3]
		}
		for range text {
			t.from = append(t.from, at)
		}
		t.value = append(t.value, text...)
		t.end = at + size
	}
}

// skipProperties passes over an anchor, a tag and comments before the scalar.
func (t *trace) skipProperties() {
	for t.at < len(t.raw) && (t.raw[t.at] == '&' || t.raw[t.at] == '!') {
		for t.at < len(t.raw) && !t.isBlank() && breakSize(t.raw[t.at:]) == 0 {
			t.at++
		}
		for t.at < len(t.raw) {
			switch size := breakSize(t.raw[t.at:]); {
			case size > 0:
				t.at += size
				continue
			case t.isBlank():
				t.at++
				continue
			case t.raw[t.at] == '#':
				t.skipLine()
				continue
			}
			break
		}
	}
}

func (t *trace) isBlank() bool {
	return t.at < len(t.raw) && (t.raw[t.at] == ' ' || t.raw[t.at] == '\t')
}

// skipLine moves to the next line break.
func (t *trace) skipLine() {
	for t.at < len(t.raw) && breakSize(t.raw[t.at:]) == 0 {
		t.at++
	}
}

// flow reads a plain or quoted scalar until its value is complete.
func (t *trace) flow(s style) {
	if s != plain {
		t.at++
		t.end = t.at
	}
	for len(t.value) < t.limit && t.at < len(t.raw) {
		switch {
		case t.isBlank() || breakSize(t.raw[t.at:]) > 0:
			t.fold(false)
		case s == doubleQuoted && t.raw[t.at] == '\\' && breakSize(t.raw[t.at+1:]) > 0:
			t.at++
			t.at += breakSize(t.raw[t.at:])
			t.fold(true)
		case s == doubleQuoted && t.raw[t.at] == '\\':
			if !t.escape() {
				return
			}
		case s == singleQuoted && t.raw[t.at] == '\'':
			t.emit([]byte{'\''}, 2)
		default:
			_, size := utf8.DecodeRune(t.raw[t.at:])
			t.emit(t.raw[t.at:t.at+size], size)
		}
	}
}

// fold reads white space and line breaks: white space alone stays; one break is a space, more are one fewer. After an
// escaped break only the further ones count.
func (t *trace) fold(escaped bool) {
	start := t.at
	var breaks []int
	for t.at < len(t.raw) {
		if size := breakSize(t.raw[t.at:]); size > 0 {
			breaks = append(breaks, t.at)
			t.at += size
		} else if t.isBlank() {
			t.at++
		} else {
			break
		}
	}
	switch {
	case escaped:
		t.emitBreaks(breaks)
	case len(breaks) == 0:
		size := t.at - start
		t.at = start
		t.emit(t.raw[start:start+size], size)
	case breakSize(t.raw[breaks[0]:]) == 3:
		t.emitBreaks(breaks)
	case len(breaks) == 1:
		t.value, t.from, t.end = append(t.value, ' '), append(t.from, breaks[0]), t.at
	default:
		t.emitBreaks(breaks[1:])
	}
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ", '"': `"`, '\'': "'",
	'/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads one escape of a double-quoted scalar.
func (t *trace) escape() bool {
	if t.at+1 >= len(t.raw) {
		return false
	}
	digits := 0
	switch c := t.raw[t.at+1]; c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		text, known := escapes[c]
		t.emitEscape([]byte(text), 2)
		return known
	}
	if t.at+2+digits > len(t.raw) {
		return false
	}
	code, err := strconv.ParseUint(string(t.raw[t.at+2:t.at+2+digits]), 16, 32)
	if err != nil {
		return false
	}
	t.emitEscape(utf8.AppendRune(nil, rune(code)), 2+digits)
	return true
}

func (t *trace) emitEscape(text []byte, size int) {
	for range text {
		t.from = append(t.from, t.at)
	}
	t.value = append(t.value, text...)
	t.at += size
	t.end = t.at
}
