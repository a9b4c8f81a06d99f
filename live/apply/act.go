// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/korender/korender/render"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// act carries one action out.
func (r *run) act(ctx context.Context, a *render.Action) {
	s := r.situation(a)
	d, err := decide(s)
	if err != nil {
		r.unwritable(a)
		return
	}
	r.forgetOld(s)
	switch d.do {
	case nothing:
	case refuse:
		verb := Blocked
		if d.owned {
			verb = NotConverging
		}
		r.change(a.ID, a.Step, verb, d.message)
		r.keep(s, &d)
	case note:
		r.keep(s, &d)
	default:
		r.keep(s, &d)
		r.attempt(ctx, s, &d)
	}
}

// unwritable is a target that JSON cannot hold.
func (r *run) unwritable(a *render.Action) {
	f := &Failure{ID: a.ID, Doing: "write", Reason: "NotJSON", Permanent: true, After: muchMore}
	r.result.Changes = append(r.result.Changes, Change{ID: a.ID, Step: a.Step, Verb: Failed, Message: f.Error(), Err: f})
}

func (r *run) situation(a *render.Action) *situation {
	k := a.ID.Key()
	s := &situation{self: r.self, action: a, entry: r.inventory.get(k), claim: r.Claimed[k], dying: r.Dying}
	_, s.applied = r.applied[k]
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
		r.inventory.put(entryOf(s.action, uidOf(s.live), s.owned(), d.keep))
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
	if wait, failure := h.wait(what, r.Now); wait > 0 {
		if failure != nil {
			r.result.Changes = append(r.result.Changes, *failure)
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
		r.refused(a, d, what, err)
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
func (r *run) refused(a *render.Action, d *decision, what string, err error) {
	if others := conflicts(err); others != "" && !d.owned {
		c := Change{ID: a.ID, Step: a.Step, Verb: Blocked, Message: others}
		r.record.of(a.ID.Key()).failedAt(r.Now, what, &c, later)
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

// execute makes the calls of a decision. It is false without an error when nothing was written after all.
func (r *run) execute(ctx context.Context, s *situation, d *decision) (bool, error) {
	switch d.do {
	case create:
		return true, r.create(ctx, s, d)
	case write:
		return true, r.write(ctx, s, d)
	case disown, disownAnd:
		return afresh(func() (bool, error) { return r.disown(ctx, s, d) })
	case takeOver:
		return afresh(func() (bool, error) { return r.takeOver(ctx, s, d) })
	case remake, remove:
		return afresh(func() (bool, error) { return r.deleteIt(ctx, s, d) })
	}
	return false, nil
}

func (r *run) create(ctx context.Context, s *situation, d *decision) error {
	a := s.action
	body := r.body(a, true)
	metadataOf(body)["resourceVersion"] = noVersion
	out, err := r.apply(ctx, body, Manager, false)
	if err != nil {
		return err
	}
	hash := bornWith + d.hash
	if s.entry != nil && strings.HasPrefix(s.entry.Hash, remadeFor) {
		hash = s.entry.Hash
	}
	r.inventory.put(entryOf(a, uidOf(out), true, hash))
	r.change(a.ID, a.Step, Created, "")
	return nil
}

func (r *run) write(ctx context.Context, s *situation, d *decision) error {
	out, err := r.update(ctx, s.action, s.live, d.owned)
	if err != nil {
		return err
	}
	r.inventory.put(entryOf(s.action, uidOf(out), d.owned, d.hash))
	r.change(s.action.ID, s.action.Step, Patched, d.message)
	return nil
}

// disown gives up the managed fields that the target does not have, so that they stay as they are. It looks again first:
// a cache need not keep the managed fields of others.
func (r *run) disown(ctx context.Context, s *situation, d *decision) (bool, error) {
	now, again, err := r.look(ctx, s)
	if err != nil || again.do != d.do {
		return false, err
	}
	fields, _ := now.kept()
	rest := slices.Clone(managed(now.live))
	i := managedBy(now.live, Manager)
	entry, _ := plain(rest[i]).(map[string]any)
	entry["fieldsV1"] = fields
	rest[i] = entry
	change := map[string]any{"metadata": map[string]any{"managedFields": rest}}
	if now.live, err = r.patch(ctx, s.action.ID, now.live, change); err != nil {
		return false, err
	}
	if d.do == disownAnd {
		return true, r.write(ctx, now, d)
	}
	r.inventory.put(entryOf(s.action, uidOf(now.live), true, d.keep))
	return true, nil
}

// takeOver makes an object ours that was git's, or another instance's. It looks again first, since the cache may be old.
func (r *run) takeOver(ctx context.Context, s *situation, d *decision) (bool, error) {
	now, again, err := r.look(ctx, s)
	if err != nil || again.do != takeOver {
		return false, err
	}
	a := *now.action
	if d.hash == "" { // only its marks
		a.Target = nil
	}
	out, err := r.update(ctx, &a, now.live, true)
	if err != nil {
		return false, err
	}
	r.inventory.put(entryOf(s.action, uidOf(out), true, d.hash))
	if err := r.strip(ctx, a.ID, out, toolMarks(out, a.Target), r.formerly(now)); err != nil {
		return false, err
	}
	message := d.message
	if tracked(now.live) {
		message += "; the tracking of a GitOps tool was removed"
	}
	r.change(a.ID, a.Step, TookOver, message)
	return true, nil
}

// formerly tells the managed fields of whoever applied an object for git, and ours from when it was not ours.
func (r *run) formerly(s *situation) func(entry any) bool {
	mine := managerFor(r.self)
	return func(entry any) bool {
		m := managerOf(entry)
		return m == mine || m != "" && m != Manager && holds(fieldsOf(entry), []string{"metadata", "annotations", render.RenderedHash})
	}
}

// look reads the object of an action again, and decides again.
func (r *run) look(ctx context.Context, s *situation) (*situation, decision, error) {
	live, err := r.read(ctx, s.action.ID)
	if err != nil {
		return nil, decision{}, err
	}
	now := *s
	now.live = live
	d, err := decide(&now)
	return &now, d, err
}

// deleteIt deletes an object, to make it anew or because its function says so. It looks again first.
func (r *run) deleteIt(ctx context.Context, s *situation, d *decision) (bool, error) {
	now, again, err := r.look(ctx, s)
	if err != nil || again.do != d.do || uidOf(now.live) != uidOf(s.live) {
		return false, err
	}
	a := s.action
	if _, err := r.delete(ctx, a.ID, now.live); err != nil {
		return false, err
	}
	if d.do == remake {
		r.inventory.put(entryOf(a, uidOf(now.live), true, remadeFor+d.hash))
		r.change(a.ID, a.Step, Recreated, d.message)
		return true, nil
	}
	r.change(a.ID, a.Step, Deleted, d.message)
	return true, nil
}
