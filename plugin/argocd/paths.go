// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// PathsAnnotation names the annotation of an Application that says which paths its manifests depend on.
const PathsAnnotation = "argocd.argoproj.io/manifest-generate-paths"

// Recorder is a file system that remembers which files were read. Prefix is put before their names.
type Recorder struct {
	FS     fs.FS
	Prefix string
	files  map[string]bool
}

// Open opens a file and remembers it, unless it is a folder.
func (r *Recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if r.files == nil {
			r.files = map[string]bool{}
		}
		r.files[path.Join(r.Prefix, name)] = true
	}
	return f, nil
}

// Stat describes a file; that does not read it.
func (r *Recorder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(r.FS, name) }

// ReadLink tells where a symbolic link leads.
func (r *Recorder) ReadLink(name string) (string, error) { return fs.ReadLink(r.FS, name) }

// Lstat describes a file, or the symbolic link itself.
func (r *Recorder) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(r.FS, name) }

// Files are the names of the files that were read, sorted.
func (r *Recorder) Files() []string {
	out := make([]string, 0, len(r.files))
	for name := range r.files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Annotation is the value of PathsAnnotation for an Application in a folder of its repository, whose render reads these
// other folders and files of it: a new file in a folder counts too. Paths are relative to the repository. The
// Application's own folder comes first, as Argo CD's way to find what the paths have in common wants it.
func Annotation(folder string, others ...string) string {
	items := []string{"."}
	var kept []string
	for _, other := range slices.Sorted(slices.Values(others)) {
		inside := func(outer string) bool {
			return outer == "." || other == outer || strings.HasPrefix(other, outer+"/")
		}
		if inside(folder) || slices.ContainsFunc(kept, inside) {
			continue
		}
		kept = append(kept, other)
		items = append(items, path.Join("/", other))
	}
	return strings.Join(items, ";")
}
