// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKeyLeaves has a key leave the target: it vanishes, in one write, and the keys of others stay.
func TestKeyLeaves(t *testing.T) {
	t.Parallel()
	a := deploy(t, "v1", "ConfigMap", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {metadata: {labels: =inputs.spec.labels}, data: =inputs.spec.data}
`, "{labels: {team: a, tier: b}, data: {first: '1', second: '2'}}")
	a.ready()
	require.NoError(t, a.merge(`{"data":{"theirs":"3"},"metadata":{"labels":{"theirs":"yes"}}}`))
	a.calm()
	assert.Equal(t, []string{"patch"}, a.writes(0))

	a.change("{labels: {team: a}, data: {first: '1'}}")
	a.until(func() bool { return a.field("data") == `{"first":"1","theirs":"3"}` }, "the key is there")
	a.ready()
	a.calm()
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
	assert.Equal(t, `{"team":"a","theirs":"yes"}`, a.field("metadata", "labels"))

	// Nor does it come back.
	a.stays(rest)
	assert.Equal(t, `{"first":"1","theirs":"3"}`, a.field("data"))
	assert.True(t, a.mine())
}

// TestNull has a key turn into null: it is deleted, although somebody else set it.
func TestNull(t *testing.T) {
	t.Parallel()
	a := deploy(t, "v1", "ConfigMap", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {data: =inputs.spec.data}
`, "{data: {first: '1', gone: null}}")
	a.ready()
	require.NoError(t, a.merge(`{"data":{"gone":"back"}}`))
	a.until(func() bool { return a.field("data") == `{"first":"1"}` }, "the key is there")
	a.ready()
	a.calm()
	assert.Equal(t, `{"first":"1"}`, a.field("data"))

	// Somebody who sets it for ever is left alone.
	require.NoError(t, a.merge(`{"data":{"gone":"back"}}`))
	a.notConverging("it differs again after every write: 'data' -> 'gone'")
	from := a.mark()
	require.NoError(t, a.merge(`{"data":{"gone":"and back"}}`))
	a.calm()
	assert.Empty(t, a.writes(from))
}

const remade = `
  create: {delay: 1}
  update: {recreate: {delay: 1}}
  resource: {data: {mode: =inputs.spec.mode, other: =inputs.spec.other}}
`

// TestRecreate makes the object anew once for each target, and for no target again when others change it.
func TestRecreate(t *testing.T) {
	t.Parallel()
	a := deploy(t, "v1", "ConfigMap", remade, "{mode: mine, other: one}")
	first := a.ready()
	a.calm()
	assert.Equal(t, []string{"patch"}, a.writes(0))

	a.change("{mode: mine, other: two}")
	a.until(func() bool {
		return server.Exists(t, "v1", "ConfigMap", a.namespace, "made") && a.field("data", "other") == `"two"`
	}, "the object of the new target")
	second := a.ready()
	assert.NotEqual(t, first.GetUID(), second.GetUID())
	a.calm()
	assert.Equal(t, []string{"patch", "delete", "patch"}, a.writes(0))

	// It was made anew for this target: a change of somebody else is told, and left.
	require.NoError(t, a.merge(`{"data":{"mode":"theirs"}}`))
	a.notConverging("it was made anew for this target once, and differs again: 'data' -> 'mode'")
	require.NoError(t, a.merge(`{"data":{"mode":"theirs again"}}`))
	a.calm()
	assert.Equal(t, []string{"patch", "delete", "patch"}, a.writes(0))
	assert.Equal(t, second.GetUID(), a.object().GetUID())

	a.change("{mode: mine, other: three}")
	a.until(func() bool {
		return server.Exists(t, "v1", "ConfigMap", a.namespace, "made") && a.field("data") == `{"mode":"mine","other":"three"}`
	}, "the object of the third target")
	a.ready()
	a.calm()
	assert.Equal(t, []string{"patch", "delete", "patch", "delete", "patch"}, a.writes(0))
}

// TestRecreateInVain has admission change each new object: it is made anew once.
func TestRecreateInVain(t *testing.T) {
	t.Parallel()
	a := &app{T: t, namespace: server.Tenant(t), function: remade, kind: [2]string{"v1", "ConfigMap"}}
	force(t, a.namespace)
	a.change("{mode: mine, other: one}")
	a.notConverging("it was made anew for this target once, and differs again: 'data' -> 'mode'")
	a.calm()
	assert.Equal(t, []string{"patch", "delete", "patch"}, a.writes(0))
	a.stays(rest)
}
