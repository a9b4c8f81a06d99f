// SPDX-License-Identifier: Apache-2.0

package handover

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/gitops"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

const (
	group = "handover.example.com/v1"
	ip    = "10.0.0.7"
	known = "10.9.9.9"
)

// world is one tool with one application in a namespace of its own.
type world struct {
	t         *testing.T
	namespace string
	tool      gitops.Tool
	from      plane.Mark
	database  types.UID // of the one that was there first
	files     types.UID
}

func newWorld(t *testing.T, which string) *world {
	t.Helper()
	namespace := server.Tenant(t)
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	w := &world{t: t, namespace: namespace, from: from}
	switch which {
	case "flux":
		w.tool, err = gitops.NewFlux(server.Config, "app", namespace)
	default:
		w.tool, err = gitops.NewArgoCD(server.Config, "app", namespace, which == "argocd-annotation")
	}
	require.NoError(t, err)
	return w
}

// sync renders and syncs, without waiting for anything.
func (w *world) sync(p program) []*unstructured.Unstructured {
	w.t.Helper()
	manifests := p.render(w.t, w.namespace, w.tool.Target())
	_, err := w.tool.Sync(w.t.Context(), manifests)
	require.NoError(w.t, err)
	return manifests
}

// settle syncs, has the other system give out the address, waits until all is as it should be, and checks that it is.
func (w *world) settle(p program) {
	w.t.Helper()
	manifests := w.sync(p)
	w.address()
	w.await(p, manifests)
	w.check(p, manifests)
}

// address plays the system that gives out addresses.
func (w *world) address() {
	w.t.Helper()
	o := w.get("Address")
	w.patchStatus(o, map[string]any{"ip": ip})
}

func (w *world) patchStatus(o *unstructured.Unstructured, status map[string]any) {
	w.t.Helper()
	text, err := json.Marshal(map[string]any{"status": status})
	require.NoError(w.t, err)
	require.NoError(w.t, server.Client.Status().Patch(w.t.Context(), o, client.RawPatch(types.MergePatchType, text)))
}

func (w *world) get(kind string) *unstructured.Unstructured {
	w.t.Helper()
	version := group
	if kind == "ConfigMap" {
		version = "v1"
	}
	return server.AwaitThere(w.t, version, kind, w.namespace, "main")
}

// await waits until the instances are ready, or gone where there are to be none, and live rests.
func (w *world) await(p program, manifests []*unstructured.Unstructured) {
	w.t.Helper()
	want := map[string]bool{}
	for _, o := range product.Instances(manifests) {
		want[o.GetName()] = true
		server.Await(w.t, w.namespace, o.GetName(), "Ready", "True", "Ready")
	}
	assert.Equal(w.t, !p.never, len(want) > 0, "whether there is an instance")
	var all []string
	gone := product.Eventually(w.t, func() bool {
		all = w.names(v1alpha1.GroupVersion.String(), v1alpha1.Kind)
		return len(all) == len(want)
	})
	assert.True(w.t, gone, "instances: %v", all)
	server.Quiet(w.t, w.namespace, 3*time.Second)
}

func (w *world) names(version, kind string) []string {
	w.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(version)
	list.SetKind(kind)
	require.NoError(w.t, server.Client.List(w.t.Context(), list, client.InNamespace(w.namespace)))
	var out []string
	for i := range list.Items {
		out = append(out, list.Items[i].GetName())
	}
	return out
}

// check holds the world to everything that must be so after every move.
func (w *world) check(p program, manifests []*unstructured.Unstructured) {
	w.t.Helper()
	assert.Equal(w.t, []string{"main"}, w.names(group, "Database"), "databases")
	database, files := w.get("Database"), w.get("ConfigMap")
	if w.database == "" {
		w.database, w.files = database.GetUID(), files.GetUID()
		w.protect(database)
	}
	assert.Equal(w.t, w.database, database.GetUID(), "the database is another one")
	assert.Equal(w.t, w.files, files.GetUID(), "the ConfigMap is another one")
	w.contents(p, database, files)
	for _, o := range []*unstructured.Unstructured{database, files} {
		assert.Nil(w.t, o.GetDeletionTimestamp(), "%s is being deleted", o.GetKind())
		w.owner(p, o, manifests)
	}
	w.rest(manifests)
	w.undeleted()
}

// protect has the database refuse deletion, as a system does that keeps data.
func (w *world) protect(o *unstructured.Unstructured) {
	w.t.Helper()
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":["handover.example.com/data"]}}`))
	require.NoError(w.t, server.Client.Patch(w.t.Context(), o, patch))
	w.t.Cleanup(func() {
		patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
		_ = server.Client.Patch(ctxWithout(w.t), o, patch) // only so that the namespace can go
	})
}

func (w *world) contents(p program, database, files *unstructured.Unstructured) {
	w.t.Helper()
	host := p.host
	if host == "" {
		host = ip
	}
	spec := map[string]any{
		"host": host, "size": int64(3),
		"nodes": []any{map[string]any{"name": "a", "zone": "east"}, map[string]any{"name": "b", "zone": "west"}},
	}
	if p.extra != "" {
		spec["extra"] = p.extra
	}
	assert.Equal(w.t, spec, database.Object["spec"])
	assert.Equal(w.t, map[string]any{"host": host}, files.Object["data"])
}

// owner checks the marks of an object: those of git where git applies it, those of live otherwise.
func (w *world) owner(p program, o *unstructured.Unstructured, manifests []*unstructured.Unstructured) {
	w.t.Helper()
	annotations, labels := o.GetAnnotations(), o.GetLabels()
	var managers []string
	for _, m := range o.GetManagedFields() {
		if m.Subresource == "" {
			managers = append(managers, m.Manager)
		}
	}
	if p.host != "" {
		assert.NotContains(w.t, annotations, v1alpha1.InstanceAnnotation, "%s: live's mark on what git applies", o.GetKind())
		assert.NotContains(w.t, managers, "korender-live", "%s: live's fields on what git applies", o.GetKind())
		if !p.never {
			assert.Contains(w.t, annotations, "korender.dev/rendered")
		}
		return
	}
	instance := product.Instances(manifests)[0].GetName()
	assert.Equal(w.t, w.namespace+"/"+instance, annotations[v1alpha1.InstanceAnnotation])
	assert.NotContains(w.t, annotations, "korender.dev/rendered")
	assert.NotContains(w.t, annotations, gitops.ArgoTrackingID)
	for _, label := range []string{gitops.ArgoLabel, "kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace"} {
		assert.NotContains(w.t, labels, label)
	}
}

// rest checks that the tool finds nothing to do, twice, and that live does nothing because of it.
func (w *world) rest(manifests []*unstructured.Unstructured) {
	w.t.Helper()
	from, err := server.Audit.Now(w.t.Context())
	require.NoError(w.t, err)
	for range 2 {
		did, err := w.tool.Sync(w.t.Context(), manifests)
		require.NoError(w.t, err)
		assert.Empty(w.t, did, "the tool finds something to do")
		off, err := w.tool.OutOfSync(w.t.Context(), manifests)
		require.NoError(w.t, err)
		assert.Empty(w.t, off, "the tool reports drift")
	}
	server.Quiet(w.t, w.namespace, 2*time.Second)
	var lines []string
	for _, r := range server.Writes(w.t, from, w.namespace) {
		lines = append(lines, fmt.Sprintf("%s %s %s", r.Verb, r.Object, r.Body))
	}
	assert.Empty(w.t, lines, "live writes when nothing has changed")
}

// undeleted checks that nobody ever asked for the deletion of a database.
func (w *world) undeleted() {
	w.t.Helper()
	found, err := server.Audit.Since(w.t.Context(), w.from, func(r plane.Request) bool {
		return r.Deletes() && r.Object.Resource == "databases" && r.Object.Namespace == w.namespace &&
			!strings.HasPrefix(r.UserAgent, "kube-controller-manager")
	})
	require.NoError(w.t, err)
	var lines []string
	for _, r := range found {
		lines = append(lines, fmt.Sprintf("%s by %s (%s): %d", r.Object, r.User, r.UserAgent, r.Code))
	}
	assert.Empty(w.t, lines, "deletions of the database were asked for")
}
