// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The library of the platform: a ConfigMap for every Site.
const library = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: site-config}
      inputs: {site: =parent.metadata.name, namespace: =parent.metadata.namespace, hosts: =parent.spec.hosts}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.site + "-config", namespace: =inputs.namespace}
  resource:
    data:
      hosts: =inputs.hosts.map(h, h + ".example.com").join(" ")
`

// site is a trigger.
func site(name string, hosts ...string) string {
	return "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: " + name + ", namespace: NAMESPACE}\nspec: {hosts: [" + strings.Join(hosts, ", ") + "]}\n"
}

func hosts(text string) map[string]string { return map[string]string{"hosts": text} }

// TestSmoke goes from a commit to an object, and through a change.
func TestSmoke(t *testing.T) {
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("www.example.com"))
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "www", "blog")})
	a.pull("apps")
	a.data("blog-config", hosts("www.example.com blog.example.com"))
	a.ready(kustomizeVersion, "Kustomization", "site", "True", "")
}

// TestWalk is a day of an application: change, delete, break, fix, suspend, resume, and another library.
func TestWalk(t *testing.T) {
	t.Parallel()
	a := newApp(t, map[string]string{
		"site/blog.yaml": site("blog", "www"), "site/shop.yaml": site("shop", "shop"),
	}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("www.example.com"))
	a.data("shop-config", hosts("shop.example.com"))
	first := a.rendered("site", "True", "Succeeded")
	a.published(first)
	a.ready(kustomizeVersion, "Kustomization", "site", "True", "")

	t.Log("a change of nothing that counts publishes nothing new, but the origin is told")
	commit := a.push(a.apps, map[string]string{"readme.md": "read me"})
	a.pull("apps")
	a.until("the origin "+commit, func() bool {
		return strings.HasSuffix(origin(a.get(sourceVersion, "ExternalArtifact", "site")), commit)
	}, func() any { return origin(a.get(sourceVersion, "ExternalArtifact", "site")) })
	revision, digest, _ := artifact(first)
	again, same, _ := artifact(a.get(sourceVersion, "ExternalArtifact", "site"))
	assert.Equal(t, revision, again)
	assert.Equal(t, digest, same)

	t.Log("a change, and a trigger that goes")
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "www", "blog"), "site/shop.yaml": ""})
	a.pull("apps")
	a.data("blog-config", hosts("www.example.com blog.example.com"))
	a.data("shop-config", nil)
	good := a.rendered("site", "True", "Succeeded")

	t.Log("broken: nothing is published, nothing is pruned, and the message says what to do")
	a.push(a.apps, map[string]string{"site/blog.yaml": strings.Replace(site("blog", "www"), "hosts", "host", 1)})
	a.pull("apps")
	broken := a.rendered("site", "False", "RenderFailed")
	stalled, _, message := condition(broken, "Stalled")
	assert.Equal(t, "True", stalled)
	assert.Contains(t, message, "GitRepository/"+a.namespace+"/apps path site cannot be rendered: ")
	assert.Contains(t, message, "GitRepository/"+a.namespace+"/platform//lib/site.k.yaml:10:")
	assert.Contains(t, message, "; the artifact published before stays")
	a.samePublished(good)
	a.holds("blog-config", hosts("www.example.com blog.example.com"))

	t.Log("an empty render is broken, too")
	a.push(a.apps, map[string]string{"site/blog.yaml": "# nothing\n"})
	a.pull("apps")
	a.until("a message about emptiness", func() bool {
		_, _, message := condition(a.get(ownVersion, "RenderedArtifact", "site"), "Ready")
		return strings.Contains(message, "the output is empty")
	}, func() any { return objectOf(a.get(ownVersion, "RenderedArtifact", "site"))["status"] })
	a.samePublished(good)
	a.holds("blog-config", hosts("www.example.com blog.example.com"))

	t.Log("fixed")
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "www")})
	a.pull("apps")
	a.data("blog-config", hosts("www.example.com"))
	assert.Empty(t, stalledOf(a.rendered("site", "True", "Succeeded")))

	t.Log("suspended and resumed")
	a.patch(ownVersion, "RenderedArtifact", "site", map[string]any{"spec": map[string]any{"suspend": true}})
	commit = a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "later")})
	a.pull("apps")
	a.until("the source at "+commit, func() bool {
		revision, _, _ := artifact(a.get(sourceVersion, "GitRepository", "apps"))
		return strings.HasSuffix(revision, commit)
	}, func() any { return a.get(sourceVersion, "GitRepository", "apps") })
	time.Sleep(2 * time.Second)
	a.holds("blog-config", hosts("www.example.com"))
	a.patch(ownVersion, "RenderedArtifact", "site", map[string]any{"spec": map[string]any{"suspend": nil}})
	a.data("blog-config", hosts("later.example.com"))

	t.Log("a library of another repository changes")
	a.push(a.platform, map[string]string{"lib/site.k.yaml": strings.ReplaceAll(library, ".example.com", ".example.org")})
	a.pull("platform")
	a.data("blog-config", hosts("later.example.org"))

	t.Log("deleted: what was published goes, and nobody prunes because of it")
	require.NoError(t, flux.Client.Delete(t.Context(), a.object(ownVersion, "RenderedArtifact", "site")))
	a.until("the end", func() bool {
		return a.get(ownVersion, "RenderedArtifact", "site") == nil && a.get(sourceVersion, "ExternalArtifact", "site") == nil
	}, func() any { return a.get(sourceVersion, "ExternalArtifact", "site") })
	a.request(kustomizeVersion, "Kustomization", "site")
	a.ready(kustomizeVersion, "Kustomization", "site", "False", "")
	a.holds("blog-config", hosts("later.example.org"))
}

// published checks the ExternalArtifact: what Flux asks of it, and what `flux trace` follows.
func (a *app) published(rendered *unstructured.Unstructured) {
	a.t.Helper()
	external := a.get(sourceVersion, "ExternalArtifact", "site")
	require.NotNil(a.t, external)
	spec, _, _ := unstructured.NestedMap(external.Object, "spec", "sourceRef")
	assert.Equal(a.t, map[string]any{"apiVersion": ownVersion, "kind": "RenderedArtifact", "name": "site", "namespace": a.namespace}, spec)
	owners := external.GetOwnerReferences()
	require.Len(a.t, owners, 1)
	assert.Equal(a.t, rendered.GetUID(), owners[0].UID)
	want, _, _ := unstructured.NestedMap(rendered.Object, "status", "artifact")
	got, _, _ := unstructured.NestedMap(external.Object, "status", "artifact")
	assert.Equal(a.t, want, got)
	revision, _, _ := artifact(external)
	assert.Regexp(a.t, `^latest@sha256:[0-9a-f]{64}$`, revision)
	source, _, _ := artifact(a.get(sourceVersion, "GitRepository", "apps"))
	assert.Equal(a.t, source, origin(external))
	status, reason, _ := condition(external, "Ready")
	assert.Equal(a.t, "True Succeeded", status+" "+reason)
}

func origin(o *unstructured.Unstructured) string {
	text, _, _ := unstructured.NestedString(objectOf(o), "status", "artifact", "metadata", "org.opencontainers.image.revision")
	return text
}

func stalledOf(o *unstructured.Unstructured) string {
	status, _, _ := condition(o, "Stalled")
	return status
}

// samePublished checks that consumers have what they had.
func (a *app) samePublished(before *unstructured.Unstructured) {
	a.t.Helper()
	revision, _, _ := artifact(before)
	now, _, url := artifact(a.get(sourceVersion, "ExternalArtifact", "site"))
	assert.Equal(a.t, revision, now)
	assert.NoError(a.t, fetched(a.t, url))
}

// holds checks that a ConfigMap is as it was, and stays so when Flux looks again.
func (a *app) holds(name string, want map[string]string) {
	a.t.Helper()
	a.request(kustomizeVersion, "Kustomization", "site")
	time.Sleep(time.Second)
	o := a.get("v1", "ConfigMap", name)
	require.NotNil(a.t, o, "ConfigMap %s was pruned", name)
	got, _, _ := unstructured.NestedStringMap(o.Object, "data")
	assert.Equal(a.t, want, got)
}
