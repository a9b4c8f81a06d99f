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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/korender/korender/render/manifest"
)

var (
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	nodes      = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	widgets    = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}
)

// world is a cluster that is played, below the clock of a bubble.
type world struct {
	*Cluster
	t      *testing.T
	client *fake.FakeDynamicClient
	judge  *judge
	mapper *mapper
}

// play runs a test in a bubble: it ends only when no goroutine is left behind.
func play(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Start(ctx) }()
		test(t, w)
		cancel()
		assert.NoError(t, <-done)
	})
}

func newWorld(t testing.TB) *world {
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		configMaps: "ConfigMapList", secrets: "SecretList", nodes: "NodeList", widgets: "WidgetList",
		{Group: "example.com", Version: "v2", Resource: "widgets"}: "WidgetList",
	})
	w := &world{client: client, judge: &judge{}, mapper: &mapper{RESTMapper: testMapper()}}
	w.t, _ = t.(*testing.T)
	w.Cluster = newCluster(client, w.judge, w.mapper, Options{})
	return w
}

// object is what the server would send.
func object(id manifest.ID, version string) map[string]any {
	metadata := map[string]any{"name": id.Name, "uid": "uid-" + id.Name, "resourceVersion": version}
	if id.Namespace != "" {
		metadata["namespace"] = id.Namespace
	}
	return map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind, "metadata": metadata}
}

func found(id manifest.ID, version string) manifest.Object {
	return manifest.Object{ID: id, Value: object(id, version)}
}

// put creates or changes an object, and waits until everybody has heard of it.
func (w *world) put(gvr schema.GroupVersionResource, id manifest.ID, version string) {
	u := &unstructured.Unstructured{Object: object(id, version)}
	client := w.client.Resource(gvr).Namespace(id.Namespace)
	_, err := client.Get(context.Background(), id.Name, metav1.GetOptions{})
	if err != nil {
		_, err = client.Create(context.Background(), u, metav1.CreateOptions{})
	} else {
		_, err = client.Update(context.Background(), u, metav1.UpdateOptions{})
	}
	require.NoError(w.t, err)
	synctest.Wait()
}

func (w *world) remove(gvr schema.GroupVersionResource, id manifest.ID) {
	require.NoError(w.t, w.client.Resource(gvr).Namespace(id.Namespace).Delete(context.Background(), id.Name, metav1.DeleteOptions{}))
	synctest.Wait()
}

// picture is what a view shows.
type picture struct {
	objects  []manifest.Object
	absent   []manifest.ID
	refusals []Refusal
}

func pictureOf(v *View) picture {
	return picture{v.Objects().All(), v.Absent(), v.Refusals()}
}

// see reads for an instance, whose account has its name, and is done.
func (w *world) see(instance string, ids ...manifest.ID) picture {
	v := w.View(reader(instance))
	require.NoError(w.t, v.Fetch(w.t.Context(), ids))
	v.Done()
	return pictureOf(v)
}

func reader(instance string) Reader {
	return Reader{Instance: named(instance), Account: "system:serviceaccount:prod:" + instance}
}

func idOf(apiVersion, kind, namespace, name string) manifest.ID {
	return manifest.ID{APIVersion: apiVersion, Kind: kind, Namespace: namespace, Name: name}
}

var (
	mapA    = idOf("v1", "ConfigMap", "prod", "a")
	mapB    = idOf("v1", "ConfigMap", "prod", "b")
	secretA = idOf("v1", "Secret", "prod", "a")
	nodeA   = idOf("v1", "Node", "", "a")
	widgetA = idOf("example.com/v1", "Widget", "prod", "a")
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

// fail makes lists of a resource fail, until it is called with nil.
func (w *world) fail(verb, resource string, err error) {
	w.client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		return err != nil, nil, err
	})
}

func TestAnInformerThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		takes time.Duration // at most
		want  Refusal
	}{
		"may not list": {forbidden, 0, Refusal{secretA, Unavailable, "watch secrets: secrets is forbidden: no"}},
		"not served":   {missing, 0, Refusal{secretA, NotServed, "Secret/v1 is not served by the cluster"}},
		"broken":       {broken, 2 * time.Second, Refusal{secretA, Unavailable, "watch secrets: the server answered 500 InternalError"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.put(secrets, secretA, "1")
				w.fail("list", "secrets", test.err)
				before := time.Now()
				assert.Equal(t, picture{refusals: []Refusal{test.want}, absent: []manifest.ID{mapA}}, w.see("web", secretA, mapA))
				assert.LessOrEqual(t, time.Since(before), test.takes)
				before = time.Now()
				assert.Equal(t, picture{refusals: []Refusal{test.want}}, w.see("web", secretA))
				assert.Zero(t, time.Since(before), "nobody waits for it again")
				assert.Empty(t, drain(w.Changes()))

				w.fail("list", "secrets", nil)
				w.client.ReactionChain = w.client.ReactionChain[2:]
				select { // by itself
				case told := <-w.Changes():
					assert.Equal(t, named("web"), told)
				case <-time.After(time.Minute):
					assert.Fail(t, "not told that it is there")
				}
				assert.Equal(t, picture{objects: []manifest.Object{found(secretA, "1")}}, w.see("web", secretA))
			})
		})
	}
}

func TestAnInformerThatHasFailedIsMadeAnewWhenSomebodyReads(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.fail("list", "secrets", forbidden)
		for range 8 { // so that its own tries are far apart
			w.see("web", secretA)
			time.Sleep(3 * time.Second)
		}
		w.see("other", secretA)
		w.client.ReactionChain = w.client.ReactionChain[1:]
		time.Sleep(5 * time.Second)
		want := picture{objects: []manifest.Object{found(secretA, "1")}}
		assert.Equal(t, want, w.see("web", secretA))
		assert.ElementsMatch(t, []types.NamespacedName{named("web"), named("other")}, unique(drain(w.Changes())))
		assert.Equal(t, want, w.see("other", secretA))
	})
}

func TestRightsThatAreTakenAwayFromTheWatch(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.client.PrependWatchReactor("secrets", clienttesting.DefaultWatchReactor(nil, forbidden))
		w.see("web", secretA)
		synctest.Wait()
		refused := picture{refusals: []Refusal{{secretA, Unavailable, "watch secrets: secrets is forbidden: no"}}}
		assert.Equal(t, refused, w.see("web", secretA), "what is listed only would get old")
	})
}

func TestAListThatHangs(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.put(secrets, secretA, "1")
		w.client.PrependReactor("list", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
			time.Sleep(20 * time.Second)
			return false, nil, nil
		})
		before := time.Now()
		refused := picture{refusals: []Refusal{{secretA, Unavailable, "watch secrets: the first list is not complete yet"}}}
		assert.Equal(t, refused, w.see("web", secretA))
		assert.Equal(t, 15*time.Second, time.Since(before))
		assert.Equal(t, refused, w.see("web", secretA))
		assert.Equal(t, refused, w.see("other", secretA))
		assert.Equal(t, 15*time.Second, time.Since(before), "only the first one waits")
		time.Sleep(5 * time.Second)
		assert.ElementsMatch(t, []types.NamespacedName{named("web"), named("other")}, unique(drain(w.Changes())))
		assert.Equal(t, picture{objects: []manifest.Object{found(secretA, "1")}}, w.see("web", secretA))
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
