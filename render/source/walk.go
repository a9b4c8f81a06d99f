// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
)

var extensions = []string{".koreo", ".k", ".yaml", ".yml", ".json"}

// search is what a walk looks for.
type search struct {
	whole bool                   // everything below the directory is read
	enter func(dir string) bool  // whether there may be something below
	take  func(file string) bool // whether a file is to be read
}

// dir reads a directory whole.
func (r *reading) dir(p string) {
	r.bases = append(r.bases, p)
	r.walk(location{p, p}, r.ignoresAbove(p), search{
		whole: true,
		enter: func(string) bool { return true },
		take: func(file string) bool {
			return path.Base(file) != ConfigFile && slices.Contains(extensions, path.Ext(file))
		},
	})
}

// pattern reads what a glob matches. The directories are walked, so ** works and ignore rules apply.
func (r *reading) pattern(p string) {
	base := p[:strings.IndexAny(p, "*?[")]
	base = path.Clean(base[:strings.LastIndexByte(base, '/')+1])
	if _, err := path.Match(p, ""); err != nil {
		r.fail(diag.NoMatch, r.Prefix+p, fmt.Sprintf("%q is no pattern: a bracket is not closed", p), `write [a-z], or \[ for the character itself`)
		return
	}
	if _, err := fs.Stat(r.FS, base); err != nil {
		r.refuse(location{base, base}, err)
		return
	}
	segments := strings.Split(p, "/")
	matched, config := false, segments[len(segments)-1] == ConfigFile
	r.bases = append(r.bases, base)
	r.walk(location{base, base}, r.ignoresAbove(base), search{
		enter: func(dir string) bool { return mayMatchBelow(segments, strings.Split(dir, "/")) },
		take: func(file string) bool {
			found := (config || path.Base(file) != ConfigFile) && matchPath(segments, strings.Split(file, "/"))
			matched = matched || found
			return found
		},
	})
	if !matched {
		r.fail(diag.NoMatch, r.Prefix+p, fmt.Sprintf("no file matches %q", p), "hidden and ignored files do not count; a file that is named is always read")
	}
}

// matchPath matches a pattern with a name, segment by segment; ** stands for any number of segments, at the end for at
// least one.
func matchPath(pattern, name []string) bool {
	if n := len(pattern); n > 0 && pattern[n-1] == "**" {
		pattern = append(pattern[:n:n], "*")
	}
	at, star, retry := 0, -1, 0
	for i := 0; i < len(name); {
		switch {
		case at < len(pattern) && pattern[at] == "**":
			star, retry = at, i
			at++
		case at < len(pattern) && matchSegment(pattern[at], name[i]):
			at, i = at+1, i+1
		case star >= 0: // let the last ** take one segment more
			retry++
			at, i = star+1, retry
		default:
			return false
		}
	}
	for at < len(pattern) && pattern[at] == "**" {
		at++
	}
	return at == len(pattern)
}

func matchSegment(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// mayMatchBelow tells whether a pattern can match a file below a directory.
func mayMatchBelow(pattern, dir []string) bool {
	for i, segment := range dir {
		switch {
		case i >= len(pattern)-1:
			return i < len(pattern) && pattern[i] == "**"
		case pattern[i] == "**":
			return true
		case !matchSegment(pattern[i], segment):
			return false
		}
	}
	return true
}

// location is a file or directory by the name under which it was reached, and without the symbolic links that led there.
type location struct{ name, real string }

// walk reads the files below a directory that are looked for, in order of names.
func (r *reading) walk(dir location, ig ignores, s search) {
	entries, err := fs.ReadDir(r.FS, dir.real)
	if err != nil {
		r.refuse(dir, err)
		return
	}
	ig = r.ignoresOf(dir, ig)
	for _, e := range entries {
		next := location{path.Join(dir.name, e.Name()), path.Join(dir.real, e.Name())}
		if r.budget.full {
			return
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		switch mode := e.Type(); {
		case ig.match(next.name, mode.IsDir()):
		case mode.IsDir():
			if s.enter(next.name) {
				r.walk(next, ig, s)
			}
		case mode.IsRegular():
			if s.take(next.name) {
				r.file(next)
			}
		case mode&fs.ModeSymlink != 0:
			r.link(next, ig, s)
		}
	}
}

// link reads what a symbolic link leads to.
func (r *reading) link(l location, ig ignores, s search) {
	info, err := fs.Stat(r.FS, l.real)
	switch {
	case err != nil:
		if s.enter(l.name) || s.take(l.name) {
			r.refuse(l, err)
		}
	case info.Mode().IsRegular():
		if s.take(l.name) {
			r.file(l)
		}
	case info.IsDir() && !ig.match(l.name, true) && s.enter(l.name):
		r.linkedDir(l, ig, s)
	}
}

const maxLinks = 1000 // links to directories that one Load follows: links among many directories multiply

// linkedDir walks the directory that a link leads to. One that is read anyhow is left out, one that holds the link is
// refused.
func (r *reading) linkedDir(l location, ig ignores, s search) {
	target := l.real
	for r.isLink(target) { // Stat went well, so this ends
		to, err := fs.ReadLink(r.FS, target)
		if err != nil {
			r.refuse(l, err)
			return
		}
		target = path.Join(path.Dir(target), to)
	}
	read := func(base string) bool { return within(target, base) && (s.whole || base == target) }
	switch {
	case within(path.Dir(l.real), target):
		r.fail(diag.Unreadable, r.Prefix+l.name, "the symbolic link leads back to a directory that holds it",
			"remove the link, or list it in "+IgnoreFile)
		return
	case slices.ContainsFunc(r.bases, read):
		return
	}
	if r.links++; r.links > maxLinks {
		r.stop(diag.Unreadable, r.Prefix+l.name, fmt.Sprintf("more than %d symbolic links to directories", maxLinks),
			"list links in "+IgnoreFile)
		return
	}
	before := len(r.bases)
	r.bases = append(r.bases, target)
	r.walk(location{l.name, target}, ig, s)
	if !s.whole {
		r.bases = r.bases[:before]
	}
}

// within tells whether a path is a directory or lies below it.
func within(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}
