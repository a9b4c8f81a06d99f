// SPDX-License-Identifier: Apache-2.0

// Package source reads YAML and JSON files into documents whose every value remembers its place. It knows files,
// layers, ignore rules and bounds; it knows nothing of Koreo. It reads through an fs.FS only.
package source

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
