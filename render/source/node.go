// SPDX-License-Identifier: Apache-2.0

package source

import (
	"github.com/korender/korender/render/diag"
)

// Node is one value with its place. Nodes are never changed after loading.
type Node struct {
	Kind     Kind
	style    style
	doubtful bool    // see Doubt
	line     int32   // in Raw, from 1
	col      int32   // in characters, from 1
	Value    any     // Bool: bool, Int: int64, Float: float64, String: string; else nil
	Items    []*Node // List
	Pairs    []Pair  // Map, in document order, keys unique
	doc      *Document
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
	return n.Document().problem(n.Pos(), code, format, args)
}

// ProblemAt is an Error at byte off of a String's value.
func (n *Node) ProblemAt(off int, code diag.Code, format string, args ...any) diag.Diagnostic {
	return n.Document().problem(n.OffsetPos(off), code, format, args)
}

// KeyProblem is an Error at the key of an entry of n.
func (n *Node) KeyProblem(p Pair, code diag.Code, format string, args ...any) diag.Diagnostic {
	return n.Document().problem(p.KeyAt, code, format, args)
}
