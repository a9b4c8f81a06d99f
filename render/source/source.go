// SPDX-License-Identifier: Apache-2.0

// Package source reads YAML and JSON files into documents whose every value remembers its place. It knows files,
// layers, ignore rules and bounds; it knows nothing of Koreo. It reads through an fs.FS only.
//
// Values are those that kubectl reads (YAML 1.1: unquoted yes, no, on and off are booleans, 017 is octal, dates are
// text). Nothing is guessed: what is not valid, stands twice, or cannot be held by JSON is a problem with its place.
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

// Limits bound what is read; zero fields mean the defaults.
type Limits struct {
	Bytes     int // of input in all (default 64 MiB)
	Documents int // in all (default 100,000)
	Nodes     int // values of one document; a tenth of it may come from aliases, in all files together (default 1,000,000)
	Depth     int // nested maps and lists (default 200)
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.Bytes, 64<<20)
	set(&l.Documents, 100_000)
	set(&l.Nodes, 1_000_000)
	set(&l.Depth, 200)
	return l
}

// aliased is how many values aliases may stand for.
func (l Limits) aliased() int { return max(1, l.Nodes/10) }
