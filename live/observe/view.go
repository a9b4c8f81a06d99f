// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/render/manifest"
)

// Reader is on whose behalf a View reads.
type Reader struct {
	Instance types.NamespacedName
	// Account is system:serviceaccount:<namespace>:<name>. What it may not get is refused.
	Account string
	// OnlyNamespace, when it is not empty, is the one namespace whose objects are given; all others, and cluster-scoped
	// ones, are refused.
	OnlyNamespace string
}

// View is what one reconcile sees: each object is read once, and stays as it was read. It is for one goroutine, and an
// instance has one at a time.
type View struct {
	cluster  *Cluster
	reader   Reader
	seen     map[manifest.Key]struct{}
	watched  map[watch]struct{}
	objects  []manifest.Object
	absent   []manifest.ID
	refusals []Refusal
	cut      bool // some Fetch has failed: nobody knows what else it would have fetched
}

// View begins to read.
func (c *Cluster) View(r Reader) *View {
	return &View{cluster: c, reader: r, seen: map[manifest.Key]struct{}{}, watched: map[watch]struct{}{}}
}

// Objects are those that were found, in the order in which they were asked for. Their values must not be changed. The
// set is the caller's.
func (v *View) Objects() *manifest.Set {
	set := &manifest.Set{}
	for _, o := range v.objects {
		set.Replace(o)
	}
	return set
}

// Absent lists those that do not exist.
func (v *View) Absent() []manifest.ID { return slices.Clone(v.absent) }

// Refusals lists those of which nothing is known, and why.
func (v *View) Refusals() []Refusal { return slices.Clone(v.refusals) }

// Done makes the instance watch exactly what this View has fetched; kinds that nobody watches lose their informer. From
// Fetch to Done the instance watches that besides what it watched before, and it stays so when a Fetch was cut short.
func (v *View) Done() {
	if !v.cut {
		v.cluster.keep(v.reader.Instance, v.watched)
	}
}

// lookup is one object on its way into a View.
type lookup struct {
	id       manifest.ID
	resource resource
	answer   *answer
	kind     *kind
	problem  *problem
}

func (l *lookup) name() types.NamespacedName {
	return types.NamespacedName{Namespace: l.id.Namespace, Name: l.id.Name}
}

// Fetch reads objects, each into one of Objects, Absent and Refusals. The version of an ID does not count for what was
// read before. The error is that of ctx; then some of the objects may have been read.
func (v *View) Fetch(ctx context.Context, ids []manifest.ID) error {
	lookups := v.lookups(ids)
	v.find(lookups)
	err := v.review(ctx, lookups)
	if err == nil {
		v.watch(lookups)
		err = v.read(ctx, lookups)
	}
	v.cut = v.cut || err != nil
	return err
}

// lookups are the IDs that were not read before.
func (v *View) lookups(ids []manifest.ID) []lookup {
	out := make([]lookup, 0, len(ids))
	asked := make(map[manifest.Key]struct{}, len(ids))
	for _, id := range ids {
		key := id.Key()
		_, read := v.seen[key]
		_, twice := asked[key]
		if !read && !twice {
			asked[key] = struct{}{}
			out = append(out, lookup{id: id})
		}
	}
	return out
}

// find finds how the objects are served.
func (v *View) find(lookups []lookup) {
	for i := range lookups {
		l := &lookups[i]
		if only := v.reader.OnlyNamespace; only != "" && l.id.Namespace != only {
			l.problem = &problem{CrossNamespace, fmt.Sprintf("%s is not in namespace %s: references across namespaces are not allowed", l.id, only)}
			continue
		}
		gvk := kindOf(l.id)
		served := false
		if l.resource, served = v.cluster.served(gvk); !served {
			l.resource, l.problem = v.cluster.catalog.find(gvk)
		}
		if l.problem == nil {
			l.problem = l.resource.misplaced(l.id)
		}
		if l.problem != nil && l.problem.reason == Unavailable {
			v.watched[watch{gvk, l.name()}] = struct{}{} // if it is watched, it stays so
		}
	}
}

// review asks what the account may get, of all objects at once. It comes before any informer: nothing is listed on
// behalf of an account that may not read it.
func (v *View) review(ctx context.Context, lookups []lookup) error {
	for i := range lookups {
		if l := &lookups[i]; l.problem == nil {
			l.answer = v.cluster.access.ask(question{v.reader.Account, l.resource.gvr, l.name()})
		}
	}
	for i := range lookups {
		l := &lookups[i]
		if l.answer == nil {
			continue
		}
		select {
		case <-l.answer.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		l.problem = v.denied(l)
		if l.problem == nil || l.problem.reason == Unavailable {
			v.watched[watch{l.resource.kind, l.name()}] = struct{}{}
		}
	}
	return nil
}

// denied is why the account is not given an object; nil when it may get it.
func (v *View) denied(l *lookup) *problem {
	var account *accountError
	switch err := l.answer.err; {
	case errors.As(err, &account):
		return &problem{AccessDenied, err.Error()}
	case err != nil:
		return &problem{Unavailable, err.Error()}
	case !l.answer.allowed:
		q := question{v.reader.Account, l.resource.gvr, l.name()}
		return &problem{AccessDenied, fmt.Sprintf("%s may not get %s", q.account, q.what())}
	}
	return nil
}

// watch makes the instance watch the objects. It comes before reading, so that no change is missed.
func (v *View) watch(lookups []lookup) {
	for i := range lookups {
		l := &lookups[i]
		if l.problem != nil {
			continue
		}
		if l.kind = v.cluster.watch(v.reader.Instance, l.resource, l.name()); l.kind == nil {
			l.problem = unreadable(l.resource, errStopped)
		}
	}
}

// read takes the objects from the caches, when those are filled.
func (v *View) read(ctx context.Context, lookups []lookup) error {
	late := make(chan struct{})
	timer := time.AfterFunc(v.cluster.syncTimeout, func() { close(late) })
	defer timer.Stop()
	for i := range lookups {
		l := &lookups[i]
		if l.problem == nil {
			err := l.kind.health.await(ctx, l.kind.stop, late)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				l.problem = unreadable(l.resource, err)
			}
		}
		v.record(l)
	}
	return nil
}

func (v *View) record(l *lookup) {
	v.seen[l.id.Key()] = struct{}{}
	if l.problem != nil {
		v.refusals = append(v.refusals, Refusal{l.id, l.problem.reason, l.problem.message})
		return
	}
	cached, seen := l.kind.get(l.name())
	value := v.cluster.writes.current(l.id, cached, seen)
	if value == nil {
		v.absent = append(v.absent, l.id)
		return
	}
	v.objects = append(v.objects, manifest.Object{ID: l.id, Value: value})
}
