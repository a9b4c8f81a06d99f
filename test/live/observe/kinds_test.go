// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/render/manifest"
)

// TestKindsInUse has exactly the kinds watched that some instance watches an object of.
func TestKindsInUse(t *testing.T) {
	w := start(t)
	w.put("a", "1")
	one, two := w.reader("one"), w.reader("two")
	assert.Empty(t, w.Kinds())

	v := w.see(one, w.configMap("a"), w.id("v1", "Secret", "none"))
	assert.Equal(t, []string{"ConfigMap/a"}, names(v))
	assert.Equal(t, []manifest.ID{w.id("v1", "Secret", "none")}, v.Absent())
	assert.Empty(t, v.Refusals())
	w.see(two, w.id("apps/v1", "Deployment", "none"), w.configMap("b"))
	assert.Equal(t, []schema.GroupVersionKind{kind("", "v1", "ConfigMap"), kind("", "v1", "Secret"), kind("apps", "v1", "Deployment")}, w.Kinds())

	w.see(one, w.configMap("a"))
	assert.Equal(t, []schema.GroupVersionKind{kind("", "v1", "ConfigMap"), kind("apps", "v1", "Deployment")}, w.Kinds())
	w.Forget(two.Instance)
	assert.Equal(t, []schema.GroupVersionKind{kind("", "v1", "ConfigMap")}, w.Kinds())
	w.Forget(one.Instance)
	assert.Empty(t, w.Kinds())
	w.eventually(func() bool { return len(w.requests()) >= 3 }) // watches are logged in the end
	assert.Equal(t, []string{"watch configmaps", "watch deployments.apps", "watch secrets"}, w.requests())
}

// TestAKindThatAppearsLater is noticed soon, goes, and comes again.
func TestAKindThatAppearsLater(t *testing.T) {
	w := start(t)
	widget := kind("observe.example.com", "v1", "Widget")
	id := w.id("observe.example.com/v1", "Widget", "a")
	r := w.reader("one")
	refused := []observe.Refusal{{ID: id, Reason: observe.NotServed, Message: "Widget.observe.example.com/v1 is not served by the cluster"}}
	for range 2 {
		assert.Equal(t, refused, w.see(r, id).Refusals())
		require.NoError(t, server.Define(t.Context(), widget))
		w.within(4*time.Second, func() bool { return len(w.see(r, id).Absent()) == 1 })
		w.told(200 * time.Millisecond) // perhaps that a list that failed at first is there now
		require.NoError(t, server.Client.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": id.APIVersion, "kind": id.Kind, "metadata": map[string]any{"namespace": id.Namespace, "name": id.Name},
			"n": int64(3), "f": 1.5,
		}}))
		assert.Equal(t, []string{"one"}, w.told(time.Second))
		v := w.see(r, id)
		require.Equal(t, []string{"Widget/a"}, names(v))
		value := v.Objects().All()[0].Value
		assert.Equal(t, []any{int64(3), 1.5}, []any{value["n"], value["f"]})

		definition := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "widgets.observe.example.com"},
		}}
		require.NoError(t, server.Client.Delete(t.Context(), definition))
		w.eventually(func() bool {
			return client.IgnoreNotFound(server.Client.Get(t.Context(), client.ObjectKeyFromObject(definition), definition.DeepCopy())) == nil &&
				!server.Exists(t, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.observe.example.com")
		})
		assert.Contains(t, w.told(3*time.Second), "one", "told that the object and its kind are gone")
		w.within(10*time.Second, func() bool { return assert.ObjectsAreEqual(refused, w.see(r, id).Refusals()) })
		w.Forget(r.Instance)
	}
}

// within waits for what must become true in a given time.
func (w *world) within(limit time.Duration, is func() bool) {
	w.t.Helper()
	start := time.Now()
	w.eventually(is)
	assert.LessOrEqual(w.t, time.Since(start), limit)
}

// TestNothingIsLeftBehind counts goroutines over 500 views of changing kinds.
func TestNothingIsLeftBehind(t *testing.T) {
	w := start(t)
	w.put("a", "1")
	r := w.reader("one")
	kinds := []manifest.ID{
		w.configMap("a"), w.id("v1", "Secret", "a"), w.id("v1", "Service", "a"), w.id("apps/v1", "Deployment", "a"),
		w.id("batch/v1", "Job", "a"), w.id("batch/v1", "CronJob", "a"), w.id("v1", "ServiceAccount", "reader"),
	}
	round := func(i int) {
		r.Instance = w.instance(fmt.Sprintf("i%d", i%5))
		v := w.see(r, kinds[i%len(kinds)], kinds[(i/len(kinds))%len(kinds)])
		require.Empty(t, v.Refusals())
	}
	forget := func() {
		for i := range 5 {
			w.Forget(w.instance(fmt.Sprintf("i%d", i)))
		}
		assert.Empty(t, w.Kinds())
	}
	for i := range len(kinds) { // the connections are there then
		round(i)
	}
	forget()
	before := settled()
	for i := range 500 {
		round(i)
	}
	assert.Greater(t, settled(), before, "informers run")
	forget()
	assert.LessOrEqual(t, settled(), before)
}

// settled is the number of goroutines once it is the same for a while.
func settled() int {
	n := runtime.NumGoroutine()
	for same := 0; same < 10; same++ {
		time.Sleep(50 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, same = now, 0
		}
	}
	return n
}
