// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

const separator = "---\n"

// WriteYAML writes the objects as one YAML stream, separated by lines of ---. An object with Raw keeps its bytes; the
// others have apiVersion, kind, metadata, name and namespace first in every map, then the other keys in alphabetical
// order, and text that any reader of YAML (1.1 or 1.2) could take for something else in quotes. Nothing is written
// when an object cannot be: the error names it.
func WriteYAML(w io.Writer, objects []Object) error {
	var out bytes.Buffer
	p := newYAMLWriter(&out)
	for i := range objects {
		if i > 0 && !bytes.HasPrefix(objects[i].Raw, []byte("---")) {
			out.WriteString(separator)
		}
		if err := p.object(&objects[i]); err != nil {
			return err
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// yamlWriter writes one document after another through one encoder, whose buffers are too large to make one for each.
type yamlWriter struct {
	out      *bytes.Buffer
	document bytes.Buffer // what the encoder wrote last
	encoder  *yaml.Encoder
	left     int // documents until a new encoder
	nodes    nodes
}

// perEncoder documents share an encoder. A new one costs a buffer of 128 KiB, and an old one keeps every event that
// went through it.
const perEncoder = 8

func newYAMLWriter(out *bytes.Buffer) *yamlWriter { return &yamlWriter{out: out} }

func (p *yamlWriter) object(o *Object) error {
	if o.Raw != nil {
		raw, faithful := ended(o.Raw)
		if faithful {
			p.out.Write(raw)
			return nil
		}
	}
	if p.left--; p.left < 0 {
		p.encoder, p.left = yaml.NewEncoder(&p.document), perEncoder-1
		p.encoder.SetIndent(2) // as kustomize and kubectl do
		p.encoder.CompactSeqIndent()
	}
	p.nodes.reset()
	root, err := p.nodes.of(o.Value)
	if err != nil {
		return fmt.Errorf("write %s: %w", o.ID, err)
	}
	p.document.Reset()
	if err := p.encoder.Encode(root); err != nil {
		return fmt.Errorf("write %s: %w", o.ID, err)
	}
	p.out.Write(bytes.TrimPrefix(p.document.Bytes(), []byte(separator)))
	return nil
}

// ended is raw with a line feed at its end. It is false when that would change a value: a block scalar may end with
// the file, without one.
func ended(raw []byte) ([]byte, bool) {
	if len(raw) == 0 || raw[len(raw)-1] == '\n' {
		return raw, true
	}
	out := append(raw[:len(raw):len(raw)], '\n')
	if !bytes.ContainsAny(raw, "|>") {
		return out, true
	}
	var before, after any
	if yaml.Unmarshal(raw, &before) != nil || yaml.Unmarshal(out, &after) != nil {
		return out, true
	}
	return out, reflect.DeepEqual(before, after)
}

// nodes makes the library's nodes of values. They are taken from one slab, which every document uses anew.
type nodes struct {
	slab []yaml.Node
	refs []*yaml.Node
	keys []string
}

const slabSize = 512

func (n *nodes) reset() { n.slab, n.refs = n.slab[:0], n.refs[:0] }

// take is a blank node. A full slab is left to the nodes that it holds, and a larger one begun.
func (n *nodes) take(kind yaml.Kind) *yaml.Node {
	if len(n.slab) == cap(n.slab) {
		n.slab = make([]yaml.Node, 0, max(slabSize, 2*cap(n.slab)))
	}
	n.slab = append(n.slab, yaml.Node{Kind: kind})
	return &n.slab[len(n.slab)-1]
}

// content is room for the children of a node.
func (n *nodes) content(size int) []*yaml.Node {
	if len(n.refs)+size > cap(n.refs) {
		n.refs = make([]*yaml.Node, 0, max(slabSize, 2*cap(n.refs), size))
	}
	at := len(n.refs)
	n.refs = n.refs[:at+size]
	return n.refs[at : at : at+size]
}

func (n *nodes) of(value any) (*yaml.Node, error) {
	switch v := value.(type) {
	case map[string]any:
		return n.mapping(v)
	case []any:
		return n.sequence(v)
	case string:
		return n.text(v)
	}
	text, err := plainText(value)
	if err != nil {
		return nil, err
	}
	out := n.take(yaml.ScalarNode)
	out.Value = text
	return out, nil
}

func (n *nodes) mapping(m map[string]any) (*yaml.Node, error) {
	out := n.take(yaml.MappingNode)
	if len(m) == 0 {
		out.Style = yaml.FlowStyle
		return out, nil
	}
	content := n.content(2 * len(m))
	from := len(n.keys)
	n.keys = appendKeys(n.keys, m)
	for i := from; i < from+len(m); i++ {
		key, err := n.text(n.keys[i])
		if err != nil {
			return nil, err
		}
		value, err := n.of(m[n.keys[i]])
		if err != nil {
			return nil, err
		}
		content = append(content, key, value)
	}
	n.keys = n.keys[:from]
	out.Content = content
	return out, nil
}

func (n *nodes) sequence(list []any) (*yaml.Node, error) {
	out := n.take(yaml.SequenceNode)
	if len(list) == 0 {
		out.Style = yaml.FlowStyle
		return out, nil
	}
	content := n.content(len(list))
	for _, item := range list {
		child, err := n.of(item)
		if err != nil {
			return nil, err
		}
		content = append(content, child)
	}
	out.Content = content
	return out, nil
}

func (n *nodes) text(s string) (*yaml.Node, error) {
	if !validText(s) {
		return nil, errNotText
	}
	out := n.take(yaml.ScalarNode)
	out.Value = s
	switch {
	case strings.IndexByte(s, '\n') >= 0:
		out.Style = yaml.LiteralStyle
		if !blockSafe(s) {
			out.Style = yaml.DoubleQuotedStyle
		}
	case ambiguous(s):
		out.Style = yaml.DoubleQuotedStyle
	}
	return out, nil
}
