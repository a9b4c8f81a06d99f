// SPDX-License-Identifier: Apache-2.0

package operation

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// TestStaleReadiness has git apply a new spec while the status still says ready for the old one: live waits.
func TestStaleReadiness(t *testing.T) {
	namespace := server.Tenant(t)
	manifests := chains(t, namespace, 1, "one")
	server.ApplyAll(t, manifests)
	deal(t, namespace, "one", "old")
	awaitValue(t, namespace, "one", "old")
	name := instanceName(t, manifests)
	server.Await(t, namespace, name, "Ready", "True", "Ready")

	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	server.ApplyAll(t, chains(t, namespace, 2, "one"))
	w := server.Await(t, namespace, name, "Ready", "Unknown", "Wait")
	server.Quiet(t, namespace, 2*time.Second)
	assert.Empty(t, objectWrites(t, from, namespace), "live acts upon an old status\n%s", product.Describe(w))
	deal(t, namespace, "one", "new")
	awaitValue(t, namespace, "one", "new")
	server.Await(t, namespace, name, "Ready", "True", "Ready")
}

// objectWrites are what live wrote, save to instances.
func objectWrites(t *testing.T, from plane.Mark, namespace string) []string {
	t.Helper()
	var out []string
	for _, r := range server.Writes(t, from, namespace) {
		if r.Object.Resource != "workflowinstances" {
			out = append(out, r.Verb+" "+r.Object.String())
		}
	}
	return out
}

// TestSuspend has a suspended instance do nothing, and a resumed one catch up.
func TestSuspend(t *testing.T) {
	namespace := server.Tenant(t)
	manifests := chains(t, namespace, 1, "one")
	name := instanceName(t, manifests)
	server.ApplyAll(t, manifests)
	deal(t, namespace, "one", "a")
	awaitValue(t, namespace, "one", "a")
	server.Run(t, "suspend", "-n", namespace, name)
	server.Quiet(t, namespace, time.Second)
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	deal(t, namespace, "one", "b")
	time.Sleep(3 * time.Second)
	assert.Empty(t, objectWrites(t, from, namespace), "a suspended instance acts")
	server.Run(t, "resume", "-n", namespace, name)
	awaitValue(t, namespace, "one", "b")
}

// TestRequestedAt runs an instance because somebody asks for it, and says so.
func TestRequestedAt(t *testing.T) {
	namespace := server.Tenant(t)
	manifests := chains(t, namespace, 1, "one")
	name := instanceName(t, manifests)
	server.ApplyAll(t, manifests)
	deal(t, namespace, "one", "a")
	server.Await(t, namespace, name, "Ready", "True", "Ready")
	request(t, namespace, name, "token-1")
	handled := product.Eventually(t, func() bool {
		return server.Instance(t, namespace, name).Status.LastHandledReconcileAt == "token-1"
	})
	assert.True(t, handled)
}

func request(t *testing.T, namespace, name, token string) {
	t.Helper()
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	o.SetNamespace(namespace)
	o.SetName(name)
	patch := `{"metadata":{"annotations":{"` + v1alpha1.ReconcileRequestAnnotation + `":"` + token + `"}}}`
	require.NoError(t, server.Client.Patch(t.Context(), o, client.RawPatch(types.MergePatchType, []byte(patch))))
}

// TestKilled kills the controller at ten points of its work, some milliseconds apart, and starts it again: nothing is
// lost, doubled or pruned.
func TestKilled(t *testing.T) {
	namespace := server.Tenant(t)
	names := []string{"one", "two", "three"}
	server.ApplyAll(t, chains(t, namespace, 1, names...))
	for _, name := range names {
		deal(t, namespace, name, "0")
		awaitValue(t, namespace, name, "0")
	}
	before, from := uids(t, namespace), mark(t)
	for round := range 10 {
		value := strconv.Itoa(round + 1)
		for _, name := range names {
			deal(t, namespace, name, value)
		}
		wait := time.Duration(rand.IntN(1500)) * time.Millisecond
		time.Sleep(wait)
		live.Kill()
		t.Logf("killed %v after the change", wait)
		restart(t)
	}
	for _, name := range names {
		awaitValue(t, namespace, name, "10")
	}
	server.Quiet(t, namespace, 2*time.Second)
	assert.Equal(t, before, uids(t, namespace), "objects, with their uids")
	for _, line := range objectWrites(t, from, namespace) {
		assert.False(t, strings.HasPrefix(line, "delete"), line)
	}
}

func mark(t *testing.T) plane.Mark {
	t.Helper()
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	return from
}

func restart(t *testing.T, flags ...string) {
	t.Helper()
	var err error
	live, err = server.Start(t.Context(), flags...)
	require.NoError(t, err)
}

// uids are those of all ConfigMaps and instances in a namespace.
func uids(t *testing.T, namespace string) map[string]types.UID {
	t.Helper()
	out := map[string]types.UID{}
	for version, kind := range map[string]string{"v1": "ConfigMap", v1alpha1.GroupVersion.String(): v1alpha1.Kind} {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion(version)
		list.SetKind(kind)
		require.NoError(t, server.Client.List(t.Context(), list, client.InNamespace(namespace)))
		for i := range list.Items {
			out[kind+"/"+list.Items[i].GetName()] = list.Items[i].GetUID()
		}
	}
	return out
}

// TestGracefulStop asks the controller to end.
func TestGracefulStop(t *testing.T) {
	took, err := live.Stop()
	restart(t)
	require.NoError(t, err)
	t.Logf("the controller stopped in %v", took)
	assert.Less(t, took, 30*time.Second)
}

// TestLeaderElection runs two controllers: one acts, and when it ends the other goes on.
func TestLeaderElection(t *testing.T) {
	live.Kill()
	flags := []string{
		"--enable-leader-election", "--leader-election-lease-duration", "4s",
		"--leader-election-renew-deadline", "3s", "--leader-election-retry-period", "1s",
	}
	restart(t, flags...)
	second, err := server.Launch(flags...)
	require.NoError(t, err)
	namespace := server.Tenant(t)
	server.ApplyAll(t, chains(t, namespace, 1, "one"))
	deal(t, namespace, "one", "a")
	awaitValue(t, namespace, "one", "a")
	runs, err := second.Metric(t.Context(), "controller_runtime_reconcile_total", "workflowinstance")
	require.NoError(t, err)
	assert.Zero(t, runs, "the second controller works beside the leader")
	live.Kill()
	live = second
	deal(t, namespace, "one", "b")
	awaitValue(t, namespace, "one", "b")
	live.Kill()
	restart(t)
}
