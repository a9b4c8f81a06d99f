// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render/diag"
)

// converter makes Nodes of the parser's nodes and expands aliases and merge keys, within bounds. What an alias stands
// for is converted once and shared; it counts as often as it is used.
type converter struct {
	doc      *Document
	limits   Limits
	lines    []int // where the parser's lines begin, when they are not the file's
	slab     []Node
	anchors  map[*yaml.Node]*anchored
	count    int // values, aliases expanded
	aliased  int // those of them that stem from aliases
	deepest  int
	problems diag.List
	stopped  bool
}

// anchored is a value that has an anchor. Node is nil while it is being converted.
type anchored struct {
	node   *Node
	size   int // values in it
	height int // levels below it
}

func (c *converter) convert(y *yaml.Node, depth int) *Node {
	if y.Kind == yaml.AliasNode {
		return c.alias(y, depth)
	}
	n := c.node(y)
	if c.grow(y, 1, depth) {
		return n
	}
	if y.Anchor != "" {
		return c.anchor(n, y, depth)
	}
	c.fill(n, y, depth)
	return n
}

// slabSize is how many Nodes to make at once: about as many as a short document holds.
func slabSize(raw []byte) int { return min(max(len(raw)/10, 4), 64) }

// node is a blank Node at the place of y.
func (c *converter) node(y *yaml.Node) *Node {
	if len(c.slab) == 0 {
		c.slab = make([]Node, slabSize(c.doc.Raw))
	}
	n := &c.slab[0]
	c.slab = c.slab[1:]
	line, column := c.place(y)
	n.doc, n.line, n.col = c.doc, int32(line), int32(column)
	return n
}

// place is the line in Raw and the column of y, as people count them.
func (c *converter) place(y *yaml.Node) (line, column int) {
	if y.Value == "" && y.Kind == yaml.ScalarNode && y.Line > len(c.doc.lineStarts()) && c.lines == nil {
		last := c.doc.at(len(c.doc.Raw)) // the parser begins a line of its own for what is missing at the end
		return last.Line - c.doc.Line + 1, last.Column
	}
	if c.lines == nil {
		return y.Line, y.Column
	}
	start := c.lines[min(max(y.Line-1, 0), len(c.lines)-1)]
	at := c.doc.at(advance(c.doc.Raw, start, y.Column))
	return at.Line - c.doc.Line + 1, at.Column
}

func (c *converter) fill(n *Node, y *yaml.Node, depth int) {
	switch y.Kind {
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
}

// anchor fills n and remembers it for its aliases.
func (c *converter) anchor(n *Node, y *yaml.Node, depth int) *Node {
	if c.anchors == nil {
		c.anchors = map[*yaml.Node]*anchored{}
	}
	a := &anchored{}
	c.anchors[y] = a
	count, deepest := c.count, c.deepest
	c.deepest = depth
	c.fill(n, y, depth)
	a.node, a.size, a.height = n, c.count-count+1, c.deepest-depth
	c.deepest = max(c.deepest, deepest)
	return n
}

// alias is the value that an alias stands for.
func (c *converter) alias(y *yaml.Node, depth int) *Node {
	a := c.anchors[y.Alias]
	if a == nil || a.node == nil {
		n := c.node(y)
		if !c.stopped {
			c.problems = append(c.problems, n.Problem(diag.Syntax, "the alias *%s stands inside of the value that it names", y.Value))
		}
		return n
	}
	c.aliased += a.size
	c.grow(y, a.size, depth+a.height)
	return a.node
}

// grow counts values and tells whether a bound is exceeded; the first time it also reports it.
func (c *converter) grow(y *yaml.Node, size, depth int) bool {
	if c.stopped {
		return true
	}
	c.count += size
	c.deepest = max(c.deepest, depth)
	switch {
	case depth > c.limits.Depth:
		c.problems = append(c.problems, c.doc.tooDeep(c.pos(y), c.limits))
	case c.aliased > c.limits.aliased():
		c.problems = append(c.problems, tooManyAliased(c.doc, c.pos(y), c.limits))
	case c.count > c.limits.Nodes:
		p := c.doc.Problem(c.pos(y), diag.TooManyNodes, "the document holds more than %d values", c.limits.Nodes)
		p.Hint = "split the document, or raise limits.nodes in " + ConfigFile
		c.problems = append(c.problems, p)
	default:
		return false
	}
	c.stopped = true
	return true
}

func tooManyAliased(d *Document, at diag.Pos, limits Limits) diag.Diagnostic {
	p := d.Problem(at, diag.TooManyNodes, "aliases stand for more than %d values", limits.aliased())
	p.Hint = fmt.Sprintf("aliases that hold aliases grow very fast; write the values out, or raise limits.nodes in %s (a tenth of it is for aliases)", ConfigFile)
	return p
}

const linearKeys = 12 // up to so many keys, a look through all beats a map

// keySet finds the entry of a key in a map that is being filled.
type keySet struct {
	n     *Node
	index map[string]int
}

func newKeySet(n *Node, size int) *keySet {
	s := &keySet{n: n}
	if size > linearKeys {
		s.index = make(map[string]int, size)
		for i := range n.Pairs {
			s.index[n.Pairs[i].Key] = i
		}
	}
	return s
}

func (s *keySet) find(key string) (int, bool) {
	if s.index != nil {
		i, found := s.index[key]
		return i, found
	}
	for i := range s.n.Pairs {
		if s.n.Pairs[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

func (s *keySet) add(p Pair) {
	if s.index != nil {
		s.index[p.Key] = len(s.n.Pairs)
	}
	s.n.Pairs = append(s.n.Pairs, p)
}

func (c *converter) fillMap(n *Node, y *yaml.Node, depth int) {
	size := len(y.Content) / 2
	n.Pairs = make([]Pair, 0, size)
	keys := newKeySet(n, size)
	var merge, mergeKey *yaml.Node
	for i := 0; i+1 < len(y.Content) && !c.stopped; i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Tag == "!!merge" {
			if merge != nil {
				c.duplicate(k, "<<", c.pos(mergeKey).Line)
			}
			merge, mergeKey = v, k
			continue
		}
		key, ok := c.key(k)
		if !ok {
			continue
		}
		if first, found := keys.find(key); found {
			c.duplicate(k, key, n.Pairs[first].KeyAt.Line)
			continue
		}
		keys.add(Pair{Key: key, KeyAt: c.pos(k), Value: c.convert(v, depth+1)})
	}
	if merge != nil && !c.stopped {
		c.merge(n, merge, depth)
	}
}

// pos is the place of y in the file.
func (c *converter) pos(y *yaml.Node) diag.Pos {
	line, column := c.place(y)
	return diag.Pos{File: c.doc.File, Line: c.doc.Line + line - 1, Column: column}
}

func (c *converter) duplicate(k *yaml.Node, key string, first int) {
	p := c.doc.Problem(c.pos(k), diag.DuplicateKey, "the key %q stands twice in this map", key)
	p.Hint = fmt.Sprintf("it is first set in line %d; keep one of them", first)
	c.problems = append(c.problems, p)
}

// key makes a text of a key, as JSON wants it.
func (c *converter) key(k *yaml.Node) (string, bool) {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind == yaml.ScalarNode && (k.Style != 0 || k.Value != "" && !startsSpecial(k.Value[0])) && k.Style&yaml.TaggedStyle == 0 {
		return k.Value, true
	}
	at := c.node(k)
	if k.Kind != yaml.ScalarNode {
		c.problems = append(c.problems, at.Problem(diag.BadKey, "a key must be text, not a %s", kindOf(k)))
		return "", false
	}
	c.fillScalar(at, k)
	switch v := at.Value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	if at.Kind == Null {
		p := at.Problem(diag.BadKey, "a key must be text, not null")
		p.Hint = "quote it to make it text"
		c.problems = append(c.problems, p)
	}
	return "", false
}

func kindOf(y *yaml.Node) string {
	if y.Kind == yaml.SequenceNode {
		return "list"
	}
	return "map"
}

// merge adds the entries of a merge key (<<) that n does not have itself; of a list of maps, the earlier one wins.
func (c *converter) merge(n *Node, y *yaml.Node, depth int) {
	m := c.convert(y, depth+1)
	sources := []*Node{m}
	if m.Kind == List {
		sources = m.Items
	}
	size := len(n.Pairs)
	for _, s := range sources {
		size += len(s.Pairs)
	}
	keys := newKeySet(n, size)
	for _, s := range sources {
		if s.Kind != Map {
			if !c.stopped {
				c.problems = append(c.problems, s.Problem(diag.BadMerge, "a merge key (<<) takes a map or a list of maps"))
			}
			continue
		}
		for _, p := range s.Pairs {
			if _, found := keys.find(p.Key); !found {
				keys.add(p)
			}
		}
	}
}
