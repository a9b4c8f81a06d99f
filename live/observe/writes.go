// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/json"
	"maps"
	"reflect"
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

// report is a status that an instance writes, and that is no news to it.
type report struct {
	instance types.NamespacedName
	version  string   // that the server gave to the write; empty while it is under way
	held     []string // versions of which the instance was not told, while it is under way
	at       time.Time
}

// Reporting tells that an instance begins to write the status of an object that it watches. done is to be called with
// what the server has returned, which then counts as Wrote, or with nil when the write failed. The instance is not told of
// that change, however early or late the informer hears of it; others are, and so is the instance of every other change.
func (c *Cluster) Reporting(instance types.NamespacedName, id manifest.ID) (done func(*unstructured.Unstructured)) {
	w := watch{kindOf(id), types.NamespacedName{Namespace: id.Namespace, Name: id.Name}}
	r := &report{instance: instance, at: time.Now()}
	c.mu.Lock()
	if _, watched := c.watched[instance][w]; watched {
		c.reports[w] = r
	}
	c.mu.Unlock()
	return func(o *unstructured.Unstructured) {
		if o != nil {
			c.Wrote(o)
		}
		c.reported(w, r, o)
	}
}

// reported ends a report: the instance is told of the changes that were held and are not its own.
func (c *Cluster) reported(w watch, r *report, o *unstructured.Unstructured) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o != nil {
		r.version = o.GetResourceVersion()
	}
	seen := false
	for _, version := range r.held {
		if version == r.version {
			seen = true
		} else {
			c.changes.add(r.instance)
		}
	}
	r.held = nil
	if c.reports[w] == r && (seen || r.version == "") {
		delete(c.reports, w)
	}
}

// reporter finds the instance that need not be told of a change now, as it is or may be its own report; nobody, when
// more than a status has changed.
func (c *Cluster) reporter(k *kind, before, after any) types.NamespacedName {
	was, ok := before.(*unstructured.Unstructured)
	is, ok2 := after.(*unstructured.Unstructured)
	if !ok || !ok2 {
		return types.NamespacedName{}
	}
	w := watch{k.resource.kind, types.NamespacedName{Namespace: is.GetNamespace(), Name: is.GetName()}}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.reports[w]
	switch {
	case r == nil:
		return types.NamespacedName{}
	case time.Since(r.at) > writesTTL:
		delete(c.reports, w)
		return types.NamespacedName{}
	case !onlyStatus(was.Object, is.Object):
		return types.NamespacedName{}
	case r.version == "":
		r.held = append(r.held, is.GetResourceVersion())
		return r.instance
	case r.version == is.GetResourceVersion():
		delete(c.reports, w)
		return r.instance
	}
	return types.NamespacedName{}
}

// onlyStatus tells whether two versions of an object differ in nothing but their status.
func onlyStatus(a, b map[string]any) bool {
	return reflect.DeepEqual(specified(a), specified(b))
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
