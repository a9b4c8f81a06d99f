// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

// ConfigFile is the name of the configuration file of a directory; it is no input and never loaded as such.
const ConfigFile = "korender.yaml"

var extensions = []string{".koreo", ".k", ".k.yaml", ".k.yml", ".yaml", ".yml", ".json"}

// Loader reads files of one layer.
type Loader struct {
	FS     fs.FS     // the root; nothing outside of it is read
	Stdin  io.Reader // read for the path "-"; nil: "-" is an error
	Prefix string    // put before the names of files in what is shown, e.g. "../lib/"
	Layer  int
	Limits Limits
}

// Load reads every document of the paths: slash-separated files, directories, patterns (* ? [] and ** for any number of
// directories), or "-". Directories are read whole, in order of names, but hidden ones, what .korenderignore files
// list, and files of other kinds. A file that is named is read whatever it is called; one that is found twice is read
// once. All problems are listed; documents that could be read are returned beside them.
func (l *Loader) Load(paths ...string) ([]*Document, diag.List) {
	r := &reading{Loader: l, limits: l.Limits.withDefaults(), seen: map[string]bool{}}
	for _, p := range paths {
		r.path(p)
	}
	return r.docs, r.problems
}

type reading struct {
	*Loader
	limits   Limits
	bytes    int
	full     bool
	seen     map[string]bool
	docs     []*Document
	problems diag.List
}

func (r *reading) path(p string) {
	switch {
	case p == "-":
		r.stdin()
		return
	case strings.ContainsAny(p, "*?["):
		if _, err := fs.Stat(r.FS, path.Clean(p)); err != nil {
			r.pattern(p)
			return
		}
	}
	p = path.Clean(p)
	info, err := fs.Stat(r.FS, p)
	switch {
	case err != nil:
		r.refuse(p, err)
	case info.IsDir():
		r.dir(p, r.ignoresAbove(p))
	default:
		r.file(p)
	}
}

func (r *reading) stdin() {
	if r.Stdin == nil {
		r.fail(diag.NoSuchPath, "-", "there is no standard input to read", "name a file or a directory")
		return
	}
	data, err := io.ReadAll(io.LimitReader(r.Stdin, int64(r.limits.Bytes)+1))
	if err != nil {
		r.fail(diag.Unreadable, "-", "cannot read the standard input: "+err.Error(), "")
		return
	}
	r.parse("<stdin>", data)
}

// pattern reads what a glob matches. The directories are walked, so ** works and ignore rules apply.
func (r *reading) pattern(p string) {
	base := p[:strings.IndexAny(p, "*?[")]
	base = path.Clean(base[:strings.LastIndexByte(base, '/')+1])
	matched := false
	r.walk(base, r.ignoresAbove(base), func(name string, _ error) {
		if matchPath(strings.Split(path.Clean(p), "/"), strings.Split(name, "/")) {
			matched = true
			r.file(name)
		}
	})
	if !matched {
		r.fail(diag.NoMatch, p, fmt.Sprintf("no file matches %q", p), "quote the pattern if the shell should leave it alone")
	}
}

// matchPath matches a pattern with a name, segment by segment; ** stands for any number of segments.
func matchPath(pattern, name []string) bool {
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		for i := range len(name) + 1 {
			if matchPath(pattern[1:], name[i:]) {
				return true
			}
		}
		return false
	}
	if len(name) == 0 {
		return false
	}
	ok, err := path.Match(pattern[0], name[0])
	return err == nil && ok && matchPath(pattern[1:], name[1:])
}

func (r *reading) dir(p string, ig ignores) {
	r.walk(p, ig, func(name string, err error) {
		base := path.Base(name)
		isInput := base != ConfigFile && slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(base, e) })
		switch {
		case isInput:
			r.file(name)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			r.refuse(name, err) // a link that may lead to a directory of inputs
		}
	})
}

// walk visits the files below a directory in order of names, and the links that lead nowhere with the reason.
// Directories behind links are not entered: their files are read where they lie, if that is below the path.
func (r *reading) walk(dir string, ig ignores, visit func(name string, err error)) {
	entries, err := fs.ReadDir(r.FS, dir)
	if err != nil {
		r.refuse(dir, err)
		return
	}
	ig = ig.with(r.FS, dir)
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || ig.match(name) {
			continue
		}
		mode := e.Type()
		switch {
		case mode&fs.ModeSymlink != 0:
			if info, err := fs.Stat(r.FS, name); err != nil || info.Mode().IsRegular() {
				visit(name, err)
			}
		case mode.IsDir():
			r.walk(name, ig, visit)
		case mode.IsRegular():
			visit(name, nil)
		}
	}
}

func (r *reading) file(name string) {
	if r.full || r.seen[name] {
		return
	}
	r.seen[name] = true
	f, err := r.FS.Open(name)
	if err != nil {
		r.refuse(name, err)
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(r.limits.Bytes-r.bytes)+1))
	if err != nil {
		r.refuse(name, err)
		return
	}
	r.parse(r.Prefix+name, data)
}

func (r *reading) parse(shown string, data []byte) {
	if r.bytes += len(data); r.bytes > r.limits.Bytes {
		r.full = true
		r.fail(diag.TooLarge, shown, fmt.Sprintf("with this file the input is larger than %d bytes", r.limits.Bytes),
			"name fewer paths, list files in "+IgnoreFile+", or raise limits.bytes in "+ConfigFile)
		return
	}
	docs, problems := Parse(shown, data, r.Layer, r.limits)
	r.docs = append(r.docs, docs...)
	r.problems = append(r.problems, problems...)
	if len(r.docs) > r.limits.Documents {
		r.full = true
		r.fail(diag.TooManyDocs, shown, fmt.Sprintf("with this file the input holds more than %d documents", r.limits.Documents),
			"name fewer paths, or raise limits.documents in "+ConfigFile)
	}
}

func (r *reading) fail(code diag.Code, file, message, hint string) {
	r.problems = append(r.problems, diag.Diagnostic{Code: code, Pos: diag.Pos{File: file}, Message: message, Hint: hint})
}

// refuse reports a file that could not be opened. os.Root has no error type of its own for a path that leaves it, so
// what is neither absent nor forbidden by permissions is taken for that when it is a link.
func (r *reading) refuse(name string, err error) {
	shown := r.Prefix + name
	var pe *fs.PathError
	reason := err.Error()
	if errors.As(err, &pe) {
		reason = pe.Err.Error()
	}
	switch link := r.isLink(name); {
	case errors.Is(err, fs.ErrNotExist) && link:
		r.fail(diag.Unreadable, shown, "the symbolic link leads to nothing", "mend the link, remove it, or list it in "+IgnoreFile)
	case errors.Is(err, fs.ErrNotExist):
		r.fail(diag.NoSuchPath, shown, "no such file or directory", "")
	case errors.Is(err, fs.ErrPermission):
		r.fail(diag.Unreadable, shown, "cannot be read: "+reason, "mend its permissions, or list it in "+IgnoreFile)
	case link || !fs.ValidPath(name):
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
