// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/render/manifest"
)

func TestWhoIsToldOfChanges(t *testing.T) {
	t.Parallel()
	both := []types.NamespacedName{named("one"), named("two")}
	one := []types.NamespacedName{named("one")}
	for name, test := range map[string]struct {
		happens func(w *world)
		want    []types.NamespacedName
	}{
		"nothing":                       {func(*world) {}, nil},
		"a change":                      {func(w *world) { w.put(configMaps, mapA, "2") }, both},
		"a deletion":                    {func(w *world) { w.remove(configMaps, mapA) }, both},
		"a creation":                    {func(w *world) { w.put(configMaps, mapB, "2") }, one},
		"several changes":               {func(w *world) { w.put(nodes, nodeA, "2"); w.put(nodes, nodeA, "3"); w.remove(nodes, nodeA) }, one},
		"the same version again":        {func(w *world) { w.put(configMaps, mapA, "1") }, nil},
		"another object of the kind":    {func(w *world) { w.put(configMaps, idOf("v1", "ConfigMap", "prod", "c"), "2") }, nil},
		"the same name elsewhere":       {func(w *world) { w.put(configMaps, idOf("v1", "ConfigMap", "dev", "a"), "2") }, nil},
		"the same name of another kind": {func(w *world) { w.put(secrets, secretA, "2") }, nil},
		"after it was forgotten":        {func(w *world) { w.Forget(named("two")); w.put(configMaps, mapA, "2") }, one},
		"before the view is done":       {func(w *world) { w.open("two", mapB); w.put(configMaps, mapB, "2") }, both},
		"what was watched, before the next view is done": {func(w *world) { w.open("two", mapB); w.put(configMaps, mapA, "2") }, both},
		"what is no longer watched":                      {func(w *world) { w.see("two", mapB); w.put(configMaps, mapA, "2") }, one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.put(configMaps, mapA, "1")
				w.put(nodes, nodeA, "1")
				w.see("one", mapA, mapB, nodeA)
				w.see("two", mapA)
				synctest.Wait()
				test.happens(w)
				assert.ElementsMatch(t, test.want, unique(drain(w.Changes())))
			})
		})
	}
}

// unique tells who was told: an instance whose turn has come may be told once more.
func unique(in []types.NamespacedName) []types.NamespacedName {
	var out []types.NamespacedName
	known := map[types.NamespacedName]bool{}
	for _, instance := range in {
		if !known[instance] {
			known[instance] = true
			out = append(out, instance)
		}
	}
	return out
}

// open reads for an instance without being done.
func (w *world) open(instance string, ids ...manifest.ID) {
	require.NoError(w.t, w.View(reader(instance)).Fetch(w.t.Context(), ids))
}

func TestKindsComeAndGo(t *testing.T) {
	t.Parallel()
	kinds := func(ids ...manifest.ID) []schema.GroupVersionKind {
		out := []schema.GroupVersionKind{}
		for _, id := range ids {
			out = append(out, kindOf(id))
		}
		return out
	}
	play(t, func(t *testing.T, w *world) {
		steps := []struct {
			does string
			do   func()
			want []schema.GroupVersionKind
		}{
			{"nothing", func() {}, kinds()},
			{"one instance", func() { w.see("one", mapA, nodeA) }, kinds(mapA, nodeA)},
			{"another one", func() { w.see("two", mapB, widgetA) }, kinds(mapA, nodeA, widgetA)},
			{"fewer objects", func() { w.see("one", mapA) }, kinds(mapA, widgetA)},
			{"other objects", func() { w.open("one", nodeA) }, kinds(mapA, nodeA, widgetA)},
			{"forgotten", func() { w.Forget(named("two")) }, kinds(mapA, nodeA)},
			{"forgotten again", func() { w.Forget(named("two")) }, kinds(mapA, nodeA)},
			{"what may not be read", func() { w.judge.set("a", false, nil); w.see("three", secretA) }, kinds(mapA, nodeA)},
			{"nobody is left", func() { w.Forget(named("one")) }, kinds()},
		}
		for _, step := range steps {
			step.do()
			synctest.Wait()
			assert.Equal(t, step.want, w.Kinds(), step.does)
		}
		assert.Empty(t, w.watched)
	})
}

func TestWritesAreRead(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(configMaps, mapA, "10")
		w.see("web", mapA, mapB)
		written := object(mapA, "12")
		written["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{"manager": "kubectl"}}
		w.Wrote(&unstructured.Unstructured{Object: written})
		w.Wrote(&unstructured.Unstructured{Object: object(mapB, "15")})
		written["data"] = "changed later"
		assert.Equal(t, picture{objects: []manifest.Object{found(mapA, "12"), found(mapB, "15")}}, w.see("web", mapA, mapB))
		w.put(configMaps, mapA, "14")
		assert.Equal(t, picture{objects: []manifest.Object{found(mapA, "14"), found(mapB, "15")}}, w.see("web", mapA, mapB))

		w.Deleted(mapA, "uid-a")
		deleted := dying(object(mapA, "14"), time.Now().UTC().Format(time.RFC3339))
		assert.Equal(t, picture{objects: []manifest.Object{{ID: mapA, Value: deleted}}}, w.see("web", mapA))
		w.remove(configMaps, mapA)
		assert.Equal(t, picture{absent: []manifest.ID{mapA}}, w.see("web", mapA))
	})
}

func TestTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put(configMaps, mapA, "1")
		assert.Equal(t, picture{objects: []manifest.Object{found(mapA, "1")}}, w.see("web", mapA), "before the start, too")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, w.Start(ctx))
		require.EqualError(t, w.Start(ctx), "observe: started twice")
		_, open := <-w.Changes()
		assert.False(t, open)
		assert.Equal(t, picture{refusals: []Refusal{
			{mapA, Unavailable, "watch configmaps: no longer watched"},
			{mapB, Unavailable, `review access of system:serviceaccount:prod:web to configmaps "b" in namespace "prod": no longer watched`},
		}}, w.see("web", mapA, mapB))
		w.Forget(named("web"))
		assert.Empty(t, w.Kinds())
	})
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		kinds := []manifest.ID{mapA, secretA, nodeA, widgetA, idOf("example.com/v2", "Widget", "prod", "a")}
		for i := range 500 {
			instance := fmt.Sprintf("i%d", i%7)
			w.see(instance, kinds[i%5], kinds[i/5%5])
		}
		for i := range 7 {
			w.Forget(named(fmt.Sprintf("i%d", i)))
		}
		synctest.Wait()
		assert.Empty(t, w.Kinds())
		assert.Empty(t, w.watched)
	}) // the bubble ends only when all goroutines have
}
