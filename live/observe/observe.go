// SPDX-License-Identifier: Apache-2.0

// Package observe brings wanted objects from the cluster into an evaluation: IDs go in, objects, absences and refusals
// come out. It watches exactly the kinds in use, tells which instances a change concerns, and gives an object, or word
// that there is none, to an evaluation only if the account of the instance may get it. It writes nothing, and puts no
// value of an object into a message.
//
// Objects are those of the caches, not copies: they are immutable by convention, as all values of package manifest are.
// Numbers in them are int64 and float64.
package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	authorization "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/korender/korender/render/manifest"
)

// Options of a Cluster; the zero value is good.
type Options struct {
	// SyncTimeout is how long a view waits for the first list of a kind; 15s when it is 0.
	SyncTimeout time.Duration
	// AccessTTL is how long it counts that an account may get an object; 1m when it is 0. That it may not counts for 5s,
	// or for AccessTTL if that is less.
	AccessTTL time.Duration
}

// Cluster is the cluster as instances see it. All its methods may be called at any time from any goroutine.
type Cluster struct {
	client      dynamic.Interface
	catalog     *catalog
	access      *access
	writes      *writes
	changes     *changes
	syncTimeout time.Duration

	stop    chan struct{} // closed at the end
	running sync.WaitGroup

	mu      sync.Mutex
	started bool
	stopped bool
	kinds   map[schema.GroupVersionKind]*kind
	watched map[types.NamespacedName]map[watch]*reports // by instance; nil: it has reported nothing there
}

// watch is an object that an instance watches.
type watch struct {
	kind schema.GroupVersionKind
	name types.NamespacedName
}

// New makes a Cluster that reads with the rights of config. Where config sets no limit to the rate of its requests, there
// is none: the server's own fairness decides. The error is that of making a client.
func New(config *rest.Config, mapper meta.RESTMapper, opts Options) (*Cluster, error) {
	config = rest.CopyConfig(config)
	if config.QPS == 0 && config.RateLimiter == nil {
		config.QPS = -1
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the client that observes: %w", err)
	}
	reviews, err := authorization.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the client that reviews access: %w", err)
	}
	return newCluster(objects, reviews.SubjectAccessReviews(), mapper, opts), nil
}

func newCluster(objects dynamic.Interface, reviews reviewer, mapper meta.RESTMapper, opts Options) *Cluster {
	if opts.SyncTimeout <= 0 {
		opts.SyncTimeout = 15 * time.Second
	}
	if opts.AccessTTL <= 0 {
		opts.AccessTTL = time.Minute
	}
	c := &Cluster{
		client:      objects,
		catalog:     newCatalog(mapper),
		writes:      newWrites(),
		changes:     newChanges(),
		syncTimeout: opts.SyncTimeout,
		stop:        make(chan struct{}),
		kinds:       map[schema.GroupVersionKind]*kind{},
		watched:     map[types.NamespacedName]map[watch]*reports{},
	}
	c.access = newAccess(reviews, opts, c.stop, c.spawn)
	return c
}

// Start passes changes on until ctx ends; then it stops every informer, waits for them, and closes Changes. Views work
// before it, too. The error is that it was started before.
func (c *Cluster) Start(ctx context.Context) error {
	c.mu.Lock()
	again := c.started
	c.started = true
	c.mu.Unlock()
	if again {
		return errors.New("observe: started twice")
	}
	c.changes.run(ctx)
	c.mu.Lock()
	c.stopped = true
	close(c.stop)
	for _, k := range c.kinds {
		close(k.stop)
	}
	clear(c.kinds)
	clear(c.watched)
	c.mu.Unlock()
	c.running.Wait()
	return nil
}

// Changes gives an instance when an object that it watches has changed. Several changes come as one while nobody takes
// them. It is closed when Start ends.
func (c *Cluster) Changes() <-chan types.NamespacedName { return c.changes.out }

// Kinds lists the kinds that are watched now, sorted.
func (c *Cluster) Kinds() []schema.GroupVersionKind {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]schema.GroupVersionKind, 0, len(c.kinds))
	for gvk := range c.kinds {
		out = append(out, gvk)
	}
	slices.SortFunc(out, compareKinds)
	return out
}

// Wrote tells what the server returned for a write. Until the informer of its kind has caught up, for a minute at most,
// views get this object. It is copied.
func (c *Cluster) Wrote(o *unstructured.Unstructured) {
	id, err := manifest.IDOf(o.Object)
	if err != nil {
		return // a server returns no such object
	}
	c.writes.wrote(id, slim(plainMap(o.Object)))
}

// Deleted tells that the server has accepted to delete an object of this uid. Until the informer of its kind shows what
// came of it, for a minute at most, views get the object as one that is being deleted.
func (c *Cluster) Deleted(id manifest.ID, uid types.UID) { c.writes.deleted(id, uid) }

// Forget makes an instance watch nothing.
func (c *Cluster) Forget(instance types.NamespacedName) { c.keep(instance, nil) }

// spawn runs f on a goroutine that Start waits for; false once the Cluster has stopped.
func (c *Cluster) spawn(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return false
	}
	c.running.Go(f)
	return true
}
