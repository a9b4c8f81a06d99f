// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/manifest"
)

// RenderedHash is the annotation by which git and live agree on what was rendered: the hashes of targets, separated by
// commas.
const RenderedHash = "korender.dev/rendered"

// Handed says what a live reconciler has to know about the objects of an instance. Git applies those in Applied, and to
// them nothing is done: a step that builds one waits until git has applied what was rendered, and then reads what it
// finds. Every object that a step builds is waited for until its controller has seen its newest generation.
type Handed struct {
	Applied map[manifest.Key]AppliedByGit
}

// AppliedByGit is an object that git applies.
type AppliedByGit struct {
	Hash     string // of its target
	Consumed bool   // a rendered trigger that is never applied itself: only what it renders is
}

// handed finds the object of this run among those that git applies.
func (r *resourceRun) handed() (AppliedByGit, bool) {
	h := r.e.opts.Handed
	if h == nil || r.speculative() || len(r.unnamed) > 0 || r.f.API.Readonly || r.f.API.DeleteIfExists {
		return AppliedByGit{}, false
	}
	a, found := h.Applied[r.id.Key()]
	return a, found
}

// followGit is a step whose object git applies.
func (r *resourceRun) followGit(a AppliedByGit, live map[string]any, seen existence) Outcome {
	switch {
	case a.Consumed:
		target, out, ended := r.target()
		if ended {
			return out
		}
		body, waits := r.finisher(false).finish(target)
		if len(waits) > 0 || r.speculative() {
			return r.incomplete(body, waits, r.declared(body))
		}
		return r.after(r.declared(body))
	case seen == absent, !agrees(live, a.Hash):
		return r.retry("waiting for git to apply "+r.id.String(), "load resource", waitDelay)
	}
	out := r.settled(live)
	r.act(Action{Verb: None}, out)
	return out
}

// settled is a step whose object is as it should be: its postconditions count once its controller has seen it so.
func (r *resourceRun) settled(live map[string]any) Outcome {
	out := r.after(r.observed(live))
	if r.e.opts.Handed != nil && stale(live) && (out.Type == Ok || out.Type == Retry) {
		out = r.retry("waiting for "+r.id.String()+" status.observedGeneration", "load resource", waitDelay)
	}
	return out
}

// agrees tells whether a live object carries the hash of a target.
func agrees(live map[string]any, hash string) bool {
	metadata, _ := live["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, _ := annotations[RenderedHash].(string)
	return slices.Contains(strings.Split(text, ","), hash)
}

// stale tells whether the status of a live object speaks of an earlier generation. One that does not say is taken to be
// current.
func stale(live map[string]any) bool {
	metadata, _ := live["metadata"].(map[string]any)
	status, _ := live["status"].(map[string]any)
	newest, known := scalarKey(metadata["generation"]).(int64)
	seen, said := scalarKey(status["observedGeneration"]).(int64)
	return known && said && seen < newest
}
