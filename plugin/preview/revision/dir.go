// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Dir is a folder of a revision, or of the working tree. Nothing outside of it can be read.
type Dir struct {
	Files fs.FS
	tree  *tree    // of a revision; else nil
	disk  *os.Root // of the working tree; else nil
}

func dirOf(t *tree) *Dir { return &Dir{Files: t, tree: t} }

// OpenDisk opens a folder on disk.
func OpenDisk(name string) (*Dir, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Dir{Files: root.FS(), disk: root}, nil
}

// Close closes what OpenDisk or Sub opened. A folder of a revision has nothing to close.
func (d *Dir) Close() {
	if d.disk != nil {
		_ = d.disk.Close() // opened for reading: nothing can be lost
	}
}

// Sub opens a folder in this one; nothing outside of it can be read in what comes back.
func (d *Dir) Sub(name string) (*Dir, error) {
	if d.disk != nil {
		root, err := d.disk.OpenRoot(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		return &Dir{Files: root.FS(), disk: root}, nil
	}
	sub, err := d.tree.open(name)
	if err != nil {
		return nil, err
	}
	return dirOf(sub), nil
}

// Digest says all of what lies at a path: equal digests, equal content. It is "" when that is not known: on disk, and where
// there are links, which may lead elsewhere.
func (d *Dir) Digest(name string) string {
	if d.tree == nil {
		return ""
	}
	n, err := d.tree.find("open", name, true)
	if err != nil || d.tree.any(n, func(n node) bool { return n.mode == filemode.Symlink }) {
		return ""
	}
	return n.hash.String()
}

// Submodules lists those at or below a path.
func (d *Dir) Submodules(name string) []string {
	if d.tree == nil {
		return nil
	}
	var out []string
	if n, err := d.tree.find("open", name, true); err == nil {
		d.tree.any(n, func(n node) bool {
			if n.mode == filemode.Submodule {
				out = append(out, n.path)
			}
			return false
		})
	}
	return out
}

func (t *tree) open(folder string) (*tree, error) {
	n, err := t.find("open", folder, true)
	if err == nil && n.mode != filemode.Dir && n.mode != filemode.Submodule {
		err = &fs.PathError{Op: "open", Path: folder, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	if n.mode == filemode.Submodule {
		n.hash = emptyTree()
		t.read[n.hash] = &object.Tree{}
	}
	return &tree{store: t.store, root: n.hash, read: t.read}, nil
}

// emptyTree is the hash of a folder with nothing in it.
func emptyTree() plumbing.Hash { return plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904") }

// any tells whether a node, or one below it, is such.
func (t *tree) any(n node, such func(node) bool) bool {
	if such(n) {
		return true
	}
	if n.mode != filemode.Dir {
		return false
	}
	list, err := t.entries(n)
	return err == nil && slices.ContainsFunc(list, func(e object.TreeEntry) bool {
		return t.any(node{name: e.Name, path: path.Join(n.path, e.Name), mode: e.Mode, hash: e.Hash}, such)
	})
}
