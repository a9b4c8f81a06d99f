// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestStorageRefuses: what cannot be stored is not published.
func TestStorageRefuses(t *testing.T) {
	storage := t.TempDir()
	file := filepath.Join(storage, "renderedartifact")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	started(t, storage)
	p := newPlayed(t)
	p.offers("one", config(t, "one"))
	t.Log(p.ready("False", "StorageFailed", "; it is tried again: has the folder of --storage-path room?"))
	assert.Nil(t, p.published())
	require.NoError(t, os.Remove(file))
	p.ready("True", "Succeeded", "main@sha1:one")
	assert.Equal(t, "one", p.value(p.published()))
}

// TestRightsRefuse takes rights away: what stands stays, and whoever looks is told which right it is about.
func TestRightsRefuse(t *testing.T) {
	started(t, "")
	p := newPlayed(t)
	p.offers("one", config(t, "one"))
	p.ready("True", "Succeeded", "main@sha1:one")
	before := p.published()

	restore := without(t, "externalartifacts/status", "patch")
	p.offers("two", config(t, "two"))
	t.Log(p.ready("False", "PublishFailed", "write ExternalArtifact "+p.namespace+"/site: "))
	p.ready("False", "PublishFailed", "it is tried again: may korender-flux patch ExternalArtifacts and their status?; the artifact published before stays")
	assert.Equal(t, before, p.published())
	assert.Equal(t, "one", p.value(before))
	restore()
	p.ready("True", "Succeeded", "main@sha1:two")
	assert.Equal(t, "two", p.value(p.published()))

	restore = without(t, "externalartifacts", "delete")
	require.NoError(t, flux.Client.Delete(t.Context(), p.object(ownVersion, "RenderedArtifact", "site")))
	message := ""
	require.Eventually(t, func() bool {
		list := &corev1.EventList{}
		require.NoError(t, flux.Client.List(t.Context(), list, client.InNamespace(p.namespace)))
		for _, e := range list.Items {
			if e.Reason == "PublishFailed" && e.InvolvedObject.Kind == "RenderedArtifact" && e.CreationTimestamp.After(p.get(ownVersion, "RenderedArtifact", "site").GetDeletionTimestamp().Add(-time.Second)) {
				message = e.Message
			}
		}
		return message != ""
	}, 30*time.Second, 50*time.Millisecond)
	t.Log(message)
	assert.Contains(t, message, "delete ExternalArtifact "+p.namespace+"/site: ")
	assert.Contains(t, message, "; it is tried again, and until then this object stays")
	restore()
	require.Eventually(t, func() bool { return p.get(ownVersion, "RenderedArtifact", "site").GetUID() == "" }, 30*time.Second, 50*time.Millisecond)
	assert.Nil(t, p.published())
}

// without takes a right away from the controller until restore is called.
func without(t *testing.T, resource, verb string) (restore func()) {
	t.Helper()
	role := &rbacv1.ClusterRole{}
	require.NoError(t, flux.Client.Get(t.Context(), client.ObjectKey{Name: "korender-flux"}, role))
	whole := role.DeepCopy()
	taken := false
	for i := range role.Rules {
		if slices.Equal(role.Rules[i].Resources, []string{resource}) {
			role.Rules[i].Verbs = slices.DeleteFunc(role.Rules[i].Verbs, func(v string) bool { return v == verb })
			if taken = true; len(role.Rules[i].Verbs) == 0 {
				role.Rules[i].Verbs = []string{"get"} // a rule has one at least
			}
		}
	}
	require.True(t, taken)
	require.NoError(t, flux.Client.Update(t.Context(), role))
	restore = func() {
		role.Rules = whole.Rules
		require.NoError(t, flux.Client.Update(t.Context(), role))
	}
	t.Cleanup(func() {
		role.Rules = whole.Rules
		_ = flux.Client.Update(t.Context(), role) // it has been restored, unless the test has failed
	})
	return restore
}
