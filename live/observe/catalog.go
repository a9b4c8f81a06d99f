// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/render/manifest"
)

// resource is how the server serves a kind.
type resource struct {
	kind       schema.GroupVersionKind
	gvr        schema.GroupVersionResource
	namespaced bool
}

const (
	missingTTL = time.Second     // how long it counts that a kind is not served
	maxMissing = 1024            // how many such kinds are remembered
	resetPause = 5 * time.Second // the least time between two resets of a mapper that needs them
)

// catalog finds the resources of kinds. A kind that is missing is looked for again and again, as somebody may be about
// to define it, but at a bounded rate.
type catalog struct {
	mapper meta.RESTMapper
	now    func() time.Time

	mu      sync.Mutex
	missing map[schema.GroupVersionKind]time.Time
	reset   time.Time
}

func newCatalog(mapper meta.RESTMapper) *catalog {
	return &catalog{mapper: mapper, now: time.Now, missing: map[schema.GroupVersionKind]time.Time{}}
}

// find returns the resource of a kind, or why there is none.
func (c *catalog) find(gvk schema.GroupVersionKind) (resource, *problem) {
	if c.known(gvk) {
		return resource{}, notServed(gvk)
	}
	found, err := c.mapper.RESTMapping(gvk.GroupKind(), versions(gvk)...)
	if meta.IsNoMatchError(err) && c.mayReset() {
		meta.MaybeResetRESTMapper(c.mapper)
		found, err = c.mapper.RESTMapping(gvk.GroupKind(), versions(gvk)...)
	}
	switch {
	case meta.IsNoMatchError(err):
		c.miss(gvk)
		return resource{}, notServed(gvk)
	case err != nil:
		return resource{}, &problem{Unavailable, fmt.Sprintf("find %s: %s", kindText(gvk), words(err))}
	}
	return resource{
		kind:       gvk,
		gvr:        found.Resource,
		namespaced: found.Scope.Name() == meta.RESTScopeNameNamespace,
	}, nil
}

// versions is the version of a kind; an ID may leave it to the server.
func versions(gvk schema.GroupVersionKind) []string {
	if gvk.Version == "" {
		return nil
	}
	return []string{gvk.Version}
}

// known tells whether a kind was missing a moment ago.
func (c *catalog) known(gvk schema.GroupVersionKind) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.missing[gvk]
	if found && c.now().Sub(at) >= missingTTL {
		delete(c.missing, gvk)
		found = false
	}
	return found
}

func (c *catalog) miss(gvk schema.GroupVersionKind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.missing) >= maxMissing {
		clear(c.missing)
	}
	c.missing[gvk] = c.now()
}

// mayReset tells whether the mapper is one that is reset, and was not for a while.
func (c *catalog) mayReset() bool {
	if _, ok := c.mapper.(meta.ResettableRESTMapper); !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.reset) >= resetPause {
		c.reset = now
		return true
	}
	return false
}

// misplaced is why there cannot be such an object; nil when there can.
func (r resource) misplaced(id manifest.ID) *problem {
	switch {
	case r.namespaced && id.Namespace == "":
		return &problem{NotServed, fmt.Sprintf("%s is namespaced: %s needs a namespace", kindText(r.kind), id)}
	case !r.namespaced && id.Namespace != "":
		return &problem{NotServed, fmt.Sprintf("%s is cluster-scoped: %s must have no namespace", kindText(r.kind), id)}
	}
	return nil
}

func kindOf(id manifest.ID) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: id.Group(), Version: id.Version(), Kind: id.Kind}
}
