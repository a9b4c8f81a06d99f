// SPDX-License-Identifier: Apache-2.0

// Package expr evaluates one Koreo expression (CEL, Koreo's dialect): text goes in once, values many times; out comes
// a value whose unknown leaves say what they wait for, or an error with the place of its cause. It knows nothing of
// YAML, steps or functions. No cel-go type leaves the package.
package expr

import (
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/schema"
)

// Values are plain Go: nil, bool, int64, uint64, float64, string, []byte, time.Time, time.Duration, []any,
// map[string]any, and as leaves anywhere inside *Unknown and *Object. Values are never changed once built, so they
// may be shared.

// Wait is one field that is not known yet.
type Wait struct {
	Step   string      `json:"step"`   // the step that introduced the unknown; "parent" for the trigger
	Object manifest.ID `json:"object"` // whose field it is
	Path   string      `json:"path"`   // e.g. status.conditions, spec.ports[1].nodePort; empty: the whole object
}

// Unknown is a value that only a server or controller can fill in.
type Unknown struct {
	waits []Wait // sorted, no duplicates, never empty
	field bool   // it is exactly the field of its one wait, not the result of an operation
}

// Mode says how an Object answers for a field that it does not hold.
type Mode uint8

const (
	// Declared: known from git only. An absent field is unknown, and so is what a server may normalise (DESIGN §4):
	// false, zero and empty values, Secret data and stringData, and of a list of maps its size, all, map, filter and
	// an index beyond our items. apiVersion, kind, metadata.name and metadata.namespace are final.
	Declared Mode = iota
	// Known: git's word is complete (a trigger, a readonly object's identity): an absent field is an error, save below
	// status and server metadata, where it is unknown.
	Known
	// Observed: read from a cluster. An absent field below status or server metadata is waited for (*Waiting);
	// has() of it is false; any other absent field is an error.
	Observed
)

// Object is a whole Kubernetes object as a value in scope (resource, parent, or a step's value that holds one).
type Object struct {
	Value map[string]any
	ID    manifest.ID
	Step  string // becomes Wait.Step
	Mode  Mode
	// Path is where Value lies inside the object; empty for the whole. Selecting a map inside an Object yields an
	// Object with a longer Path, so that its own absent fields keep their meaning.
	Path string
	// Trigger makes `state` an alias of status.state, in paths too.
	Trigger bool
	// Type is what a schema says of Value, so that a Declared object does not take for known what a server stores in
	// another form; nil when there is none.
	Type *schema.Type
}

// Vars are the variables of one evaluation, by name.
type Vars map[string]any

// Limits bound one evaluation; zero fields mean the defaults.
type Limits struct {
	Alloc int // bytes that our own functions may allocate (default 64 MiB)
	Steps int // comprehension iterations (default 1,000,000)
}

// Problem is something wrong, or doubtful, in the text of an expression.
type Problem struct {
	Warning bool   // legal, but probably not what was meant
	Code    string // of the diagnostic catalogue (diag.Code's text)
	Offset  int    // byte in the text given to Compile
	Message string
	Hint    string // e.g. did you mean "inputs.name"?
}

// Ref is one static path that an expression reads, e.g. steps.vpc.ref.name.
type Ref struct {
	Path    []string // names and string keys from the variable on; ends before a computed index
	Guarded bool     // read only inside has()
	Offset  int
	Final   bool // false when a computed index or a function follows on the path
}

// Error is why an evaluation failed: a missing key, a wrong type, a bound that was hit.
type Error struct {
	Offset  int    // byte in the text
	Source  string // the offending part of the text, e.g. inputs.spec.nmae
	Message string // never holds a value read from inputs
	Hint    string
	Limit   bool // a bound of Limits or the context was hit
}

// Waiting is the error of an evaluation that read a runtime field which an observed object does not have yet.
type Waiting struct{ Waits []Wait }
