// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// files are texts by their names, as a file system of regular files. It lists no folders.
type files map[string][]byte

// Open opens one of the texts.
func (f files) Open(name string) (fs.File, error) {
	text, found := f[name]
	if !found {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{Reader: bytes.NewReader(text), name: path.Base(name), size: len(text)}, nil
}

// file is an open text.
type file struct {
	*bytes.Reader
	name string
	size int
}

// Stat is the file itself, which never changes.
func (f *file) Stat() (fs.FileInfo, error) { return info{f.name, f.size}, nil }

// Close has nothing to do.
func (f *file) Close() error { return nil }

// info tells of a text.
type info struct {
	name string
	size int
}

func (i info) Name() string     { return i.name }
func (info) Mode() fs.FileMode  { return 0o444 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }
func (i info) Size() int64      { return int64(i.size) }
