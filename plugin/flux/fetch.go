// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/http/fetch"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// fetcher downloads the artifacts of sources.
type fetcher struct {
	retries int
	bounds  Bounds
	after   time.Duration // until an artifact that is not there is asked for again
}

// download is the name of an archive in the folder that it is unpacked into one below.
const download = "source.tar.gz"

// fetch downloads an artifact into an empty folder, verifies its digest and unpacks it: the source is in the root that is
// returned, which whoever gets it closes, with the room that it takes. The error is a *content.StalledError when the source itself
// must change.
func (f *fetcher) fetch(ctx context.Context, source string, a *meta.Artifact, dir string) (*os.Root, int64, error) {
	getter := fetch.New(
		fetch.WithLogger(log.FromContext(ctx)), fetch.WithRetries(f.retries),
		fetch.WithMaxDownloadSize(int(f.bounds.Download)), fetch.WithFileName(download),
	)
	err := getter.FetchWithContext(ctx, a.URL, a.Digest, dir)
	switch {
	case errors.Is(err, fetch.ErrFileNotFound):
		return nil, 0, &WaitingError{Reason: meta.ArtifactFailedReason, After: f.after, Message: fmt.Sprintf(
			"the artifact of %s is not at %s: its controller has lost it and stores it again when the source is reconciled; it is asked for again in %s",
			source, a.URL, f.after)}
	case err != nil:
		return nil, 0, &failedError{meta.ArtifactFailedReason, fmt.Errorf(
			"fetch the artifact of %s, revision %s, from %s: %w; it is tried again: can korender-flux reach this address, and does the source's controller have it whole?",
			source, a.Revision, a.URL, err)}
	}
	root, size, err := f.unpacked(ctx, dir)
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, 0, &content.StalledError{Reason: meta.ArtifactFailedReason, Message: fmt.Sprintf(
			"the artifact of %s, revision %s, is refused: %s; leave files out of the source (spec.ignore, .sourceignore), or raise %s of korender-flux", source, a.Revision, large, large.Flag)}
	case ctx.Err() != nil:
		return nil, 0, &failedError{meta.ArtifactFailedReason, fmt.Errorf("unpack the artifact of %s: %w; spec.timeout allows more", source, context.Cause(ctx))}
	case err != nil:
		return nil, 0, &content.StalledError{Reason: meta.ArtifactFailedReason, Message: fmt.Sprintf(
			"the artifact of %s, revision %s, cannot be unpacked: %s; another revision of it is waited for: look at what stores it", source, a.Revision, err)}
	}
	return root, size, nil
}

// unpacked unpacks the download beside itself and removes it.
func (f *fetcher) unpacked(ctx context.Context, dir string) (*os.Root, int64, error) {
	archive, err := os.Open(filepath.Join(dir, download))
	if err != nil {
		return nil, 0, err
	}
	defer archive.Close()
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		return nil, 0, err
	}
	root, err := os.OpenRoot(files)
	if err != nil {
		return nil, 0, err
	}
	size, err := unpack(ctx, archive, root, f.bounds)
	if err == nil {
		err = os.Remove(archive.Name())
	}
	if err != nil {
		return nil, 0, errors.Join(err, root.Close())
	}
	return root, size, nil
}

// folders are the sources of one render.
type folders struct {
	cache *cache
	used  map[v1alpha1.SourceReference]*held
}

// add fetches a source, unless it is there.
func (f *folders) add(ctx context.Context, s source) error {
	k, err := f.cache.use(ctx, s)
	if err == nil {
		f.used[s.ref] = k
	}
	return err
}

// folder is a folder of a source that was added.
func (f *folders) folder(ref v1alpha1.SourceReference, path string) content.Folder {
	return content.Folder{FS: f.used[ref].root.FS(), Path: path, Source: ref.String()}
}

// release lets them go. What was not good for a render may have been damaged, so it is not kept.
func (f *folders) release(good bool) {
	for _, k := range f.used {
		f.cache.release(k, good)
	}
}
