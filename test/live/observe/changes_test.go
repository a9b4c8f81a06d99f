// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/render/manifest"
)

// TestOneOfAThousand has one object watched among a thousand: each change of it is told once, no change of others is.
func TestOneOfAThousand(t *testing.T) {
	w := start(t)
	r := w.reader("one")
	objects := make([]*corev1.ConfigMap, 1000)
	for i := range objects {
		objects[i] = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: fmt.Sprintf("m%d", i)}}
		require.NoError(t, server.Client.Create(t.Context(), objects[i]))
	}
	change := func(o *corev1.ConfigMap, value string) {
		o.Data = map[string]string{"value": value}
		require.NoError(t, server.Client.Update(t.Context(), o))
	}
	watched := w.configMap("m500")
	require.Equal(t, []string{"ConfigMap/m500"}, names(w.see(r, watched)))
	for i, o := range objects {
		if i != 500 {
			change(o, "1")
		}
	}
	assert.Empty(t, w.told(time.Second), "others change")
	for i := range 10 {
		change(objects[500], strconv.Itoa(i))
		assert.Equal(t, []string{"one"}, w.told(300*time.Millisecond))
		value := w.see(r, watched).Objects().All()[0].Value
		assert.Equal(t, map[string]any{"value": strconv.Itoa(i)}, value["data"])
	}
	change(objects[500], "9")
	assert.Empty(t, w.told(500*time.Millisecond), "an update that changes nothing")
	require.NoError(t, server.Client.Delete(t.Context(), objects[500]))
	assert.Equal(t, []string{"one"}, w.told(500*time.Millisecond))
	assert.Equal(t, []manifest.ID{watched}, w.see(r, watched).Absent())
}

// TestAChangeWhileTheServerIsAway is told when it is back.
func TestAChangeWhileTheServerIsAway(t *testing.T) {
	transport, err := rest.TransportFor(server.Config)
	require.NoError(t, err)
	target, err := url.Parse(server.Config.Host)
	require.NoError(t, err)
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
	})
	proxy.Start()
	address := proxy.Listener.Addr().String()
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	w := startWith(t, &rest.Config{Host: proxy.URL})
	w.put("a", "1")
	w.put("b", "1")
	r := w.reader("one")
	require.Equal(t, []string{"ConfigMap/a", "ConfigMap/b"}, names(w.see(r, w.configMap("a"), w.configMap("b"))))

	proxy.CloseClientConnections() // open watches end; their renewal finds the server again
	w.put("a", "2")
	assert.Contains(t, w.told(5*time.Second), "one")

	config := proxy.Config
	require.NoError(t, proxy.Listener.Close())
	proxy.CloseClientConnections()
	require.NoError(t, server.Client.Delete(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "b"}}))
	assert.Empty(t, w.told(2*time.Second))
	assert.Equal(t, []string{"ConfigMap/a", "ConfigMap/b"}, names(w.see(r, w.configMap("a"), w.configMap("b"))), "what was known last")
	proxy = httptest.NewUnstartedServer(config.Handler)
	require.NoError(t, proxy.Listener.Close())
	proxy.Listener, err = listen(address)
	require.NoError(t, err)
	proxy.Start()
	select {
	case told := <-w.Changes():
		assert.Equal(t, r.Instance, told)
	case <-time.After(30 * time.Second):
		assert.Fail(t, "not told of what happened in the meantime")
	}
	assert.Equal(t, []manifest.ID{w.configMap("b")}, w.see(r, w.configMap("a"), w.configMap("b")).Absent())
}

// listen takes an address that was in use until now.
func listen(address string) (net.Listener, error) {
	for range 50 {
		if l, err := net.Listen("tcp", address); err == nil {
			return l, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return net.Listen("tcp", address)
}

// TestWritesAreRead has every write seen by the next view, whatever the informer has heard.
func TestWritesAreRead(t *testing.T) {
	w := start(t)
	r := w.reader("one")
	id := w.configMap("a")
	w.see(r, id)
	for i := range 100 {
		o := w.put("a", strconv.Itoa(i))
		w.Wrote(o)
		v := w.see(r, id)
		require.Equal(t, []string{"ConfigMap/a"}, names(v))
		require.Equal(t, map[string]any{"value": strconv.Itoa(i)}, v.Objects().All()[0].Value["data"])
		if i%3 != 0 {
			continue
		}
		require.NoError(t, server.Client.Delete(t.Context(), o.DeepCopy()))
		w.Deleted(id, o.GetUID())
		if v := w.see(r, id); v.Objects().Len() > 0 {
			metadata := v.Objects().All()[0].Value["metadata"].(map[string]any)
			require.Contains(t, metadata, "deletionTimestamp")
		}
	}
	w.eventually(func() bool { return len(w.see(r, id).Absent()) == 1 })
}

// TestAWriteThatOthersUndo does not hide what they did.
func TestAWriteThatOthersUndo(t *testing.T) {
	w := start(t)
	r := w.reader("one")
	id := w.configMap("a")
	w.see(r, id)
	for range 20 {
		o := w.put("a", "1")
		require.NoError(t, server.Client.Delete(t.Context(), o.DeepCopy()))
		w.eventually(func() bool { return len(w.see(r, id).Absent()) == 1 })
		w.Wrote(o) // told late
		other := w.put("other", o.GetResourceVersion())
		w.eventually(func() bool { return w.reached(other) })
		require.Equal(t, []manifest.ID{id}, w.see(r, id).Absent())
	}
}

// reached tells whether the informer has seen an object of the kind in its newest version.
func (w *world) reached(o *unstructured.Unstructured) bool {
	v := w.see(w.reader("two"), w.configMap(o.GetName()))
	defer w.Forget(w.instance("two"))
	all := v.Objects().All()
	return len(all) == 1 && all[0].Value["metadata"].(map[string]any)["resourceVersion"] == o.GetResourceVersion()
}

// TestWhatIsKept drops managed fields of others, and kubectl's copy of the object.
func TestWhatIsKept(t *testing.T) {
	w := start(t)
	r := w.reader("one")
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"namespace": w.namespace, "name": "a",
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": "{}", "other": "kept"},
		},
		"data": map[string]any{"theirs": "1"},
	}}
	require.NoError(t, server.Apply(t.Context(), o))
	ours := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": w.namespace, "name": "a"}, "data": map[string]any{"ours": "1"},
	}}
	require.NoError(t, server.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(ours), client.FieldOwner("korender-live")))
	metadata := w.see(r, w.configMap("a")).Objects().All()[0].Value["metadata"].(map[string]any)
	assert.Equal(t, map[string]any{"other": "kept"}, metadata["annotations"])
	managers := []any{}
	for _, entry := range metadata["managedFields"].([]any) {
		managers = append(managers, entry.(map[string]any)["manager"])
	}
	assert.Equal(t, []any{"korender-live"}, managers)
}

// TestReportsAreNoNews has no instance told of a status that it writes itself, while others are.
func TestReportsAreNoNews(t *testing.T) {
	w := start(t)
	require.NoError(t, server.Define(t.Context(), kind("observe.example.com", "v1", "Report")))
	id := w.id("observe.example.com/v1", "Report", "a")
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": id.APIVersion, "kind": id.Kind, "metadata": map[string]any{"namespace": id.Namespace, "name": id.Name},
	}}
	require.NoError(t, server.Client.Create(t.Context(), o))
	one, two := w.reader("one"), w.reader("two")
	require.Equal(t, []string{"Report/a"}, names(w.see(one, id)))
	for i := range 50 {
		patch := fmt.Appendf(nil, `{"status":{"n":%d}}`, i)
		done := w.Reporting(one.Instance, id)
		time.Sleep(time.Duration(i%3) * time.Millisecond)
		require.NoError(t, server.Client.Status().Patch(t.Context(), o, client.RawPatch(types.MergePatchType, patch)))
		time.Sleep(time.Duration(i%5) * time.Millisecond) // the informer hears of it now, or later
		done(o)
		require.Equal(t, []any{map[string]any{"n": int64(i)}}, []any{w.see(one, id).Objects().All()[0].Value["status"]})
	}
	assert.Empty(t, w.told(500*time.Millisecond))

	w.see(two, id)
	done := w.Reporting(one.Instance, id)
	require.NoError(t, server.Client.Status().Patch(t.Context(), o, client.RawPatch(types.MergePatchType, []byte(`{"status":{"n":-1}}`))))
	done(o)
	assert.Equal(t, []string{"two"}, w.told(500*time.Millisecond))
	require.NoError(t, server.Client.Patch(t.Context(), o, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"a":1}}`))))
	assert.ElementsMatch(t, []string{"one", "two"}, w.told(500*time.Millisecond))
}
