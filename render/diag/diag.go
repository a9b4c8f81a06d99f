// SPDX-License-Identifier: Apache-2.0

// Package diag is the one shape of a user-facing problem. Whatever finds something wrong in a user's files says it
// as a Diagnostic: where, what, and what would be right. Problems are collected in a List, sorted by place, and
// printed once. The package reads no files and knows nothing of Koreo.
package diag

// Severity ranks a problem. The zero value is Error, so that a forgotten severity is never lost.
type Severity uint8

const (
	Error   Severity = iota // the run cannot succeed
	Warning                 // legal, but probably not what was meant
	Info                    // worth knowing
)

// Code is a stable name such as KR0201; its explanation is in the catalogue (Lookup). Ranges, one file each:
// KR00xx reading files (codes_source.go), KR01xx shape of definitions (codes_schema.go), KR02xx references and
// order (codes_program.go), KR03xx expressions (codes_expr.go), KR04xx evaluation (codes_eval.go), KR05xx rendering
// and output (codes_render.go), KR06xx tests (codes_test_runs.go), KR07xx the KRM function (codes_function.go).
type Code string

// Pos is a place in a file. Line and Column count from 1, columns in characters; 0 means unknown.
type Pos struct {
	File   string
	Line   int
	Column int
}

// Diagnostic is one problem.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Pos      Pos
	Message  string // what is wrong: lower case, no full stop
	Hint     string // what would be right; may be empty
	Excerpt  string // the source line at Pos, without its line break; empty when it is unknown or must stay secret
}

// List is many problems; a non-empty List is an error.
type List []Diagnostic
