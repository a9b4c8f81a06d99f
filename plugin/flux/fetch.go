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
// returned, which whoever gets it closes. The error is a *StalledError when the source itself must change.
func (f *fetcher) fetch(ctx context.Context, source string, a *meta.Artifact, dir string) (*os.Root, error) {
	getter := fetch.New(
		fetch.WithLogger(log.FromContext(ctx)), fetch.WithRetries(f.retries),
		fetch.WithMaxDownloadSize(int(f.bounds.Download)), fetch.WithFileName(download),
	)
	err := getter.FetchWithContext(ctx, a.URL, a.Digest, dir)
	switch {
	case errors.Is(err, fetch.ErrFileNotFound):
		return nil, &WaitingError{Reason: meta.ArtifactFailedReason, After: f.after, Message: fmt.Sprintf(
			"the artifact of %s is not at %s: its controller has lost it and stores it again when the source is reconciled; it is asked for again in %s",
			source, a.URL, f.after)}
	case err != nil:
		return nil, &failedError{meta.ArtifactFailedReason, fmt.Errorf(
			"fetch the artifact of %s, revision %s, from %s: %w; it is tried again: can korender-flux reach this address, and does the source's controller have it whole?",
			source, a.Revision, a.URL, err)}
	}
	root, err := f.unpacked(ctx, dir)
	var large *TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, &StalledError{Reason: meta.ArtifactFailedReason, Message: fmt.Sprintf(
			"the artifact of %s, revision %s, is refused: %s; leave files out of the source (spec.ignore, .sourceignore)%s", source, a.Revision, large, large.Raise)}
	case ctx.Err() != nil:
		return nil, &failedError{meta.ArtifactFailedReason, fmt.Errorf("unpack the artifact of %s: %w; spec.timeout allows more", source, context.Cause(ctx))}
	case err != nil:
		return nil, &StalledError{Reason: meta.ArtifactFailedReason, Message: fmt.Sprintf(
			"the artifact of %s, revision %s, cannot be unpacked: %s", source, a.Revision, err)}
	}
	return root, nil
}

// unpacked unpacks the download beside itself and removes it.
func (f *fetcher) unpacked(ctx context.Context, dir string) (*os.Root, error) {
	archive, err := os.Open(filepath.Join(dir, download))
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(files)
	if err != nil {
		return nil, err
	}
	if err := unpack(ctx, archive, root, f.bounds); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, os.Remove(archive.Name())
}

// folders fetches sources, each once, into folders below dir. close releases them all.
type folders struct {
	fetcher *fetcher
	dir     string
	roots   map[v1alpha1.SourceReference]*os.Root
}

func newFolders(f *fetcher, dir string) *folders {
	return &folders{fetcher: f, dir: dir, roots: map[v1alpha1.SourceReference]*os.Root{}}
}

// add fetches a source.
func (f *folders) add(ctx context.Context, s source) error {
	dir, err := os.MkdirTemp(f.dir, "source-")
	if err != nil {
		return &failedError{v1alpha1.StorageReason, fmt.Errorf("make room for %s: %w", s.ref, err)}
	}
	root, err := f.fetcher.fetch(ctx, s.ref.String(), s.artifact, dir)
	if err != nil {
		return err
	}
	f.roots[s.ref] = root
	return nil
}

// folder is a folder of a source that was added.
func (f *folders) folder(ref v1alpha1.SourceReference, path string) Folder {
	return Folder{FS: f.roots[ref].FS(), Path: path, Source: ref.String()}
}

// close closes and removes all.
func (f *folders) close() error {
	var errs []error
	for _, root := range f.roots {
		errs = append(errs, root.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(f.dir))...)
}
