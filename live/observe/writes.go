// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/render/manifest"
)

// writesTTL is how long a write counts when the cache does not tell that it has caught up.
const writesTTL = time.Minute

// writes remembers what was written until the caches show it.
type writes struct {
	mu      sync.Mutex
	pending map[manifest.ID]pending
	swept   time.Time
	now     func() time.Time
}

// pending is a write that a cache may not show yet.
type pending struct {
	object  map[string]any // what the server returned for the last write; nil when there was only a deletion
	version string         // its resourceVersion
	gone    types.UID      // of the object that was then deleted; empty when it was not
	at      time.Time
}

func newWrites() *writes {
	return &writes{pending: map[manifest.ID]pending{}, now: time.Now, swept: time.Now()}
}

// wrote remembers an object, unless a newer one of the same name is known.
func (w *writes) wrote(id manifest.ID, object map[string]any) {
	version := versionIn(object)
	if version == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.sweep()
	if old, found := w.pending[id]; found && old.version != "" && reached(old.version, version) {
		return
	}
	w.pending[id] = pending{object: object, version: version, at: now}
}

func (w *writes) deleted(id manifest.ID, uid types.UID) {
	if uid == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.sweep()
	p := w.pending[id]
	p.gone, p.at = uid, now
	w.pending[id] = p
}

// sweep removes, once in a while, what no longer counts. It returns the time.
func (w *writes) sweep() time.Time {
	now := w.now()
	if now.Sub(w.swept) < writesTTL {
		return now
	}
	w.swept = now
	maps.DeleteFunc(w.pending, func(_ manifest.ID, p pending) bool { return now.Sub(p.at) >= writesTTL })
	return now
}

// current is the newest that is known of an object: cached is what a cache has that is complete up to the
// resourceVersion seen. Both are nil when there is none.
func (w *writes) current(id manifest.ID, cached map[string]any, seen string) map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, found := w.pending[id]
	if !found {
		return cached
	}
	if w.now().Sub(p.at) >= writesTTL {
		delete(w.pending, id)
		return cached
	}
	known := cached
	caughtUp := p.object == nil || reached(seen, p.version) || reached(versionIn(cached), p.version)
	if !caughtUp {
		known = p.object
	}
	if p.gone != "" && uidIn(known) == p.gone && !ending(known) {
		return withEnd(known, p.at)
	}
	if caughtUp {
		delete(w.pending, id)
	}
	return known
}

// reached tells whether a resourceVersion is not older than another. They are numbers; where they are not, nothing is
// known but whether they are the same.
func reached(have, want string) bool {
	h, err := strconv.ParseUint(have, 10, 64)
	n, err2 := strconv.ParseUint(want, 10, 64)
	if err != nil || err2 != nil {
		return have == want
	}
	return h >= n
}

func versionIn(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	version, _ := metadata["resourceVersion"].(string)
	return version
}

func uidIn(object map[string]any) types.UID {
	metadata, _ := object["metadata"].(map[string]any)
	uid, _ := metadata["uid"].(string)
	return types.UID(uid)
}

func ending(object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	return metadata["deletionTimestamp"] != nil
}

// withEnd is an object as one that is being deleted.
func withEnd(object map[string]any, at time.Time) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	out, metadata := maps.Clone(object), maps.Clone(metadata)
	metadata["deletionTimestamp"] = at.UTC().Format(time.RFC3339)
	out["metadata"] = metadata
	return out
}

// plainMap copies a map so that it holds nothing but the values of package manifest.
func plainMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = plain(v)
	}
	return out
}

func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return plainMap(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case float32:
		return float64(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	default:
		return value
	}
}

// reports are the changes of one object that one instance makes by writing its status, and that are no news to it.
type reports struct {
	expected []string // versions of its own that the informer has not heard of yet
	underway bool     // the version of one more is not known yet
	held     []string // versions of which the instance was not told, in case they are that one
	at       time.Time
}

// Reporting tells that an instance begins to write the status of an object that it watches. done is to be called with
// what the server has returned, which then counts as Wrote, or with nil when the write failed. The instance is not told of
// that change, however early or late the informer hears of it; others are, and so is the instance of every other change.
func (c *Cluster) Reporting(instance types.NamespacedName, id manifest.ID) (done func(*unstructured.Unstructured)) {
	w := watch{kindOf(id), types.NamespacedName{Namespace: id.Namespace, Name: id.Name}}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, watched := c.watched[instance][w]; watched {
		if r == nil {
			r = &reports{}
			c.watched[instance][w] = r
		}
		r.underway, r.at = true, time.Now()
	}
	return func(o *unstructured.Unstructured) {
		version := ""
		if o != nil {
			c.Wrote(o)
			version = o.GetResourceVersion()
		}
		c.reported(instance, w, version)
	}
}

// reported ends a report: the instance is told of the changes that were held and are not its own.
func (c *Cluster) reported(instance types.NamespacedName, w watch, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.watched[instance][w]
	if r == nil {
		return
	}
	held := r.held
	r.underway, r.held = false, nil
	if version != "" && !slices.Contains(r.expected, version) {
		r.expected = append(r.expected, version)
	}
	for _, other := range held {
		if !r.quiet(other) {
			c.changes.add(instance)
		}
	}
}

// quiet tells whether a version is one of the instance's own, or may be.
func (r *reports) quiet(version string) bool {
	if time.Since(r.at) > writesTTL {
		*r = reports{}
	}
	own := slices.Contains(r.expected, version)
	r.expected = slices.DeleteFunc(r.expected, func(e string) bool { return reached(version, e) })
	if !own && r.underway {
		r.held = append(r.held, version)
	}
	return own || r.underway
}

// onlyStatus tells whether two versions of an object differ in nothing but their status.
func onlyStatus(before, after any) bool {
	was, ok := before.(*unstructured.Unstructured)
	is, ok2 := after.(*unstructured.Unstructured)
	return ok && ok2 && reflect.DeepEqual(specified(was.Object), specified(is.Object))
}

// specified is an object without its status and what changes with every write.
func specified(object map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	out, metadata := maps.Clone(object), maps.Clone(metadata)
	delete(metadata, "resourceVersion")
	delete(metadata, "managedFields")
	out["metadata"] = metadata
	delete(out, "status")
	return out
}
