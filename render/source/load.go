// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/korender/korender/render/diag"
)

// ConfigFile is the name of the configuration file of a directory; it is no input and never loaded as such.
const ConfigFile = "korender.yaml"

// Loader reads files of one layer.
type Loader struct {
	FS     fs.FS     // the root; nothing outside of it is read
	Stdin  io.Reader // read for the path "-"; nil: "-" is an error
	Prefix string    // put before the names of files in what is shown, e.g. "../lib/"
	Layer  int
	Limits Limits
	Budget *Budget // counts what is read against Limits; share it between the Loaders of one run; nil: one of its own
	Known  *Known  // what Loaders of this and other runs have parsed; nil: nothing
}

// Budget counts what was read. The zero value has read nothing.
type Budget struct {
	bytes, documents, aliased int
	full                      bool // a limit was hit and reported; nothing more is read
}

// Load reads every document of the paths: slash-separated files, directories, patterns (* ? [] and ** for any number of
// directories), or "-". Directories are read whole, in order of names, but for hidden files and directories, what
// .korenderignore files list, and files of other kinds than .koreo .k .yaml .yml .json. A symbolic link to a directory
// is followed, unless its files are read where they lie. A file that is named is read whatever it is called; one that
// is found twice is read once. All problems are listed; documents that could be read are returned beside them.
func (l *Loader) Load(paths ...string) ([]*Document, diag.List) {
	r := &reading{Loader: l, limits: l.Limits.withDefaults(), budget: l.Budget, seen: map[string]bool{}}
	if r.budget == nil {
		r.budget = &Budget{}
	}
	for _, p := range paths {
		r.path(p)
	}
	return r.docs, r.problems
}

// reading is one Load.
type reading struct {
	*Loader
	limits   Limits
	budget   *Budget
	seen     map[string]bool
	bases    []string // directories that are read whole; for a pattern, those that links led to on the way
	links    int
	docs     []*Document
	problems diag.List
}

func (r *reading) path(p string) {
	if p == "-" {
		r.stdin()
		return
	}
	clean := path.Clean(p)
	info, err := fs.Stat(r.FS, clean)
	switch {
	case err != nil && strings.ContainsAny(p, "*?["):
		r.pattern(clean)
	case err != nil:
		r.refuse(location{clean, clean}, err)
	case info.IsDir():
		r.dir(clean)
	default:
		r.file(location{clean, clean})
	}
}

func (r *reading) stdin() {
	if r.Stdin == nil {
		r.fail(diag.NoSuchPath, "-", "there is no standard input to read", "name a file or a directory")
		return
	}
	data, err := r.read(r.Stdin)
	if err != nil {
		r.fail(diag.Unreadable, "-", "cannot read the standard input: "+err.Error(), "")
		return
	}
	r.parse("<stdin>", data)
}

func (r *reading) file(l location) {
	if r.budget.full || r.seen[l.name] {
		return
	}
	r.seen[l.name] = true
	f, err := r.FS.Open(l.real)
	if err != nil {
		r.refuse(l, err)
		return
	}
	defer f.Close()
	data, err := r.read(f)
	if err != nil {
		r.refuse(l, err)
		return
	}
	r.parse(r.Prefix+l.name, data)
}

// read takes no more than one byte above the limit into memory.
func (r *reading) read(from io.Reader) ([]byte, error) {
	left := int64(r.limits.Bytes-r.budget.bytes) + 1
	if f, ok := from.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < left {
			return readSized(f, int(info.Size()))
		}
	}
	return io.ReadAll(io.LimitReader(from, left))
}

// readSized reads a file whose size is known, so that its buffer need not grow.
func readSized(f fs.File, size int) ([]byte, error) {
	data := make([]byte, size)
	n, err := io.ReadFull(f, data)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return data[:n], err
}

func (r *reading) parse(shown string, data []byte) {
	if r.budget.bytes += len(data); r.budget.bytes > r.limits.Bytes {
		r.stop(diag.TooLarge, shown, fmt.Sprintf("with this file the input is larger than %d bytes", r.limits.Bytes),
			"name fewer paths, list files in "+IgnoreFile+", or raise limits.bytes in "+ConfigFile)
		return
	}
	docs, problems := r.Known.parse(shown, data, r.Layer, r.limits)
	r.docs = append(r.docs, docs...)
	r.problems = append(r.problems, problems...)
	if r.budget.documents += len(docs); r.budget.documents > r.limits.Documents {
		r.stop(diag.TooManyDocs, shown, fmt.Sprintf("with this file the input holds more than %d documents", r.limits.Documents),
			"name fewer paths, list files in "+IgnoreFile+", or raise limits.documents in "+ConfigFile)
		return
	}
	for _, d := range docs {
		if r.budget.aliased += d.aliased; r.budget.aliased > r.limits.aliased() {
			r.budget.full = true
			r.problems = append(r.problems, tooManyAliased(d, d.Root.Pos(), r.limits))
			return
		}
	}
}

func (r *reading) stop(code diag.Code, file, message, hint string) {
	r.budget.full = true
	r.fail(code, file, message, hint)
}

func (r *reading) fail(code diag.Code, file, message, hint string) {
	r.problems = append(r.problems, diag.Diagnostic{Code: code, Pos: diag.Pos{File: file}, Message: message, Hint: hint})
}

// refuse reports a file that could not be opened. os.Root has no error type of its own for a path that leaves it, so
// what is neither absent nor forbidden by permissions is taken for that when it is a link.
func (r *reading) refuse(l location, err error) {
	shown := r.Prefix + l.name
	var pe *fs.PathError
	reason := err.Error()
	if errors.As(err, &pe) {
		reason = pe.Err.Error()
	}
	switch link := r.isLink(l.real); {
	case errors.Is(err, fs.ErrNotExist) && link:
		r.fail(diag.Unreadable, shown, "the symbolic link leads to nothing", "mend the link, remove it, or list it in "+IgnoreFile)
	case errors.Is(err, fs.ErrNotExist):
		r.fail(diag.NoSuchPath, shown, "no such file or directory", "")
	case errors.Is(err, syscall.ELOOP):
		r.fail(diag.Unreadable, shown, "symbolic links lead in a circle, or on and on", "mend the links, or list them in "+IgnoreFile)
	case errors.Is(err, fs.ErrPermission):
		r.fail(diag.Unreadable, shown, "cannot be read: "+reason, "mend its permissions, or list it in "+IgnoreFile)
	case link || !fs.ValidPath(l.real):
		r.fail(diag.OutsideRoot, shown, "leads out of the directory that may be read",
			"copy the file here, or widen `root` in "+ConfigFile)
	default:
		r.fail(diag.Unreadable, shown, "cannot be read: "+reason, "list it in "+IgnoreFile+" if it is no input")
	}
}

func (r *reading) isLink(name string) bool {
	info, err := fs.Lstat(r.FS, name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}
