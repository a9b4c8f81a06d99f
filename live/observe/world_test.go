// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
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

	mu     sync.Mutex
	errors map[string]error // of lists, by resource
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
	w := &world{client: client, judge: &judge{}, mapper: &mapper{RESTMapper: testMapper()}, errors: map[string]error{}}
	client.PrependReactor("list", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		err := w.errors[a.GetResource().Resource]
		return err != nil, nil, err
	})
	w.t, _ = t.(*testing.T)
	w.Cluster = newCluster(client, w.judge, w.mapper, Options{})
	return w
}

// fail makes lists of a resource fail, until it is called with nil.
func (w *world) fail(resource string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors[resource] = err
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
