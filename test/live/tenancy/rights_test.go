// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/korender/korender/test/live/product"
)

const asApp = "triggers: consume\ninstance: {serviceAccountName: app}\n"

// copying reads a Secret and builds a ConfigMap from it.
const copying = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: copy}
spec:
  crdRef: {apiGroup: tenancy.example.com, version: v1, kind: Tenant}
  steps:
    - {label: secret, ref: {kind: ResourceFunction, name: secret}, inputs: {namespace: =parent.metadata.namespace}}
    - label: made
      ref: {kind: ResourceFunction, name: made}
      inputs: {namespace: =parent.metadata.namespace, password: =steps.secret.password}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: secret}
spec:
  apiConfig: {apiVersion: v1, kind: Secret, name: credentials, namespace: =inputs.namespace, readonly: true}
  resource: {}
  return: {password: =resource.data.password.b64decode()}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: made}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: made, namespace: =inputs.namespace}
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {data: {password: =inputs.password}}
`

// TestUnreadableSecret has an account that may do all but read Secrets read one through a program. When it is allowed to,
// that is noticed.
func TestUnreadableSecret(t *testing.T) {
	t.Parallel()
	namespace := server.Namespace(t)
	server.Allow(t, namespace, "app", rule("configmaps", "*"))
	secret(t, namespace, "credentials", map[string]string{"password": "unreadable-0451"})
	a := deploy(t, namespace, source{settings: asApp, program: copying})
	w := a.await("False", "AccessDenied")
	text := message(t, w, "Ready")
	assert.Equal(t, "ServiceAccount/"+namespace+"/app may not get Secret/"+namespace+"/credentials: grant it, or name another account", text)
	assert.Nil(t, data(t, namespace, "made"))
	hidden(t, a, "unreadable-0451")

	server.Allow(t, namespace, "app", rule("configmaps", "*"), rule("secrets", "get"))
	a.eventually("True", "Ready")
	assert.Equal(t, map[string]any{"password": "unreadable-0451"}, data(t, namespace, "made"))
	hidden(t, a, "unreadable-0451")
	asAccount(t, namespace, "app")
}

// TestRightsEnd takes the right to read away again: the new value is not read any more.
func TestRightsEnd(t *testing.T) {
	t.Parallel()
	namespace := server.Namespace(t)
	server.Allow(t, namespace, "app", rule("configmaps", "*"), rule("secrets", "get"))
	secret(t, namespace, "credentials", map[string]string{"password": "first-0451"})
	a := deploy(t, namespace, source{settings: asApp, program: copying})
	a.await("True", "Ready")
	server.Allow(t, namespace, "app", rule("configmaps", "*"))
	denied := func() bool {
		return slices.Contains(product.Conditions(server.Instance(t, namespace, a.instance)), "Ready=False AccessDenied")
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end) && !denied(); { // an answer counts for a minute
		server.Run(t, "reconcile", a.instance, "-n", namespace)
		time.Sleep(5 * time.Second)
	}
	a.await("False", "AccessDenied")
	o := server.Get(t, "v1", "Secret", namespace, "credentials")
	o.Object["stringData"] = map[string]any{"password": "second-0451"}
	require.NoError(t, server.Client.Update(t.Context(), o))
	server.Run(t, "reconcile", a.instance, "-n", namespace)
	a.await("False", "AccessDenied")
	assert.Equal(t, map[string]any{"password": "first-0451"}, data(t, namespace, "made"), "nothing is torn down for that")
	hidden(t, a, "first-0451", "second-0451")
}

// building makes one object, which live applies unless the trigger says skip.
func building(apiVersion, kind, body string) string {
	return `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: build}
spec:
  crdRef: {apiGroup: tenancy.example.com, version: v1, kind: Tenant}
  steps:
    - label: made
      ref: {kind: ResourceFunction, name: made}
      skipIf: =has(parent.spec.skip) && parent.spec.skip
      inputs: {namespace: =parent.metadata.namespace, spec: =parent.spec}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: made, annotations: {korender.dev/apply: live}}
spec:
  apiConfig: {apiVersion: ` + apiVersion + `, kind: ` + kind + `, name: made, namespace: =inputs.namespace}
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: ` + body + "\n"
}

// TestUnwritable has an account that may read, and nothing else, make an object.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, apiVersion, kind, body string
		group, resource, want        string
	}{
		{
			"config-map", "v1", "ConfigMap", "{data: {a: b}}", "", "configmaps",
			`ServiceAccount/NAMESPACE/app may not create ConfigMap/NAMESPACE/made: configmaps "made" is forbidden: ` +
				`User "system:serviceaccount:NAMESPACE:app" cannot patch resource "configmaps" in API group "" in the namespace "NAMESPACE"`,
		},
		{
			"secret", "v1", "Secret", "{data: {a: dW53cml0YWJsZS0wNDUx}}", "", "secrets",
			"ServiceAccount/NAMESPACE/app may not create Secret/NAMESPACE/made: grant it, or name another account",
		},
		{
			"deployment", "apps/v1", "Deployment",
			"{spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}}",
			"apps", "deployments",
			`ServiceAccount/NAMESPACE/app may not create Deployment/NAMESPACE/made (apps): deployments.apps "made" is forbidden: ` +
				`User "system:serviceaccount:NAMESPACE:app" cannot patch resource "deployments" in API group "apps" in the namespace "NAMESPACE"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			namespace := server.Namespace(t)
			all := rbacv1.PolicyRule{APIGroups: []string{c.group}, Resources: []string{c.resource}, Verbs: []string{"get"}}
			server.Allow(t, namespace, "app", all)
			a := deploy(t, namespace, source{settings: asApp, program: building(c.apiVersion, c.kind, c.body)})
			w := a.await("False", "AccessDenied")
			assert.Equal(t, in(namespace, c.want), message(t, w, "Ready"))
			assert.Equal(t, []string{"Ready=False AccessDenied", "Reconciling=True ProgressingWithRetry"}, product.Conditions(w))
			assert.False(t, server.Exists(t, c.apiVersion, c.kind, namespace, "made"))
			hidden(t, a, "unwritable-0451")

			if c.name != "config-map" { // it takes minutes, and one kind is as another
				return
			}
			all.Verbs = []string{"get", "create", "patch"}
			server.Allow(t, namespace, "app", all)
			a.eventually("True", "Ready")
			assert.True(t, server.Exists(t, c.apiVersion, c.kind, namespace, "made"))
			asAccount(t, namespace, "app")
			hidden(t, a, "unwritable-0451")
		})
	}
}
