// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/flux/toolkit"
)

// The kinds of Flux, and ours.
const (
	sourceVersion = "source.toolkit.fluxcd.io/v1"
	ownVersion    = "korender.dev/v1alpha1"
)

// played is a source that the test plays, the object that renders it, and the controller that does.
type played struct {
	t         *testing.T
	namespace string
	server    *httptest.Server

	mu      sync.Mutex
	content map[string][]byte // by path
}

const rendered = `
apiVersion: korender.dev/v1alpha1
kind: RenderedArtifact
metadata: {name: site, namespace: NAMESPACE}
spec:
  interval: 1h
  retryInterval: 1s
  timeout: 20s
  sourceRef: {kind: GitRepository, name: apps}
`

// newPlayed makes a namespace with a source, of which nothing is there yet, and an object that renders it.
func newPlayed(t *testing.T) *played {
	t.Helper()
	p := &played{t: t, namespace: flux.Namespace(t), content: map[string][]byte{}}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	p.install(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: apps, namespace: NAMESPACE}
spec: {url: "http://localhost/none.git", interval: 1h}
`)
	p.install(rendered)
	return p
}

func (p *played) install(text string) {
	p.t.Helper()
	require.NoError(p.t, flux.Install(p.t.Context(), []byte(strings.ReplaceAll(text, "NAMESPACE", p.namespace))))
}

func (p *played) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	content, found := p.content[r.URL.Path]
	p.mu.Unlock()
	if !found {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(content) // a client that has gone wants nothing
}

// offers has the source say that it has an archive.
func (p *played) offers(revision string, archive []byte) {
	p.t.Helper()
	p.offersAs(revision, archive, digestOf(archive))
}

// offersAs is offers with a digest that may be wrong; without an archive, the server does not have it.
func (p *played) offersAs(revision string, archive []byte, digest string) {
	p.t.Helper()
	path := "/" + revision + ".tar.gz"
	if archive != nil {
		p.mu.Lock()
		p.content[path] = archive
		p.mu.Unlock()
	}
	p.says(revision, p.server.URL, digest)
}

// says has the source say that an archive of this digest is at a server.
func (p *played) says(revision, server, digest string) {
	p.t.Helper()
	path := "/" + revision + ".tar.gz"
	status := map[string]any{"status": map[string]any{"artifact": map[string]any{
		"path": path[1:], "url": server + path, "revision": "main@sha1:" + revision, "digest": digest,
		"lastUpdateTime": time.Now().UTC().Format(time.RFC3339),
	}}}
	text, err := json.Marshal(status)
	require.NoError(p.t, err)
	o := p.object(sourceVersion, "GitRepository", "apps")
	require.NoError(p.t, flux.Client.Status().Patch(p.t.Context(), o, client.RawPatch(types.MergePatchType, text)))
}

// packed is a gzipped archive of files.
func packed(t *testing.T, files map[string]string, more ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, h := range more {
		require.NoError(t, archive.WriteHeader(&h))
	}
	for name, text := range files {
		require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o600}))
		_, err := io.WriteString(archive, text)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return out.Bytes()
}

// config is a source with one ConfigMap.
func config(t *testing.T, value string, more ...tar.Header) []byte {
	t.Helper()
	return packed(t, map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: " + value + "}\n"}, more...)
}

func (p *played) object(version, kind, name string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(version)
	o.SetKind(kind)
	o.SetNamespace(p.namespace)
	o.SetName(name)
	return o
}

// get reads an object; its content is empty when it is not there.
func (p *played) get(version, kind, name string) *unstructured.Unstructured {
	p.t.Helper()
	o := p.object(version, kind, name)
	err := flux.Client.Get(context.WithoutCancel(p.t.Context()), client.ObjectKeyFromObject(o), o)
	require.NoError(p.t, client.IgnoreNotFound(err))
	return o
}

// ready waits until our object has a reason and a message that holds a text, and returns the message.
func (p *played) ready(status, reason, message string) string {
	p.t.Helper()
	var last map[string]any
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		last = conditionOf(p.get(ownVersion, "RenderedArtifact", "site"), "Ready")
		text, _ := last["message"].(string)
		if last["status"] == status && last["reason"] == reason && strings.Contains(text, message) {
			return text
		}
	}
	require.Fail(p.t, "waited in vain for "+status+" "+reason+" "+message, "last: %v", last)
	return ""
}

func conditionOf(o *unstructured.Unstructured, kind string) map[string]any {
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, item := range list {
		if c, _ := item.(map[string]any); c["type"] == kind {
			return c
		}
	}
	return nil
}

// published is what the ExternalArtifact says.
func (p *played) published() map[string]any {
	p.t.Helper()
	found, _, _ := unstructured.NestedMap(p.get(sourceVersion, "ExternalArtifact", "site").Object, "status", "artifact")
	return found
}

// value is that of the ConfigMap in an artifact, fetched as a consumer does. The digest is verified.
func (p *played) value(artifact map[string]any) string {
	p.t.Helper()
	url, _ := artifact["url"].(string)
	response, err := http.Get(url) //nolint:gosec,noctx // of our own controller
	require.NoError(p.t, err)
	defer response.Body.Close()
	require.Equal(p.t, http.StatusOK, response.StatusCode, url)
	archive, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, artifact["digest"], digestOf(archive))
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	require.NoError(p.t, err)
	entries, text := tar.NewReader(zipped), ""
	for {
		h, err := entries.Next()
		if err == io.EOF { //nolint:errorlint // a reader returns it as it is
			break
		}
		require.NoError(p.t, err)
		data, err := io.ReadAll(entries)
		require.NoError(p.t, err)
		if h.Name == "manifests.yaml" {
			text = string(data)
		}
	}
	_, value, _ := strings.Cut(text, "value: ")
	value, _, _ = strings.Cut(value, "\n")
	return strings.Trim(value, "{} ")
}

// whole checks that what is published lies whole in the storage.
func (p *played) whole(k *toolkit.Korender) {
	p.t.Helper()
	artifact := p.published()
	if artifact == nil {
		return
	}
	path, _ := artifact["path"].(string)
	data, err := os.ReadFile(filepath.Join(k.Storage, filepath.FromSlash(path)))
	require.NoError(p.t, err, "what is published is not there")
	require.Equal(p.t, artifact["digest"], digestOf(data), "what is published is not whole")
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
