// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/storage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

func newStore(t *testing.T) *store {
	t.Helper()
	files := &storage.Storage{BasePath: t.TempDir(), Hostname: "korender-flux.flux-system"}
	return &store{files: files, records: 2, ttl: time.Minute}
}

var object = &v1alpha1.RenderedArtifact{ObjectMeta: metav1.ObjectMeta{Namespace: "web", Name: "site"}}

func rendered(text string) *content.Rendered {
	return &content.Rendered{Files: []content.File{{Name: "manifests.yaml", Data: []byte(text)}}}
}

func stored(t *testing.T, s *store, text string, before *meta.Artifact) *meta.Artifact {
	t.Helper()
	a := s.artifactOf(object, rendered(text), "main@sha1:abc")
	require.NoError(t, s.put(a, rendered(text), before))
	return a
}

func TestStoreHoldsWhatWasPut(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := stored(t, s, "one", nil)
	assert.Equal(t, rendered("one").Revision(), a.Revision)
	assert.Equal(t, "renderedartifact/web/site/"+rendered("one").Sum()+".tar.gz", a.Path)
	assert.Equal(t, "http://korender-flux.flux-system/"+a.Path, a.URL)
	assert.Equal(t, map[string]string{originRevision: "main@sha1:abc"}, a.Metadata)
	assert.Regexp(t, "^sha256:[0-9a-f]{64}$", a.Digest)
	assert.True(t, s.holds(a))
	assert.False(t, s.holds(nil))

	moved := *a
	moved.URL = "http://elsewhere/" + a.Path
	assert.False(t, s.holds(&moved), "the address has changed")

	file := s.files.LocalPath(*a)
	require.NoError(t, os.WriteFile(file, []byte("half"), 0o600))
	assert.False(t, s.holds(a), "the file is damaged")
	again := stored(t, s, "one", a)
	assert.Equal(t, a.Digest, again.Digest)
	assert.True(t, s.holds(a), "the file was mended")

	require.NoError(t, os.Remove(file))
	assert.False(t, s.holds(a), "the file is gone")
}

// TestStoreKeepsWhatIsThere: the same content is not written again, so that it has the same time.
func TestStoreKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := stored(t, s, "one", nil)
	a.LastUpdateTime = metav1.NewTime(time.Unix(1000, 0))
	before, err := os.Stat(s.files.LocalPath(*a))
	require.NoError(t, err)
	again := stored(t, s, "one", a)
	assert.Equal(t, a, again)
	after, err := os.Stat(s.files.LocalPath(*a))
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after))
}

func TestStoreCollects(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	aged := func(name string, age time.Duration) {
		require.NoError(t, os.Chtimes(name, now.Add(-age), now.Add(-age)))
	}
	var all []*meta.Artifact
	for i, text := range []string{"one", "two", "three", "four"} {
		all = append(all, stored(t, s, text, nil))
		aged(s.files.LocalPath(*all[i]), time.Duration(10-i)*time.Hour)
	}
	fresh := stored(t, s, "fresh", nil)
	dir := filepath.Dir(s.files.LocalPath(*fresh))
	half := filepath.Join(dir, "x.tar.gz123456")
	require.NoError(t, os.WriteFile(half, []byte("half"), 0o600))
	aged(half, time.Hour)
	writing := filepath.Join(dir, "y.tar.gz123456")
	require.NoError(t, os.WriteFile(writing, []byte("half"), 0o600))

	current := all[0] // the oldest file of all
	require.NoError(t, s.collect(current, now))
	var left []string
	for _, a := range append(slices.Clone(all), fresh) {
		if s.holds(a) {
			left = append(left, a.Revision)
		}
	}
	assert.Equal(t, []string{current.Revision, fresh.Revision}, left, "the current one, and the newest besides")
	assert.NoFileExists(t, half, "what was left half-written long ago")
	assert.FileExists(t, writing, "what may be being written")

	require.NoError(t, s.drop(object))
	assert.NoDirExists(t, dir)
}

// TestStoreKeepsTwo: a slow consumer finds the artifact before, whatever its age.
func TestStoreKeepsTwo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.records = 0
	one, two := stored(t, s, "one", nil), stored(t, s, "two", nil)
	later := time.Now().Add(24 * time.Hour)
	require.NoError(t, s.collect(two, later))
	assert.True(t, s.holds(one))
	assert.True(t, s.holds(two))
}
