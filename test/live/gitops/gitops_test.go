// SPDX-License-Identifier: Apache-2.0

package gitops_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/live/gitops"
	"github.com/korender/korender/test/live/plane"
)

var server *plane.Plane

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, p *plane.Plane) (func() error, error) {
		server = p
		return nil, p.Define(ctx, schema.GroupVersionKind{Group: "gitops.example.com", Version: "v1", Kind: "Database"})
	})
}

// tools makes each tool with an application of its own.
func tools(t *testing.T, namespace string) map[string]gitops.Tool {
	t.Helper()
	label, err := gitops.NewArgoCD(server.Config, "app", namespace, false)
	require.NoError(t, err)
	annotation, err := gitops.NewArgoCD(server.Config, "app", namespace, true)
	require.NoError(t, err)
	flux, err := gitops.NewFlux(server.Config, "app", namespace)
	require.NoError(t, err)
	return map[string]gitops.Tool{"argocd-label": label, "argocd-annotation": annotation, "flux": flux}
}

const manifests = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}}
data: {a: "1", b: "2"}
---
apiVersion: gitops.example.com/v1
kind: Database
metadata:
  name: kept
  annotations:
    argocd.argoproj.io/sync-options: Prune=false,Delete=false
    argocd.argoproj.io/compare-options: IgnoreExtraneous
    kustomize.toolkit.fluxcd.io/prune: disabled
spec: {size: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

// TestTools creates, finds nothing to do, changes, prunes what it may, and deletes what it may.
func TestTools(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"argocd-label", "argocd-annotation", "flux"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			ctx, namespace := t.Context(), server.Namespace(t)
			tool := tools(t, namespace)[which]
			all, err := plane.Objects([]byte(manifests))
			require.NoError(t, err)
			for _, o := range all {
				o.SetNamespace(namespace)
			}
			sync := func(objects ...*unstructured.Unstructured) []string {
				t.Helper()
				did, err := tool.Sync(ctx, objects)
				require.NoError(t, err)
				off, err := tool.OutOfSync(ctx, objects)
				require.NoError(t, err)
				assert.Empty(t, off)
				return did
			}
			assert.Equal(t, []string{
				"created ConfigMap/" + namespace + "/settings", "created Database/" + namespace + "/kept", "created Service/" + namespace + "/web",
			}, sync(all...))
			assert.Empty(t, sync(all...))

			from, err := server.Audit.Now(ctx)
			require.NoError(t, err)
			require.NoError(t, unstructured.SetNestedField(all[1].Object, int64(2), "spec", "size"))
			require.NoError(t, unstructured.SetNestedField(all[0].Object, map[string]any{"a": "1"}, "data"))
			assert.Equal(t, []string{"configured ConfigMap/" + namespace + "/settings", "configured Database/" + namespace + "/kept"}, sync(all...))
			settings := server.Get(t, "v1", "ConfigMap", namespace, "settings")
			assert.Equal(t, map[string]any{"a": "1"}, settings.Object["data"])

			assert.Equal(t, []string{"pruned Service/" + namespace + "/web"}, sync(all[0]), "the database stays, by its own word")
			assert.Empty(t, sync(all[0]))
			assert.True(t, server.Exists(t, "gitops.example.com/v1", "Database", namespace, "kept"))
			require.NoError(t, tool.Delete(ctx))
			assert.Eventually(t, func() bool { return !server.Exists(t, "v1", "ConfigMap", namespace, "settings") },
				time.Minute, 100*time.Millisecond, "a deletion in the foreground is done by the garbage collector")
			assert.True(t, server.Exists(t, "gitops.example.com/v1", "Database", namespace, "kept"))

			deleted, err := server.Audit.Since(ctx, from, func(r plane.Request) bool {
				return r.Deletes() && r.Object.Namespace == namespace && r.UserAgent == tool.UserAgent()
			})
			require.NoError(t, err)
			var paths []string
			for _, r := range deleted {
				paths = append(paths, r.Object.String())
			}
			assert.Equal(t, []string{"services/" + namespace + "/web", "configmaps/" + namespace + "/settings"}, paths)
		})
	}
}

// TestCopiedTracking holds Argo CD to what it makes of its tracking metadata on objects that it did not apply.
func TestCopiedTracking(t *testing.T) {
	t.Parallel()
	ctx, namespace := t.Context(), server.Namespace(t)
	which := tools(t, namespace)
	objects, err := plane.Objects([]byte(`
apiVersion: v1
kind: ConfigMap
metadata: {name: labelled, labels: {app.kubernetes.io/instance: app}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: copied, annotations: {argocd.argoproj.io/tracking-id: "app:/ConfigMap:elsewhere/other"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own, annotations: {argocd.argoproj.io/tracking-id: "app:/ConfigMap:NAMESPACE/own"}}
`))
	require.NoError(t, err)
	for _, o := range objects {
		o.SetNamespace(namespace)
		if a := o.GetAnnotations(); o.GetName() == "own" {
			a[gitops.ArgoTrackingID] = "app:/ConfigMap:" + namespace + "/own"
			o.SetAnnotations(a)
		}
		require.NoError(t, server.Apply(ctx, o))
	}
	did, err := which["argocd-label"].Sync(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"pruned ConfigMap/" + namespace + "/labelled"}, did)
	did, err = which["argocd-annotation"].Sync(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"pruned ConfigMap/" + namespace + "/own"}, did)
}
