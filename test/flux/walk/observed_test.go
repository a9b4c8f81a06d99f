// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestObserved reads what operators see: events with their revisions, and the metrics that all controllers of Flux have.
func TestObserved(t *testing.T) {
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	good := a.rendered("site", "True", "Succeeded")
	revision, _, _ := artifact(good)
	a.push(a.apps, map[string]string{"site/blog.yaml": "kind: ["})
	a.pull("apps")
	broken := a.rendered("site", "False", "RenderFailed")
	_, _, message := condition(broken, "Ready")

	metadata := map[string]string{"korender.dev/revision": revision, "korender.dev/originRevision": origin(good)}
	_, _, succeeded := condition(good, "Ready")
	want := map[string]string{"Normal NewArtifact": succeeded, "Warning RenderFailed": message}
	got := map[string]string{}
	a.until("two events", func() bool {
		list := &corev1.EventList{}
		require.NoError(t, flux.Client.List(t.Context(), list, client.InNamespace(a.namespace)))
		for _, e := range list.Items {
			if e.InvolvedObject.Kind != "RenderedArtifact" || e.Reason == "SourceNotReady" {
				continue
			}
			got[e.Type+" "+e.Reason] = e.Message
			assert.Equal(t, metadata, e.Annotations, e.Reason)
			assert.Equal(t, "korender-flux", e.Source.Component)
		}
		return len(got) == len(want)
	}, func() any { return got })
	assert.Equal(t, want, got)

	response, err := http.Get(korender.Metrics) //nolint:noctx // of our own controller
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Contains(t, string(text), `gotk_reconcile_duration_seconds_count{kind="RenderedArtifact",name="site",namespace="`+a.namespace+`"}`)
	assert.True(t, strings.Contains(string(text), `controller_runtime_reconcile_total{controller="renderedartifact"`))
}
