// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSourcesRestart stops source-controller, and with it the server of its artifacts: what was published stays, and
// everything goes on by itself when it is back.
func TestSourcesRestart(t *testing.T) {
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("www.example.com"))
	good := a.rendered("site", "True", "Succeeded")

	flux.StopSources()
	a.request(ownVersion, "RenderedArtifact", "site")
	_, _, message := condition(a.rendered("site", "False", "ArtifactFailed"), "Ready")
	assert.Contains(t, message, "fetch the artifact of GitRepository/"+a.namespace+"/apps, revision ")
	assert.Contains(t, message, "connection refused; it is tried again: can korender-flux reach this address")
	t.Log(message)
	a.samePublished(good)
	a.holds("blog-config", hosts("www.example.com"))

	require.NoError(t, flux.RestartSources(t.Context()))
	a.rendered("site", "True", "Succeeded")
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "again")})
	a.pull("apps")
	a.data("blog-config", hosts("again.example.com"))
}
