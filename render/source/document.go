// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"

	"github.com/korender/korender/render/diag"
)

// Document is one YAML or JSON document of a file.
type Document struct {
	File  string // slash-separated, as the user would type it
	Index int    // position in the file, from 0
	Line  int    // line of the first byte of Raw, from 1
	Layer int    // 0: the directory itself; libraries follow in order
	Raw   []byte // exact bytes between the separators
	Root  *Node  // the value; never nil in what Parse and Load return

	secret  bool // some object of it is a Secret: no text of it is ever shown
	aliased int  // values that aliases stand for
	doubts  []doubt
	once    sync.Once
	starts  []int // offset of each line of Raw, made when first needed
}

// Problem is an Error at a place of the document.
func (d *Document) Problem(at diag.Pos, code diag.Code, format string, args ...any) diag.Diagnostic {
	return d.problem(at, code, format, args)
}

func (d *Document) problem(at diag.Pos, code diag.Code, format string, args []any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Pos: at, Message: fmt.Sprintf(format, args...), Excerpt: d.Excerpt(at.Line)}
}

// Excerpt is a line of the file, by its number in the file; empty in a document that holds a Secret, whose text is
// never shown, and for a line outside the document.
func (d *Document) Excerpt(line int) string {
	if d == nil || d.secret {
		return ""
	}
	starts := d.lineStarts()
	at := line - d.Line
	if at < 0 || at >= len(starts) {
		return ""
	}
	text := d.Raw[starts[at]:]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return string(bytes.TrimSuffix(text, []byte("\r")))
}

func (d *Document) lineStarts() []int {
	d.once.Do(func() {
		d.starts = append(d.starts, 0)
		for i, c := range d.Raw {
			if c == '\n' {
				d.starts = append(d.starts, i+1)
			}
		}
	})
	return d.starts
}

// at is the place of a byte of Raw.
func (d *Document) at(offset int) diag.Pos {
	offset = min(max(offset, 0), len(d.Raw))
	start := bytes.LastIndexByte(d.Raw[:offset], '\n') + 1
	return diag.Pos{
		File:   d.File,
		Line:   d.Line + bytes.Count(d.Raw[:offset], []byte("\n")),
		Column: 1 + countRunes(d.Raw[start:offset]),
	}
}

func countRunes(text []byte) int {
	n := 0
	for _, c := range text {
		if c&0xC0 != 0x80 { // no continuation of a character
			n++
		}
	}
	return n
}

var secretKind = lazy(`\bkind["']?\s*:\s*["']?Secret\b`)

// seemsSecret tells whether a text that could not be parsed may hold a Secret.
func seemsSecret(raw []byte) bool { return secretKind().Match(raw) }

// lazy compiles a pattern when it is first needed, which in most runs is never.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
