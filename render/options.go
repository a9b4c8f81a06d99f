// SPDX-License-Identifier: Apache-2.0

package render

import (
	"time"

	"github.com/korender/korender/render/manifest"
)

// Target is the tool that will apply the manifests.
type Target string

// The targets. The zero value means TargetPlain.
const (
	TargetPlain  Target = "plain"
	TargetArgoCD Target = "argocd"
	TargetFlux   Target = "flux"
)

// Gate says who waits for a gate. The zero value means GateStrict.
type Gate string

// The gates.
const (
	GateStrict  Gate = "strict"  // live waits
	GateOrdered Gate = "ordered" // Argo CD's sync waves wait; for TargetArgoCD only
)

// OnDeferred says what to do about objects that cannot be rendered at git time. The zero value means DeferredError.
type OnDeferred string

// What may become of deferred objects.
const (
	DeferredError    OnDeferred = "error"    // the render fails and lists them
	DeferredInstance OnDeferred = "instance" // they are handed to the live reconciler
)

// Fate is what becomes of a trigger.
type Fate string

// The fates. The zero value is undecided.
const (
	Consume Fate = "consume" // it leaves the output
	Emit    Fate = "emit"    // it stays in the output, untouched
)

// Triggers decides the fate of triggers: one word for all, or a word by Kind.group (Kind alone in the core group).
type Triggers struct {
	All    Fate
	ByKind map[string]Fate
}

// Limits bound a render; zero fields mean the defaults that their comments give.
type Limits struct {
	Bytes        int // all files together; 64 MiB
	Documents    int // YAML documents in all files; 100,000
	Nodes        int // values of one YAML document after aliases are expanded; 1,000,000
	Depth        int // nesting of one YAML document; 200
	Steps        int // iterations of one expression's comprehensions; 1,000,000
	Alloc        int // bytes that the functions of one expression may allocate; 64 MiB
	ForEachItems int // items of one forEach; 10,000
	SubWorkflows int // nesting of sub-workflows; 32
	Objects      int // objects in the output; 100,000
	Seconds      int // wall time; 120
}

// Instance holds the settings of the WorkflowInstances that a render may emit.
type Instance struct {
	ServiceAccountName string
	Interval           string
	Suspend            bool
	Export             string
	OwnerReferences    bool
}

// Options is what a render may be told. The zero value works. Config mirrors kind Render: what is set here, from
// flags, beats what korender.yaml says.
type Options struct {
	Config
	Workflow string // run this Workflow instead of the one that crdRef names
	// Observed evaluates as a live reconciler would, had it seen exactly these objects; nil evaluates at git time.
	Observed *manifest.Set
	// Memory keeps what this run comes to, for later ones; nil keeps nothing.
	Memory *Memory
}

// Config holds the settings of kind Render (DESIGN §6). The zero value means the defaults.
type Config struct {
	Root       string   // folder below which everything must lie, relative to the file that says so
	Libraries  []string // folders of definitions, relative to the file that says so; an earlier one beats a later one
	Namespace  string   // for namespaced triggers without one
	Target     Target
	Gate       Gate
	OnDeferred OnDeferred
	Triggers   Triggers
	Policies   map[string]string // createOverlay, never, recreate
	Substitute map[string]string // values that Flux will substitute
	Instance   Instance
	AllowEmpty bool
	Limits     Limits
}

// Settled is the configuration that results when c, from flags, is laid over file.
func (c Config) Settled(file Config) Config {
	out := file
	out.Namespace = either(c.Namespace, file.Namespace)
	out.Target = either(c.Target, file.Target, TargetPlain)
	out.Gate = either(c.Gate, file.Gate, GateStrict)
	out.OnDeferred = either(c.OnDeferred, file.OnDeferred, DeferredError)
	out.AllowEmpty = c.AllowEmpty || file.AllowEmpty
	if c.Triggers.All != "" || len(c.Triggers.ByKind) > 0 {
		out.Triggers = c.Triggers
	}
	out.Policies = laid(c.Policies, file.Policies)
	out.Substitute = laid(c.Substitute, file.Substitute)
	out.Limits = c.Limits.settled(file.Limits)
	return out
}

// defaultSeconds bounds a render that nobody bounded.
const defaultSeconds = 120

func (l Limits) settled(file Limits) Limits {
	return Limits{
		Bytes:        either(l.Bytes, file.Bytes),
		Documents:    either(l.Documents, file.Documents),
		Nodes:        either(l.Nodes, file.Nodes),
		Depth:        either(l.Depth, file.Depth),
		Steps:        either(l.Steps, file.Steps),
		Alloc:        either(l.Alloc, file.Alloc),
		ForEachItems: either(l.ForEachItems, file.ForEachItems),
		SubWorkflows: either(l.SubWorkflows, file.SubWorkflows),
		Objects:      either(l.Objects, file.Objects, defaultObjects),
		Seconds:      either(l.Seconds, file.Seconds, defaultSeconds),
	}
}

// defaultObjects bounds the output of a render that nobody bounded.
const defaultObjects = 100_000

func (l Limits) wallTime() time.Duration { return time.Duration(l.Seconds) * time.Second }

// either is the first value that is set.
func either[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

// laid is the union of two maps in which the first wins.
func laid(over, under map[string]string) map[string]string {
	if len(over) == 0 {
		return under
	}
	out := make(map[string]string, len(over)+len(under))
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out
}
