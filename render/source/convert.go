// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"strconv"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/korender/korender/render/diag"
)

// converter makes Nodes of the parser's nodes and expands aliases and merge keys, within bounds.
type converter struct {
	doc      *Document
	limits   Limits
	count    int
	problems diag.List
	stopped  bool
}

func (c *converter) convert(y *yaml.Node, depth int) *Node {
	n := &Node{doc: c.doc, line: int32(y.Line), col: int32(y.Column)}
	if c.bounded(n, depth) {
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		return c.convert(y.Alias, depth+1)
	case yaml.SequenceNode:
		n.Kind = List
		n.Items = make([]*Node, len(y.Content))
		for i, item := range y.Content {
			n.Items[i] = c.convert(item, depth+1)
		}
	case yaml.MappingNode:
		n.Kind = Map
		c.fillMap(n, y, depth)
	default:
		c.fillScalar(n, y)
	}
	return n
}

// bounded tells whether a bound is exceeded; the first time it also reports it.
func (c *converter) bounded(n *Node, depth int) bool {
	c.count++
	if c.stopped {
		return true
	}
	switch {
	case depth > c.limits.Depth:
		c.problems = append(c.problems, c.doc.tooDeep(n.Pos(), c.limits))
	case c.count > c.limits.Nodes:
		p := n.Problem(diag.TooManyNodes, "the document holds more than %d values, counting every use of an alias", c.limits.Nodes)
		p.Hint = "aliases that hold aliases grow very fast; write the values out, or split the document"
		c.problems = append(c.problems, p)
	default:
		return false
	}
	c.stopped = true
	return true
}

const linearKeys = 12 // up to so many keys, a look through all beats a map

func (c *converter) fillMap(n *Node, y *yaml.Node, depth int) {
	n.Pairs = make([]Pair, 0, len(y.Content)/2)
	var seen map[string]int
	if len(y.Content)/2 > linearKeys {
		seen = make(map[string]int, len(y.Content)/2)
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Tag == yaml.MergeTag {
			merges = append(merges, v)
			continue
		}
		key, ok := c.key(n, k)
		if !ok {
			continue
		}
		pair := Pair{Key: key, KeyAt: diag.Pos{File: c.doc.File, Line: c.doc.Line + k.Line - 1, Column: k.Column}}
		if first := n.lookup(key, seen); first >= 0 {
			p := c.doc.Problem(pair.KeyAt, diag.DuplicateKey, "the key %q stands twice in this map", key)
			p.Hint = fmt.Sprintf("it is first set in line %d; keep one of them", n.Pairs[first].KeyAt.Line)
			c.problems = append(c.problems, p)
			continue
		}
		pair.Value = c.convert(v, depth+1)
		if seen != nil {
			seen[key] = len(n.Pairs)
		}
		n.Pairs = append(n.Pairs, pair)
		if c.stopped {
			return
		}
	}
	for _, m := range merges {
		c.merge(n, m, depth)
	}
}

func (n *Node) lookup(key string, seen map[string]int) int {
	if seen != nil {
		if i, found := seen[key]; found {
			return i
		}
		return -1
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return i
		}
	}
	return -1
}

// key makes a text of a key, as JSON wants it.
func (c *converter) key(n *Node, k *yaml.Node) (string, bool) {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	at := &Node{doc: c.doc, line: int32(k.Line), col: int32(k.Column)}
	if k.Kind != yaml.ScalarNode {
		c.problems = append(c.problems, at.Problem(diag.BadKey, "a key must be text, not a %s", kindOf(k)))
		return "", false
	}
	c.fillScalar(at, k)
	switch v := at.Value.(type) {
	case string:
		return v, true
	case bool:
		if doubt := at.Doubt(); doubt != "" {
			c.doc.doubtfulKeys = append(c.doc.doubtfulKeys, doubtful(at, doubt))
		}
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	c.problems = append(c.problems, at.Problem(diag.BadKey, "a key must be text, not null"))
	return "", false
}

func kindOf(y *yaml.Node) string {
	if y.Kind == yaml.SequenceNode {
		return "list"
	}
	return "map"
}

// merge adds the entries of a merge key (<<) that n does not have itself.
func (c *converter) merge(n *Node, y *yaml.Node, depth int) {
	m := c.convert(y, depth+1)
	sources := []*Node{m}
	if m.Kind == List {
		sources = m.Items
	}
	for _, s := range sources {
		if s.Kind != Map {
			c.problems = append(c.problems, s.Problem(diag.BadMerge, "a merge key (<<) takes a map or a list of maps"))
			continue
		}
		for _, p := range s.Pairs {
			if n.Get(p.Key) == nil {
				n.Pairs = append(n.Pairs, p)
			}
		}
	}
}

func (c *converter) fillScalar(n *Node, y *yaml.Node) {
	switch y.Style &^ yaml.TaggedStyle {
	case yaml.SingleQuotedStyle:
		n.style = singleQuoted
	case yaml.DoubleQuotedStyle:
		n.style = doubleQuoted
	case yaml.LiteralStyle:
		n.style = literal
	case yaml.FoldedStyle:
		n.style = folded
	}
	tagged := y.Style&yaml.TaggedStyle != 0
	switch {
	case tagged && (y.Tag == "!!int" || y.Tag == "!!float" || y.Tag == "!!bool" || y.Tag == "!!null"), n.style == plain && !tagged:
		var trouble string
		n.Kind, n.Value, trouble = resolve(y.Value)
		if trouble != "" {
			c.problems = append(c.problems, n.Problem(diag.BadNumber, "%s is %s", y.Value, trouble))
		}
	default:
		n.Kind, n.Value = String, y.Value
	}
}
