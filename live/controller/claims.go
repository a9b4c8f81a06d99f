// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// claims knows which instance answers for which object, or would build it: nobody deletes what another one claims.
type claims struct {
	mu    sync.Mutex
	of    map[types.NamespacedName]*claim // never changed once set
	byKey map[manifest.Key]map[types.NamespacedName]bool
}

// claim is what one instance claims.
type claim struct {
	keys    map[manifest.Key]bool
	trigger manifest.Key
	open    bool // a step may build an object that cannot be named yet
	dying   bool // the instance is being deleted

	generation int64                 // of the instance
	atGit      map[manifest.Key]bool // those of keys that git's plan of this generation claims
}

func newClaims() *claims {
	return &claims{of: map[types.NamespacedName]*claim{}, byKey: map[manifest.Key]map[types.NamespacedName]bool{}}
}

// set notes what an instance claims from now on.
func (c *claims) set(name types.NamespacedName, next *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(name)
	c.of[name] = next
	for key := range next.keys {
		if c.byKey[key] == nil {
			c.byKey[key] = map[types.NamespacedName]bool{}
		}
		c.byKey[key][name] = true
	}
}

// get is what an instance claims; nil when nothing is known.
func (c *claims) get(name types.NamespacedName) *claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[name]
}

// forget notes that an instance is gone.
func (c *claims) forget(name types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(name)
}

func (c *claims) remove(name types.NamespacedName) {
	before := c.of[name]
	if before == nil {
		return
	}
	delete(c.of, name)
	for key := range before.keys {
		delete(c.byKey[key], name)
		if len(c.byKey[key]) == 0 {
			delete(c.byKey, key)
		}
	}
}

// others are the objects of keys that an instance other than name, which is not being deleted, claims.
func (c *claims) others(name types.NamespacedName, keys map[manifest.Key]bool) map[manifest.Key]types.NamespacedName {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[manifest.Key]types.NamespacedName{}
	for key := range keys {
		for other := range c.byKey[key] {
			if other != name && !c.of[other].dying {
				out[key] = other
			}
		}
	}
	return out
}

// dying are the instances that are being deleted.
func (c *claims) dying() map[types.NamespacedName]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[types.NamespacedName]bool{}
	for name, claim := range c.of {
		if claim.dying {
			out[name] = true
		}
	}
	return out
}

// known tells whether everybody of names has said what it claims.
func (c *claims) known(names []types.NamespacedName) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		if c.of[name] == nil {
			return false
		}
	}
	return true
}

// successor is an instance for the same trigger that may still build objects which cannot be named yet.
func (c *claims) successor(name types.NamespacedName) (types.NamespacedName, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.of[name]
	if own == nil {
		return types.NamespacedName{}, false
	}
	for other, claim := range c.of {
		if other != name && !claim.dying && claim.open && claim.trigger == own.trigger {
			return other, true
		}
	}
	return types.NamespacedName{}, false
}

// claimants are the instances that claim what name claims.
func (c *claims) claimants(name types.NamespacedName) []types.NamespacedName {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.of[name]
	if own == nil {
		return nil
	}
	found := map[types.NamespacedName]bool{}
	for key := range own.keys {
		maps.Copy(found, c.byKey[key])
	}
	delete(found, name)
	out := make([]types.NamespacedName, 0, len(found))
	for other := range found {
		out = append(out, other)
	}
	return out
}

// claimOf is what an instance claims: what it answers for, what git applies for it, and what the steps of its plans
// build or would build.
func claimOf(w *v1alpha1.WorkflowInstance, trigger manifest.ID, plans ...*render.Plan) *claim {
	c := &claim{
		keys: map[manifest.Key]bool{}, trigger: trigger.Key(), dying: !w.DeletionTimestamp.IsZero(), generation: w.Generation,
	}
	for i := range w.Status.Inventory {
		c.keys[idOf(&w.Status.Inventory[i].ObjectReference).Key()] = true
	}
	for i := range w.Spec.Applied {
		c.keys[idOf(&w.Spec.Applied[i].ObjectReference).Key()] = true
	}
	for _, plan := range plans {
		if plan == nil {
			continue
		}
		c.open = false // the last plan knows most
		for i := range plan.Steps {
			s := &plan.Steps[i]
			switch {
			case s.Guest: // nobody's right to build the object
			case s.Object != nil:
				c.keys[s.Object.Key()] = true
			case s.Outcome.Type == render.Deferred || s.Outcome.Type == render.Retry || s.Outcome.Type == render.DepSkip || s.Outcome.Type == render.PermFail:
				c.open = true
			}
		}
	}
	return c
}

func idOf(r *v1alpha1.ObjectReference) manifest.ID {
	return manifest.ID{APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
}
