// SPDX-License-Identifier: Apache-2.0

package operation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/product"
)

// definitions are of a Workflow whose Source git applies. When another system has dealt with it, live makes two
// ConfigMaps of what came out, the second after the first.
const definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: chain}
spec:
  crdRef: {apiGroup: operation.example.com, version: v1, kind: Chain}
  steps:
    - label: source
      ref: {kind: ResourceFunction, name: source}
      inputs: {name: =parent.metadata.name, namespace: =parent.metadata.namespace, size: =parent.spec.size}
    - label: first
      ref: {kind: ResourceFunction, name: copy}
      inputs: {name: =parent.metadata.name + "-first", namespace: =parent.metadata.namespace, value: =steps.source.value}
    - label: second
      ref: {kind: ResourceFunction, name: copy}
      inputs: {name: =parent.metadata.name + "-second", namespace: =parent.metadata.namespace, value: =steps.first.value}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: source}
spec:
  apiConfig: {apiVersion: operation.example.com/v1, kind: Source, name: =inputs.name, namespace: =inputs.namespace}
  resource: {spec: {size: =inputs.size}}
  postconditions:
    - assert: =resource.status.ready
      retry: {message: the source is not ready, delay: 30}
  return: {value: =resource.status.value}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: copy}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: =inputs.namespace}
  resource: {data: {value: =inputs.value}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
  return: {value: =resource.data.value}
`

// chains renders triggers of these names and this size.
func chains(t *testing.T, namespace string, size int, names ...string) []*unstructured.Unstructured {
	t.Helper()
	var triggers strings.Builder
	for _, name := range names {
		fmt.Fprintf(&triggers, "---\napiVersion: operation.example.com/v1\nkind: Chain\nmetadata: {name: %s, namespace: NAMESPACE}\nspec: {size: %d}\n", name, size)
	}
	return server.Program(t, namespace, definitions, triggers.String())
}

// deal plays the other system: it has dealt with a Source of this generation.
func deal(t *testing.T, namespace, name, value string) {
	t.Helper()
	o := server.Get(t, "operation.example.com/v1", "Source", namespace, name)
	text, err := json.Marshal(map[string]any{"status": map[string]any{"observedGeneration": o.GetGeneration(), "ready": true, "value": value}})
	require.NoError(t, err)
	require.NoError(t, server.Client.Status().Patch(t.Context(), o, client.RawPatch(types.MergePatchType, text)))
}

// awaitValue waits until both ConfigMaps of a chain hold a value.
func awaitValue(t *testing.T, namespace, name, value string) {
	t.Helper()
	for _, which := range []string{"first", "second"} {
		var data any
		product.Eventually(t, func() bool {
			o := server.AwaitThere(t, "v1", "ConfigMap", namespace, name+"-"+which)
			data = o.Object["data"]
			return assert.ObjectsAreEqual(map[string]any{"value": value}, data)
		})
		require.Equal(t, map[string]any{"value": value}, data, "%s-%s", name, which)
	}
}

func instanceName(t *testing.T, manifests []*unstructured.Unstructured) string {
	t.Helper()
	instances := product.Instances(manifests)
	require.Len(t, instances, 1)
	return instances[0].GetName()
}
