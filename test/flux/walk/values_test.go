// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/plane"
)

// rounds is how often a value changes, in both ways.
const rounds = 10

// seen is a Kustomization that has a value of a ConfigMap, and what it applies.
const seen = `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  interval: 1h
  retryInterval: 1s
  prune: true
  path: ./NAME
  sourceRef: {kind: GitRepository, name: platform}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: FROM}]}
`

// TestValues: a deferred value makes its Kustomization wait, and reaches another one when it is there. Of that time, ours
// is from the status that holds the value to the ConfigMap; the rest is Flux's own, as a ConfigMap written by hand shows.
func TestValues(t *testing.T) {
	a := newApp(t, base.files(), map[string]string{
		"lib/none.yaml":      nothing["lib/none.yaml"],
		"exported/seen.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: exported-seen, namespace: NAMESPACE}\ndata: {host: \"${host}\"}\n",
		"hand/seen.yaml":     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hand-seen, namespace: NAMESPACE}\ndata: {host: \"${host}\"}\n",
	})
	a.byHand("first")
	for name, from := range map[string]string{"exported": "stack-values", "hand": "by-hand"} {
		a.install(strings.NewReplacer("NAME,", name+",", "./NAME", "./"+name, "FROM", from).Replace(seen))
	}
	a.until("Address main", func() bool { return a.get(handoverVersion, "Address", "main") != nil },
		func() any { return objectOf(a.get(ownVersion, "RenderedArtifact", "site"))["status"] })
	a.until("a Kustomization that waits for its instance", func() bool {
		status, reason, _ := condition(a.get(kustomizeVersion, "Kustomization", "site"), "Ready")
		return status == "Unknown" && reason == "Progressing" || status == "False" && reason == "HealthCheckFailed"
	}, func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
	a.address(addressIP)
	a.settle(base)
	a.data("stack-values", map[string]string{"host": addressIP})
	a.data("exported-seen", map[string]string{"host": addressIP})
	a.data("hand-seen", map[string]string{"host": "first"})

	from, err := flux.Audit.Now(t.Context())
	require.NoError(t, err)
	for i := range rounds {
		time.Sleep(1100 * time.Millisecond) // update.patch.delay of what the Workflow makes of the value
		ip := fmt.Sprintf("10.1.1.%d", i+1)
		a.address(ip)
		a.data("exported-seen", map[string]string{"host": ip})
		a.byHand(ip)
		a.data("hand-seen", map[string]string{"host": ip})
	}
	a.measured(from)
}

// byHand writes a ConfigMap as live does when it exports.
func (a *app) byHand(host string) {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"host": host},
		"metadata": map[string]any{"name": "by-hand", "labels": map[string]any{"reconcile.fluxcd.io/watch": "Enabled"}},
	})
	require.NoError(a.t, err)
	o := a.object("v1", "ConfigMap", "by-hand")
	require.NoError(a.t, flux.Client.Patch(a.t.Context(), o, client.RawPatch(types.ApplyPatchType, text), client.FieldOwner("test")))
}

// measured tells from the log of the API server where the time went.
func (a *app) measured(from plane.Mark) {
	a.t.Helper()
	status := a.writes(from, "addresses", "main", "status")
	exported := a.writes(from, "configmaps", "stack-values", "")
	applied := a.writes(from, "configmaps", "exported-seen", "")
	hand := a.writes(from, "configmaps", "by-hand", "")
	handApplied := a.writes(from, "configmaps", "hand-seen", "")
	ours, flux, whole, floor := between(status, exported), between(exported, applied), between(status, applied), between(hand, handApplied)
	a.t.Logf("a value was exported %v after the status that holds it, and another Kustomization had applied it %v later: %v in all, "+
		"the slowest %v (medians of %d). A ConfigMap written by hand was applied after %v",
		ours[rounds/2], flux[rounds/2], whole[rounds/2], whole[rounds-1], rounds, floor[rounds/2])
	assert.Less(a.t, ours[rounds/2], floor[rounds/2], "ours is to be less than what Flux itself takes")
	assert.Less(a.t, whole[rounds/2], time.Second)
}

// writes are the times of the accepted writes of one object, one a round.
func (a *app) writes(from plane.Mark, resource, name, subresource string) []time.Time {
	a.t.Helper()
	found, err := flux.Audit.Since(a.t.Context(), from, func(r plane.Request) bool {
		o := r.Object
		return r.Writes() && o.Namespace == a.namespace && o.Resource == resource && o.Name == name && o.Subresource == subresource
	})
	require.NoError(a.t, err)
	require.Len(a.t, found, rounds, "writes of %s %s", resource, name)
	var out []time.Time
	for _, r := range found {
		out = append(out, r.Received)
	}
	return out
}

// between are the times between writes, the shortest first.
func between(from, to []time.Time) []time.Duration {
	var out []time.Duration
	for i := range from {
		out = append(out, to[i].Sub(from[i]).Round(time.Millisecond))
	}
	slices.Sort(out)
	return out
}
