// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render/diag"
)

// Parse reads one file: every document of it that can be read, and every problem of those that cannot. File is the
// name to show; one that ends in .json must hold JSON. Documents without a value (nothing but comments, or null) are
// left out.
func Parse(file string, data []byte, layer int, limits Limits) ([]*Document, diag.List) {
	return parse(file, data, layer, limits.withDefaults(), nil)
}

// parse is Parse with documents that are known, by their index.
func parse(file string, data []byte, layer int, limits Limits, known map[int]*Document) ([]*Document, diag.List) {
	if !utf8.Valid(data) {
		return nil, diag.List{notText(file, data)}
	}
	var docs []*Document
	var problems diag.List
	for i, chunk := range split(strings.HasSuffix(file, ".json"), data) {
		if same := known[i]; same != nil && same.Line == chunk.line && bytes.Equal(same.Raw, chunk.raw) {
			docs = append(docs, same)
			continue
		}
		d := &Document{File: file, Index: i, Line: chunk.line, Layer: layer, Raw: chunk.raw}
		if found := d.parse(limits); found != nil {
			problems = append(problems, found...)
		} else if d.Root != nil {
			docs = append(docs, d)
		}
	}
	return docs, problems
}

func notText(file string, data []byte) diag.Diagnostic {
	good := 0
	for good < len(data) {
		r, size := utf8.DecodeRune(data[good:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		good += size
	}
	at := (&Document{File: file, Line: 1, Raw: data}).at(good)
	return diag.Diagnostic{Code: diag.NotText, Pos: at, Message: "the file is not UTF-8 text",
		Hint: "save it as UTF-8, or list it in " + IgnoreFile}
}

func (d *Document) parse(limits Limits) diag.List {
	if strings.HasSuffix(d.File, ".json") {
		if p, ok := d.jsonError(); !ok {
			return diag.List{p}
		}
	}
	root, err := parseYAML(d.Raw)
	if err != nil && strings.Contains(err.Error(), "escape") && json.Valid(d.Raw) {
		root, err = parseYAML(yamlEscapes(d.Raw))
	}
	switch {
	case err != nil:
		return diag.List{d.syntaxError(err, limits)}
	case root == nil:
		return nil
	}
	c := converter{doc: d, limits: limits, lines: oddLines(d.Raw)}
	d.secret = holdsSecret(root)
	n := c.convert(root, 1)
	d.aliased = c.aliased
	if c.problems != nil {
		return c.problems
	}
	if n.Kind != Null {
		d.Root = n
	}
	return nil
}

// parseYAML gives the library's node of the one value of a document; nil when there is none.
func parseYAML(raw []byte) (*yaml.Node, error) {
	var root, rest yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0:
		return nil, nil
	case err != nil && directivesOnly(raw):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if err := decoder.Decode(&rest); err == nil {
		return nil, errSecondValue
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return root.Content[0], nil
}

var errSecondValue = errors.New("yaml: did not find expected <document start>")

// directivesOnly tells whether there is nothing but YAML directives and comments: what may stand before a marker.
func directivesOnly(raw []byte) bool {
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '%' && line[0] != '#' {
			return false
		}
	}
	return true
}

var jsonEscapes = lazy(`\\\\|\\/|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// yamlEscapes writes the escapes of JSON that YAML does not have as YAML wants them: a slash, and characters that are
// escaped as two halves.
func yamlEscapes(raw []byte) []byte {
	return jsonEscapes().ReplaceAllFunc(raw, func(m []byte) []byte {
		switch m[1] {
		case '\\':
			return m
		case '/':
			return []byte("/")
		}
		high, _ := strconv.ParseUint(string(m[2:6]), 16, 32)
		low, _ := strconv.ParseUint(string(m[8:12]), 16, 32)
		return fmt.Appendf(nil, `\U%08x`, utf16.DecodeRune(rune(high), rune(low)))
	})
}

// holdsSecret tells whether a document is a Secret, or a List that holds one.
func holdsSecret(y *yaml.Node) bool {
	if y.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i].Value, y.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if key == "kind" && value.Value == "Secret" {
			return true
		}
		if key == "items" && value.Kind == yaml.SequenceNode {
			for _, item := range value.Content {
				if item.Kind == yaml.AliasNode {
					item = item.Alias
				}
				if item != y && holdsSecretItem(item) {
					return true
				}
			}
		}
	}
	return false
}

func holdsSecretItem(y *yaml.Node) bool {
	for i := 0; y.Kind == yaml.MappingNode && i+1 < len(y.Content); i += 2 {
		if y.Content[i].Value == "kind" && y.Content[i+1].Value == "Secret" {
			return true
		}
	}
	return false
}
