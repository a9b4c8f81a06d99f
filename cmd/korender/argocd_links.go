// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// linkedFS reads a folder of a copy that Argo CD has made. On the way to the plugin, every symbolic link becomes an absolute
// one, which an os.Root refuses although it leads into the folder. Here such a link leads where the relative one led; what
// leaves the folder is refused as ever, because the root has the last word.
type linkedFS struct {
	root *os.Root
	dirs []string // the folder by its absolute names
}

func newLinkedFS(root *os.Root) (*linkedFS, error) {
	dir, err := filepath.Abs(root.Name())
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(dir)
	return &linkedFS{root: root, dirs: []string{dir, real}}, err
}

// maxHops bounds the links that lead to one file.
const maxHops = 40

// resolve is a name without links on its way, or the name itself where they lead nowhere that can be read.
func (l *linkedFS) resolve(name string) string {
	out := name
	for range maxHops {
		next, done := l.hop(out)
		if done {
			return out
		}
		if next == "" {
			return name
		}
		out = next
	}
	return name
}

// hop follows the first link in a name. The next name is empty when the link leaves the folder.
func (l *linkedFS) hop(name string) (next string, done bool) {
	parts := strings.Split(name, "/")
	for i := range parts {
		at := path.Join(parts[:i+1]...)
		info, err := l.root.Lstat(filepath.FromSlash(at))
		if err != nil {
			return "", true // whoever opens it finds out
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := l.ReadLink(at)
		if err != nil || path.IsAbs(target) {
			return "", false
		}
		next := path.Join(append([]string{path.Dir(at), target}, parts[i+1:]...)...)
		if !filepath.IsLocal(next) {
			return "", false
		}
		return next, false
	}
	return "", true
}

// Open opens a file or folder.
func (l *linkedFS) Open(name string) (fs.File, error) { return l.root.FS().Open(l.resolve(name)) }

// Stat describes what a name leads to.
func (l *linkedFS) Stat(name string) (fs.FileInfo, error) {
	return fs.Stat(l.root.FS(), l.resolve(name))
}

// ReadDir lists a folder.
func (l *linkedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(l.root.FS(), l.resolve(name))
}

// ReadFile reads a file.
func (l *linkedFS) ReadFile(name string) ([]byte, error) {
	return fs.ReadFile(l.root.FS(), l.resolve(name))
}

// Lstat describes a file, or the link itself.
func (l *linkedFS) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(l.root.FS(), name) }

// ReadLink tells where a link leads: relative to its own folder, if that is inside of this one.
func (l *linkedFS) ReadLink(name string) (string, error) {
	target, err := fs.ReadLink(l.root.FS(), name)
	if err != nil || !filepath.IsAbs(target) {
		return filepath.ToSlash(target), err
	}
	for _, dir := range l.dirs {
		if inside, err := below(dir, target); err == nil {
			rel, err := filepath.Rel(filepath.FromSlash(path.Dir(name)), filepath.FromSlash(inside))
			return filepath.ToSlash(rel), err
		}
	}
	return target, nil
}
