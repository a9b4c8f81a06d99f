// SPDX-License-Identifier: Apache-2.0

package converge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// TestJobBeforeDeployment runs the example with the real controllers: no Deployment before the Job is complete, and the
// instance is ready when the Deployment is.
func TestJobBeforeDeployment(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	dir := product.Example(t, "job-before-deployment", "prod", namespace)
	tool := toolOf(t, "release", namespace, false)
	manifests := server.Render(t, dir, "--target", "argocd")
	name := product.Instances(manifests)[0].GetName()
	sync(t, tool, manifests)
	server.Await(t, namespace, name, "Ready", "True", "Ready")
	check(t, namespace, name, stage{"", "Migrated=True Ready, " + done + ", RolledOut=True Ready", "", "Deployment/shop"})

	job := server.Get(t, "batch/v1", "Job", namespace, "shop-migrate-2-4-0")
	deployment := server.Get(t, "apps/v1", "Deployment", namespace, "shop")
	completed, _, err := unstructured.NestedString(job.Object, "status", "completionTime")
	require.NoError(t, err)
	created := deployment.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z")
	assert.LessOrEqual(t, completed, created, "the Deployment came before the Job was complete")
	available, _, err := unstructured.NestedInt64(deployment.Object, "status", "availableReplicas")
	require.NoError(t, err)
	assert.EqualValues(t, 3, available)
	writes, err := server.Audit.Since(t.Context(), 0, func(r plane.Request) bool {
		return product.Live(r) && r.Writes() && r.Object.Namespace == namespace && r.Object.Resource == "deployments"
	})
	require.NoError(t, err)
	assert.Len(t, writes, 1, "its defaults make no difference")
	finished(t, tool, namespace, manifests)
}

// TestOwnStatus runs the example whose trigger lives in the cluster: it gets the state, and what was chosen stays.
func TestOwnStatus(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	dir := product.Example(t, "own-status", "tenants", namespace)
	tool := toolOf(t, "tenants", namespace, true)
	manifests := server.Render(t, dir, "--target", "flux")
	define(t, manifests)
	require.NoError(t, server.Define(t.Context(), schema.GroupVersionKind{Group: "storage.example.com", Version: "v1", Kind: "Bucket"}))
	name := product.Instances(manifests)[0].GetName()
	sync(t, tool, manifests)
	server.Await(t, namespace, name, "Ready", "True", "Ready")

	tenant := server.Get(t, "platform.example.com/v1", "Tenant", namespace, "acme")
	suffix := string(tenant.GetUID()[:8])
	check(t, namespace, name, stage{"", done, `{"bucket":"acme-` + suffix + `","suffix":"` + suffix + `"}`, "Bucket/acme"})
	product.Eventually(t, func() bool {
		tenant = server.Get(t, "platform.example.com/v1", "Tenant", namespace, "acme")
		return tenant.Object["status"] != nil
	})
	status, _ := tenant.Object["status"].(map[string]any)
	assert.Equal(t, map[string]any{"bucket": "acme-" + suffix, "suffix": suffix}, status["state"])
	conditions, _ := status["conditions"].([]any)
	require.Len(t, conditions, 1)
	ready, _ := conditions[0].(map[string]any)
	assert.Equal(t, []any{"Ready", "True", "Ready"}, []any{ready["type"], ready["status"], ready["reason"]})
	bucket := server.Get(t, "storage.example.com/v1", "Bucket", namespace, "acme")
	assert.Equal(t, map[string]any{"region": "eu", "bucketName": "acme-" + suffix}, bucket.Object["spec"])
	finished(t, tool, namespace, manifests)

	// A suffix that was chosen in another way is kept, as the state says.
	require.NoError(t, server.Client.Status().Patch(t.Context(), tenant, mergePatch(t, map[string]any{
		"status": map[string]any{"state": map[string]any{"suffix": "chosen"}},
	})))
	product.Eventually(t, func() bool {
		bucket = server.Get(t, "storage.example.com/v1", "Bucket", namespace, "acme")
		name, _, _ := unstructured.NestedString(bucket.Object, "spec", "bucketName")
		return name == "acme-chosen"
	})
	assert.Equal(t, map[string]any{"region": "eu", "bucketName": "acme-chosen"}, bucket.Object["spec"])
}

// TestPatchDeployment runs the example without the Deployment in git: live changes what somebody else made, answers for
// nothing, and leaves it when the instance goes.
func TestPatchDeployment(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	dir := product.Example(t, "patch-deployment", "prod", namespace)
	base := server.Render(t, dir+"/base", "--allow-empty")
	tool := toolOf(t, "tuning", namespace, false)
	manifests := server.Render(t, dir+"/tunings", "--library", dir+"/definitions", "--target", "argocd", "--on-deferred", "instance", "--triggers", "consume")
	require.Len(t, manifests, 1)
	name := manifests[0].GetName()
	sync(t, tool, manifests)
	server.Await(t, namespace, name, "Ready", "Unknown", "")
	for _, o := range base {
		require.NoError(t, server.Apply(t.Context(), o))
	}
	before := server.Get(t, "apps/v1", "Deployment", namespace, "web")
	blocked := server.Await(t, namespace, name, "Ready", "False", "Blocked")
	assert.Contains(t, product.Describe(blocked), `conflict with "admin": .spec.replicas`, "who says so too is named")

	// As soon as nobody else says how many replicas there are, live does.
	for _, o := range base {
		unstructured.RemoveNestedField(o.Object, "spec", "replicas")
		require.NoError(t, server.Apply(t.Context(), o))
	}
	server.Await(t, namespace, name, "Ready", "True", "Ready")
	after := server.Get(t, "apps/v1", "Deployment", namespace, "web")
	replicas, _, err := unstructured.NestedInt64(after.Object, "spec", "replicas")
	require.NoError(t, err)
	assert.EqualValues(t, 4, replicas)
	assert.Equal(t, before.GetUID(), after.GetUID())
	assert.NotContains(t, after.GetAnnotations(), v1alpha1.InstanceAnnotation)

	require.NoError(t, tool.Delete(t.Context()))
	server.AwaitGone(t, v1alpha1.GroupVersion.String(), v1alpha1.Kind, namespace, name)
	kept := server.Get(t, "apps/v1", "Deployment", namespace, "web")
	assert.Equal(t, before.GetUID(), kept.GetUID())
	assert.Nil(t, kept.GetDeletionTimestamp())
}
