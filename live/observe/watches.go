// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// A kind has an informer as long as some instance watches an object of it. The index of watches therefore starts and
// stops informers, all below the lock of the Cluster.

// served finds the resource of a kind that is watched, unless its informer is about to be made anew.
func (c *Cluster) served(gvk schema.GroupVersionKind) (resource, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kinds[gvk]
	if k == nil || k.health.overdue(time.Now()) {
		return resource{}, false
	}
	return k.resource, true
}

// watch makes an instance watch an object, besides those that it watches. It returns nil once the Cluster has stopped.
func (c *Cluster) watch(instance types.NamespacedName, r resource, name types.NamespacedName) *kind {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil
	}
	k := c.kind(r)
	w := watch{r.kind, name}
	mine := c.watched[instance]
	if _, known := mine[w]; known {
		return k
	}
	if mine == nil {
		mine = map[watch]*reports{}
		c.watched[instance] = mine
	}
	mine[w] = nil
	theirs := k.watchers[name]
	if theirs == nil {
		theirs = map[types.NamespacedName]struct{}{}
		k.watchers[name] = theirs
	}
	theirs[instance] = struct{}{}
	return k
}

// kind finds or starts the informer of a kind. One that has failed for some time is replaced, as its own next try may be
// far away; its watchers are told when the new one is well.
func (c *Cluster) kind(r resource) *kind {
	old := c.kinds[r.kind]
	if old != nil && !old.health.overdue(time.Now()) {
		return old
	}
	k := newKind(r)
	if old != nil {
		close(old.stop)
		k.watchers = old.watchers
		k.health.succeed(old.health)
	}
	c.kinds[r.kind] = k
	c.begin(k)
	return k
}

// keep makes an instance watch only those of its objects that are in wanted; kinds that nobody watches lose their
// informer.
func (c *Cluster) keep(instance types.NamespacedName, wanted map[watch]struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := c.watched[instance]
	for w := range mine {
		if _, stays := wanted[w]; !stays {
			delete(mine, w)
			c.unwatch(instance, w)
		}
	}
	if len(mine) == 0 {
		delete(c.watched, instance)
	}
}

func (c *Cluster) unwatch(instance types.NamespacedName, w watch) {
	k := c.kinds[w.kind]
	if k == nil {
		return
	}
	delete(k.watchers[w.name], instance)
	if len(k.watchers[w.name]) == 0 {
		delete(k.watchers, w.name)
	}
	if len(k.watchers) == 0 {
		delete(c.kinds, w.kind)
		close(k.stop)
	}
}

// changed tells the instances that watch an object, except those whose own report it is. Both versions are nil when it
// was created or deleted.
func (c *Cluster) changed(k *kind, name types.NamespacedName, before, after any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := watch{k.resource.kind, name}
	for instance := range k.watchers[name] {
		r := c.watched[instance][w]
		if r == nil || !onlyStatus(before, after) || !r.quiet(versionOf(after)) {
			c.changes.add(instance)
		}
	}
}

// changedAll tells all instances that watch an object of a kind.
func (c *Cluster) changedAll(k *kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, instances := range k.watchers {
		for instance := range instances {
			c.changes.add(instance)
		}
	}
}

func compareKinds(a, b schema.GroupVersionKind) int {
	return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Version, b.Version))
}
