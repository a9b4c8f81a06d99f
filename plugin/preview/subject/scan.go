// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// document is an object that says what is to be rendered, or where a source lies.
type document struct {
	file     string
	value    map[string]any // nil: what is there cannot be read
	problems diag.List      // why
}

func (d *document) is(group, kind string) bool {
	return strings.HasPrefix(text(d.value, "apiVersion"), group) && text(d.value, "kind") == kind
}

func (d *document) name() string      { return text(d.value, "metadata", "name") }
func (d *document) namespace() string { return text(d.value, "metadata", "namespace") }

// id is Kind/namespace/name.
func (d *document) id() string {
	parts := []string{text(d.value, "kind"), d.namespace(), d.name()}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "/")
}

// maxFile is how large a file may be in which such objects are looked for, in bytes.
const maxFile = 4 << 20

// scan reads the files that may hold such objects. Hidden folders do not count, and what cannot be read as YAML says
// nothing: templates of other tools look like that.
func (f *Finder) scan(top *revision.Dir) ([]document, error) {
	var out []document
	err := fs.WalkDir(top.Files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.Type().IsRegular() || !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)):
			return nil
		}
		docs, err := f.file(top, name)
		out = append(out, docs...)
		return err
	})
	return out, err
}

// file is what one file holds.
func (f *Finder) file(top *revision.Dir, name string) ([]document, error) {
	key := ""
	if digest := top.Digest(name); digest != "" {
		key = digest + " " + name
		if known, ok := f.files[key]; ok {
			return known, nil
		}
	}
	data, err := small(top.Files, name)
	if err != nil {
		return nil, err
	}
	docs := documentsIn(name, data)
	if key != "" {
		f.files[key] = docs
	}
	return docs, nil
}

// small is a file, unless it is too large; of one that is not in a partial clone there is nothing to tell.
func small(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err == nil && info.Size() > maxFile {
		return nil, nil
	}
	var data []byte
	if err == nil {
		data, err = fs.ReadFile(files, name)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, revision.ErrNotHere) {
		return nil, nil
	}
	return data, err
}

// documentsIn reads what may matter. Most files hold none of the words, and are not parsed.
func documentsIn(name string, data []byte) []document {
	interesting := slices.ContainsFunc([]string{"argoproj.io/", "RenderedArtifact", "GitRepository"}, func(word string) bool {
		return bytes.Contains(data, []byte(word))
	})
	if !interesting {
		return nil
	}
	parsed, problems := source.Parse(name, data, 0, source.Limits{})
	var out []document
	if problems.HasErrors() {
		out = append(out, document{file: name, problems: problems})
	}
	for _, p := range parsed {
		value, _ := p.Root.Native().(map[string]any)
		d := document{file: name, value: value}
		if d.is("argoproj.io/", "Application") || d.is("argoproj.io/", "ApplicationSet") || d.is("korender.dev/", "RenderedArtifact") ||
			d.is("source.toolkit.fluxcd.io/", "GitRepository") {
			out = append(out, d)
		}
	}
	return out
}

// at is what lies below keys; nil when there is nothing.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func text(v any, keys ...string) string {
	s, _ := at(v, keys...).(string)
	return s
}
