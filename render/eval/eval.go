// SPDX-License-Identifier: Apache-2.0

// Package eval is the one evaluator. A program, a trigger and what was observed go in; a Plan goes out: what every
// step came to, and what would have to be done to the cluster. It is pure: no clock, network, environment, logging,
// metrics or randomness; the same input gives the same Plan. With nothing observed it is the GitOps render, with
// everything observed it is the Koreo reconcile, with a made-up observation it is a FunctionTest.
package eval

import (
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/schema"
)

// Type is the kind of an Outcome; the order is the priority when outcomes are combined.
type Type uint8

const (
	DepSkip Type = iota
	Skip
	Ok
	Deferred // cannot be decided at git time
	Retry
	PermFail
)

// Outcome is what a step, function or Workflow came to.
type Outcome struct {
	Type     Type
	Value    any // Ok (and Deferred: what is known of it)
	Message  string
	Delay    int    // seconds; Retry only
	Location string // LANGUAGE 3.5
	Pos      diag.Pos
	Waits    []expr.Wait // Deferred, or Retry "waiting for"
	Cause    error       // *program.EvalError behind a PermFail, else nil
}

// Observed is what is known of the cluster. An ID in neither field is unknown.
type Observed struct {
	Objects manifest.Set
	Absent  []manifest.ID
}

// Trigger is what a Workflow is run for.
type Trigger struct {
	Workflow *program.Workflow
	Object   manifest.Object // as git has it; its status and server metadata count only when it is in Observed
}

// Options of an evaluation; the zero value evaluates with nothing declared, in no namespace, strictly.
type Options struct {
	Namespace string        // for a namespaced trigger without one
	Declared  *manifest.Set // the objects of the input that stay in the output
	Limits    Limits
	Owners    bool   // add owner references
	Owner     *Owner // to this object in place of the trigger, which may have no life of its own; nil: to the trigger
	Policies  Policies
	Schema    schema.Source // of declared objects; nil: that of the kinds that are part of Kubernetes
	// Ordered lets steps run after gates instead of deferring them: whoever applies the objects waits between waves. It
	// is for Workflows whose steps can defer by nothing but gates.
	Ordered bool
	// Handed is set by a live reconciler that shares the objects with git; nil: nobody else applies anything.
	Handed *Handed
	// Verbatim holds values that are not known to expressions but may be copied into targets: what a later tool will put
	// in their place is not known yet. They are leaves of the trigger or of Declared.
	Verbatim map[*expr.Unknown]string
}

// Policies says what git may do to an object of which nobody knows whether it exists. The zero value defers.
type Policies struct {
	Never         bool // render objects whose update policy is never
	Recreate      bool // render objects whose update policy is recreate
	CreateOverlay bool // lay create.overlay over the manifest
}

// Limits bound one evaluation; zero fields mean the defaults.
type Limits struct {
	ForEachItems int // default 10,000
	Depth        int // nested sub-workflows, default 32
	Objects      int // default 100,000
}

// Verb is what an Action does.
type Verb uint8

const (
	None     Verb = iota // live and wanted agree
	Render               // existence unknown: git applies the target
	CreateIt             // absent
	Patch
	Recreate
	Delete // at git time: out of the input
	Amend  // git lays Target over the object of the input
)

// Action is one thing to do to one object. A key that left the target is not told here: whoever applies it knows from
// its managed fields what it once set.
type Action struct {
	Verb    Verb
	ID      manifest.ID
	Target  map[string]any // directives stripped, identity in, fully known; nulls only in a Patch or an Amend, where they delete; nil: leave it alone
	Step    string         // path
	Delay   int            // seconds until the next look
	Due     string         // Patch and Recreate: the first difference, as text
	Outcome Outcome        // what the step came to
	Delete  program.DeletePolicy
	Foreign bool // the function never creates it: `create.enabled` is false
}

// StepResult is what became of one step (or forEach item, or inner step of a sub-workflow).
type StepResult struct {
	Path    string // label, label[2], label.inner
	Logic   string // Kind/name
	Outcome Outcome
	Object  *manifest.ID   // nil when it has none, or its identity is not known
	Guest   bool           // it never creates the object: it reads, patches or removes what others made
	Action  *Action        // nil when nothing is done, or nothing can be decided
	Partial map[string]any // of a deferred step, what is known of its target; leaves may be unknown; only the identity when nothing else is sure
	GatedBy []string       // deferred steps that must be Ok first
	Waits   []expr.Wait    // its own unknowns
	Reason  string         // of a deferred step
	Wave    int            // with Options.Ordered: how many gates come before it, one after another
}

// Condition is one status condition, without times.
type Condition struct {
	Type     string `json:"type"`
	Status   string `json:"status"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

// Plan is everything that evaluating one trigger came to.
type Plan struct {
	Workflow    string
	Trigger     manifest.ID
	Steps       []StepResult // in order, inner steps after their outer one
	Outcome     Outcome
	Conditions  []Condition
	State       map[string]any    // of steps that are Ok; leaves may be unknown
	StateErrors map[string]string // label → what was wrong with its state
	Managed     any               // LANGUAGE 7.10
	Actions     []Action          // in step order
	Wants       []manifest.ID     // looked up and not observed, in order; never the trigger, nor what a deferred step only might read
	Reads       []manifest.ID     // looked up in Options.Declared, whether it was there or not, each once
}
