// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"strings"

	"github.com/korender/korender/render/diag"
)

// Document is one YAML or JSON document of a file.
type Document struct {
	File  string // slash-separated, as the user would type it
	Index int    // position in the file, from 0
	Line  int    // line of the first byte of Raw, from 1
	Layer int    // 0: the directory itself; libraries follow in order
	Raw   []byte // exact bytes between the separators
	Root  *Node  // nil when the document holds nothing but comments

	doubtfulKeys diag.List
}

// Node is one value with its place. Nodes are never changed after loading.
type Node struct {
	Kind  Kind
	style style
	line  int32   // in Raw, from 1
	col   int32   // in characters, from 1
	Value any     // Bool: bool, Int: int64, Float: float64, String: string; else nil
	Items []*Node // List
	Pairs []Pair  // Map, in document order, keys unique
	doc   *Document
}

// Pair is one entry of a Map.
type Pair struct {
	Key   string
	KeyAt diag.Pos
	Value *Node
}

// style is how a scalar is written.
type style uint8

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	literal
	folded
)

// Get finds the value of a key; nil when n is nil, no Map, or has no such key.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return n.Pairs[i].Value
		}
	}
	return nil
}

// At follows keys down from n; nil when one is absent.
func (n *Node) At(path ...string) *Node {
	for _, key := range path {
		n = n.Get(key)
	}
	return n
}

// Text is the value of a String, else "".
func (n *Node) Text() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Value.(string)
}

// Native is the value as a JSON tree: nil, bool, int64, float64, string, []any, map[string]any. Each call builds it anew.
func (n *Node) Native() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = item.Native()
		}
		return out
	case Map:
		out := make(map[string]any, len(n.Pairs))
		for i := range n.Pairs {
			out[n.Pairs[i].Key] = n.Pairs[i].Value.Native()
		}
		return out
	default:
		return n.Value
	}
}

// Document is the document that holds n.
func (n *Node) Document() *Document {
	if n == nil {
		return nil
	}
	return n.doc
}

// Pos is where n begins.
func (n *Node) Pos() diag.Pos {
	if n == nil {
		return diag.Pos{}
	}
	return diag.Pos{File: n.doc.File, Line: n.doc.Line + int(n.line) - 1, Column: int(n.col)}
}

// Problem is an Error at n.
func (n *Node) Problem(code diag.Code, format string, args ...any) diag.Diagnostic {
	return n.doc.problem(n.Pos(), code, format, args)
}

// ProblemAt is an Error at byte off of a String's value.
func (n *Node) ProblemAt(off int, code diag.Code, format string, args ...any) diag.Diagnostic {
	return n.doc.problem(n.OffsetPos(off), code, format, args)
}

// KeyProblem is an Error at the key of an entry of n.
func (n *Node) KeyProblem(p Pair, code diag.Code, format string, args ...any) diag.Diagnostic {
	return n.doc.problem(p.KeyAt, code, format, args)
}

// Problem is an Error at a place of the document.
func (d *Document) Problem(at diag.Pos, code diag.Code, format string, args ...any) diag.Diagnostic {
	return d.problem(at, code, format, args)
}

func (d *Document) problem(at diag.Pos, code diag.Code, format string, args []any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Pos: at, Message: fmt.Sprintf(format, args...), Excerpt: d.Excerpt(at.Line)}
}

// Excerpt is a line of the file, by its number in the file; empty for a Secret, whose text is never shown, and for a
// line outside the document.
func (d *Document) Excerpt(line int) string {
	if d == nil || line < d.Line || (d.Root != nil && d.Root.Get("kind").Text() == "Secret") {
		return ""
	}
	rest := string(d.Raw)
	for range line - d.Line {
		_, after, found := strings.Cut(rest, "\n")
		if !found {
			return ""
		}
		rest = after
	}
	text, _, _ := strings.Cut(rest, "\n")
	return strings.TrimRight(text, "\r")
}
