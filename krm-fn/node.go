// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// The tags of nodes that we make.
const (
	boolTag = "!!bool"
	intTag  = "!!int"
	nullTag = "!!null"
	mapTag  = "!!map"
	listTag = "!!seq"
)

// contentOf is the value of a document.
func contentOf(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		return n.Content[0]
	}
	return n
}

// fieldOf is the value of a key of a map; nil when n is no map, or has no such key.
func fieldOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// at is the value at the end of a path of keys, or nil.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		n = fieldOf(n, key)
	}
	return n
}

// textAt is the text of the scalar at the end of a path of keys, or "".
func textAt(n *yaml.Node, keys ...string) string {
	if n = at(n, keys...); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// text is a string scalar; the encoder quotes it where it must.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// mapOf is a map of keys and nodes, by turns.
func mapOf(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		value, _ := pairs[i+1].(*yaml.Node)
		n.Content = append(n.Content, text(key), value)
	}
	return n
}

func listOf(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: listTag, Content: items}
}

// encode is the text of a node.
func encode(n *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	if err := enc.Encode(n); err != nil {
		return nil, err
	}
	err := enc.Close()
	return out.Bytes(), err
}
