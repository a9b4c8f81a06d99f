// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// change makes the document have a value, and leaves everything in it that has it already: its order, comments and style.
// The annotations of orchestrators stay.
func (d *document) change(value map[string]any) error {
	if hasAlias(d.node) {
		return d.rewrite(value)
	}
	return d.lay(d.node, value, "")
}

// rewrite makes the document have a value, whatever it looked like: what an alias stands for cannot be changed in place.
func (d *document) rewrite(value map[string]any) error {
	kept := withoutAnnotations(d.node, func(name string) bool { return !orchestrators(name) })
	annotations := at(kept, "metadata", "annotations")
	fresh, err := nodeOf(value)
	if err != nil {
		return err
	}
	d.node = fresh
	if annotations == nil {
		return nil
	}
	metadata := fieldOf(fresh, "metadata")
	if own := fieldOf(metadata, "annotations"); own != nil {
		own.Content = append(own.Content, annotations.Content...)
		return nil
	}
	metadata.Content = append(metadata.Content, text("annotations"), annotations)
	return nil
}

func hasAlias(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Anchor != "" || slices.ContainsFunc(n.Content, hasAlias)
}

// lay makes a node have a value. The path is that of the node.
func (d *document) lay(n *yaml.Node, value any, path string) error {
	switch v := value.(type) {
	case map[string]any:
		if n.Kind == yaml.MappingNode {
			return d.layMap(n, v, path)
		}
	case []any:
		if n.Kind == yaml.SequenceNode {
			return d.layList(n, v, path)
		}
	default:
		if n.Kind == yaml.ScalarNode && same(n, value) {
			return nil
		}
	}
	fresh, err := nodeOf(value)
	if err != nil {
		return err
	}
	n.Kind, n.Tag, n.Style, n.Value, n.Content = fresh.Kind, fresh.Tag, fresh.Style, fresh.Value, fresh.Content
	return nil
}

func (d *document) layMap(n *yaml.Node, value map[string]any, path string) error {
	var content []*yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		inner, stays := value[key]
		if stays {
			if err := d.lay(n.Content[i+1], inner, path+"/"+key); err != nil {
				return err
			}
		}
		if stays || d.keeps(path, key, n.Content[i+1]) {
			content = append(content, n.Content[i], n.Content[i+1])
		}
		seen[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(value)) {
		if seen[key] {
			continue
		}
		fresh, err := nodeOf(value[key])
		if err != nil {
			return err
		}
		content = append(content, text(key), fresh)
	}
	n.Content = content
	return nil
}

const annotationsPath = "/metadata/annotations"

// keeps tells whether an entry stays that the value does not have: it is an annotation of an orchestrator, or the
// annotations that hold such.
func (d *document) keeps(path, key string, value *yaml.Node) bool {
	if path == annotationsPath {
		return orchestrators(key)
	}
	if path+"/"+key != annotationsPath || value.Kind != yaml.MappingNode {
		return false
	}
	kept := make([]*yaml.Node, 0, len(value.Content))
	for i := 0; i+1 < len(value.Content); i += 2 {
		if orchestrators(value.Content[i].Value) {
			kept = append(kept, value.Content[i], value.Content[i+1])
		}
	}
	value.Content = kept
	return len(kept) > 0
}

func (d *document) layList(n *yaml.Node, value []any, path string) error {
	both := min(len(n.Content), len(value))
	n.Content = n.Content[:both]
	for i, item := range value {
		if i < both {
			if err := d.lay(n.Content[i], item, path+"[]"); err != nil {
				return err
			}
			continue
		}
		fresh, err := nodeOf(item)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, fresh)
	}
	return nil
}

// same tells whether a scalar has a value.
func same(n *yaml.Node, value any) bool {
	var own any
	if n.Decode(&own) != nil {
		return false
	}
	if i, ok := own.(int); ok {
		own = int64(i)
	}
	return reflect.DeepEqual(own, value)
}

// nodeOf is a value as YAML, with apiVersion, kind, metadata, name and namespace first in every map.
func nodeOf(value any) (*yaml.Node, error) {
	n := &yaml.Node{}
	if err := n.Encode(value); err != nil {
		return nil, err
	}
	order(n)
	return n, nil
}

// leading are the keys that stand first.
var leading = []string{"apiVersion", "kind", "metadata", "name", "namespace"}

// order puts the keys of all maps into the order in which manifests are written.
func order(n *yaml.Node) {
	for _, inner := range n.Content {
		order(inner)
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	type pair struct{ key, value *yaml.Node }
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs = append(pairs, pair{n.Content[i], n.Content[i+1]})
	}
	rank := func(p pair) int {
		if i := slices.Index(leading, p.key.Value); i >= 0 {
			return i
		}
		return len(leading)
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.key.Value, b.key.Value))
	})
	n.Content = n.Content[:0]
	for _, p := range pairs {
		n.Content = append(n.Content, p.key, p.value)
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
