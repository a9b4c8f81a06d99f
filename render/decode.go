// SPDX-License-Identifier: Apache-2.0

package render

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// DecodeConfig reads a document of kind Render. Everything wrong with it is in the List; the Config holds what is right.
func DecodeConfig(doc *source.Document) (Config, diag.List) {
	var c Config
	found := c.decode(doc)
	return c, found
}

// decode lays what a document of kind Render says over c.
func (c *Config) decode(doc *source.Document) diag.List {
	d := decoder{config: c}
	root := doc.Root
	if root.Get("apiVersion").Text() != APIVersion || root.Get("kind").Text() != Kind {
		d.problem(root, diag.BadSetting, "apiVersion: "+APIVersion+" and kind: "+Kind+" make a document of this file",
			"this is not a %s of %s", Kind, APIVersion)
		return d.found
	}
	d.fields("", root, settings(), "apiVersion", "kind", "metadata")
	return d.found
}

// decoder walks a document along the table of settings.
type decoder struct {
	config *Config
	found  diag.List
}

func (d *decoder) problem(n *source.Node, code diag.Code, hint, format string, args ...any) {
	p := n.Problem(code, format, args...)
	p.Hint = hint
	d.found = append(d.found, p)
}

// fields decodes the entries of a map; besides lists keys that are nobody's business.
func (d *decoder) fields(path string, n *source.Node, table []setting, besides ...string) {
	names := make([]string, 0, len(table))
	for i := range table {
		names = append(names, table[i].name)
	}
	for _, pair := range n.Pairs {
		if slices.Contains(besides, pair.Key) {
			continue
		}
		i := slices.Index(names, pair.Key)
		if i < 0 {
			d.unknown(path, n, pair, names)
			continue
		}
		if pair.Value.Kind != source.Null {
			d.field(path+pair.Key, pair.Value, &table[i])
		}
	}
}

func (d *decoder) unknown(path string, n *source.Node, pair source.Pair, names []string) {
	p := n.KeyProblem(pair, diag.UnknownSetting, "unknown field %q in kind %s", path+pair.Key, Kind)
	p.Hint = "known fields are " + strings.Join(names, ", ")
	if near := diag.DidYouMean(pair.Key, names); near != "" {
		p.Hint = near
	}
	d.found = append(d.found, p)
}

func (d *decoder) field(path string, n *source.Node, s *setting) {
	switch {
	case s.word && n.Kind == source.String:
		if !d.word(path, n, s.words) {
			return
		}
	case n.Kind != s.kind:
		want := kindName(s.kind)
		if s.word {
			want += " or one of " + strings.Join(s.words, ", ")
		}
		d.problem(n, diag.BadSetting, "", "%s must be %s, not %s", path, want, kindName(n.Kind))
		return
	case !d.content(path, n, s):
		return
	}
	if s.set != nil {
		s.set(d.config, n)
	}
}

// content checks what is inside a value of the right kind, and tells whether it may be used.
func (d *decoder) content(path string, n *source.Node, s *setting) bool {
	switch n.Kind {
	case source.String:
		return len(s.words) == 0 || d.word(path, n, s.words)
	case source.Int:
		if v, ok := n.Value.(int64); ok && v >= s.least {
			return true
		}
		d.problem(n, diag.BadSetting, "", "%s must be at least %d", path, s.least)
		return false
	case source.List:
		return d.texts(path, n)
	case source.Map:
		if s.fields != nil {
			d.fields(path+".", n, s.fields)
			return true
		}
		return d.textMap(path, n, s.words)
	default:
		return true
	}
}

func (d *decoder) word(path string, n *source.Node, words []string) bool {
	if slices.Contains(words, n.Text()) {
		return true
	}
	d.problem(n, diag.BadSetting, diag.DidYouMean(n.Text(), words), "%s must be %s, not %q", path, orList(words), n.Text())
	return false
}

func (d *decoder) texts(path string, n *source.Node) bool {
	good := true
	for i, item := range n.Items {
		if item.Kind != source.String {
			d.problem(item, diag.BadSetting, "", "%s[%d] must be a string, not %s", path, i, kindName(item.Kind))
			good = false
		}
	}
	return good
}

func (d *decoder) textMap(path string, n *source.Node, words []string) bool {
	good := true
	for _, pair := range n.Pairs {
		at := path + "." + pair.Key
		switch {
		case pair.Value.Kind != source.String:
			d.problem(pair.Value, diag.BadSetting, "quote it to make it a string", "%s must be a string, not %s", at, kindName(pair.Value.Kind))
			good = false
		case len(words) > 0:
			good = d.word(at, pair.Value, words) && good
		}
	}
	return good
}

// orList is `a`, `a or b`, `a, b or c`.
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// kindName is a kind with its article.
func kindName(k source.Kind) string {
	switch k {
	case source.Null:
		return "null"
	case source.Bool:
		return "true or false"
	case source.Int:
		return "a whole number"
	case source.Float:
		return "a number"
	case source.String:
		return "a string"
	case source.List:
		return "a list"
	default:
		return "a map"
	}
}
