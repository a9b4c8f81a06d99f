// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

var (
	errStopped = errors.New("no longer watched")
	errSlow    = errors.New("the first list is not complete yet")
)

// health is what is known of an informer. Its reader must not hang where waiting is in vain, and must not be given what
// a broken informer still has in its cache.
type health struct {
	tell func() // called when what readers were told last no longer holds

	mu      sync.Mutex
	synced  bool
	owed    bool  // some reader was refused: tell when all is well
	slow    bool  // some reader has waited in vain for the first list: nobody else needs to
	list    error // of the last list, watch, and reading of either; nil when it went well
	watch   error
	read    error
	lists   int // that failed in a row
	since   time.Time
	changed chan struct{} // closed with each change
}

func newHealth() *health {
	return &health{changed: make(chan struct{}), since: time.Now(), tell: func() {}}
}

// succeed takes over what readers were told by the informer that this one replaces.
func (h *health) succeed(old *health) {
	old.mu.Lock()
	defer old.mu.Unlock()
	h.owed, h.slow = true, old.slow
}

// listed records how a list went.
func (h *health) listed(ctx context.Context, err error) {
	h.update(ctx, func() {
		if h.list = err; err == nil {
			h.lists, h.read = 0, nil
		} else {
			h.lists++
		}
	})
}

// watching records how the start of a watch went.
func (h *health) watching(ctx context.Context, err error) {
	h.update(ctx, func() {
		if h.watch = err; err == nil {
			h.read = nil
		}
	})
}

// unread records why a round of list and watch ended, where it was neither the list nor the watch that failed.
func (h *health) unread(ctx context.Context, err error) {
	h.update(ctx, func() {
		if h.list == nil && h.watch == nil && !h.synced {
			h.read = err
			h.lists++
		}
	})
}

// filled records that the first list is in the cache.
func (h *health) filled() {
	h.update(context.Background(), func() { h.synced, h.slow = true, false })
}

// update makes a change and tells the readers when it matters to them. What happens once the informer is stopped (ctx has
// ended) is of no interest.
func (h *health) update(ctx context.Context, change func()) {
	if ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	before, filled := h.failing(), h.synced
	change()
	after := h.failing()
	if after != nil {
		h.since = time.Now()
	}
	well := h.synced && after == nil
	tell := h.owed && well || filled && before == nil && after != nil
	h.owed = (h.owed || tell) && !well
	close(h.changed)
	h.changed = make(chan struct{})
	h.mu.Unlock()
	if tell {
		h.tell()
	}
}

// failing is the reason not to read; nil when one may read or wait. A failure that may pass by itself counts when there
// is nothing to read yet, from the second on. A watch counts once there is something to keep up to date: before, it is
// only another way to list.
func (h *health) failing() error {
	switch {
	case h.list != nil && (final(h.list) || h.slow):
		return h.list
	case h.synced && h.watch != nil && final(h.watch):
		return h.watch
	case h.synced || h.lists < 2 && !h.slow:
		return nil
	case h.list != nil:
		return h.list
	case h.read != nil:
		return h.read
	case h.slow:
		return errSlow
	}
	return nil
}

// final tells whether an error stays until somebody changes rights or kinds.
func final(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err)
}

// How long after its last failure an informer is made anew, when somebody wants to read.
const (
	retryMissing = time.Second
	retryFailed  = 5 * time.Second
)

// overdue tells whether the informer has failed, and long enough ago for another try. One that is only slow is left alone.
func (h *health) overdue(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	pause := retryFailed
	switch err := h.failing(); {
	case err == nil, errors.Is(err, errSlow):
		return false
	case apierrors.IsNotFound(err):
		pause = retryMissing
	}
	return now.Sub(h.since) >= pause
}

// await returns nil when the informer may be read, an error of ctx when that ends first, and else why it cannot be read.
func (h *health) await(ctx context.Context, stop <-chan struct{}, late <-chan struct{}) error {
	for {
		h.mu.Lock()
		err, synced, changed := h.failing(), h.synced, h.changed
		h.owed = h.owed || err != nil
		h.mu.Unlock()
		if err != nil || synced {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-stop:
			return errStopped
		case <-late:
			h.tooSlow()
		}
	}
}

// tooSlow records that somebody has waited for the first list for too long.
func (h *health) tooSlow() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow = !h.synced
	h.since = time.Now()
}
