// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/storage"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// store keeps the archives that are served. A file appears under its name whole or not at all.
type store struct {
	files   *storage.Storage
	records int           // of an object are kept whatever their age: at least two
	ttl     time.Duration // what is older, and not among those, goes
}

// artifactOf is the artifact that content has, or will have, in the store.
func (s *store) artifactOf(o metav1.Object, r *content.Rendered, origin string) *meta.Artifact {
	a := s.files.NewArtifactFor(v1alpha1.Kind, o, r.Revision(), r.Sum()+".tar.gz")
	a.Metadata = map[string]string{originRevision: origin}
	return &a
}

// originRevision is the key of an artifact's metadata under which Flux looks for the commit.
const originRevision = "org.opencontainers.image.revision"

// holds tells whether an artifact that was published is there, whole, and served where it says.
func (s *store) holds(a *meta.Artifact) bool {
	if a == nil {
		return false
	}
	served := *a
	s.files.SetArtifactURL(&served)
	return served.URL == a.URL && s.files.VerifyArtifact(*a) == nil
}

// put stores content, and completes its artifact. One of the same revision that was published before, and is still there,
// stays as it is, but for its metadata.
func (s *store) put(a *meta.Artifact, r *content.Rendered, before *meta.Artifact) error {
	if before.HasRevision(a.Revision) && before.Path == a.Path && s.holds(before) {
		a.Digest, a.Size, a.LastUpdateTime = before.Digest, before.Size, before.LastUpdateTime
		return nil
	}
	archive, err := r.Archive()
	if err != nil {
		return err
	}
	if err := s.files.MkdirAll(*a); err != nil {
		return fmt.Errorf("make room for %s: %w", a.Path, err)
	}
	unlock, err := s.files.Lock(*a)
	if err != nil {
		return fmt.Errorf("lock %s: %w", a.Path, err)
	}
	defer unlock()
	if err := s.files.AtomicWriteFile(a, bytes.NewReader(archive), 0o600); err != nil {
		return fmt.Errorf("store %s: %w", a.Path, err)
	}
	return nil
}

// collect removes old archives of an object, and what a process that was killed has left half-written. Flux's own rule
// keeps nothing older than the time; ours keeps the newest few whatever their age, because a consumer may be slow.
func (s *store) collect(current *meta.Artifact, now time.Time) error {
	own := s.files.LocalPath(*current)
	dir := filepath.Dir(own)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("collect old artifacts: %w", err)
	}
	type file struct {
		name string
		at   time.Time
	}
	var archives []file
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		switch name := filepath.Join(dir, e.Name()); {
		case err != nil || !info.Mode().IsRegular() || name == own || name == own+".lock":
		case archive(e.Name()):
			archives = append(archives, file{name, info.ModTime()})
		case now.Sub(info.ModTime()) > s.ttl:
			errs = append(errs, remove(name))
		}
	}
	slices.SortFunc(archives, func(a, b file) int { return b.at.Compare(a.at) })
	for _, f := range archives[min(len(archives), max(s.records, 2)-1):] {
		if now.Sub(f.at) > s.ttl {
			errs = append(errs, remove(f.name), remove(f.name+".lock"))
		}
	}
	return errors.Join(errs...)
}

// archive tells whether a file is a whole archive: half-written ones have longer names.
func archive(name string) bool { return filepath.Ext(name) == ".gz" }

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("collect old artifacts: %w", err)
	}
	return nil
}

// drop removes all archives of an object.
func (s *store) drop(o metav1.Object) error {
	a := s.files.NewArtifactFor(v1alpha1.Kind, o, "", "*")
	if _, err := s.files.RemoveAll(a); err != nil {
		return fmt.Errorf("remove the artifacts of %s/%s below --storage-path: %w; it is tried again, and until then this object stays", o.GetNamespace(), o.GetName(), err)
	}
	return nil
}
