// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/test/live/product"
)

// TestRotated changes a Secret from which a ConfigMap is built: neither the new value nor the one before is told, although
// the difference is between just these two.
func TestRotated(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	p := plant(t, namespace)
	l := leak{use: making(madeConfigMap + "  resource: {data: {password: =inputs.password, raw: =inputs.raw}}\n")}
	a := deploy(t, namespace, source{settings: "triggers: emit\n", program: l.program()})
	a.await("True", "Ready")
	o := server.Get(t, "v1", "Secret", namespace, "credentials")
	o.Object["stringData"] = map[string]any{"password": "rotated-" + namespace}
	require.NoError(t, server.Client.Update(t.Context(), o))
	require.True(t, product.Eventually(t, func() bool { return data(t, namespace, "made")["password"] == "rotated-"+namespace }))
	a.await("True", "Ready")
	hidden(t, a, append(p.all(), "rotated-"+namespace)...)
	assert.Equal(t, "rotated-"+namespace, data(t, namespace, "made")["password"])
}
