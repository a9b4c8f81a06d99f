// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

const (
	listGroup      = "config.kubernetes.io/"
	listAPIVersion = listGroup + "v1"
	listKind       = "ResourceList"
	listName       = "<stdin>"
)

// defaultBytes bounds a list that nobody bounded.
const defaultBytes = 64 << 20

// list is a ResourceList.
type list struct {
	apiVersion string
	config     *document    // nil without a functionConfig
	nodes      []*yaml.Node // the items as they came in
	items      []*document  // those, and those in Lists among them
}

// readList reads a ResourceList. The error is a *render.Failure when the text is none.
func readList(in io.Reader, limit int) (*list, error) {
	if limit <= 0 {
		limit = defaultBytes
	}
	text, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the ResourceList: %w", err)
	case len(text) > limit:
		return nil, notAList(diag.TooLarge, fmt.Sprintf("the ResourceList is larger than %d bytes", limit), "")
	case len(bytes.TrimSpace(text)) == 0:
		return nil, notAList(diag.NotAResourceList, "there is no ResourceList: the input is empty",
			"kustomize and kpt write one to this command; `korender render` reads files")
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		return nil, notAList(diag.Syntax, "the ResourceList cannot be read: "+strings.TrimPrefix(err.Error(), "yaml: "), "")
	}
	if err := dec.Decode(&yaml.Node{}); err != io.EOF {
		return nil, notAList(diag.NotAResourceList, "the input holds more than one document, and a ResourceList is one",
			"`korender render -` reads a stream of manifests")
	}
	return newList(&doc)
}

func newList(doc *yaml.Node) (*list, error) {
	root := contentOf(doc)
	l := &list{apiVersion: textAt(root, "apiVersion")}
	if kind := textAt(root, "kind"); kind != listKind || !strings.HasPrefix(l.apiVersion, listGroup) {
		return nil, notAList(diag.NotAResourceList, fmt.Sprintf("this is not a %s of %s: its apiVersion is %q and its kind %q",
			listKind, listAPIVersion, l.apiVersion, kind), "`korender render -` reads manifests")
	}
	if config := fieldOf(root, "functionConfig"); config != nil && config.Kind == yaml.MappingNode {
		l.config = newDocument(config, configName, configPlace)
	}
	items := fieldOf(root, "items")
	if items == nil || items.Tag == nullTag {
		return l, nil
	}
	if items.Kind != yaml.SequenceNode {
		return nil, notAList(diag.NotAResourceList, "items of the ResourceList must be a list", "")
	}
	l.nodes = items.Content
	for i, item := range items.Content {
		l.add(item, fmt.Sprintf("items[%d]", i))
	}
	return l, nil
}

// add adds an item, or those of a List, which is only their wrapping.
func (l *list) add(item *yaml.Node, place string) {
	inner := fieldOf(item, "items")
	if textAt(item, "apiVersion") == "v1" && strings.HasSuffix(textAt(item, "kind"), "List") &&
		inner != nil && inner.Kind == yaml.SequenceNode {
		for i, one := range inner.Content {
			l.add(one, fmt.Sprintf("%s.items[%d]", place, i))
		}
		return
	}
	l.items = append(l.items, newDocument(item, fmt.Sprintf("%s%06d.yaml", namePrefix, len(l.items)), place))
}

// write writes a ResourceList with these items and results. Each part is encoded alone: the encoder keeps every event of
// a document until its end.
func (l *list) write(out io.Writer, items []*yaml.Node, results []result) error {
	var b bytes.Buffer
	head, err := encode(mapOf("apiVersion", text(l.apiVersion), "kind", text(listKind)))
	b.Write(head)
	if err == nil {
		err = writeItems(&b, "items", items)
	}
	if err == nil && l.config != nil {
		var config []byte
		config, err = encode(l.config.node)
		b.WriteString("functionConfig:\n")
		indent(&b, config, "  ")
	}
	if err == nil && len(results) > 0 {
		nodes := make([]*yaml.Node, 0, len(results))
		for i := range results {
			nodes = append(nodes, results[i].node())
		}
		err = writeItems(&b, "results", nodes)
	}
	if err != nil {
		return fmt.Errorf("write the ResourceList: %w", err)
	}
	_, err = out.Write(b.Bytes())
	return err
}

// writeItems writes the entry of a map that is a list.
func writeItems(b *bytes.Buffer, key string, items []*yaml.Node) error {
	b.WriteString(key + ":")
	if len(items) == 0 {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
	for _, item := range items {
		one, err := encode(item)
		if err != nil {
			return err
		}
		indent(b, one, "- ")
	}
	return nil
}

// indent writes a text that begins after two characters, and stands below them; empty lines stay empty.
func indent(b *bytes.Buffer, text []byte, first string) {
	lead := first
	for line := range bytes.Lines(text) {
		if lead == first || len(bytes.TrimRight(line, "\r\n")) > 0 {
			b.WriteString(lead)
		}
		b.Write(line)
		lead = "  "
	}
}

// notAList is the failure of a run that has nothing to work on.
func notAList(code diag.Code, message, hint string) error {
	return &render.Failure{Stage: render.StageUsage, Problems: diag.List{{
		Code: code, Pos: diag.Pos{File: listName}, Message: message, Hint: hint,
	}}}
}
