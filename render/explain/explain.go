// SPDX-License-Identifier: Apache-2.0

// Package explain says where a rendered object or one of its fields comes from. A program, its traced instances, the
// objects of the input and a question go in; an Explanation goes out: the trigger, step and function that made the
// object, and for each value the expression that gave it, the values which that read, and where those came from. It is
// pure: it evaluates only the paths that expressions read, and shows no value of a Secret.
package explain

import (
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// World is what can be asked about.
type World struct {
	Program   *program.Program
	Observed  eval.Observed
	Instances []*Instance // in the order of evaluation
	Input     []Input     // the objects of the input, in order
	Output    *manifest.Set
}

// Instance is one Workflow run for one trigger.
type Instance struct {
	Trigger eval.Trigger
	Options eval.Options // that it was evaluated with
	Plan    *eval.Plan
	Node    *source.Node // the trigger in the input; nil for a rendered one
	Outer   *Instance    // that rendered the trigger; nil for one of the input
	Step    string       // of Outer, that rendered the trigger

	trace *eval.Trace // made when a question is about it
}

// Input is an object of the input.
type Input struct {
	manifest.Object
	Node *source.Node
	Fate string // of a trigger: consume or emit; empty: it passes through
}

// Question is what is asked. Object is Kind/namespace/name, Kind/name, the same with Kind.group, or the path of a step.
// Field is a path in the object or in the step's value; empty: all of it.
type Question struct{ Object, Field string }

// Explanation is the answer.
type Explanation struct {
	Object   *manifest.ID `json:"object"`
	Field    string       `json:"field,omitempty"`
	Status   string       `json:"status"`             // e.g. "rendered: git applies it"
	Made     []Part       `json:"made"`               // by what, from the outside in
	Value    *Node        `json:"value,omitempty"`    // of a question about a field, or a step
	Because  []*Node      `json:"because,omitempty"`  // of a step that is skipped: why
	Inputs   []*Node      `json:"inputs,omitempty"`   // of the step, of a question about an object
	Fields   []*Node      `json:"fields,omitempty"`   // of the object, of a question about an object
	Deferred *Deferral    `json:"deferred,omitempty"` // of a step that cannot be decided at git time
	Makes    []Result     `json:"makes,omitempty"`    // of a trigger: what came of it
}

// Part is one of the things that made an object.
type Part struct {
	What string   `json:"what"` // trigger, Workflow, step, function, template, overlay
	Name string   `json:"name"`
	Note string   `json:"note,omitempty"`
	At   diag.Pos `json:"-"`
	Text string   `json:"at,omitempty"` // At, as file:line:column
}

// Deferral says why a step is left to a live reconciler, and what follows from it.
type Deferral struct {
	Reason   string      `json:"reason"`
	WaitsFor []expr.Wait `json:"waitsFor"`
	GatedBy  []Gate      `json:"gatedBy"`
	Because  []*Node     `json:"because"` // the values and conditions that are not known
	Then     []Result    `json:"then"`    // the steps that wait for this one
}

// Gate is a deferred step that must be Ok first.
type Gate struct {
	Step     string      `json:"step"`
	Reason   string      `json:"reason"`
	WaitsFor []expr.Wait `json:"waitsFor"`
}

// Result is a step and what came of it.
type Result struct {
	Step    string       `json:"step"`
	Object  *manifest.ID `json:"object,omitempty"`
	Outcome string       `json:"outcome"`
}

// Node is a value and where it comes from. Exactly one of the four states of a value holds: it is known, it waits for
// something, there is none, or it must stay hidden.
type Node struct {
	Read    string      `json:"read"`              // the path by which it is read, or the field
	Value   *any        `json:"value,omitempty"`   // known
	Waits   []expr.Wait `json:"unknown,omitempty"` // not known yet: what it waits for
	Absent  bool        `json:"absent,omitempty"`
	Secret  bool        `json:"secret,omitempty"`
	From    string      `json:"from"` // in words
	Code    string      `json:"expression,omitempty"`
	At      string      `json:"at,omitempty"` // file:line:column
	Instead string      `json:"instead,omitempty"`
	Reads   []*Node     `json:"reads,omitempty"`
	Again   bool        `json:"again,omitempty"` // its reads were told before
	More    int         `json:"more,omitempty"`  // reads that were left out
}

// Limits bound an answer; zero fields mean the defaults.
type Limits struct {
	Depth int // how far values are followed, default 12
	Reads int // of one expression, default 12
}

const (
	defaultDepth = 12
	defaultReads = 12
)
