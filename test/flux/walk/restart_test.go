// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestSourcesRestart stops source-controller, and with it the server of its artifacts: what was published stays, what was
// fetched can still be rendered, and everything goes on by itself when it is back.
func TestSourcesRestart(t *testing.T) {
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("www.example.com"))
	good := a.rendered("site", "True", "Succeeded")

	flux.StopSources()
	asked := time.Now().Format(time.RFC3339Nano)
	a.patch(ownVersion, "RenderedArtifact", "site", map[string]any{"metadata": map[string]any{
		"annotations": map[string]any{"reconcile.fluxcd.io/requestedAt": asked},
	}})
	a.until("a look without source-controller", func() bool {
		handled, _, _ := unstructured.NestedString(objectOf(a.get(ownVersion, "RenderedArtifact", "site")), "status", "lastHandledReconcileAt")
		return handled == asked
	}, func() any { return objectOf(a.get(ownVersion, "RenderedArtifact", "site"))["status"] })
	a.rendered("site", "True", "Succeeded")
	a.samePublished(good)
	a.holds("blog-config", hosts("www.example.com"))

	require.NoError(t, flux.RestartSources(t.Context()))
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "again")})
	a.pull("apps")
	a.data("blog-config", hosts("again.example.com"))
}
