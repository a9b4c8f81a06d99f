// SPDX-License-Identifier: Apache-2.0

package whole

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"k8s.io/client-go/dynamic"

	"github.com/korender/korender/test/argocd"
)

// The resources of these tests.
var (
	addresses    = schema.GroupVersionResource{Group: "handover.example.com", Version: "v1", Resource: "addresses"}
	databases    = schema.GroupVersionResource{Group: "handover.example.com", Version: "v1", Resource: "databases"}
	configMaps   = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	namespaces   = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	instances    = schema.GroupVersionResource{Group: "korender.dev", Version: "v1alpha1", Resource: "workflowinstances"}
	applications = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"}
)

// patience is how long anything may take on a busy machine.
const patience = 3 * time.Minute

// app is an Application with automated sync, pruning and healing, in a namespace of its own, and its repository.
type app struct {
	t          *testing.T
	name       string // of the Application, and of the namespace that is its destination
	repository string
	database   types.UID // of the one that was there first
	files      types.UID
}

func newApp(t *testing.T, first program) *app {
	t.Helper()
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "app-"}}}
	made, err := cluster.Client.Resource(namespaces).Create(t.Context(), namespace, metav1.CreateOptions{})
	require.NoError(t, err)
	a := &app{t: t, name: made.GetName(), repository: t.TempDir()}
	first.commit(t, a.repository)
	application := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
		"metadata": map[string]any{"name": a.name, "namespace": argocd.Namespace, "finalizers": []any{"resources-finalizer.argocd.argoproj.io"}},
		"spec": map[string]any{
			"project":     "default",
			"destination": map[string]any{"server": "https://kubernetes.default.svc", "namespace": a.name},
			"source":      map[string]any{"repoURL": "file://" + a.repository, "path": "app", "targetRevision": "HEAD", "plugin": map[string]any{"name": "korender"}},
			"syncPolicy":  map[string]any{"automated": map[string]any{"prune": true, "selfHeal": true}, "retry": map[string]any{"limit": int64(0)}},
		},
	}}
	_, err = a.applications().Create(t.Context(), application, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(cluster.Logs())
		}
	})
	return a
}

func (a *app) applications() dynamic.ResourceInterface {
	return cluster.Client.Resource(applications).Namespace(argocd.Namespace)
}

// eventually waits until a condition holds; what says what is there instead.
func (a *app) eventually(what string, holds func() (bool, string)) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	for {
		good, is := holds()
		if good {
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(a.t, "waited in vain: "+what, is)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// get is an object called main; nil when it is not there.
func (a *app) get(resource schema.GroupVersionResource) *unstructured.Unstructured {
	a.t.Helper()
	o, err := cluster.Client.Resource(resource).Namespace(a.name).Get(a.t.Context(), "main", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(a.t, err)
	return o
}

// settle commits, waits for Argo CD's sync, gives out the address, and waits until Argo CD finds everything healthy.
func (a *app) settle(p program) {
	a.t.Helper()
	a.synced(p.commit(a.t, a.repository))
	a.eventually("an address", func() (bool, string) { return a.get(addresses) != nil, "there is none" })
	status, err := json.Marshal(map[string]any{"status": map[string]any{"ip": ip}})
	require.NoError(a.t, err)
	_, err = cluster.Client.Resource(addresses).Namespace(a.name).Patch(a.t.Context(), "main", types.MergePatchType, status, metav1.PatchOptions{}, "status")
	require.NoError(a.t, err)
	a.rests(p)
	a.check(p)
}

// synced asks for a refresh, and waits until Argo CD has applied the revision.
func (a *app) synced(revision string) {
	a.t.Helper()
	patch := []byte(`{"metadata":{"annotations":{"argocd.argoproj.io/refresh":"normal"}}}`)
	_, err := a.applications().Patch(a.t.Context(), a.name, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(a.t, err)
	a.eventually("a sync of "+revision, func() (bool, string) {
		o := a.application()
		at, _, _ := unstructured.NestedString(o.Object, "status", "sync", "revision")
		state, _, _ := unstructured.NestedString(o.Object, "status", "sync", "status")
		phase, _, _ := unstructured.NestedString(o.Object, "status", "operationState", "phase")
		return at == revision && state == "Synced" && phase == "Succeeded", describe(o)
	})
}

func (a *app) application() *unstructured.Unstructured {
	a.t.Helper()
	o, err := a.applications().Get(a.t.Context(), a.name, metav1.GetOptions{})
	require.NoError(a.t, err)
	return o
}

// rests waits until there are as many instances as there should be, Argo CD says Synced and Healthy, and the contents are
// those of the program.
func (a *app) rests(p program) {
	a.t.Helper()
	want := 1
	if p.never {
		want = 0
	}
	a.eventually("rest", func() (bool, string) {
		list, err := cluster.Client.Resource(instances).Namespace(a.name).List(a.t.Context(), metav1.ListOptions{})
		require.NoError(a.t, err)
		o, database := a.application(), a.get(databases)
		state, _, _ := unstructured.NestedString(o.Object, "status", "sync", "status")
		health, _, _ := unstructured.NestedString(o.Object, "status", "health", "status")
		settled := len(list.Items) == want && state == "Synced" && health == "Healthy" && database != nil && a.get(configMaps) != nil &&
			assert.ObjectsAreEqual(p.database(), database.Object["spec"]) && a.marked(p, database) && a.marked(p, a.get(configMaps))
		return settled, fmt.Sprintf("%d instances of %d; %s; database %v", len(list.Items), want, describe(o), database)
	})
}

func (p program) database() map[string]any {
	host := p.host
	if host == "" {
		host = ip
	}
	out := map[string]any{"host": host, "size": int64(3)}
	if p.extra != "" {
		out["extra"] = p.extra
	}
	return out
}

// marked tells whether an object carries the marks of who applies it, and nobody else's.
func (a *app) marked(p program, o *unstructured.Unstructured) bool {
	annotations, labels := o.GetAnnotations(), o.GetLabels()
	_, live := annotations["korender.dev/instance"]
	tracked := annotations["argocd.argoproj.io/tracking-id"] != "" || labels["app.kubernetes.io/instance"] != ""
	return live == (p.host == "") && tracked == (p.host != "") && (len(o.GetOwnerReferences()) > 0) == (p.owner && p.host == "")
}

// check holds that the objects are still those that were there first.
func (a *app) check(p program) {
	a.t.Helper()
	database, files := a.get(databases), a.get(configMaps)
	require.NotNil(a.t, database)
	require.NotNil(a.t, files)
	if a.database == "" {
		a.database, a.files = database.GetUID(), files.GetUID()
	}
	assert.Equal(a.t, a.database, database.GetUID(), "the database is another one")
	assert.Equal(a.t, a.files, files.GetUID(), "the ConfigMap is another one")
	assert.Equal(a.t, map[string]any{"host": p.database()["host"]}, files.Object["data"])
	assert.Empty(a.t, deletions(a.t, a.name, "databases", "configmaps"), "deletions were asked for")
}

// describe is the state of an Application, for messages.
func describe(o *unstructured.Unstructured) string {
	status, _, _ := unstructured.NestedMap(o.Object, "status")
	out := map[string]any{}
	for _, key := range []string{"sync", "health", "conditions", "resources"} {
		out[key] = status[key]
	}
	if operation, ok := status["operationState"].(map[string]any); ok {
		out["operation"] = []any{operation["phase"], operation["message"]}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
