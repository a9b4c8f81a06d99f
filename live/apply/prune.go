// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// outlook is what two plans of one instance say about objects that nobody builds any more.
type outlook struct {
	plan, git index
	unsure    bool // some step may still turn out to build any object
	byValues  bool // whether some step builds an object rests on observed values, and it is not known which object
	gitFailed bool // git alone would not have rendered this
}

// index finds the steps of a plan.
type index struct {
	steps  map[string]*render.Step
	parent map[string]bool // paths of steps that consist of others
	built  map[manifest.Key]bool
	idle   map[manifest.Key]bool // objects of steps that are Ok and do nothing with them
}

func indexOf(p *render.Plan) index {
	x := index{
		steps: make(map[string]*render.Step, len(p.Steps)), parent: map[string]bool{},
		built: make(map[manifest.Key]bool, len(p.Steps)), idle: map[manifest.Key]bool{},
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		x.steps[s.Path] = s
		for path, ok := outer(s.Path); ok; path, ok = outer(path) {
			x.parent[path] = true
		}
		if s.Object != nil {
			x.built[s.Object.Key()] = true
			if s.Outcome.Type == render.Ok && s.Action == nil {
				x.idle[s.Object.Key()] = true
			}
		}
	}
	return x
}

// outer is the path of the step that a step is part of: of x[2].y it is x[2], of x[2] it is x.
func outer(path string) (string, bool) {
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return "", false
	}
	return path[:i], true
}

// nameless tells whether a step could build an object and it is not known which.
func (x *index) nameless(s *render.Step) bool {
	return s.Object == nil && !x.parent[s.Path] && !strings.HasPrefix(s.Logic, "ValueFunction/")
}

func outlookOn(plan, atGit *render.Plan) *outlook {
	o := &outlook{plan: indexOf(plan), git: indexOf(atGit)}
	for i := range atGit.Steps {
		s := &atGit.Steps[i]
		o.gitFailed = o.gitFailed || s.Outcome.Failed()
		if o.git.nameless(s) && s.Outcome.Type == render.Deferred {
			now := o.plan.steps[s.Path]
			o.byValues = o.byValues || (now == nil || now.Object == nil) && !o.plan.parent[s.Path]
		}
	}
	for i := range plan.Steps {
		s := &plan.Steps[i]
		o.unsure = o.unsure || o.plan.nameless(s) && o.undecided(s)
	}
	return o
}

// undecided tells whether a step may still come to build something. One that is skipped with what it depends on is
// decided when git says so too.
func (o *outlook) undecided(s *render.Step) bool {
	switch s.Outcome.Type {
	case render.Ok, render.Skip:
		return false
	case render.DepSkip:
		git := o.git.steps[s.Path]
		return o.gitFailed || git == nil || git.Outcome.Type != render.DepSkip
	default:
		return true
	}
}

// prunes tells whether an object of the inventory is to go: no step builds it, none could still turn out to, and this was
// decided by git, or the function asks for destruction whoever decides.
func (o *outlook) prunes(e *v1alpha1.InventoryEntry) bool {
	if o.plan.built[keyOf(e)] || o.unsure {
		return false
	}
	if own := o.plan.steps[e.Step]; own != nil && o.undecided(own) {
		return false
	}
	return e.Explicit || o.decidedByGit(e)
}

// absent tells whether the step that builds an object has found none and wants none: deleteIfExists.
func (o *outlook) absent(e *v1alpha1.InventoryEntry) bool {
	return o.plan.idle[keyOf(e)]
}

// decidedByGit tells whether git alone says that nobody builds an object: then the plan of nothing observed has another
// object in its step, or skips it, or has no such step. A step that is not there because what it is part of is not known
// yet says nothing.
func (o *outlook) decidedByGit(e *v1alpha1.InventoryEntry) bool {
	if o.gitFailed || o.byValues || o.git.built[keyOf(e)] {
		return false
	}
	for path, ok := e.Step, true; ok; path, ok = outer(path) {
		s := o.git.steps[path]
		if s == nil {
			continue
		}
		return o.git.parent[path] || s.Object != nil || s.Outcome.Type != render.Deferred
	}
	return true
}

// ending is what becomes of an object that nobody wants any more.
type ending uint8

const (
	undecided ending = iota // nothing is to be done yet
	vanished                // the object of this uid is not there
	forget                  // it is another instance's: only what is this instance's own on it goes
	handBack                // it stays, for somebody else; what is ours on it goes
	abandon                 // it stays; what is ours on it goes
	pending                 // it is being deleted already
	destroy
)

// String is what an ending does, as messages name it.
func (e ending) String() string {
	switch e {
	case destroy:
		return "delete"
	case forget, handBack, abandon:
		return "release"
	default:
		return "read"
	}
}

// endOf says what becomes of an object of the inventory that nobody wants any more. live was just read; nil: not there.
func endOf(e *v1alpha1.InventoryEntry, live map[string]any, self types.NamespacedName, applied, claimed bool) ending {
	mark := markOf(live)
	switch {
	case live == nil || uidOf(live) != e.UID:
		return vanished
	case mark.Name != "" && mark != self:
		return forget
	case terminating(live):
		return pending
	}
	if hash, is := gitsHash(e); is {
		return endOfGits(e, live, hash, applied || claimed)
	}
	switch {
	case applied, claimed, rendered(live):
		return handBack
	case mark != self, e.Policy != v1alpha1.PolicyDestroy:
		return abandon
	case tracked(live):
		return handBack
	default:
		return destroy
	}
}

// endOfGits is endOf of an object that git applied and only live deletes. Git applies it still, in another way, when it
// carries another hash than the one that was noted, or none at all. The tracking of the tool that applied it says nothing.
func endOfGits(e *v1alpha1.InventoryEntry, live map[string]any, hash string, wanted bool) ending {
	switch {
	case wanted, !renderedAs(live, hash):
		return handBack
	case e.Policy != v1alpha1.PolicyDestroy:
		return abandon
	default:
		return destroy
	}
}
