// SPDX-License-Identifier: Apache-2.0

package source

import (
	"io/fs"
	"path"
	"strings"

	gitignore "github.com/sabhiram/go-gitignore"
)

// IgnoreFile lists, in gitignore syntax, what is no input; it applies to its own directory and those below.
const IgnoreFile = ".korenderignore"

// ignores are the ignore files in force, outermost first.
type ignores []ignoreFile

type ignoreFile struct {
	dir   string
	rules *gitignore.GitIgnore
}

// with adds the ignore file of a directory, if it has one. The result shares nothing that either side changes.
func (ig ignores) with(fsys fs.FS, dir string) ignores {
	data, err := fs.ReadFile(fsys, path.Join(dir, IgnoreFile))
	if err != nil {
		return ig
	}
	rules := gitignore.CompileIgnoreLines(strings.Split(string(data), "\n")...)
	return append(ig[:len(ig):len(ig)], ignoreFile{dir, rules})
}

// match tells whether a file or directory is ignored. The innermost file that has a rule for it decides.
func (ig ignores) match(name string) bool {
	for i := len(ig) - 1; i >= 0; i-- {
		rel := name
		if ig[i].dir != "." {
			rel = strings.TrimPrefix(name, ig[i].dir+"/")
		}
		if ignored, rule := ig[i].rules.MatchesPathHow(rel); rule != nil {
			return ignored
		}
	}
	return false
}

// ignoresAbove gathers the ignore files of the directories above p, from the root down.
func (r *reading) ignoresAbove(p string) ignores {
	var ig ignores
	if p == "." {
		return nil
	}
	parts := strings.Split(p, "/")
	for i := range parts {
		ig = ig.with(r.FS, path.Join(".", strings.Join(parts[:i], "/")))
	}
	return ig
}
