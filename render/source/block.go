// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"slices"
)

// block reads a block scalar. An indentation that the header gives counts from that of the parent, which is not known
// here, so each that is possible is tried.
func (t *trace) block(fold bool, value string) *trace {
	header := t.at
	t.skipLine()
	head, _, _ := bytes.Cut(t.raw[header:t.at], []byte("#"))
	t.at += breakSize(t.raw[t.at:])
	first, last := t.indents()
	if !bytes.ContainsAny(head, "123456789") {
		first = last
	}
	chomp := byte(0)
	if i := bytes.IndexAny(head, "+-"); i >= 0 {
		chomp = head[i]
	}
	for indent := first; indent <= last; indent++ {
		try := *t
		try.lines(indent, fold, chomp)
		if string(try.value) == value {
			return &try
		}
	}
	return nil
}

// indents are the least and the greatest indentation that the lines which follow may have.
func (t *trace) indents() (first, last int) {
	for at := t.at; at < len(t.raw); {
		spaces := at
		for spaces < len(t.raw) && t.raw[spaces] == ' ' {
			spaces++
		}
		last = max(last, spaces-at)
		size := breakSize(t.raw[spaces:])
		if size == 0 {
			break
		}
		at = spaces + size
	}
	return min(1, last), last
}

// lines reads the lines of a block scalar that are indented by so much.
func (t *trace) lines(indent int, fold bool, chomp byte) {
	t.from, t.value = slices.Clone(t.from), slices.Clone(t.value)
	var leading []int // the break of the last line
	leadingBlank := false
	trailing := t.emptyLines(indent)
	for t.at < len(t.raw) && t.column() == indent {
		blank := t.isBlank()
		folded := fold && len(leading) > 0 && !leadingBlank && !blank && breakSize(t.raw[leading[0]:]) != 3
		switch {
		case folded && len(trailing) == 0:
			t.value, t.from, t.end = append(t.value, ' '), append(t.from, leading[0]), t.at
		case !folded:
			t.emitBreaks(leading)
		}
		t.emitBreaks(trailing)
		leadingBlank = blank
		start := t.at
		t.skipLine()
		size := t.at - start
		t.at = start
		t.emit(t.raw[start:start+size], size)
		leading = nil
		if size := breakSize(t.raw[t.at:]); size > 0 {
			leading = []int{t.at}
			t.at += size
		}
		trailing = t.emptyLines(indent)
	}
	if chomp != '-' {
		t.emitBreaks(leading)
	}
	if chomp == '+' {
		t.emitBreaks(trailing)
	}
}

// column is how many characters stand before at on its line, up to the first one that is no space.
func (t *trace) column() int {
	start := t.at
	for start > 0 && t.raw[start-1] == ' ' {
		start--
	}
	return t.at - start
}

// emptyLines passes over lines with nothing but indentation, and the indentation of the next one; it gives their breaks.
func (t *trace) emptyLines(indent int) (breaks []int) {
	for {
		for i := 0; i < indent && t.at < len(t.raw) && t.raw[t.at] == ' '; i++ {
			t.at++
		}
		size := breakSize(t.raw[t.at:])
		if size == 0 {
			return breaks
		}
		breaks = append(breaks, t.at)
		t.at += size
	}
}
