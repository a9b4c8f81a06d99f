// SPDX-License-Identifier: Apache-2.0

package plane_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
)

var server *plane.Plane

func TestMain(m *testing.M) {
	plane.Main(m, func(_ context.Context, p *plane.Plane) (func() error, error) {
		server = p
		return nil, nil
	})
}

// TestAudit counts what is done, and by whom.
func TestAudit(t *testing.T) {
	t.Parallel()
	ctx, namespace := t.Context(), server.Namespace(t)
	from, err := server.Audit.Now(ctx)
	require.NoError(t, err)
	c := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "one"}}
	require.NoError(t, server.Client.Create(ctx, c))
	require.NoError(t, server.Client.Delete(ctx, c, client.DryRunAll))
	require.Error(t, server.Client.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "one"}}))
	require.NoError(t, server.Client.Delete(ctx, c))

	found, err := server.Audit.Since(ctx, from, func(r plane.Request) bool { return r.Object.Name == "one" })
	require.NoError(t, err)
	type line struct {
		what, user      string
		writes, deletes bool
	}
	var got []line
	for _, r := range found {
		got = append(got, line{r.Verb + " " + r.Object.String(), r.User + " by " + r.UserAgent, r.Writes(), r.Deletes()})
	}
	path := "configmaps/" + namespace + "/one"
	assert.Equal(t, []line{
		{"create " + path, "admin by test", true, false},
		{"delete " + path, "admin by test", false, true},
		{"create " + path, "admin by test", false, false},
		{"delete " + path, "admin by test", true, true},
	}, got)
}

// TestKinds has our own kind served.
func TestKinds(t *testing.T) {
	t.Parallel()
	assert.False(t, server.Exists(t, v1alpha1.GroupVersion.String(), v1alpha1.Kind, server.Namespace(t), "none"))
}
