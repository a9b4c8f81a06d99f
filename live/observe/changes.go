// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// changes is a queue of instances, each at most once, that never blocks who adds to it.
type changes struct {
	out  chan types.NamespacedName
	wake chan struct{} // holds one token while something may be waiting

	mu      sync.Mutex
	waiting map[types.NamespacedName]struct{}
	order   []types.NamespacedName
}

func newChanges() *changes {
	return &changes{
		out:     make(chan types.NamespacedName),
		wake:    make(chan struct{}, 1),
		waiting: map[types.NamespacedName]struct{}{},
	}
}

func (q *changes) add(instance types.NamespacedName) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, known := q.waiting[instance]; known {
		return
	}
	q.waiting[instance] = struct{}{}
	q.order = append(q.order, instance)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run hands the instances out until ctx ends.
func (q *changes) run(ctx context.Context) {
	defer close(q.out)
	for {
		instance, found := q.next()
		if !found {
			select {
			case <-q.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case q.out <- instance:
		case <-ctx.Done():
			return
		}
	}
}

// next takes the first instance. It no longer counts as waiting, as nobody knows when exactly it will be taken: a change
// after that must not be lost.
func (q *changes) next() (types.NamespacedName, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.order) == 0 {
		return types.NamespacedName{}, false
	}
	first := q.order[0]
	q.order = q.order[1:]
	if len(q.order) == 0 {
		q.order = nil
	}
	delete(q.waiting, first)
	return first, true
}
