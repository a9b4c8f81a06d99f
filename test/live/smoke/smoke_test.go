// SPDX-License-Identifier: Apache-2.0

package smoke

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/gitops"
	"github.com/korender/korender/test/live/product"
)

// TestSmokeExample runs an example from its render to its end, with the real controllers of Jobs and Deployments.
func TestSmokeExample(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	dir := product.Example(t, "job-before-deployment", "prod", namespace)
	tool, err := gitops.NewFlux(server.Config, "release", namespace)
	require.NoError(t, err)
	manifests := server.Render(t, dir, "--target", "flux")
	_, err = tool.Sync(t.Context(), manifests)
	require.NoError(t, err)
	w := server.Await(t, namespace, product.Instances(manifests)[0].GetName(), "Ready", "True", "Ready")
	assert.Equal(t, []string{"Migrated=True Ready", "Ready=True Ready", "RolledOut=True Ready"}, product.Conditions(w))
	deployment := server.Get(t, "apps/v1", "Deployment", namespace, "shop")
	assert.Equal(t, namespace+"/"+w.Name, deployment.GetAnnotations()[v1alpha1.InstanceAnnotation])

	require.NoError(t, tool.Delete(t.Context()))
	server.AwaitGone(t, "apps/v1", "Deployment", namespace, "shop")
	server.AwaitGone(t, v1alpha1.GroupVersion.String(), v1alpha1.Kind, namespace, w.Name)
}

const definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: pair}
spec:
  crdRef: {apiGroup: smoke.example.com, version: v1, kind: Pair}
  steps:
    - label: service
      ref: {kind: ResourceFunction, name: service}
      inputs: {namespace: =parent.metadata.namespace}
    - label: settings
      ref: {kind: ResourceFunction, name: settings}
      inputs:
        namespace: =parent.metadata.namespace
        address: "=has(parent.spec.address) ? parent.spec.address : steps.service.address"
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: service}
spec:
  apiConfig: {apiVersion: v1, kind: Service, name: main, namespace: =inputs.namespace}
  resource: {spec: {type: LoadBalancer, selector: {app: main}, ports: [{port: 80}]}}
  return: {address: "=resource.status.loadBalancer.ingress[0].ip"}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: settings}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: main, namespace: =inputs.namespace}
  resource: {data: {address: =inputs.address}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
`

// TestSmokeHandover moves a ConfigMap from live to git and back: it is the same object all the time.
func TestSmokeHandover(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	tool, err := gitops.NewArgoCD(server.Config, "pair", namespace, true)
	require.NoError(t, err)
	states := []struct{ spec, address, owner string }{
		{"{}", "192.0.2.1", "live"},
		{`{address: "192.0.2.9"}`, "192.0.2.9", "git"},
		{"{}", "192.0.2.1", "live"},
	}
	var uid types.UID
	for _, state := range states {
		trigger := "apiVersion: smoke.example.com/v1\nkind: Pair\nmetadata: {name: main, namespace: NAMESPACE}\nspec: " + state.spec
		manifests := server.Program(t, namespace, definitions, trigger, "--target", "argocd")
		_, err := tool.Sync(t.Context(), manifests)
		require.NoError(t, err)
		giveAddress(t, server.Get(t, "v1", "Service", namespace, "main"))
		server.Await(t, namespace, product.Instances(manifests)[0].GetName(), "Ready", "True", "Ready")
		server.Quiet(t, namespace, time.Second)

		settings := server.Get(t, "v1", "ConfigMap", namespace, "main")
		if uid == "" {
			uid = settings.GetUID()
		}
		assert.Equal(t, uid, settings.GetUID())
		assert.Equal(t, map[string]any{"address": state.address}, settings.Object["data"])
		_, byGit := settings.GetAnnotations()["korender.dev/rendered"]
		_, byLive := settings.GetAnnotations()[v1alpha1.InstanceAnnotation]
		assert.Equal(t, []bool{state.owner == "git", state.owner == "live"}, []bool{byGit, byLive}, "git, live")
		again, err := tool.Sync(t.Context(), manifests)
		require.NoError(t, err)
		assert.Empty(t, again)
	}
}

// giveAddress plays the cloud.
func giveAddress(t *testing.T, service *unstructured.Unstructured) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "192.0.2.1"}}}}})
	require.NoError(t, err)
	require.NoError(t, server.Client.Status().Patch(t.Context(), service, client.RawPatch(types.MergePatchType, text)))
}
