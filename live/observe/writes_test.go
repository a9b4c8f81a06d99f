// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/render/manifest"
)

var mapID = manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "prod", Name: "web"}

func configMap(uid, version string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"namespace": "prod", "name": "web", "uid": uid, "resourceVersion": version},
	}
}

func dying(object map[string]any, at string) map[string]any {
	object["metadata"].(map[string]any)["deletionTimestamp"] = at
	return object
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestCurrent(t *testing.T) {
	t.Parallel()
	const end, earlier = "2026-01-02T12:00:00Z", "2026-01-02T11:00:00Z"
	type cache struct {
		object map[string]any
		seen   string
	}
	for name, test := range map[string]struct {
		wrote   []map[string]any
		deleted types.UID
		later   time.Duration
		cache   cache
		want    map[string]any
		pending int
	}{
		"nothing was written":                     {cache: cache{configMap("u", "7"), "9"}, want: configMap("u", "7")},
		"nothing is there":                        {cache: cache{nil, "9"}},
		"created, and the cache is behind":        {wrote: []map[string]any{configMap("u", "10")}, cache: cache{nil, "9"}, want: configMap("u", "10"), pending: 1},
		"patched, and the cache is behind":        {wrote: []map[string]any{configMap("u", "10")}, cache: cache{configMap("u", "9"), "9"}, want: configMap("u", "10"), pending: 1},
		"numbers, not texts":                      {wrote: []map[string]any{configMap("u", "100")}, cache: cache{configMap("u", "99"), "99"}, want: configMap("u", "100"), pending: 1},
		"the cache has it":                        {wrote: []map[string]any{configMap("u", "10")}, cache: cache{configMap("u", "10"), ""}, want: configMap("u", "10")},
		"the cache has a newer one":               {wrote: []map[string]any{configMap("u", "10")}, cache: cache{configMap("u", "12"), ""}, want: configMap("u", "12")},
		"others removed it after that":            {wrote: []map[string]any{configMap("u", "10")}, cache: cache{nil, "11"}},
		"others replaced it after that":           {wrote: []map[string]any{configMap("u", "10")}, cache: cache{configMap("v", "12"), "12"}, want: configMap("v", "12")},
		"two writes":                              {wrote: []map[string]any{configMap("u", "10"), configMap("u", "11")}, cache: cache{configMap("u", "10"), "10"}, want: configMap("u", "11"), pending: 1},
		"two writes, told in the wrong order":     {wrote: []map[string]any{configMap("u", "11"), configMap("u", "10")}, cache: cache{configMap("u", "9"), "9"}, want: configMap("u", "11"), pending: 1},
		"without a version":                       {wrote: []map[string]any{configMap("u", "")}, cache: cache{configMap("u", "9"), "9"}, want: configMap("u", "9")},
		"versions that are no numbers":            {wrote: []map[string]any{configMap("u", "b")}, cache: cache{configMap("u", "a"), "a"}, want: configMap("u", "b"), pending: 1},
		"the same version that is no number":      {wrote: []map[string]any{configMap("u", "b")}, cache: cache{configMap("u", "b"), ""}, want: configMap("u", "b")},
		"just before the end":                     {wrote: []map[string]any{configMap("u", "10")}, later: time.Minute - 1, cache: cache{nil, ""}, want: configMap("u", "10"), pending: 1},
		"too old":                                 {wrote: []map[string]any{configMap("u", "10")}, later: time.Minute, cache: cache{configMap("u", "a"), ""}, want: configMap("u", "a")},
		"deleted, and the cache is behind":        {deleted: "u", cache: cache{configMap("u", "9"), "9"}, want: dying(configMap("u", "9"), end), pending: 1},
		"deleted, and a finalizer holds it":       {deleted: "u", cache: cache{dying(configMap("u", "9"), earlier), "9"}, want: dying(configMap("u", "9"), earlier)},
		"deleted, and gone":                       {deleted: "u", cache: cache{nil, "9"}},
		"deleted, and another one made":           {deleted: "u", cache: cache{configMap("v", "12"), "12"}, want: configMap("v", "12")},
		"deleted too long ago":                    {deleted: "u", later: time.Minute, cache: cache{configMap("u", "9"), "9"}, want: configMap("u", "9")},
		"deleted without a uid":                   {cache: cache{configMap("u", "9"), "9"}, want: configMap("u", "9")},
		"created and deleted, both unseen":        {wrote: []map[string]any{configMap("u", "10")}, deleted: "u", cache: cache{nil, "9"}, want: dying(configMap("u", "10"), end), pending: 1},
		"created and deleted, creation seen":      {wrote: []map[string]any{configMap("u", "10")}, deleted: "u", cache: cache{configMap("u", "10"), "10"}, want: dying(configMap("u", "10"), end), pending: 1},
		"created and deleted, both seen":          {wrote: []map[string]any{configMap("u", "10")}, deleted: "u", cache: cache{nil, "11"}},
		"deleted another one than was written":    {wrote: []map[string]any{configMap("v", "10")}, deleted: "u", cache: cache{configMap("u", "9"), "9"}, want: configMap("v", "10"), pending: 1},
		"written again, and the deletion is seen": {wrote: []map[string]any{configMap("u", "10")}, deleted: "w", cache: cache{configMap("u", "10"), "10"}, want: configMap("u", "10")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := noon
			w := newWrites()
			w.now = func() time.Time { return now }
			for _, o := range test.wrote {
				w.wrote(mapID, o)
			}
			w.deleted(mapID, test.deleted)
			now = now.Add(test.later)
			before := manifest.Object{Value: test.cache.object}
			text, _ := manifest.Canonical(before.Value)
			assert.Equal(t, test.want, w.current(mapID, test.cache.object, test.cache.seen))
			after, _ := manifest.Canonical(before.Value)
			assert.Equal(t, string(text), string(after), "the cache's own object stays as it is")
			assert.Len(t, w.pending, test.pending)
			if test.pending == 0 {
				assert.Equal(t, test.want, w.current(mapID, test.cache.object, test.cache.seen), "and again")
			}
		})
	}
}

func TestAWriteReplacesADeletion(t *testing.T) {
	t.Parallel()
	w := newWrites()
	w.deleted(mapID, "u")
	w.wrote(mapID, configMap("v", "12"))
	assert.Equal(t, configMap("v", "12"), w.current(mapID, configMap("u", "9"), "9"))
}

func TestOldWritesAreSwept(t *testing.T) {
	t.Parallel()
	now := noon
	w := newWrites()
	w.now = func() time.Time { return now }
	w.swept = now
	other := mapID
	other.Name = "other"
	w.wrote(mapID, configMap("u", "1"))
	w.deleted(other, "v")
	assert.Len(t, w.pending, 2)
	now = now.Add(time.Minute)
	last := mapID
	last.Name = "last"
	w.wrote(last, configMap("w", "2"))
	assert.Equal(t, map[manifest.ID]pending{last: {object: configMap("w", "2"), version: "2", at: now}}, w.pending)
}

func TestPlain(t *testing.T) {
	t.Parallel()
	in := map[string]any{
		"a": 1, "b": int32(2), "c": float32(0.5), "d": json.Number("3"), "e": json.Number("1.5"), "f": int64(4), "g": 2.5,
		"h": []any{1, map[string]any{"i": 2}}, "j": "text", "k": nil, "l": true,
	}
	want := map[string]any{
		"a": int64(1), "b": int64(2), "c": 0.5, "d": int64(3), "e": 1.5, "f": int64(4), "g": 2.5,
		"h": []any{int64(1), map[string]any{"i": int64(2)}}, "j": "text", "k": nil, "l": true,
	}
	out := plainMap(in)
	assert.Equal(t, want, out)
	out["h"].([]any)[1].(map[string]any)["i"] = "changed"
	assert.Equal(t, map[string]any{"i": 2}, in["h"].([]any)[1], "a copy")
}
