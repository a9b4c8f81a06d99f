// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// alarm puts instances into the queue of a controller, for reasons other than their own events.
type alarm struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	early []types.NamespacedName // rung before the queue was there
}

// ring queues instances.
func (a *alarm) ring(names []types.NamespacedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.queue == nil {
		a.early = append(a.early, names...)
		return
	}
	for _, name := range names {
		a.queue.Add(reconcile.Request{NamespacedName: name})
	}
}

// source is where a controller hears of the changes that instances watch, until ctx ends.
func (a *alarm) source(changes <-chan types.NamespacedName) func(context.Context, workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	return func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		a.mu.Lock()
		a.queue = queue
		early := a.early
		a.early = nil
		a.mu.Unlock()
		a.ring(early)
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case name, open := <-changes:
					if !open {
						return
					}
					queue.Add(reconcile.Request{NamespacedName: name})
				}
			}
		}()
		return nil
	}
}
