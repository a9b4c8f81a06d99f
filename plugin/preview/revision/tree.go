// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// tree is a folder of a revision as a file system, read when it is needed. Symbolic links are followed as far as they
// stay in the folder, as in os.Root; a submodule is an empty folder, as it is after a plain clone.
type tree struct {
	*objects
	root plumbing.Hash
}

var errEscapes = errors.New("path escapes from the folder that may be read")

// node is what a path names.
type node struct {
	name string // its last part
	path string // where it really is, after links
	mode filemode.FileMode
	hash plumbing.Hash
}

var _ interface {
	fs.ReadDirFS
	fs.StatFS
	fs.ReadLinkFS
} = &tree{}

const maxLinks = 40 // that one path may follow

// find walks a path. The last part is followed when it is a link, if follow says so.
func (t *tree) find(op, name string, follow bool) (node, error) {
	fail := func(err error) (node, error) { return node{}, &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	left, links := parts(name), 0
	at := []node{{name: ".", path: ".", mode: filemode.Dir, hash: t.root}}
	for len(left) > 0 {
		part := left[0]
		left = left[1:]
		if part == ".." {
			if len(at) == 1 {
				return fail(errEscapes)
			}
			at = at[:len(at)-1]
			continue
		}
		next, err := t.child(at[len(at)-1], part)
		if err != nil {
			return fail(err)
		}
		if next.mode != filemode.Symlink || len(left) == 0 && !follow {
			at = append(at, next)
			continue
		}
		if links++; links > maxLinks {
			return fail(syscall.ELOOP)
		}
		to, err := t.text(next.hash)
		if err != nil {
			return fail(err)
		}
		if path.IsAbs(to) {
			return fail(errEscapes)
		}
		left = append(parts(to), left...)
	}
	return at[len(at)-1], nil
}

// parts cuts a path, and leaves out what says nothing.
func parts(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(part string) bool { return part == "" || part == "." })
}

// child is an entry of a folder.
func (t *tree) child(dir node, name string) (node, error) {
	known, err := t.listing(dir)
	if err != nil {
		return node{}, err
	}
	at, found := known.names[name]
	if !found {
		return node{}, fs.ErrNotExist
	}
	e := &known.entries[at]
	return node{name: name, path: path.Join(dir.path, name), mode: e.Mode, hash: e.Hash}, nil
}

// listing is what a folder holds. A submodule is an empty one.
func (t *tree) listing(dir node) (*folder, error) {
	switch dir.mode {
	case filemode.Dir:
		return t.folder(dir.hash)
	case filemode.Submodule:
		return &folder{}, nil
	default:
		return nil, syscall.ENOTDIR
	}
}

// text is the target of a symbolic link.
func (t *tree) text(hash plumbing.Hash) (string, error) {
	r, _, err := t.file(hash)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxTarget))
	return string(data), err
}

const maxTarget = 4096 // bytes of a link's target

// Open opens a file or folder.
func (t *tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.mode == filemode.Dir || n.mode == filemode.Submodule {
		list, err := t.list(n)
		return &openFolder{info: info{node: n}, list: list}, err
	}
	r, size, err := t.file(n.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: info{node: n, size: size}, ReadCloser: r}, nil
}

// Stat tells about what a path leads to.
func (t *tree) Stat(name string) (fs.FileInfo, error) { return t.info("stat", name, true) }

// Lstat tells about what a path names, which may be a link.
func (t *tree) Lstat(name string) (fs.FileInfo, error) { return t.info("lstat", name, false) }

func (t *tree) info(op, name string, follow bool) (fs.FileInfo, error) {
	n, err := t.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	return t.sized(n)
}

func (t *tree) sized(n node) (fs.FileInfo, error) {
	if n.mode == filemode.Dir || n.mode == filemode.Submodule {
		return info{node: n}, nil
	}
	size, err := t.size(n.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: n.path, Err: err}
	}
	return info{node: n, size: size}, nil
}

// ReadLink is the target of a link.
func (t *tree) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.mode != filemode.Symlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return t.text(n.hash)
}

// ReadDir lists a folder, sorted by name.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	list, err := t.list(n)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return list, nil
}

func (t *tree) list(dir node) ([]fs.DirEntry, error) {
	known, err := t.listing(dir)
	if err != nil {
		return nil, err
	}
	out := make([]fs.DirEntry, len(known.entries))
	for i, e := range known.entries {
		out[i] = entry{tree: t, node: node{name: e.Name, path: path.Join(dir.path, e.Name), mode: e.Mode, hash: e.Hash}}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// entry is one line of a folder's list.
type entry struct {
	tree *tree
	node
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.Type().IsDir() }
func (e entry) Type() fs.FileMode          { return info{node: e.node}.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e.tree.sized(e.node) }

// info tells about a node. Git keeps no times.
type info struct {
	node
	size int64
}

func (i info) Name() string     { return i.name }
func (i info) Size() int64      { return i.size }
func (info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool      { return i.Mode().IsDir() }
func (info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	switch i.mode {
	case filemode.Dir, filemode.Submodule:
		return fs.ModeDir | 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	case filemode.Executable:
		return 0o555
	default:
		return 0o444
	}
}

// openFile is a file that is being read.
type openFile struct {
	info
	io.ReadCloser
}

// Stat tells about the file.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// openFolder is a folder that is being listed.
type openFolder struct {
	info
	list []fs.DirEntry
}

// Stat tells about the folder.
func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing: all was read when the folder was opened.
func (f *openFolder) Close() error { return nil }

// Read says that a folder has no bytes.
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.path, Err: syscall.EISDIR}
}

// ReadDir gives the next n entries, or the rest.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.list) {
		if n > 0 && len(f.list) == 0 {
			return nil, io.EOF
		}
		n = len(f.list)
	}
	out := f.list[:n]
	f.list = f.list[n:]
	return out, nil
}
