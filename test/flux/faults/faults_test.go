// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/flux/toolkit"
)

// started starts a controller for one test.
func started(t *testing.T, storage string, flags ...string) *toolkit.Korender {
	t.Helper()
	k, err := flux.Korender(t.Context(), storage, append([]string{"--http-retry", "0"}, flags...)...)
	require.NoError(t, err)
	t.Cleanup(k.Kill)
	return k
}

// TestSources offers every kind of bad source after a good one, and then a good one again.
func TestSources(t *testing.T) {
	k := started(t, "", "--max-source-bytes", strconv.Itoa(200<<20))
	p := newPlayed(t)
	p.ready("False", "SourceNotReady", "GitRepository/"+p.namespace+"/apps has no artifact yet: its own Ready condition says why")
	p.offers("good", config(t, "one"))
	p.ready("True", "Succeeded", "rendered 1 object of revision main@sha1:good: latest@sha256:")
	good := p.published()
	require.Equal(t, "one", p.value(good))

	bad := config(t, "bad")
	for _, c := range []struct {
		name    string
		offer   func()
		reason  string
		message string
	}{
		{"404", func() { p.offersAs("gone", nil, "sha256:"+strings.Repeat("0", 64)) }, "ArtifactFailed", "the artifact of GitRepository/" + p.namespace + "/apps is not at "},
		{"out of reach", func() { p.says("away", "http://127.0.0.1:1", digestOf(bad)) }, "ArtifactFailed", "connection refused; it is tried again: can korender-flux reach this address, and does the source's controller have it whole?"},
		{"wrong digest", func() { p.offersAs("wrong", bad, "sha256:"+strings.Repeat("0", 64)) }, "ArtifactFailed", "computed digest doesn't match"},
		{"cut off on the way", func() { p.offersAs("cut", bad[:len(bad)/2], digestOf(bad)) }, "ArtifactFailed", "revision main@sha1:cut, from " + p.server.URL + "/cut.tar.gz: failed to verify archive: computed digest doesn't match"},
		{"cut off before", func() { p.offers("short", bad[:len(bad)/2]) }, "ArtifactFailed", "cannot be unpacked: "},
		{"no archive", func() { p.offers("text", []byte("hello")) }, "ArtifactFailed", "it is no gzip archive"},
		{"path traversal", func() { p.offers("up", packed(t, map[string]string{"../../evil.yaml": "x"})) }, "ArtifactFailed", `the name "../../evil.yaml" of an entry leads out of it`},
		{"bomb", func() { p.offers("bomb", bomb(t, 300<<20)) }, "ArtifactFailed", "unpacks to more than 209715200 bytes; leave files out of the source"},
		{"many files", func() { p.offers("many", manyFiles(t, 200_001)) }, "ArtifactFailed", "has more than 200000 files and folders; leave files out of the source (spec.ignore, .sourceignore), or raise --max-source-files of korender-flux"},
		{"empty", func() { p.offers("empty", packed(t, nil)) }, "RenderFailed", "the output is empty"},
		{"broken", func() { p.offers("broken", packed(t, map[string]string{"a.yaml": "kind: ["})) }, "RenderFailed", "a.yaml:1:"},
	} {
		c.offer()
		text := p.ready("False", c.reason, c.message)
		assert.Contains(t, text, "; the artifact published before stays", c.name)
		assert.Equal(t, good, p.published(), c.name)
		assert.Equal(t, "one", p.value(p.published()), c.name)
		t.Logf("%s: %s", c.name, text)
	}
	p.offers("links", config(t, "two", tar.Header{Typeflag: tar.TypeSymlink, Name: "etc.yaml", Linkname: "/etc/passwd"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "up", Linkname: ".."}))
	p.ready("True", "Succeeded", "revision main@sha1:links")
	assert.Equal(t, "two", p.value(p.published()), "links are left out")
	p.whole(k)
	left, err := filepath.Glob(filepath.Join(k.Temp, "korender-flux-*", "*"))
	require.NoError(t, err)
	assert.Len(t, left, 1, "only the last artifact stays, for the next render")
}

// TestLargeSource renders a small folder of a source of 100 MB.
func TestLargeSource(t *testing.T) {
	started(t, "")
	p := newPlayed(t)
	noise := make([]byte, 100<<20)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	start := time.Now()
	p.offers("large", packed(t, map[string]string{
		"image.bin": string(noise), "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: large}\n",
	}))
	packedIn := time.Since(start)
	p.ready("True", "Succeeded", "rendered 1 object")
	assert.Equal(t, "large", p.value(p.published()))
	t.Logf("a source of 100 MB was rendered %v after it was offered", time.Since(start)-packedIn)
}

// TestStorageLost removes what is served, with and without the controller, and damages it.
func TestStorageLost(t *testing.T) {
	k := started(t, "")
	p := newPlayed(t)
	p.offers("one", config(t, "one"))
	p.ready("True", "Succeeded", "main@sha1:one")
	before := p.published()

	k.Kill()
	require.NoError(t, os.RemoveAll(filepath.Join(k.Storage, "renderedartifact")))
	started(t, k.Storage, "--storage-addr", k.Address)
	p.served(before)

	file := filepath.Join(k.Storage, filepath.FromSlash(before["path"].(string)))
	require.NoError(t, os.WriteFile(file, []byte("damaged"), 0o600))
	p.ask()
	p.served(before)

	t.Log("somebody deletes what is published, or changes it")
	require.NoError(t, flux.Client.Delete(t.Context(), p.object(sourceVersion, "ExternalArtifact", "site")))
	require.Eventually(t, func() bool { return p.published() != nil }, 30*time.Second, 50*time.Millisecond)
	assert.Equal(t, before["digest"], p.published()["digest"])
}

// served waits until an artifact can be fetched.
func (p *played) served(artifact map[string]any) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return toolkit.Get(p.t.Context(), artifact["url"].(string)) == nil }, 30*time.Second, 50*time.Millisecond)
	require.Eventually(p.t, func() bool {
		data, err := os.ReadFile(p.fileOf(artifact))
		return err == nil && digestOf(data) == artifact["digest"]
	}, 30*time.Second, 50*time.Millisecond)
	require.Equal(p.t, artifact["digest"], p.published()["digest"])
	require.Equal(p.t, "one", p.value(p.published()))
}

// fileOf is where an artifact lies, in whatever storage.
func (p *played) fileOf(artifact map[string]any) string {
	found, err := filepath.Glob(filepath.Join(flux.Dir(), "rendered-*", filepath.FromSlash(artifact["path"].(string))))
	require.NoError(p.t, err)
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// ask asks for a look.
func (p *played) ask() {
	p.t.Helper()
	o := p.object(ownVersion, "RenderedArtifact", "site")
	text := []byte(`{"metadata":{"annotations":{"reconcile.fluxcd.io/requestedAt":"` + time.Now().Format(time.RFC3339Nano) + `"}}}`)
	require.NoError(p.t, flux.Client.Patch(p.t.Context(), o, client.RawPatch("application/merge-patch+json", text)))
}

// TestKilled kills the controller again and again while it publishes. What is published is always there, and whole.
func TestKilled(t *testing.T) {
	p := newPlayed(t)
	var k *toolkit.Korender
	storage := ""
	for i := range 12 {
		var err error
		k, err = flux.LaunchKorender(storage)
		require.NoError(t, err)
		t.Cleanup(k.Kill)
		storage = k.Storage
		if i == 0 {
			require.NoError(t, k.Answers(t.Context(), "http://"+k.Address+"/"))
		}
		p.offers("r"+strconv.Itoa(i), config(t, strconv.Itoa(i)+strings.Repeat("x", 1<<20)))
		for end := time.Now().Add(time.Duration(i*130) * time.Millisecond); time.Now().Before(end); time.Sleep(time.Millisecond) {
			p.whole(k)
		}
		k.Kill()
		p.whole(k)
	}
	k, err := flux.Korender(t.Context(), storage, "--artifact-retention-ttl", "1s")
	require.NoError(t, err)
	t.Cleanup(k.Kill)
	p.ready("True", "Succeeded", "main@sha1:r11")
	p.whole(k)
	time.Sleep(1100 * time.Millisecond)
	p.offers("last", config(t, "last"))
	p.ready("True", "Succeeded", "main@sha1:last")
	assert.Equal(t, "last", p.value(p.published()))
	entries, err := os.ReadDir(filepath.Join(storage, "renderedartifact", p.namespace, "site"))
	require.NoError(t, err)
	archives := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tar.gz") {
			archives++
			continue
		}
		assert.True(t, strings.HasSuffix(e.Name(), ".lock"), "%s was left half-written", e.Name())
	}
	assert.Equal(t, 2, archives, "the current artifact and the one before")
}

// TestReplicas runs two controllers: one leads, and the other takes over with what it renders anew.
func TestReplicas(t *testing.T) {
	p := newPlayed(t)
	election := []string{
		"--enable-leader-election", "--leader-election-lease-duration", "3s",
		"--leader-election-renew-deadline", "2s", "--leader-election-retry-period", "500ms",
	}
	first := started(t, "", election...)
	second, err := flux.LaunchKorender("", election...)
	require.NoError(t, err)
	t.Cleanup(second.Kill)
	p.offers("one", config(t, "one"))
	p.ready("True", "Succeeded", "main@sha1:one")
	assert.Contains(t, p.published()["url"], first.Address)
	assert.Error(t, toolkit.Get(t.Context(), "http://"+second.Address+"/"), "one that does not lead serves nothing, so it is not ready")
	first.Kill()
	start := time.Now()
	require.Eventually(t, func() bool {
		url, _ := p.published()["url"].(string)
		return strings.Contains(url, second.Address)
	}, 30*time.Second, 50*time.Millisecond)
	t.Logf("the other controller had rendered and published %v after the first was killed, with a lease of 3s", time.Since(start).Round(10*time.Millisecond))
	assert.Equal(t, "one", p.value(p.published()))
}

// TestForeign leaves an ExternalArtifact of somebody else alone.
func TestForeign(t *testing.T) {
	started(t, "")
	p := newPlayed(t)
	p.install("apiVersion: source.toolkit.fluxcd.io/v1\nkind: ExternalArtifact\nmetadata: {name: site, namespace: NAMESPACE, labels: {of: others}}\nspec: {}\n")
	p.offers("one", config(t, "one"))
	p.ready("False", "NameTaken", "ExternalArtifact "+p.namespace+"/site was not made by this object, and nothing of it is changed: delete it, or give this object another name")
	foreign := p.get(sourceVersion, "ExternalArtifact", "site")
	assert.Nil(t, foreign.Object["status"])
	require.NoError(t, flux.Client.Delete(t.Context(), p.object(ownVersion, "RenderedArtifact", "site")))
	require.Eventually(t, func() bool { return p.get(ownVersion, "RenderedArtifact", "site").GetUID() == "" }, 30*time.Second, 50*time.Millisecond)
	assert.Equal(t, foreign.GetUID(), p.get(sourceVersion, "ExternalArtifact", "site").GetUID())
}

// TestAccounts asks for the rights of the account that an object names.
func TestAccounts(t *testing.T) {
	started(t, "")
	p := newPlayed(t)
	p.install(rendered + "  serviceAccountName: tenant\n")
	p.offers("one", config(t, "one"))
	p.ready("False", "AccessDenied", "system:serviceaccount:"+p.namespace+":tenant may not get GitRepository/"+p.namespace+"/apps: grant it get on gitrepositories.source.toolkit.fluxcd.io in "+p.namespace)
	p.install(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tenant, namespace: NAMESPACE}
rules: [{apiGroups: [source.toolkit.fluxcd.io], resources: [gitrepositories], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant, namespace: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
subjects: [{kind: ServiceAccount, name: tenant, namespace: NAMESPACE}]
`)
	p.ask()
	p.ready("True", "Succeeded", "main@sha1:one")
}

// TestNamespaces refuses sources of other namespaces where the operator says so.
func TestNamespaces(t *testing.T) {
	started(t, "", "--no-cross-namespace-refs")
	p, other := newPlayed(t), newPlayed(t)
	other.offers("one", config(t, "one"))
	p.install(strings.ReplaceAll(rendered, "name: apps}", "name: apps, namespace: "+other.namespace+"}"))
	p.ready("False", "AccessDenied", "GitRepository/"+other.namespace+"/apps is in another namespace, and this cluster allows no such references (--no-cross-namespace-refs): use a source in "+p.namespace)
}

// TestServerRefuses what no controller could make sense of.
func TestServerRefuses(t *testing.T) {
	p := newPlayed(t)
	for field, value := range map[string]string{
		"spec.path":              "  path: a/../../b\n",
		"spec.sourceRef.kind":    "  sourceRef: {kind: HelmRepository, name: a}\n",
		"spec.interval":          "  interval: soon\n",
		"spec.render.onDeferred": "  render: {onDeferred: maybe}\n",
		"spec.render.target":     "  render: {target: argocd}\n",
	} {
		text := strings.ReplaceAll(rendered, "NAMESPACE", p.namespace)
		if name, _, _ := strings.Cut(strings.TrimPrefix(field, "spec."), "."); strings.Contains(text, "  "+name+":") {
			var kept []string
			for line := range strings.Lines(text) {
				if !strings.HasPrefix(line, "  "+name+":") {
					kept = append(kept, line)
				}
			}
			text = strings.Join(kept, "")
		}
		err := flux.Install(t.Context(), []byte(text+value))
		if assert.Error(t, err, field) {
			assert.Contains(t, err.Error(), strings.TrimSuffix(field, ".path"), field)
		}
	}
}

// bomb is a small archive of one large file.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "a.yaml", Size: size, Mode: 0o600}))
	_, err := io.CopyN(archive, zeros{}, size)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// manyFiles is an archive of empty files.
func manyFiles(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for i := range n {
		require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "f" + strconv.Itoa(i), Mode: 0o600}))
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return out.Bytes()
}
