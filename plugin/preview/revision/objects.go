// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// objects are those of a repository. What most of two revisions have in common is read once: folders, and small files as
// long as they are few.
type objects struct {
	store   *filesystem.Storage
	folders map[plumbing.Hash]*folder
	files   map[plumbing.Hash][]byte
	held    int // bytes of files
}

// Bounds of the files that are kept, in bytes: of one, and of all.
const (
	smallFile = 64 << 10
	allFiles  = 32 << 20
)

func newObjects(store *filesystem.Storage) *objects {
	return &objects{store: store, folders: map[plumbing.Hash]*folder{}, files: map[plumbing.Hash][]byte{}}
}

// folder is a folder that was read.
type folder struct {
	entries []object.TreeEntry
	names   map[string]int
	held    *held // nil before anybody asked
}

// held says what is at some depth in a folder.
type held struct{ links, submodules bool }

// folder reads a folder.
func (o *objects) folder(hash plumbing.Hash) (*folder, error) {
	if known := o.folders[hash]; known != nil {
		return known, nil
	}
	read := &folder{names: map[string]int{}}
	if hash != emptyTree() {
		tree, err := object.GetTree(o.store, hash)
		if err != nil {
			return nil, err
		}
		read.entries = tree.Entries
	}
	for i := range read.entries {
		read.names[read.entries[i].Name] = i
	}
	o.folders[hash] = read
	return read, nil
}

// holds tells what is in a folder and those below it.
func (o *objects) holds(hash plumbing.Hash) (held, error) {
	f, err := o.folder(hash)
	if err != nil {
		return held{}, err
	}
	if f.held != nil {
		return *f.held, nil
	}
	var all held
	for _, e := range f.entries {
		switch e.Mode {
		case filemode.Symlink:
			all.links = true
		case filemode.Submodule:
			all.submodules = true
		case filemode.Dir:
			below, err := o.holds(e.Hash)
			if err != nil {
				return held{}, err
			}
			all.links, all.submodules = all.links || below.links, all.submodules || below.submodules
		}
	}
	f.held = &all
	return all, nil
}

// emptyTree is the hash of a folder with nothing in it.
func emptyTree() plumbing.Hash { return plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904") }

// ErrNotHere is the error of a file that a partial clone has left out.
var ErrNotHere = errors.New("this clone is partial and does not have it: clone without --filter, or git fetch --refetch --no-filter")

// file opens a file, and tells its size.
func (o *objects) file(hash plumbing.Hash) (io.ReadCloser, int64, error) {
	if data, known := o.files[hash]; known {
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	}
	blob, err := object.GetBlob(o.store, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		err = ErrNotHere
	}
	if err != nil {
		return nil, 0, err
	}
	r, err := blob.Reader()
	if err != nil || blob.Size > smallFile {
		return r, blob.Size, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, err
	}
	if o.held += len(data); o.held > allFiles {
		o.files, o.held = map[plumbing.Hash][]byte{}, len(data)
	}
	o.files[hash] = data
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

// size is that of a file.
func (o *objects) size(hash plumbing.Hash) (int64, error) {
	if data, known := o.files[hash]; known {
		return int64(len(data)), nil
	}
	size, err := o.store.EncodedObjectSize(hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		err = ErrNotHere
	}
	return size, err
}
