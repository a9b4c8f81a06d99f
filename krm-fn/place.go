// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render/diag"
)

// locate finds the field of the document that stands at a place of its text: its path, "" for the whole document, and its
// value. With a column of 0, it is the first field that begins in the line. The value is nil when nothing is there.
func (d *document) locate(line, column int) (string, *yaml.Node) {
	if line == 0 || d.text == nil {
		return "", nil
	}
	if d.parsed == nil {
		d.parsed = &yaml.Node{}
		if err := yaml.Unmarshal(d.text, d.parsed); err != nil {
			*d.parsed = yaml.Node{} // the problem is that the text cannot be read
		}
	}
	w := walk{line: line, column: column}
	w.value(contentOf(d.parsed), "")
	return d.users(w.path), w.node
}

// users is the path that people know a field by, where the engine has read another text than theirs.
func (d *document) users(path string) string {
	if d.fields == nil {
		return path
	}
	if i := strings.LastIndexByte(path, '['); i >= 0 && d.fields[path] == "" {
		path = path[:i]
	}
	return d.fields[path]
}

// walk looks for the field at a place: the outermost one that begins there, else the last one that begins before.
type walk struct {
	line, column int
	path         string
	node         *yaml.Node
	exact        bool
}

// see looks at a key or value that begins at a node.
func (w *walk) see(n, value *yaml.Node, path string) {
	if w.exact {
		return
	}
	at := cmp.Or(cmp.Compare(n.Line, w.line), cmp.Compare(n.Column, w.column))
	if w.column == 0 {
		at = cmp.Compare(n.Line, w.line)
		if n.Kind == yaml.SequenceNode && at == 0 {
			return // its first item begins there, too
		}
	}
	if at <= 0 {
		w.path, w.node, w.exact = path, value, at == 0
	}
}

func (w *walk) value(n *yaml.Node, path string) {
	w.see(n, n, path)
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			inner := join(path, n.Content[i].Value)
			w.see(n.Content[i], n.Content[i+1], inner)
			w.value(n.Content[i+1], inner)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			w.value(item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// join is the path of a key below another path. A key with a dot stands in brackets.
func join(path, key string) string {
	switch {
	case strings.ContainsAny(key, ".[]"):
		return path + "[" + key + "]"
	case path == "":
		return key
	default:
		return path + "." + key
	}
}

// names finds the names of documents in a message, with a place or without.
var names = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(namePrefix) + `(?:\d+|functionConfig|functionConfig/korender)\.yaml(:\d+)?(:\d+)?`)
})

// translated is a message in which documents are called as people call them, and places in them by their fields.
func (f *function) translated(message string) string {
	if !strings.Contains(message, namePrefix) {
		return message
	}
	return names().ReplaceAllStringFunc(message, func(found string) string {
		parts := strings.Split(found, ":")
		d := f.document(parts[0])
		if d == nil {
			return found
		}
		numbers := [2]int{}
		for i, part := range parts[1:] {
			numbers[i], _ = strconv.Atoi(part) // digits, by the pattern
		}
		if field, _ := d.locate(numbers[0], numbers[1]); field != "" {
			return d.String() + ", " + field
		}
		return d.String()
	})
}

// document finds a document by the name that the engine knows it by.
func (f *function) document(name string) *document {
	if f.config != nil && name == f.config.name {
		return f.config
	}
	digits, item := strings.CutPrefix(strings.TrimSuffix(name, ".yaml"), namePrefix)
	i, err := strconv.Atoi(digits)
	if !item || err != nil || i < 0 || i >= len(f.items) {
		return nil
	}
	return f.items[i]
}

// problemIn is a problem at a field of a text; a number in the path is an item of a list.
func problemIn(name string, text []byte, path ...string) diag.Diagnostic {
	p := diag.Diagnostic{Pos: diag.Pos{File: name}}
	var root yaml.Node
	if len(text) == 0 || yaml.Unmarshal(text, &root) != nil {
		return p
	}
	n := contentOf(&root)
	for _, key := range path {
		next := fieldOf(n, key)
		if i, err := strconv.Atoi(key); err == nil && n.Kind == yaml.SequenceNode && i < len(n.Content) {
			next = n.Content[i]
		}
		if next == nil {
			return p
		}
		n = next
	}
	p.Pos.Line, p.Pos.Column = n.Line, n.Column
	if lines := bytes.Split(text, []byte("\n")); n.Line <= len(lines) {
		p.Excerpt = string(lines[n.Line-1])
	}
	return p
}
