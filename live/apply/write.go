// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

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
	out, err := r.update(ctx, s.action, s.live, d.owned, false)
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
	if err != nil || again.do != takeOver && !(d.late && again.do == await) {
		return false, err
	}
	a := *now.action
	m := toolMarks(now.live, a.Target)
	moves := rendered(now.live) || tracked(now.live)
	if d.hash == "" { // only its marks
		a.Target = nil
	} else if now.live, err = r.inherit(ctx, a.ID, now.live); err != nil {
		return false, err
	}
	out, err := r.update(ctx, &a, now.live, true, moves)
	if err != nil {
		return false, err
	}
	r.inventory.put(entryOf(s.action, uidOf(out), true, d.hash))
	if err := r.strip(ctx, a.ID, out, toolMarks(out, a.Target), r.formerly()); err != nil {
		return false, err
	}
	message := d.message
	if len(m.labels) > 0 || slices.Contains(m.annotations, argoTracking) {
		message += "; the tracking of a GitOps tool was removed"
	}
	r.change(a.ID, a.Step, TookOver, message)
	return true, nil
}

// inherit makes ours what whoever applied an object for git has set, so that our apply, which is to follow, takes away what
// the target does not have. Without that apply, the object is still git's: its marks are on it.
func (r *run) inherit(ctx context.Context, id manifest.ID, live map[string]any) (map[string]any, error) {
	entries, changed := inherited(live, r.formerly())
	if !changed {
		return live, nil
	}
	return r.patch(ctx, id, live, map[string]any{"metadata": map[string]any{"managedFields": entries}})
}

// formerly tells the managed fields of whoever applied an object for git, and ours from when it was not ours.
func (r *run) formerly() func(entry any) bool {
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
