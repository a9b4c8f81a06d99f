// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// release gives back to git what git applies now: as soon as the object carries the hash of what was rendered, what is
// ours goes off it, and it leaves the inventory, save that only live deletes it. Until then nothing is done.
func (r *run) release(ctx context.Context) {
	for _, o := range r.Instance.Spec.Applied {
		if ctx.Err() != nil {
			return
		}
		id := idOf(o.ObjectReference)
		e := r.inventory.get(id.Key())
		seen, found := r.Live.Get(id)
		if e == nil && (!found || markOf(seen.Value) != r.self) || found && !renderedAs(seen.Value, o.Hash) {
			continue
		}
		if o.Delete == v1alpha1.DeletedByLive && e != nil && (!found || !r.touched(seen.Value)) {
			if _, noted := gitsHash(e); noted {
				continue
			}
		}
		if e == nil { // of a run that was stopped before its inventory was written
			e = &v1alpha1.InventoryEntry{ObjectReference: o.ObjectReference, UID: uidOf(seen.Value)}
		}
		r.releaseOne(ctx, e, &o)
	}
}

// touched tells whether something of ours is on an object.
func (r *run) touched(o map[string]any) bool {
	return markOf(o) == r.self || managedBy(o, Manager) >= 0 || managedBy(o, managerFor(r.self)) >= 0
}

func (r *run) releaseOne(ctx context.Context, e *v1alpha1.InventoryEntry, o *v1alpha1.AppliedObject) {
	before, given := newInventory(r.inventory.entries), false
	left := r.conclude(ctx, e, func(live map[string]any) ending {
		end := endOf(e, live, r.self, true, false)
		if end == handBack && !renderedAs(live, o.Hash) || end == pending {
			return undecided
		}
		given = end == handBack
		return end
	})
	if kept := before.get(keyOf(e)); left && given && kept != nil && o.Delete == v1alpha1.DeletedByLive {
		kept.Hash = byGit + o.Hash
		before.put(*kept)
		r.inventory = before
	}
}

// ends is what is tried with an object that is no longer wanted, for the record of failures.
const ends = "end"

// prune removes what no step builds any more, latest first.
func (r *run) prune(ctx context.Context) {
	if r.AtGit == nil || r.KeepAll {
		return
	}
	o := outlookOn(r.Plan, r.AtGit)
	for _, e := range slices.Backward(slices.Clone(r.inventory.entries)) {
		h := r.record.of(keyOf(&e))
		_, applied := r.applied[keyOf(&e)]
		switch {
		case ctx.Err() != nil:
			return
		case applied:
			h.unwanted = time.Time{}
		case o.prunes(&e):
			if wait := h.grace(r.Now, r.Grace); wait > 0 {
				r.again(wait)
				continue
			}
			r.end(ctx, &e)
		case o.absent(&e):
			r.dropIfGone(ctx, &e)
		default:
			h.unwanted = time.Time{}
		}
	}
}

// dropIfGone takes an entry out of the inventory when its object is not there any more. It never deletes.
func (r *run) dropIfGone(ctx context.Context, e *v1alpha1.InventoryEntry) {
	r.conclude(ctx, e, func(live map[string]any) ending {
		if end := endOf(e, live, r.self, false, false); end == vanished {
			return end
		}
		return undecided
	})
}

// end does to one object what becomes of it. It tells whether the entry has left the inventory.
func (r *run) end(ctx context.Context, e *v1alpha1.InventoryEntry) bool {
	k := keyOf(e)
	claim := r.Claimed[k]
	_, applied := r.applied[k]
	if _, gits := gitsHash(e); gits { // what git applied for an instance that ends goes with it
		applied = false
	}
	return r.conclude(ctx, e, func(live map[string]any) ending {
		return endOf(e, live, r.self, applied, claim.Name != "" && claim != r.self)
	})
}

// conclude reads an object as it is now, decides and carries that out; when others write to it meanwhile, all of it once
// more. It tells whether the entry has left the inventory.
func (r *run) conclude(ctx context.Context, e *v1alpha1.InventoryEntry, decide func(live map[string]any) ending) bool {
	id := idOf(e.ObjectReference)
	if wait, failure := r.record.of(id.Key()).wait(ends, "", r.Now); wait > 0 && failure != nil {
		r.result.Changes = append(r.result.Changes, *failure)
		r.again(wait)
		return false
	}
	doing := "read"
	left, err := afresh(func() (bool, error) {
		live, err := r.read(ctx, id)
		if err != nil {
			return false, err
		}
		end := decide(live)
		doing = end.String()
		return r.carryOut(ctx, e, live, end)
	})
	if err != nil {
		r.fail(id, e.Step, doing, ends, err, 0)
		return false
	}
	if left {
		r.inventory.remove(id.Key())
		r.record.forget(id.Key())
	}
	return left
}

// carryOut makes the calls of an ending. It tells whether nothing is left to do.
func (r *run) carryOut(ctx context.Context, e *v1alpha1.InventoryEntry, live map[string]any, end ending) (bool, error) {
	id := idOf(e.ObjectReference)
	switch end {
	case vanished:
		r.removed(id, e.UID)
		return true, nil
	case forget, handBack, abandon:
		live, err := r.shed(ctx, id, live)
		if err != nil {
			return false, err
		}
		if err := r.letGo(ctx, id, live, r.heir(e, live, end)); err != nil {
			return false, err
		}
		r.left(e, live, end)
		return true, nil
	case pending:
		r.waitFor(e, live)
	case destroy:
		gone, err := r.delete(ctx, id, live)
		if err != nil {
			return false, err
		}
		r.change(id, e.Step, Deleted, "no longer wanted")
		if !gone {
			r.record.of(id.Key()).deleted = r.Now
			r.again(soon)
		}
		return gone, nil
	}
	return false, nil
}

// shed takes off an object that goes back to git what only we have set and git's target does not have, and gives the object
// as it is then. What is in that target stays, whether or not the tool that applied it says that it owns it.
func (r *run) shed(ctx context.Context, id manifest.ID, live map[string]any) (map[string]any, error) {
	target, i := r.gitsTarget(id, live), managedBy(live, Manager)
	if target == nil || i < 0 || markOf(live) != r.self {
		return live, nil
	}
	body := bodyOf(id, target, r.self)
	if _, less := within(fieldsOf(managed(live)[i]), body); !less {
		return live, nil
	}
	metadataOf(body)["uid"], metadataOf(body)["resourceVersion"] = string(uidOf(live)), versionOf(live)
	out, err := r.apply(ctx, body, Manager, false)
	if conflicts(err) != "" { // somebody has changed what git applied, and is to have it as it is
		return live, nil
	}
	return out, err
}

// gitsTarget is the target that git applied an object from; nil when that is not known for sure.
func (r *run) gitsTarget(id manifest.ID, live map[string]any) map[string]any {
	if r.AtGit == nil {
		return nil
	}
	for i := range r.AtGit.Actions {
		a := &r.AtGit.Actions[i]
		if a.ID.Key() != id.Key() || a.Target == nil {
			continue
		}
		if hash, err := render.TargetHash(a.Target); err == nil && renderedAs(live, hash) {
			return a.Target
		}
	}
	return nil
}

// heir is the instance that answers for an object from now on: one that claims it, unless git holds it.
func (r *run) heir(e *v1alpha1.InventoryEntry, live map[string]any, end ending) types.NamespacedName {
	claim := r.Claimed[keyOf(e)]
	_, applied := r.applied[keyOf(e)]
	if end != handBack || claim == r.self || applied || rendered(live) || tracked(live) {
		return types.NamespacedName{}
	}
	return claim
}

// left tells that an object was let go.
func (r *run) left(e *v1alpha1.InventoryEntry, live map[string]any, end ending) {
	id := idOf(e.ObjectReference)
	_, applied := r.applied[id.Key()]
	switch {
	case end == forget:
		r.change(id, e.Step, Released, belongsTo(markOf(live)))
	case end == abandon:
		r.change(id, e.Step, Abandoned, "no longer wanted, and kept")
	case applied, rendered(live):
		r.change(id, e.Step, Released, "git applies it")
	case tracked(live):
		r.change(id, e.Step, Released, "a GitOps tool holds it")
	default:
		r.change(id, e.Step, Released, belongsTo(r.Claimed[id.Key()]))
	}
}

// waitFor waits for an object that is being deleted: the longer, the more seldom it looks.
func (r *run) waitFor(e *v1alpha1.InventoryEntry, live map[string]any) {
	id := idOf(e.ObjectReference)
	message := "it is being deleted"
	if names := finalizersOf(live); names != "" {
		message += ", and waits for its finalizers: " + names
	}
	r.change(id, e.Step, Blocked, message)
	h := r.record.of(id.Key())
	if h.deleted.IsZero() {
		h.deleted = r.Now
	}
	r.again(min(max(r.Now.Sub(h.deleted)/4, soon), longest))
}

// tearDown ends the entries of the inventory, latest first. Those of one step go together; the next step waits until
// they are gone.
func (r *run) tearDown(ctx context.Context) {
	if !r.noteApplied(ctx) {
		return
	}
	stage, waiting := "", false
	for _, e := range slices.Backward(slices.Clone(r.inventory.entries)) {
		step := stageOf(e.Step)
		if ctx.Err() != nil || waiting && step != stage {
			return
		}
		stage = step
		waiting = !r.end(ctx, &e) || waiting
	}
}

// noteApplied puts what git applied and only live deletes into the inventory, where no run has done so. False when that
// fails.
func (r *run) noteApplied(ctx context.Context) bool {
	for _, o := range r.Instance.Spec.Applied {
		id := idOf(o.ObjectReference)
		if o.Delete != v1alpha1.DeletedByLive || r.inventory.get(id.Key()) != nil {
			continue
		}
		live, err := r.read(ctx, id)
		if err != nil {
			r.fail(id, "", "read", ends, err, 0)
			return false
		}
		if live != nil && renderedAs(live, o.Hash) {
			r.inventory.put(v1alpha1.InventoryEntry{
				ObjectReference: o.ObjectReference, UID: uidOf(live), Policy: v1alpha1.PolicyDestroy, Hash: byGit + o.Hash,
			})
		}
	}
	return true
}

// stageOf is the step of an entry without the places of its items in a forEach.
func stageOf(path string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(path, "[")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		_, path, _ = strings.Cut(after, "]")
	}
}
