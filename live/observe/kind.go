// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// fieldManager is the one whose managed fields are kept: what it holds decides whether a target has lost a path.
const fieldManager = "korender-live"

// lastApplied is the annotation in which kubectl keeps a whole copy of the object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// kind is a kind that is watched.
type kind struct {
	resource
	informer cache.SharedIndexInformer
	health   *health
	stop     chan struct{}
	watchers map[types.NamespacedName]map[types.NamespacedName]struct{} // object → instances; below Cluster.mu
}

func newKind(r resource) *kind {
	return &kind{
		resource: r,
		health:   newHealth(),
		stop:     make(chan struct{}),
		watchers: map[types.NamespacedName]map[types.NamespacedName]struct{}{},
	}
}

// begin starts the informer of a kind, for all namespaces. Cluster.mu is held.
func (c *Cluster) begin(k *kind) {
	k.health.tell = func() { c.changedAll(k) }
	client := c.client.Resource(k.gvr)
	list := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			found, err := client.List(ctx, o)
			k.health.listed(ctx, err)
			if err != nil {
				return nil, err
			}
			return found, nil
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (apiwatch.Interface, error) {
			w, err := client.Watch(ctx, o)
			k.health.watching(ctx, err)
			return w, err
		},
	}
	k.informer = cache.NewSharedIndexInformerWithOptions(
		cache.ToListWatcherWithWatchListSemantics(list, c.client), &unstructured.Unstructured{},
		cache.SharedIndexInformerOptions{ObjectDescription: k.gvr.String()})
	// None of these fails before the informer runs. Errors are recorded above, as they come; they are told, not logged.
	_ = k.informer.SetTransform(transform)
	_ = k.informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		k.health.unread(ctx, err)
	})
	_, _ = k.informer.AddEventHandler(c.handler(k))
	c.running.Go(func() { k.informer.RunWithContext(wait.ContextForChannel(k.stop)) })
	c.running.Go(func() {
		select {
		case <-k.informer.HasSyncedChecker().Done():
			k.health.filled()
		case <-k.stop:
		}
	})
}

// handler passes on what changes after the first list: who waits for that list reads it anyway.
func (c *Cluster) handler(k *kind) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(o any, first bool) {
			if !first {
				c.changedObject(k, o, nil, nil)
			}
		},
		UpdateFunc: func(before, after any) {
			if versionOf(before) != versionOf(after) {
				c.changedObject(k, after, before, after)
			}
		},
		DeleteFunc: func(o any) { c.changedObject(k, o, nil, nil) },
	}
}

func (c *Cluster) changedObject(k *kind, o, before, after any) {
	key, err := cache.DeletionHandlingObjectToName(o)
	if err == nil {
		c.changed(k, types.NamespacedName{Namespace: key.Namespace, Name: key.Name}, before, after)
	}
}

func versionOf(o any) string {
	object, err := meta.Accessor(o)
	if err != nil {
		return ""
	}
	return object.GetResourceVersion()
}

// get reads the cache: the object, nil when there is none, and the resourceVersion up to which the cache is complete,
// empty when it is not known.
func (k *kind) get(name types.NamespacedName) (object map[string]any, seen string) {
	indexer := k.informer.GetIndexer()
	seen = indexer.LastStoreSyncResourceVersion() // before the object, so that it never promises too much
	found, _, _ := indexer.GetByKey(cache.ObjectName{Namespace: name.Namespace, Name: name.Name}.String())
	if u, ok := found.(*unstructured.Unstructured); ok {
		object = u.Object
	}
	return object, seen
}

// transform makes an object small before it is kept; it is still nobody else's.
func transform(o any) (any, error) {
	if u, ok := o.(*unstructured.Unstructured); ok {
		slim(u.Object)
	}
	return o, nil
}

// slim removes, in place, managed fields of others and kubectl's copy of the object.
func slim(object map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		delete(annotations, lastApplied)
	}
	entries, ok := metadata["managedFields"].([]any)
	if !ok {
		return object
	}
	var ours []any
	for _, entry := range entries {
		if m, ok := entry.(map[string]any); ok && m["manager"] == fieldManager {
			ours = append(ours, entry)
		}
	}
	if len(ours) == 0 {
		delete(metadata, "managedFields")
	} else {
		metadata["managedFields"] = ours
	}
	return object
}
