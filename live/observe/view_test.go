// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/korender/korender/render/manifest"
)

func TestFetch(t *testing.T) {
	t.Parallel()
	gadget, lost, placed := idOf("example.com/v1", "Gadget", "prod", "a"), idOf("v1", "ConfigMap", "", "a"), idOf("v1", "Node", "prod", "a")
	elsewhere, widget2 := idOf("v1", "ConfigMap", "dev", "a"), idOf("example.com/v2", "Widget", "prod", "a")
	for name, test := range map[string]struct {
		reader Reader
		ids    []manifest.ID
		want   picture
	}{
		"nothing": {reader("web"), nil, picture{}},
		"objects in the order of asking, and absent ones": {
			reader("web"), []manifest.ID{mapB, nodeA, mapA, secretA},
			picture{objects: []manifest.Object{found(nodeA, "3"), found(mapA, "1")}, absent: []manifest.ID{mapB, secretA}},
		},
		"each once": {
			reader("web"), []manifest.ID{mapA, mapB, mapA, mapB},
			picture{objects: []manifest.Object{found(mapA, "1")}, absent: []manifest.ID{mapB}},
		},
		"in the version that is asked for": {
			reader("web"), []manifest.ID{widget2}, picture{objects: []manifest.Object{found(widget2, "5")}},
		},
		"not served": {
			reader("web"), []manifest.ID{gadget, lost, placed, mapA},
			picture{
				objects: []manifest.Object{found(mapA, "1")},
				refusals: []Refusal{
					{gadget, NotServed, "Gadget.example.com/v1 is not served by the cluster"},
					{lost, NotServed, "ConfigMap/v1 is namespaced: ConfigMap/a needs a namespace"},
					{placed, NotServed, "Node/v1 is cluster-scoped: Node/prod/a must have no namespace"},
				},
			},
		},
		"one namespace only": {
			Reader{Instance: named("web"), Account: account, OnlyNamespace: "prod"}, []manifest.ID{mapA, elsewhere, nodeA},
			picture{
				objects: []manifest.Object{found(mapA, "1")},
				refusals: []Refusal{
					{elsewhere, CrossNamespace, "ConfigMap/dev/a is not in namespace prod: references across namespaces are not allowed"},
					{nodeA, CrossNamespace, "Node/a is not in namespace prod: references across namespaces are not allowed"},
				},
			},
		},
		"denied, whether it exists or not": {
			reader("web"), []manifest.ID{idOf("v1", "Secret", "prod", "hidden"), idOf("v1", "ConfigMap", "prod", "hidden"), mapA},
			picture{
				objects: []manifest.Object{found(mapA, "1")},
				refusals: []Refusal{
					{idOf("v1", "Secret", "prod", "hidden"), AccessDenied, `system:serviceaccount:prod:web may not get secrets "hidden" in namespace "prod"`},
					{idOf("v1", "ConfigMap", "prod", "hidden"), AccessDenied, `system:serviceaccount:prod:web may not get configmaps "hidden" in namespace "prod"`},
				},
			},
		},
		"no account": {
			Reader{Instance: named("web"), Account: "admin"}, []manifest.ID{mapA},
			picture{refusals: []Refusal{{mapA, AccessDenied, `"admin" is no service account: write system:serviceaccount:<namespace>:<name>`}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.judge.set("hidden", false, nil)
				w.put(configMaps, mapA, "1")
				w.put(configMaps, elsewhere, "2")
				w.put(nodes, nodeA, "3")
				w.put(secrets, idOf("v1", "Secret", "prod", "hidden"), "4")
				w.put(schema.GroupVersionResource{Group: "example.com", Version: "v2", Resource: "widgets"}, widget2, "5")
				v := w.View(test.reader)
				require.NoError(t, v.Fetch(t.Context(), test.ids))
				assert.Equal(t, test.want, pictureOf(v))
			})
		})
	}
}

func TestAnObjectStaysAsItWasRead(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(configMaps, mapA, "1")
		v := w.View(reader("web"))
		require.NoError(t, v.Fetch(t.Context(), []manifest.ID{mapA}))
		first := v.Objects()
		w.put(configMaps, mapA, "2")
		w.put(configMaps, mapB, "3")
		require.NoError(t, v.Fetch(t.Context(), []manifest.ID{mapA, mapB}))
		assert.Equal(t, picture{objects: []manifest.Object{found(mapA, "1"), found(mapB, "3")}}, pictureOf(v))
		assert.Equal(t, []manifest.Object{found(mapA, "1")}, first.All(), "a set that was given stays as it is")
		assert.Equal(t, picture{objects: []manifest.Object{found(mapA, "2")}}, w.see("web", mapA))
	})
}

func TestFetchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]func(w *world){
		"while access is reviewed": func(w *world) { w.judge.takes = time.Hour },
		"while a kind is listed": func(w *world) {
			w.client.PrependReactor("list", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
				time.Sleep(10 * time.Second)
				return false, nil, nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.put(secrets, secretA, "1")
				slow(w)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				v := w.View(reader("web"))
				assert.Equal(t, context.DeadlineExceeded, v.Fetch(ctx, []manifest.ID{secretA}))
				assert.Equal(t, picture{}, pictureOf(v))
				time.Sleep(10 * time.Second) // the played list does not know of its end
			})
		})
	}
}

func TestNoAnswerAboutAccessLeavesTheWatches(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(configMaps, mapA, "1")
		w.see("web", mapA)
		time.Sleep(time.Minute)
		w.judge.set("", true, forbidden)
		refused := Refusal{mapA, Unavailable, `review access of system:serviceaccount:prod:web to configmaps "a" in namespace "prod": secrets is forbidden: no`}
		assert.Equal(t, picture{refusals: []Refusal{refused}}, w.see("web", mapA))
		w.put(configMaps, mapA, "2")
		assert.Equal(t, []types.NamespacedName{named("web")}, drain(w.Changes()))
	})
}

func TestAViewThatWasCutShortLeavesTheWatches(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(configMaps, mapA, "1")
		w.see("web", mapA)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.judge.takes = time.Second
		v := w.View(reader("web"))
		assert.Equal(t, context.Canceled, v.Fetch(ctx, []manifest.ID{mapB}))
		v.Done()
		w.put(configMaps, mapA, "2")
		assert.Equal(t, []types.NamespacedName{named("web")}, drain(w.Changes()))
	})
}

func BenchmarkFetch(b *testing.B) {
	w := newWorld(b)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- w.Start(ctx) }()
	ids := []manifest.ID{mapA, mapB, secretA, nodeA, widgetA, idOf("v1", "Secret", "prod", "b")}
	for i, gvr := range []schema.GroupVersionResource{configMaps, configMaps, secrets, nodes, widgets, secrets} {
		u := &unstructured.Unstructured{Object: object(ids[i], "1")}
		_, err := w.client.Resource(gvr).Namespace(ids[i].Namespace).Create(ctx, u, metav1.CreateOptions{})
		require.NoError(b, err)
	}
	fetch := func() {
		v := w.View(reader("web"))
		if err := v.Fetch(ctx, ids); err != nil || v.Objects().Len() != len(ids) {
			b.Fatal(err, v.Refusals(), v.Absent())
		}
		v.Done()
	}
	fetch()
	b.ReportAllocs()
	for b.Loop() {
		fetch()
	}
	cancel()
	require.NoError(b, <-done)
}
