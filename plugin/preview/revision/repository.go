// SPDX-License-Identifier: Apache-2.0

// Package revision reads the revisions of a git repository without a checkout. Names come in; what goes out is folders, of
// a revision or of the working tree, as file systems out of which nothing leads, and where two histories parted. The
// repository is only read, and git's own program is not needed. What cannot be done as asked is a *words.Problem.
package revision

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/korender/korender/plugin/preview/words"
)

// Repository is a git repository that is only read.
type Repository struct {
	Top     string // the working tree; "" of a bare repository
	store   *filesystem.Storage
	objects *objects
	shallow map[plumbing.Hash]bool // commits whose parents are not here
}

// Open finds the repository that a folder lies in, or is. The error is a *words.Problem when there is none.
func Open(dir string) (*Repository, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, words.Problemf("", "%s cannot be opened: %s", dir, ReasonOf(err))
	}
	for at := abs; ; at = filepath.Dir(at) {
		git, top, err := gitFolder(at)
		switch {
		case err != nil:
			return nil, words.Problemf("", "the repository at %s cannot be opened: %s", at, ReasonOf(err))
		case git != "":
			return openAt(git, top)
		case at == filepath.Dir(at):
			return nil, words.Problemf("preview compares two revisions of a git repository: run it in one, or name it with --repo", "%s is not in a git repository", dir)
		}
	}
}

// gitFolder is where the objects of a repository at a folder are, and its working tree; "" when there is none.
func gitFolder(at string) (git, top string, err error) {
	dot := filepath.Join(at, ".git")
	switch info, err := os.Stat(dot); {
	case err == nil && info.IsDir():
		return dot, at, nil
	case err == nil:
		text, err := os.ReadFile(dot)
		name, found := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if err == nil && !found {
			err = errors.New(".git is no file of git")
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(at, name)
		}
		return name, at, err
	case !errors.Is(err, os.ErrNotExist):
		return "", "", err
	}
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(at, name)); err != nil {
			return "", "", nil
		}
	}
	return at, "", nil
}

func openAt(git, top string) (*Repository, error) {
	var files billy.Filesystem = osfs.New(git)
	if text, err := os.ReadFile(filepath.Join(git, "commondir")); err == nil {
		common := strings.TrimSpace(string(text))
		if !filepath.IsAbs(common) {
			common = filepath.Join(git, common)
		}
		files = dotgit.NewRepositoryFilesystem(files, osfs.New(common))
	}
	r := &Repository{Top: top, shallow: map[plumbing.Hash]bool{}}
	r.store = filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{
		KeepDescriptors: true, ExclusiveAccess: true, AlternatesFS: osfs.New("/"),
	})
	r.objects = newObjects(r.store)
	if config, err := r.store.Config(); err == nil {
		extensions := config.Raw.Section("extensions")
		if extensions.Option("objectformat") == "sha256" || extensions.Option("refstorage") == "reftable" {
			return nil, words.Problemf("a clone that git makes with --ref-format=files of a repository with SHA-1 hashes can be read", "the repository at %s is of a format that cannot be read", git)
		}
	}
	list, err := r.store.Shallow()
	if err != nil {
		return nil, words.Problemf("", "the repository at %s cannot be read: %s", git, ReasonOf(err))
	}
	for _, hash := range list {
		r.shallow[hash] = true
	}
	return r, nil
}

// Close closes what was opened.
func (r *Repository) Close() error { return r.store.Close() }

// ReasonOf is what an error says without the path, which whoever tells it names in its own way.
func ReasonOf(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// Remotes lists the URLs of all remotes.
func (r *Repository) Remotes() []string {
	config, err := r.store.Config()
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(config.Remotes)) {
		out = append(out, config.Remotes[name].URLs...)
	}
	return out
}
