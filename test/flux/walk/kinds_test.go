// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/test/live/product"
)

// TestKinds renders sources of the other kinds, and changes what is in them.
func TestKinds(t *testing.T) {
	t.Parallel()
	for kind, offer := range map[string]func(*app, string){
		"OCIRepository":    (*app).offerImage,
		"Bucket":           (*app).offerBucket,
		"ExternalArtifact": (*app).offerRendered,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, map[string]string{"site/blog.yaml": site("unused", "unused")}, map[string]string{"lib/site.k.yaml": library})
			offer(a, a.filled(site("blog", "www")))
			a.patch(ownVersion, "RenderedArtifact", "site", map[string]any{"spec": map[string]any{
				"sourceRef": map[string]any{"kind": kind, "name": "other"}, "path": nil,
			}})
			a.data("blog-config", hosts("www.example.com"))
			a.data("unused-config", nil)
			offer(a, a.filled(site("blog", "other")))
			a.data("blog-config", hosts("other.example.com"))
			a.ready(kustomizeVersion, "Kustomization", "site", "True", "")
			revision, _, _ := artifact(a.get(sourceVersion, kind, "other"))
			assert.NotEmpty(t, revision)
			assert.Equal(t, revision, origin(a.get(sourceVersion, "ExternalArtifact", "site")), "the origin is the revision of the source")
		})
	}
}

// offerImage pushes a file as an OCI artifact, with the command flux.
func (a *app) offerImage(text string) {
	a.t.Helper()
	dir := product.Folder(a.t, a.namespace, map[string]string{"blog.yaml": text})
	a.pushImage("apps", dir)
	a.watchImage("other", "apps")
}

// pushImage pushes a folder as an artifact, and names it latest, as the README has it.
func (a *app) pushImage(name, dir string) {
	a.t.Helper()
	image := "oci://" + a.image(name) + ":" + a.head()[:7]
	_, err := flux.Flux(a.t.Context(), "push", "artifact", image, "--path="+dir,
		"--source="+a.apps.URL, "--revision=main@sha1:"+a.head(), "--insecure-registry")
	require.NoError(a.t, err)
	_, err = flux.Flux(a.t.Context(), "tag", "artifact", image, "--tag", "latest")
	require.NoError(a.t, err)
}

func (a *app) image(name string) string { return flux.Stores.Registry + "/" + a.namespace + "/" + name }

// watchImage makes an OCIRepository of an artifact, and has it looked at.
func (a *app) watchImage(name, image string) {
	a.t.Helper()
	a.install(strings.NewReplacer("NAME,", name+",", "URL", "oci://"+a.image(image)).Replace(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: NAME, namespace: NAMESPACE}
spec: {url: "URL", insecure: true, interval: 1h, ref: {tag: latest}}
`))
	a.request(sourceVersion, "OCIRepository", name)
}

// offerBucket puts a file into a bucket.
func (a *app) offerBucket(text string) {
	a.t.Helper()
	require.NoError(a.t, flux.Stores.Put(a.t.Context(), a.namespace, "blog.yaml", text))
	a.install(strings.ReplaceAll(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: Bucket
metadata: {name: other, namespace: NAMESPACE}
spec: {bucketName: NAMESPACE, endpoint: "ENDPOINT", insecure: true, interval: 1h}
`, "ENDPOINT", flux.Stores.Buckets))
	a.request(sourceVersion, "Bucket", "other")
}

// offerRendered has another RenderedArtifact publish a file: what it renders to are triggers.
func (a *app) offerRendered(text string) {
	a.t.Helper()
	a.push(a.apps, map[string]string{"triggers/blog.yaml": text})
	a.install(`
apiVersion: korender.dev/v1alpha1
kind: RenderedArtifact
metadata: {name: other, namespace: NAMESPACE}
spec:
  interval: 1h
  sourceRef: {kind: GitRepository, name: apps}
  path: ./triggers
`)
	a.pull("apps")
}

// TestCommands is what a user does with the command flux: trace an object to where it comes from; and, without our
// controller, render in a pipeline and push.
func TestCommands(t *testing.T) {
	t.Parallel()
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	a.data("blog-config", hosts("www.example.com"))
	a.ready(kustomizeVersion, "Kustomization", "site", "True", "")
	traced, err := flux.Flux(t.Context(), "trace", "configmap", "blog-config", "-n", a.namespace)
	require.NoError(t, err)
	external := a.get(sourceVersion, "ExternalArtifact", "site")
	revision, _, _ := artifact(external)
	t.Log(traced)
	for _, line := range []string{
		"Object:          ConfigMap/blog-config", "Kustomization:   site", "ExternalArtifact:site",
		"Source:          RenderedArtifact/" + a.namespace + "/site", "Revision:        " + revision, origin(external),
	} {
		assert.Contains(t, traced, line)
	}

	dir := product.Folder(t, a.namespace, map[string]string{"site/blog.yaml": site("pushed", "one"), "lib/site.k.yaml": library})
	a.pushImage("pushed", a.renderTo(filepath.Join(dir, "site"), "--library", filepath.Join(dir, "lib")))
	a.watchImage("pushed", "pushed")
	a.install(`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pushed, namespace: NAMESPACE}
spec: {interval: 1h, retryInterval: 1s, prune: true, wait: true, sourceRef: {kind: OCIRepository, name: pushed}}
`)
	a.data("pushed-config", hosts("one.example.com"))
}
