// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/fluxcd/pkg/apis/meta"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

// cache keeps sources, fetched and unpacked, for all objects that use them: many use one library, and all of them look at
// it when it changes. One that several want at once is fetched once. It goes when a newer artifact of the same source has
// been fetched, or when those that nobody uses take more room than they may; whoever uses one has it until the release.
type cache struct {
	fetcher *fetcher
	dir     string // of this cache alone
	limit   int64  // bytes of sources that nobody uses

	mu   sync.Mutex
	all  map[artifactKey]*held
	turn int64 // counts what happens
}

// artifactKey is one artifact of one source. The digest alone would do for what is in it; but with that alone, who may
// write a source would get what others may fetch, without its address.
type artifactKey struct {
	source      v1alpha1.SourceReference
	url, digest string
}

// held is one artifact. What is set by whoever fetches it is read once ready is closed.
type held struct {
	key   artifactKey
	born  int64 // when it was wanted first, in turns
	ready chan struct{}
	root  *os.Root
	dir   string
	size  int64
	err   error
	ended bool // the context of whoever fetched it had ended: another one may fetch it yet

	users int
	used  int64 // when it was used last, in turns
}

// newCache makes an empty cache in a folder, which it makes anew: what a process that was killed has left there goes.
func newCache(f *fetcher, dir string, limit int64) (*cache, error) {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, err
	}
	return &cache{fetcher: f, dir: dir, limit: limit, all: map[artifactKey]*held{}}, nil
}

// use gives a source until it is released. The error is that of the fetcher.
func (c *cache) use(ctx context.Context, s source) (*held, error) {
	key := artifactKey{s.ref, s.artifact.URL, s.artifact.Digest}
	for {
		k, first := c.join(key)
		if first {
			c.fetch(ctx, s, k)
		}
		select {
		case <-k.ready:
		case <-ctx.Done():
			c.release(k, true)
			return nil, &failedError{meta.ArtifactFailedReason, fmt.Errorf("wait for the artifact of %s: %w; spec.timeout allows more", s.ref, context.Cause(ctx))}
		}
		if k.err == nil {
			return k, nil
		}
		c.release(k, false)
		if !k.ended || ctx.Err() != nil {
			return nil, k.err
		}
	}
}

// join makes the caller a user of an artifact; the first one has to fetch it.
func (c *cache) join(key artifactKey) (_ *held, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, known := c.all[key]
	if !known {
		c.turn++
		k = &held{key: key, born: c.turn, ready: make(chan struct{})}
		c.all[key] = k
	}
	k.users++
	return k, !known
}

func (c *cache) fetch(ctx context.Context, s source, k *held) {
	defer close(k.ready)
	if k.dir, k.err = os.MkdirTemp(c.dir, "source-"); k.err != nil {
		k.err = &failedError{v1alpha1.StorageReason, fmt.Errorf("make room for %s: %w; it is tried again: has the folder for temporary files (TMPDIR) room?", s.ref, k.err)}
		return
	}
	k.root, k.size, k.err = c.fetcher.fetch(ctx, s.ref.String(), s.artifact, k.dir)
	k.ended = ctx.Err() != nil
}

// release ends one use, and removes what has to go. What is not good is fetched anew by whoever wants it next.
func (c *cache) release(k *held, good bool) {
	c.mu.Lock()
	c.turn++
	k.users--
	k.used = c.turn
	if !good && c.all[k.key] == k {
		delete(c.all, k.key)
	}
	gone := c.collect()
	if k.users == 0 && c.all[k.key] != k && !slices.Contains(gone, k) {
		gone = append(gone, k)
	}
	c.mu.Unlock()
	for _, k := range gone {
		k.remove()
	}
}

// collect takes out what is to be removed: older artifacts of a source, and what was used longest ago as long as there is
// too much.
func (c *cache) collect() []*held {
	newest := map[v1alpha1.SourceReference]int64{}
	for _, k := range c.all {
		if k.isReady() {
			newest[k.key.source] = max(newest[k.key.source], k.born)
		}
	}
	var idle, gone []*held
	size := int64(0)
	for _, k := range c.all {
		switch {
		case !k.isReady() || k.users > 0:
		case k.born < newest[k.key.source]:
			gone = append(gone, k)
		default:
			idle = append(idle, k)
			size += k.size
		}
	}
	slices.SortFunc(idle, func(a, b *held) int { return cmp.Compare(a.used, b.used) })
	for _, k := range idle {
		if size > c.limit {
			gone = append(gone, k)
			size -= k.size
		}
	}
	for _, k := range gone {
		delete(c.all, k.key)
	}
	return gone
}

// isReady tells whether it was fetched, and well.
func (k *held) isReady() bool {
	select {
	case <-k.ready:
		return k.err == nil
	default:
		return false
	}
}

// remove closes an artifact and removes its files. What cannot be removed is found by the next process.
func (k *held) remove() {
	if k.root != nil {
		_ = k.root.Close()
	}
	if k.dir != "" {
		_ = os.RemoveAll(k.dir)
	}
}
