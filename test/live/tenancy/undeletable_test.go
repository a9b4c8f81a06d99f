// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUndeletable has an account that may not delete prune an object, and tear one down: it stays, it is in the inventory,
// and the instance says why, until somebody allows it.
func TestUndeletable(t *testing.T) {
	t.Parallel()
	namespace := server.Namespace(t)
	server.Allow(t, namespace, "app", rule("configmaps", "get", "create", "patch"))
	a := deploy(t, namespace, source{settings: asApp, program: building("v1", "ConfigMap", "{data: {a: b}}"), spec: "{skip: false}"})
	a.await("True", "Ready")
	a.spec = "{skip: true}"
	a.apply()
	w := a.await("False", "AccessDenied")
	assert.Equal(t, in(namespace, `ServiceAccount/NAMESPACE/app may not delete ConfigMap/NAMESPACE/made: configmaps "made" is forbidden: `+
		`User "system:serviceaccount:NAMESPACE:app" cannot delete resource "configmaps" in API group "" in the namespace "NAMESPACE"`),
		message(t, w, "Ready"))
	require.Len(t, w.Status.Inventory, 1)
	assert.Equal(t, map[string]any{"a": "b"}, data(t, namespace, "made"))

	server.Allow(t, namespace, "app", rule("configmaps", "get", "create", "patch", "delete"))
	w = a.eventually("True", "Skip")
	assert.Nil(t, data(t, namespace, "made"))
	assert.Empty(t, w.Status.Inventory)
}
