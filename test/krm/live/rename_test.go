// SPDX-License-Identifier: Apache-2.0

package live

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// site is a Workflow whose second object waits for what a server fills into the first one.
const site = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: service
      ref: {kind: ResourceFunction, name: site-service}
      inputs: {site: =parent.metadata.name, namespace: =parent.metadata.namespace}
    - label: address
      ref: {kind: ResourceFunction, name: site-address}
      inputs: {site: =parent.metadata.name, namespace: =parent.metadata.namespace, ip: =steps.service.ip}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-service}
spec:
  apiConfig: {apiVersion: v1, kind: Service, name: =inputs.site, namespace: =inputs.namespace}
  resource:
    spec: {ports: [{port: 80}], selector: {app: =inputs.site}}
  return: {ip: =resource.spec.clusterIP}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-address}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.site + "-address", namespace: =inputs.namespace}
  resource: {data: {ip: =inputs.ip}}
`

// files are a base whose trigger is renamed before it is rendered, and overlays that change what was rendered.
var files = map[string]string{
	"base/kustomization.yaml": "resources: [shop.yaml]\ntransformers: [render.yaml]\nnamePrefix: eu-\nnamespace: NAMESPACE\n",
	"base/shop.yaml":          "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: shop, namespace: web}\n",
	"base/render.yaml": `apiVersion: korender.dev/v1alpha1
kind: Render
metadata:
  name: render
  annotations:
    config.kubernetes.io/function: |
      exec: {path: korender, args: [fn]}
triggers: consume
onDeferred: instance
libraries: [platform]
`,
	"base/platform/site.k.yaml":  site,
	"renamed/kustomization.yaml": "resources: [../base]\nnamePrefix: acme-\n",
	"moved/kustomization.yaml":   "resources: [../base]\nnamespace: NAMESPACE-moved\n",
}

// build has kustomize build a folder of files, and tells what the function said meanwhile.
func build(t *testing.T, namespace, folder string) (manifests []*unstructured.Unstructured, told string) {
	t.Helper()
	dir := product.Folder(t, namespace, files)
	commands := t.TempDir()
	require.NoError(t, plane.Build(t.Context(), plane.Root, "./cmd/korender", filepath.Join(commands, "korender"), "-tags", "urfave_cli_no_docs"))
	tools := exec.CommandContext(t.Context(), "go", "run", "./cmd/tools", "kustomize")
	tools.Dir = filepath.Join(plane.Root, "test", "krm")
	tools.Stderr = os.Stderr
	toolbox, err := tools.Output()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), filepath.Join(strings.TrimSpace(string(toolbox)), "kustomize"),
		"build", "--enable-alpha-plugins", "--enable-exec", filepath.Join(dir, folder))
	cmd.Env = append(os.Environ(), "PATH="+commands)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	manifests, err = plane.Objects(stdout.Bytes())
	require.NoError(t, err)
	return manifests, stderr.String()
}

// TestRenamedBefore renames the trigger before the function runs: live finishes what was deferred.
func TestRenamedBefore(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	manifests, told := build(t, namespace, "base")
	assert.Contains(t, told, "warning[KR0703]: WorkflowInstance/"+namespace+"/site-eu-shop-")
	server.ApplyAll(t, manifests)
	server.Await(t, namespace, product.Instances(manifests)[0].GetName(), "Ready", "True", "Ready")
	address := server.Get(t, "v1", "ConfigMap", namespace, "eu-shop-address")
	service := server.Get(t, "v1", "Service", namespace, "eu-shop")
	ip, _, err := unstructured.NestedString(service.Object, "spec", "clusterIP")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"ip": ip}, address.Object["data"])
}

// TestRenamedAfter renames, or moves, what was rendered: live refuses it and makes nothing.
func TestRenamedAfter(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"renamed", "moved"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			namespace := server.Tenant(t)
			manifests, told := build(t, namespace, folder)
			assert.Contains(t, told, "which refuses it when anything renames it or moves it to another namespace after this function")
			instance := product.Instances(manifests)[0]
			if folder == "moved" {
				require.Equal(t, namespace+"-moved", instance.GetNamespace())
				require.NoError(t, server.Apply(t.Context(), &unstructured.Unstructured{Object: map[string]any{
					"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": instance.GetNamespace()},
				}}))
			}
			server.ApplyAll(t, manifests)
			server.Await(t, instance.GetNamespace(), instance.GetName(), "Stalled", "True", "IdentityChanged")
			for _, name := range []string{"eu-shop-address", "acme-eu-shop-address"} {
				assert.False(t, server.Exists(t, "v1", "ConfigMap", instance.GetNamespace(), name))
				assert.False(t, server.Exists(t, "v1", "ConfigMap", namespace, name))
			}
		})
	}
}
