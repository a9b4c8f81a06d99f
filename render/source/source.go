// SPDX-License-Identifier: Apache-2.0

// Package source reads YAML and JSON files into documents whose every value remembers its place. It knows files,
// layers, ignore rules and bounds; it knows nothing of Koreo. It reads through an fs.FS only.
package source

import "github.com/korender/korender/render/diag"

// Kind is the JSON kind of a Node, decided as kubectl decides it (YAML 1.1: yes/no/on/off are booleans).
type Kind uint8

const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	List
	Map
)

// Document is one YAML or JSON document of a file.
type Document struct {
	File  string // slash-separated, as the user would type it
	Index int    // position in the file, from 0
	Line  int    // line of the first byte of Raw, from 1
	Raw   []byte // exact bytes between the separators
	Root  *Node  // nil when the document holds nothing but comments
}

// Node is one value with its place. Nodes are never changed after loading.
type Node struct {
	Kind  Kind
	Value any     // Bool: bool, Int: int64, Float: float64, String: string; else nil
	Items []*Node // List
	Pairs []Pair  // Map, in document order, keys unique
	// document, line, column and style follow in the implementation
}

// Pair is one entry of a Map.
type Pair struct {
	Key   string
	KeyAt diag.Pos
	Value *Node
}

// What the implementation offers besides (see the methods):
//
//	func (n *Node) Get(key string) *Node                 // nil-safe; nil when absent or not a Map
//	func (n *Node) At(path ...string) *Node
//	func (n *Node) Text() string                         // "" unless String
//	func (n *Node) Native() any                          // JSON tree: nil bool int64 float64 string []any map[string]any
//	func (n *Node) Pos() diag.Pos
//	func (n *Node) OffsetPos(off int) diag.Pos           // place of byte off of a String's value: plain, quoted, |, >
//	func (n *Node) Problem(code diag.Code, format string, args ...any) diag.Diagnostic        // Error at Pos, with excerpt
//	func (n *Node) ProblemAt(off int, code diag.Code, format string, args ...any) diag.Diagnostic
//	func (n *Node) Document() *Document
