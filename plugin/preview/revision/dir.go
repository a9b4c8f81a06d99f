// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing/filemode"
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
	if err != nil {
		return ""
	}
	if n.mode == filemode.Dir {
		if held, err := d.tree.holds(n.hash); err != nil || held.links {
			return ""
		}
	}
	return n.hash.String()
}

// Submodules lists those at or below a path.
func (d *Dir) Submodules(name string) []string {
	if d.tree == nil {
		return nil
	}
	n, err := d.tree.find("open", name, true)
	if err != nil {
		return nil
	}
	return d.tree.submodules(n)
}

func (t *tree) submodules(n node) []string {
	if n.mode == filemode.Submodule {
		return []string{n.path}
	}
	if held, err := t.holds(n.hash); n.mode != filemode.Dir || err != nil || !held.submodules {
		return nil
	}
	var out []string
	list, _ := t.folder(n.hash) // known by now
	for _, e := range list.entries {
		out = append(out, t.submodules(node{path: path.Join(n.path, e.Name), mode: e.Mode, hash: e.Hash})...)
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
	}
	return &tree{objects: t.objects, root: n.hash}, nil
}
