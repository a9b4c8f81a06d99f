// SPDX-License-Identifier: Apache-2.0

package storms

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// configMap builds two fields of data.
const configMap = `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource: {data: {mode: =inputs.spec.mode, other: =inputs.spec.other}}
`

// TestAdmission has an admission policy put a field back at each write: two writes, and then no more, until the target is
// what admission wants.
func TestAdmission(t *testing.T) {
	t.Parallel()
	a := &app{T: t, namespace: server.Tenant(t), function: configMap, kind: [2]string{"v1", "ConfigMap"}}
	force(t, a.namespace)
	a.change("{mode: mine, other: one}")
	a.notConverging("it differs again after every write: 'data' -> 'mode'")
	a.calm()
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
	assert.Equal(t, `{"mode":"forced","other":"one"}`, a.field("data"))

	// Another target is written, be the difference in the same field: at most twice again.
	from := a.mark()
	a.change("{mode: mine, other: two}")
	a.until(func() bool { return a.field("data", "other") == `"two"` }, "another field of the target")
	a.notConverging("it differs again after every write: 'data' -> 'mode'")
	a.calm()
	assert.LessOrEqual(t, len(a.writes(from)), 2)

	from = a.mark()
	a.change("{mode: forced, other: two}")
	a.ready()
	a.calm()
	assert.LessOrEqual(t, len(a.writes(from)), 1)
	assert.Equal(t, `{"mode":"forced","other":"two"}`, a.field("data"))
}

// force has admission write a field of all ConfigMaps that live makes in a namespace.
func force(t *testing.T, namespace string) {
	t.Helper()
	const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: %[1]s}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE]}]
  matchConditions: [{name: ours, expression: "'mode' in object.data"}]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration: {expression: "Object{data: {'mode': 'forced'}}"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: %[1]s}
spec: {policyName: %[1]s}
`
	objects, err := plane.Objects(fmt.Appendf(nil, policy, namespace))
	require.NoError(t, err)
	for _, o := range objects {
		require.NoError(t, server.Apply(t.Context(), o))
		t.Cleanup(func() {
			require.NoError(t, server.Client.Delete(context.WithoutCancel(t.Context()), o))
		})
	}
	// It is in force some time later.
	probe, err := plane.Objects([]byte("{apiVersion: v1, kind: ConfigMap, metadata: {name: probe}, data: {mode: mine}}"))
	require.NoError(t, err)
	probe[0].SetNamespace(namespace)
	require.True(t, product.Eventually(t, func() bool {
		require.NoError(t, server.Apply(t.Context(), probe[0]))
		mode, _, err := unstructured.NestedString(server.Get(t, "v1", "ConfigMap", namespace, "probe").Object, "data", "mode")
		require.NoError(t, err)
		return mode == "forced"
	}), "the policy is never in force")
}

// TestScaler has somebody scale a Deployment all the time, as an autoscaler does.
func TestScaler(t *testing.T) {
	t.Parallel()
	const function = `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec:
      replicas: =inputs.spec.replicas
      selector: {matchLabels: {app: made}}
      template:
        metadata: {labels: {app: made}}
        spec: {containers: [{name: app, image: example.com/app}]}
`
	a := deploy(t, "apps/v1", "Deployment", function, "{replicas: 1}")
	a.ready()
	stop, scaled := a.scale()
	a.notConverging("it differs again after every write: 'spec' -> 'replicas'")
	assert.LessOrEqual(t, len(a.writes(0)), 2)
	from, before := a.mark(), scaled.Load()
	a.until(func() bool { return scaled.Load() >= before+20 }, "the scaler goes on")
	assert.Empty(t, a.writes(from))
	stop()
	a.calm()
	assert.LessOrEqual(t, len(a.writes(0)), 2)
	a.notConverging("it differs again after every write: 'spec' -> 'replicas'")

	// What is as it should be is ready, whoever made it so.
	require.NoError(t, a.merge(`{"spec":{"replicas":1}}`))
	a.ready()
	a.calm()
	assert.LessOrEqual(t, len(a.writes(0)), 2)
}

// TestScalerAlone has the same with a target that says nothing of the field.
func TestScalerAlone(t *testing.T) {
	t.Parallel()
	a := deploy(t, "apps/v1", "Deployment", `
  create: {delay: 1}
  update: {patch: {delay: 1}}
  resource:
    spec:
      selector: {matchLabels: {app: made}}
      template:
        metadata: {labels: {app: made}}
        spec: {containers: [{name: app, image: =inputs.spec.image}]}
`, "{image: example.com/app}")
	a.ready()
	stop, scaled := a.scale()
	a.until(func() bool { return scaled.Load() >= 10 }, "the scaler runs")
	stop()
	a.calm()
	assert.Equal(t, []string{"patch"}, a.writes(0))
	before := a.field("spec", "replicas")
	a.change("{image: example.com/app:2}")
	a.until(func() bool { return items(a, "containers")[0]["image"] == "example.com/app:2" }, "the new image")
	a.ready()
	a.calm()
	assert.Equal(t, []string{"patch", "patch"}, a.writes(0))
	assert.Equal(t, before, a.field("spec", "replicas"))
}

// scale scales the object to another number every half second until it is stopped. It counts how often it did.
func (a *app) scale() (stop func(), scaled *atomic.Int64) {
	scaled = &atomic.Int64{}
	ended, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			n := scaled.Load()
			if err := a.merge(fmt.Sprintf(`{"spec":{"replicas":%d}}`, 3+n%4)); err != nil {
				done <- err
				return
			}
			scaled.Add(1)
			select {
			case <-ended:
				done <- nil
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return func() { close(ended); require.NoError(a, <-done) }, scaled
}

// TestTwoFields has somebody change one field of two, and then the other: two differences, each of which is written away.
func TestTwoFields(t *testing.T) {
	t.Parallel()
	a := deploy(t, "v1", "ConfigMap", configMap, "{mode: mine, other: one}")
	a.ready()
	for _, field := range []string{"mode", "other"} {
		require.NoError(t, a.merge(`{"data":{"`+field+`":"theirs"}}`))
		a.until(func() bool { return a.field("data") == `{"mode":"mine","other":"one"}` }, field)
		a.ready()
	}
	a.calm()
	assert.Equal(t, []string{"patch", "patch", "patch"}, a.writes(0))
}
