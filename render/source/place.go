// SPDX-License-Identifier: Apache-2.0

package source

import (
	"strings"
	"unicode/utf8"

	"github.com/korender/korender/render/diag"
)

// OffsetPos is the place in the file of byte off of a String's value, however it is written: plain, quoted, as a block,
// on one line or many. For anything else, and where the text cannot be followed, it is where n begins.
func (n *Node) OffsetPos(off int) diag.Pos {
	if n == nil || n.Kind != String {
		return n.Pos()
	}
	w := newWalker(n)
	if w == nil || !w.to(off) {
		return n.Pos()
	}
	return w.pos()
}

// walker follows a scalar's value and its written form side by side.
type walker struct {
	n      *Node
	raw    string
	at     int    // in raw
	value  string // what is left of the value
	indent int    // of a block scalar's lines
	line   int    // of at, from 1
}

func newWalker(n *Node) *walker {
	w := &walker{n: n, raw: string(n.doc.Raw), value: n.Value.(string), line: int(n.line)}
	for range n.line - 1 {
		i := strings.IndexByte(w.raw[w.at:], '\n')
		if i < 0 {
			return nil
		}
		w.at += i + 1
	}
	if n.line == 1 {
		w.at += len(w.raw) - len(strings.TrimPrefix(w.raw, "\ufeff"))
	}
	for range n.col - 1 {
		_, size := utf8.DecodeRuneInString(w.raw[w.at:])
		w.at += size
	}
	if w.at > len(w.raw) {
		return nil
	}
	w.skipProperties()
	switch n.style {
	case singleQuoted, doubleQuoted:
		w.at++
	case literal, folded:
		w.openBlock()
	}
	return w
}

// skipProperties passes over an anchor and a tag before the scalar.
func (w *walker) skipProperties() {
	for w.at < len(w.raw) && (w.raw[w.at] == '&' || w.raw[w.at] == '!') {
		end := strings.IndexAny(w.raw[w.at:], " \t\r\n")
		if end < 0 {
			return
		}
		w.at += end
		w.skipBlank()
	}
}

// skipBlank passes over white space and line breaks, and counts the lines.
func (w *walker) skipBlank() {
	for w.at < len(w.raw) && strings.IndexByte(" \t\r\n", w.raw[w.at]) >= 0 {
		if w.raw[w.at] == '\n' {
			w.line++
		}
		w.at++
	}
}

// openBlock passes over the header of a block scalar and finds the indentation of its lines.
func (w *walker) openBlock() {
	header := w.raw[w.at:]
	if i := strings.IndexByte(header, '\n'); i >= 0 {
		header = header[:i]
		w.at += i + 1
	} else {
		w.at = len(w.raw)
	}
	w.line++
	w.indent = -1
	lines := strings.Split(w.raw[w.at:], "\n")
	for _, l := range lines {
		if text := strings.TrimLeft(l, " "); strings.TrimRight(text, "\r") != "" {
			w.indent = len(l) - len(text)
			break
		}
	}
	if i := strings.IndexAny(header, "123456789"); i > 0 && (strings.IndexByte(header, '#') < 0 || i < strings.IndexByte(header, '#')) {
		// An explicit indentation counts from the parent's; leading spaces of the first line belong to the value.
		lead := len(w.value) - len(strings.TrimLeft(w.value, " "))
		w.indent = max(0, w.indent-lead)
	}
	w.skipIndent()
}

func (w *walker) skipIndent() {
	for i := 0; i < w.indent && w.at < len(w.raw) && w.raw[w.at] == ' '; i++ {
		w.at++
	}
}

// to moves to byte off of the value; false when the two sides do not fit.
func (w *walker) to(off int) bool {
	off = min(max(off, 0), len(w.value))
	for done := 0; done < off; {
		step := w.step()
		if step <= 0 {
			return false
		}
		done += step
	}
	w.settle()
	return true
}

// settle stands on the text that the next byte of the value comes from, when that is not where the last one ended.
func (w *walker) settle() {
	if w.n.style == plain && w.value != "" && w.value[0] != ' ' && w.value[0] != '\n' {
		w.skipBlank()
	}
}

// step consumes the next piece of the value and what it was written as; it returns the bytes of value consumed.
func (w *walker) step() int {
	if w.at >= len(w.raw) || w.value == "" {
		return 0
	}
	before := len(w.value)
	switch {
	case w.n.style == literal:
		w.literalStep()
	case w.atBreak():
		w.foldStep()
	case w.n.style == doubleQuoted && w.raw[w.at] == '\\':
		w.escapeStep()
	case w.n.style == singleQuoted && strings.HasPrefix(w.raw[w.at:], "''"):
		w.at += 2
		w.value = w.value[1:]
	default:
		w.charStep()
	}
	return before - len(w.value)
}

func (w *walker) charStep() {
	_, size := utf8.DecodeRuneInString(w.value)
	if !strings.HasPrefix(w.raw[w.at:], w.value[:size]) {
		return
	}
	w.at += size
	w.value = w.value[size:]
}

func (w *walker) literalStep() {
	if w.value[0] != '\n' {
		w.charStep()
		return
	}
	if w.raw[w.at] == '\r' {
		w.at++
	}
	w.at++
	w.line++
	w.value = w.value[1:]
	w.skipIndent()
}

// atBreak tells whether only white space is left on the line (in a flow scalar), or the line ends (in a folded one).
func (w *walker) atBreak() bool {
	rest := w.raw[w.at:]
	if w.n.style != folded {
		rest = strings.TrimLeft(rest, " \t")
	}
	return strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r\n")
}

// foldStep passes over line breaks: one break is a space of the value, more are one line feed fewer (in a folded block
// lines that are indented more keep theirs).
func (w *walker) foldStep() {
	breaks := 0
	for w.at < len(w.raw) {
		if w.n.style == folded {
			if !strings.HasPrefix(w.raw[w.at:], "\n") && !strings.HasPrefix(w.raw[w.at:], "\r\n") {
				break
			}
			w.at += 1 + strings.IndexByte(w.raw[w.at:], '\n')
			w.line++
			breaks++
			w.skipIndent()
			continue
		}
		line := w.line
		w.skipBlank()
		breaks += w.line - line
		break
	}
	switch {
	case w.value[0] == ' ' && breaks == 1:
		w.value = w.value[1:]
	default:
		for ; breaks > 0 && strings.HasPrefix(w.value, "\n"); breaks-- {
			w.value = w.value[1:]
		}
	}
}

// escapeStep passes over one escape of a double-quoted scalar.
func (w *walker) escapeStep() {
	if w.at+1 >= len(w.raw) {
		return
	}
	switch w.raw[w.at+1] {
	case 'x':
		w.at += 4
	case 'u':
		w.at += 6
	case 'U':
		w.at += 10
	case '\r', '\n':
		w.at++
		w.skipBlank()
		if w.at < len(w.raw) && w.raw[w.at] != '\\' {
			w.charStep()
			return
		}
		w.escapeStep()
		return
	default:
		w.at += 2
	}
	_, size := utf8.DecodeRuneInString(w.value)
	w.value = w.value[size:]
}

func (w *walker) pos() diag.Pos {
	at := min(w.at, len(w.raw))
	start := strings.LastIndexByte(w.raw[:at], '\n') + 1
	return diag.Pos{
		File:   w.n.doc.File,
		Line:   w.n.doc.Line + w.line - 1,
		Column: utf8.RuneCountInString(strings.TrimPrefix(w.raw[start:at], "\ufeff")) + 1,
	}
}
