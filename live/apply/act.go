// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/korender/korender/render"
)

// act carries one action out.
func (r *run) act(ctx context.Context, a *render.Action) {
	s := r.situation(a)
	d, err := decide(s)
	if err != nil {
		r.unwritable(a)
		return
	}
	if d.do != nothing && r.taken(a) {
		return
	}
	if !r.arrived(s, &d) {
		return
	}
	r.forgetOld(s)
	if d.do != nothing {
		r.keep(s, &d)
	}
	switch d.do {
	case nothing, note:
	case refuse:
		verb := Blocked
		if d.owned {
			verb = NotConverging
		}
		r.change(a.ID, a.Step, verb, d.message)
	default:
		r.attempt(ctx, s, &d)
	}
}

// arrived tells whether an object that git has just applied, although it is ours, still waits for what the instance has to
// say of it: a tool applies objects one after the other, and the instance may come last. When nothing follows, the tool has
// applied something old, and the object is taken back.
func (r *run) arrived(s *situation, d *decision) bool {
	h := r.record.of(s.action.ID.Key())
	if d.do != await {
		h.arrived = time.Time{}
		return true
	}
	if h.arrived.IsZero() {
		h.arrived = r.Now
	}
	if left := h.arrived.Add(patience).Sub(r.Now); left > 0 {
		r.change(s.action.ID, s.action.Step, Postponed, d.message)
		r.again(left)
		return false
	}
	d.do, d.late, d.message = takeOver, true, "from git, which does not say in the instance that it applies it"
	return true
}

// taken tells whether an earlier step of the plan has an action for the same object. The first one counts: two would
// undo each other's writes for ever.
func (r *run) taken(a *render.Action) bool {
	first, found := r.acted[a.ID.Key()]
	if found {
		r.change(a.ID, a.Step, Blocked, "step "+first+" builds it, too")
		return true
	}
	r.acted[a.ID.Key()] = a.Step
	return false
}

// unwritable is a target that JSON cannot hold.
func (r *run) unwritable(a *render.Action) {
	f := &Failure{ID: a.ID, Doing: "write", Reason: "NotJSON", Permanent: true, After: muchMore}
	r.result.Changes = append(r.result.Changes, Change{ID: a.ID, Step: a.Step, Verb: Failed, Message: f.Error(), Err: f})
}

func (r *run) situation(a *render.Action) *situation {
	k := a.ID.Key()
	s := &situation{self: r.self, action: a, entry: r.inventory.get(k), claim: r.Claimed[k], dying: r.Dying}
	if o, found := r.applied[k]; found {
		s.applied = &o
	}
	if o, found := r.Live.Get(a.ID); found {
		s.live = o.Value
	}
	return s
}

// forgetOld drops the entry of an object that is not there any more, when another of its name, not ours, is.
func (r *run) forgetOld(s *situation) {
	if s.entry != nil && s.live != nil && !s.owned() && s.entry.UID != uidOf(s.live) {
		r.inventory.remove(s.action.ID.Key())
		s.entry = nil
	}
}

// keep brings the inventory up to date before any write: an object that is ours, or that was patched before, is in it,
// with the step and the policy of today.
func (r *run) keep(s *situation, d *decision) {
	known := s.entry != nil && s.live != nil && s.entry.UID == uidOf(s.live)
	switch {
	case d.do == note:
		r.inventory.put(entryOf(s.action, uidOf(s.live), d.owned, d.keep))
	case known || s.owned():
		r.inventory.put(entryOf(s.action, uidOf(s.live), s.owned(), s.hashBefore()))
	}
}

// owned tells whether the object is there and ours.
func (s *situation) owned() bool { return s.live != nil && s.owner() == ours }

// attempt makes a write, unless it is too early, or in vain.
func (r *run) attempt(ctx context.Context, s *situation, d *decision) {
	a, h := s.action, r.record.of(s.action.ID.Key())
	what := d.do.String() + " " + d.hash
	if wait, failure := h.wait(what, versionOf(s.live), r.Now); wait > 0 {
		if failure != nil {
			r.result.Changes = append(r.result.Changes, *failure)
		} else {
			r.change(a.ID, a.Step, Postponed, d.message)
		}
		r.again(wait)
		return
	}
	h.aim(d.hash)
	field := d.fightsOver(a)
	if rest, tired := h.tired(field, r.Now); tired {
		r.change(a.ID, a.Step, NotConverging, "it differs again after every write: "+field)
		r.again(rest)
		return
	}
	done, err := r.execute(ctx, s, d)
	if err != nil {
		r.refused(s, d, what, err)
		return
	}
	if !done {
		return
	}
	h.wrote(r.Now, time.Duration(a.Delay)*time.Second)
	if d.do == create {
		h.born = true
	} else {
		h.fought(field, r.Now)
	}
}

// fightsOver names what a write is about, so that a fight over it is seen.
func (d *decision) fightsOver(a *render.Action) string {
	switch d.do {
	case takeOver:
		return "the ownership " + d.message
	case write, disownAnd:
		if a.Verb == render.Patch {
			return fieldOf(a.Due)
		}
	}
	return d.message
}

// refused notes a write that failed. Other managers of the fields of an object that is not ours are no failure: they
// were there first.
func (r *run) refused(s *situation, d *decision, what string, err error) {
	a := s.action
	if others := conflicts(err); others != "" && !d.owned {
		c := Change{ID: a.ID, Step: a.Step, Verb: Blocked, Message: others}
		h := r.record.of(a.ID.Key())
		h.failedAt(r.Now, what, &c, later)
		h.blockedAt(versionOf(s.live))
		r.result.Changes = append(r.result.Changes, c)
		r.again(later)
		return
	}
	least := time.Duration(0)
	if d.do == create && apierrors.IsConflict(err) { // somebody else creates it
		least = time.Duration(a.Delay) * time.Second
	}
	r.fail(a.ID, a.Step, d.do.String(), what, err, least)
}

// String is the operation as messages name it.
func (o operation) String() string {
	switch o {
	case create:
		return "create"
	case takeOver:
		return "take over"
	case remake, remove:
		return "delete"
	default:
		return "apply"
	}
}
