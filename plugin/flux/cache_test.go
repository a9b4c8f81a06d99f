// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

// offered is a server of artifacts, with a cache of them. Each artifact has one file, "file", with its name.
type offered struct {
	*cache
	t       *testing.T
	fetches atomic.Int32
	before  func(*http.Request) // what happens before an answer; nil: nothing
	server  *httptest.Server
}

func newOffered(t *testing.T, limit int64) *offered {
	t.Helper()
	o := &offered{t: t}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.fetches.Add(1)
		if o.before != nil {
			o.before(r)
		}
		_, _ = w.Write(o.archive(r.URL.Path)) // a client that has gone wants nothing
	}))
	t.Cleanup(o.server.Close)
	c, err := newCache(&fetcher{bounds: Bounds{}.settled()}, filepath.Join(t.TempDir(), "cache"), limit)
	require.NoError(t, err)
	o.cache = c
	return o
}

func (o *offered) archive(path string) []byte { return packed(o.t, file("file", path)) }

// source is an artifact of a source.
func (o *offered) source(name, revision string) source {
	path := "/" + name + "/" + revision
	sum := sha256.Sum256(o.archive(path))
	return source{
		v1alpha1.SourceReference{Kind: "GitRepository", Namespace: "web", Name: name},
		&meta.Artifact{URL: o.server.URL + path, Revision: revision, Digest: "sha256:" + hex.EncodeToString(sum[:])},
	}
}

// used uses an artifact and releases it.
func (o *offered) used(name, revision string) {
	o.t.Helper()
	o.release(o.taken(name, revision), true)
}

func (o *offered) taken(name, revision string) *held {
	o.t.Helper()
	k, err := o.use(o.t.Context(), o.source(name, revision))
	require.NoError(o.t, err)
	text, err := fs.ReadFile(k.root.FS(), "file")
	require.NoError(o.t, err)
	assert.Equal(o.t, "/"+name+"/"+revision, string(text))
	return k
}

// folders is how many there are on disk.
func (o *offered) folders() int {
	o.t.Helper()
	entries, err := os.ReadDir(o.dir)
	require.NoError(o.t, err)
	return len(entries)
}

func TestCacheJoinsFetches(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 1<<20)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			k, err := o.use(t.Context(), o.source("lib", "1"))
			if assert.NoError(t, err) {
				o.release(k, true)
			}
		})
	}
	wait.Wait()
	o.used("lib", "1")
	assert.Equal(t, int32(1), o.fetches.Load())
	assert.Equal(t, 1, o.folders())
}

func TestCacheDropsOlderArtifacts(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 1<<20)
	o.used("lib", "1")
	old := o.taken("lib", "1")
	o.used("lib", "2")
	assert.Equal(t, 2, o.folders(), "who uses the older one has it until the release")
	_, err := fs.ReadFile(old.root.FS(), "file")
	assert.NoError(t, err)
	o.release(old, true)
	assert.Equal(t, 1, o.folders())
	o.used("lib", "2")
	assert.Equal(t, int32(2), o.fetches.Load())
}

func TestCacheKeepsWithinItsLimit(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 2*(block+10))
	o.used("a", "1")
	o.used("b", "1")
	o.used("a", "1")
	o.used("c", "1")
	assert.Equal(t, 2, o.folders())
	o.used("a", "1")
	assert.Equal(t, int32(3), o.fetches.Load(), "what was used longest ago goes first")
	o.used("b", "1")
	assert.Equal(t, int32(4), o.fetches.Load())

	none := newOffered(t, 0)
	none.used("a", "1")
	assert.Equal(t, 0, none.folders())
}

func TestCacheFetchesAnew(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 1<<20)
	wrong := o.source("lib", "1")
	wrong.artifact.Digest = "sha256:" + strings.Repeat("0", 64)
	for range 2 {
		_, err := o.use(t.Context(), wrong)
		var failed *failedError
		require.ErrorAs(t, err, &failed)
	}
	assert.Equal(t, int32(2), o.fetches.Load(), "what could not be fetched")
	assert.Equal(t, 0, o.folders())

	o.release(o.taken("lib", "1"), false)
	o.used("lib", "1")
	assert.Equal(t, int32(4), o.fetches.Load(), "what was not good")
	assert.Equal(t, 1, o.folders())
}

// TestCacheOutlivesWhoFetches: one who gives up takes nothing from the others.
func TestCacheOutlivesWhoFetches(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 1<<20)
	began := make(chan struct{}, 2)
	o.before = func(r *http.Request) {
		began <- struct{}{}
		if o.fetches.Load() == 1 {
			<-r.Context().Done()
		}
	}
	first, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		_, err := o.use(first, o.source("lib", "1"))
		assert.ErrorIs(t, err, context.Canceled)
	})
	<-began
	wait.Go(func() { o.used("lib", "1") })
	hurried, stop := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("stopped after 1ms"))
	defer stop()
	_, err := o.use(hurried, o.source("lib", "1"))
	require.Error(t, err)
	assert.Equal(t, "wait for the artifact of GitRepository/web/lib: stopped after 1ms; spec.timeout allows more", err.Error())
	cancel()
	wait.Wait()
	assert.Equal(t, int32(2), o.fetches.Load())
	assert.Equal(t, 1, o.folders())
}

// TestCacheBeginsEmpty: what a process that was killed has left goes.
func TestCacheBeginsEmpty(t *testing.T) {
	t.Parallel()
	o := newOffered(t, 1<<20)
	o.used("lib", "1")
	_, err := newCache(o.fetcher, o.dir, 1<<20)
	require.NoError(t, err)
	assert.Equal(t, 0, o.folders())
}
