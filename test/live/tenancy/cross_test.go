// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/test/live/product"
)

// elsewhere runs one function for an object in the namespace that the trigger names, and writes what comes of it into a
// ConfigMap beside the trigger.
func elsewhere(function string) string {
	return `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: elsewhere}
spec:
  crdRef: {apiGroup: tenancy.example.com, version: v1, kind: Tenant}
  steps:
    - {label: use, ref: {kind: ResourceFunction, name: use}, inputs: {namespace: =parent.spec.namespace}, state: {got: =value}}
    - {label: copy, ref: {kind: ResourceFunction, name: copy}, inputs: {namespace: =parent.metadata.namespace, got: =steps.use}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: copy, annotations: {korender.dev/apply: live}}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: copy, namespace: =inputs.namespace}
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {data: {got: =to_json(inputs.got)}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: use, annotations: {korender.dev/apply: live}}
spec:
` + function
}

const (
	readsThere = `
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: there, namespace: =inputs.namespace, readonly: true}
  resource: {}
  return: {v: =resource.data.v}
`
	writesThere = `
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: made, namespace: =inputs.namespace}
  resource: {data: {v: here}}
  return: {v: =resource.data.v}
`
	patchesThere = `
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: there, namespace: =inputs.namespace}
  create: {enabled: false}
  resource: {data: {added: here}}
  return: {v: =resource.data.v}
`
	deletesThere = `
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: there, namespace: =inputs.namespace, deleteIfExists: true}
  resource: {}
`
	readsNamespace = `
  apiConfig: {apiVersion: v1, kind: Namespace, name: =inputs.namespace, namespaced: false, readonly: true}
  resource: {}
  return: {v: =resource.metadata.name}
`
)

// TestNoCrossNamespace has the account of one namespace all rights in another one, too: with --no-cross-namespace-refs
// nothing there is read or written, nor anything of the whole cluster; without it, all of that works.
func TestNoCrossNamespace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, function, object, state string }{
		{"read", readsThere, "ConfigMap/THERE/there", `{"got":{"v":"there"}}`},
		{"write", writesThere, "ConfigMap/THERE/made", `{"got":{"v":"here"}}`},
		{"patch", patchesThere, "ConfigMap/THERE/there", `{"got":{"v":"there"}}`},
		{"delete", deletesThere, "ConfigMap/THERE/there", ""},
		{"cluster", readsNamespace, "Namespace/THERE", `{"got":{"v":"THERE"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			here, there := server.Tenant(t), server.Tenant(t)
			guest(t, here, there)
			require.NoError(t, server.Client.Create(t.Context(), &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: there, Name: "there"}, Data: map[string]string{"v": "there"},
			}))
			s := source{settings: "triggers: consume\n", program: elsewhere(c.function), spec: "{namespace: " + there + "}", label: "strict"}
			a := deploy(t, here, s)
			w := a.await("False", "CrossNamespace")
			want := replace(c.object, "THERE", there) + " does not lie in namespace " + here + ", and --no-cross-namespace-refs allows no other"
			assert.Equal(t, want, message(t, w, "Ready"))
			assert.Contains(t, product.Conditions(w), "Stalled=True CrossNamespace")
			assert.Empty(t, product.State(t, w))
			assert.Empty(t, wrote(t, 0, there))
			assert.Equal(t, map[string]any{"v": "there"}, data(t, there, "there"))

			// The flag it is: the other controller does as the account may.
			require.NoError(t, a.relabel())
			w = a.await("True", "Ready")
			if c.state != "" {
				assert.Equal(t, replace(c.state, "THERE", there), product.State(t, w))
			}
		})
	}
}

// TestOwnNamespace holds the strict controller to doing what is allowed.
func TestOwnNamespace(t *testing.T) {
	t.Parallel()
	here := server.Tenant(t)
	s := source{settings: "triggers: consume\n", program: elsewhere(writesThere), spec: "{namespace: " + here + "}", label: "strict"}
	a := deploy(t, here, s)
	a.await("True", "Ready")
	assert.Equal(t, map[string]any{"v": "here"}, data(t, here, "made"))
}

// guest gives the account of one namespace all rights in another one, and the right to look at namespaces.
func guest(t *testing.T, here, there string) {
	t.Helper()
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: here, Name: "default"}}
	require.NoError(t, server.Client.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: there, Name: "guest"}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "of-default"},
	}))
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: here}, Rules: []rbacv1.PolicyRule{rule("namespaces", "get")},
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: here}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: here},
	}
	require.NoError(t, server.Client.Create(t.Context(), role))
	require.NoError(t, server.Client.Create(t.Context(), binding))
	t.Cleanup(func() {
		require.NoError(t, server.Client.Delete(context.WithoutCancel(t.Context()), binding))
		require.NoError(t, server.Client.Delete(context.WithoutCancel(t.Context()), role))
	})
}

// relabel hands the instance to the lenient controller.
func (a *app) relabel() error {
	o := server.Get(a.T, "korender.dev/v1alpha1", "WorkflowInstance", a.namespace, a.instance)
	o.SetLabels(nil)
	return server.Client.Update(a.Context(), o)
}
