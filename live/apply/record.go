// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"strings"
	"time"

	"github.com/korender/korender/render/manifest"
)

// How often a difference is written away, and how long the memory of that lasts.
const (
	mostWrites = 2
	truce      = time.Hour

	// patience is how long the instance may be behind an object that git has applied.
	patience = 10 * time.Minute
)

// record is what is remembered of the objects of one instance. It need not survive a restart.
type record struct{ histories map[manifest.Key]*history }

// history is what was last done to one object.
type history struct {
	next     time.Time // no write before
	failure  *Change   // what went wrong last; it holds until next
	failures int       // in a row
	tried    string    // what it was that failed
	blocked  string    // resourceVersion of the object of which others own what we want; "" when that is not the failure
	earliest time.Time // when that is tried again if the object has changed
	hash     string    // of the last target
	born     bool      // that target is the one that the object was created with
	fights   map[string]*fight
	deleted  time.Time // since when it is being deleted
	unwanted time.Time // since when nobody wants it
	arrived  time.Time // since when git has applied it, although it is ours
}

// fight counts our writes against one difference of one target.
type fight struct {
	writes int
	last   time.Time
}

func (r *record) of(k manifest.Key) *history {
	if r.histories == nil {
		r.histories = map[manifest.Key]*history{}
	}
	h := r.histories[k]
	if h == nil {
		h = &history{}
		r.histories[k] = h
	}
	return h
}

func (r *record) forget(k manifest.Key) { delete(r.histories, k) }

// wait is how long a write must still wait, and the failure that it waits after, if any. What failed is tried at once
// when it is another thing now, and soon when others, who may have given free what we want, have written to the object.
func (h *history) wait(what, version string, now time.Time) (time.Duration, *Change) {
	next := h.next
	if h.blocked != "" && h.blocked != version && h.earliest.Before(next) {
		next = h.earliest
	}
	if !now.Before(next) || h.failure != nil && h.tried != what {
		return 0, nil
	}
	return next.Sub(now), h.failure
}

// grace is how long an object that nobody wants any more must still stay.
func (h *history) grace(now time.Time, least time.Duration) time.Duration {
	if h.unwanted.IsZero() {
		h.unwanted = now
	}
	return h.unwanted.Add(least).Sub(now)
}

// wrote notes a write; the next one is at least delay later.
func (h *history) wrote(now time.Time, delay time.Duration) {
	h.next, h.failure, h.failures, h.tried, h.blocked = now.Add(delay), nil, 0, "", ""
}

// failedAt notes a failure.
func (h *history) failedAt(now time.Time, what string, c *Change, after time.Duration) {
	h.next, h.failure, h.tried, h.blocked = now.Add(after), c, what, ""
	h.earliest = now.Add(backoff(h.failures))
	h.failures++
}

// blockedAt notes that the failure lies with the other owners of the fields of an object.
func (h *history) blockedAt(version string) { h.blocked = version }

// aim says which target is being written. Another one ends all fights.
func (h *history) aim(hash string) {
	if h.hash != hash {
		h.hash, h.born, h.fights = hash, false, nil
	}
}

// tired tells whether a difference of the current target has outlived our writes, and for how long it is left alone.
// Creating the object counts as a write.
func (h *history) tired(field string, now time.Time) (time.Duration, bool) {
	f := h.fights[field]
	if f == nil {
		return 0, false
	}
	writes := f.writes
	if h.born {
		writes++
	}
	rest := f.last.Add(truce).Sub(now)
	if rest <= 0 {
		delete(h.fights, field)
		h.born = false
		return 0, false
	}
	return rest, writes >= mostWrites
}

// fought counts a write against a difference.
func (h *history) fought(field string, now time.Time) {
	if h.fights == nil {
		h.fights = map[string]*fight{}
	}
	f := h.fights[field]
	if f == nil {
		f = &fight{}
		h.fights[field] = f
	}
	f.writes++
	f.last = now
}

// fieldOf is the place of a difference, without the values that differ: its path, and the key that is missing there.
func fieldOf(due string) string {
	path, leaf := "", due
	if i := strings.Index(due, " -> <"); i >= 0 && !strings.HasPrefix(due, "<") {
		path, leaf = due[:i], due[i+len(" -> "):]
	}
	switch key, missing := strings.CutPrefix(leaf, "<missing "); {
	case missing && strings.HasSuffix(key, " in resource>"):
		key = strings.TrimSuffix(key, " in resource>")
		if path == "" {
			return key
		}
		return path + " -> " + key
	case strings.HasPrefix(leaf, "<"):
		return path
	default:
		return due
	}
}
