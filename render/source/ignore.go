// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// IgnoreFile lists, in gitignore syntax, what is no input; it applies to its own directory and those below.
const IgnoreFile = ".korenderignore"

// ignores are the ignore files in force, outermost first.
type ignores []ignoreFile

type ignoreFile struct {
	dir   string
	rules []ignoreRule
}

// ignoreRule is one line of an ignore file.
type ignoreRule struct {
	segments []string // of the pattern, relative to the file's directory
	keep     bool     // !pattern
	dirOnly  bool     // pattern/
}

// parseIgnores reads the lines of an ignore file.
func parseIgnores(text string) []ignoreRule {
	var rules []ignoreRule
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
			line = line[:len(line)-1]
		}
		if line == "" || line[0] == '#' {
			continue
		}
		var rule ignoreRule
		line, rule.keep = strings.CutPrefix(line, "!")
		line, rule.dirOnly = strings.CutSuffix(line, "/")
		if line == "" {
			continue
		}
		if !strings.Contains(line, "/") {
			line = "**/" + line // a bare name counts at any depth
		}
		line = strings.ReplaceAll(strings.TrimPrefix(line, "/"), "[!", "[^")
		rule.segments = strings.Split(line, "/")
		rules = append(rules, rule)
	}
	return rules
}

// match tells whether a file or directory is ignored: the innermost file with a rule for it decides, and there the last
// one.
func (ig ignores) match(name string, isDir bool) bool {
	for i := len(ig) - 1; i >= 0; i-- {
		rel := name
		if ig[i].dir != "." {
			rel = strings.TrimPrefix(name, ig[i].dir+"/")
		}
		segments := strings.Split(rel, "/")
		for j := len(ig[i].rules) - 1; j >= 0; j-- {
			if rule := &ig[i].rules[j]; (isDir || !rule.dirOnly) && matchPath(rule.segments, segments) {
				return !rule.keep
			}
		}
	}
	return false
}

// ignoresOf adds the ignore file of a directory, if it has one. The result shares nothing that either side changes.
func (r *reading) ignoresOf(dir location, ig ignores) ignores {
	file := location{path.Join(dir.name, IgnoreFile), path.Join(dir.real, IgnoreFile)}
	data, err := fs.ReadFile(r.FS, file.real)
	if errors.Is(err, fs.ErrNotExist) && !r.isLink(file.real) {
		return ig
	}
	if err != nil {
		r.refuse(file, err)
		return ig
	}
	return append(ig[:len(ig):len(ig)], ignoreFile{dir.name, parseIgnores(string(data))})
}

// ignoresAbove gathers the ignore files of the directories above p, from the root down.
func (r *reading) ignoresAbove(p string) ignores {
	var ig ignores
	if p == "." || !fs.ValidPath(p) {
		return nil
	}
	parts := strings.Split(p, "/")
	for i := range parts {
		dir := path.Join(".", strings.Join(parts[:i], "/"))
		ig = r.ignoresOf(location{dir, dir}, ig)
	}
	return ig
}
