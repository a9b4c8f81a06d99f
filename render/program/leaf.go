// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// body compiles a value that may hold expressions; nil for an absent value. Only map, list and string values get here.
func (c *compiler) body(n *source.Node, s *scope) *Body {
	if n == nil {
		return nil
	}
	return &Body{Node: n, root: c.part(n, s)}
}

// filled is body for a field whose {} counts as absent.
func (c *compiler) filled(n *source.Node, s *scope) *Body {
	if n == nil || n.Kind == source.Map && len(n.Pairs) == 0 {
		return nil
	}
	return c.body(n, s)
}

func (c *compiler) part(n *source.Node, s *scope) part {
	switch n.Kind {
	case source.String:
		if text := n.Value.(string); strings.HasPrefix(text, "=") {
			return c.leaf(n, text, s)
		}
	case source.Map:
		return c.mapPart(n, s)
	case source.List:
		return c.listPart(n, s)
	}
	return part{node: n, fixed: true, value: n.Value}
}

// mapPart keeps the parts of a fixed map too: an overlay merges them one by one.
func (c *compiler) mapPart(n *source.Node, s *scope) part {
	p := part{node: n, fixed: true}
	if len(n.Pairs) == 0 {
		p.value = map[string]any{}
		return p
	}
	p.keys, p.parts = make([]string, len(n.Pairs)), make([]part, len(n.Pairs))
	for i := range n.Pairs {
		p.keys[i] = n.Pairs[i].Key
		p.parts[i] = c.part(n.Pairs[i].Value, s)
		p.fixed = p.fixed && p.parts[i].fixed
	}
	if p.fixed {
		value := make(map[string]any, len(p.parts))
		for i := range p.parts {
			value[p.keys[i]] = p.parts[i].value
		}
		p.value = value
	}
	return p
}

func (c *compiler) listPart(n *source.Node, s *scope) part {
	p := part{node: n, fixed: true, parts: make([]part, len(n.Items))}
	for i, item := range n.Items {
		p.parts[i] = c.part(item, s)
		p.fixed = p.fixed && p.parts[i].fixed
	}
	if p.fixed {
		value := make([]any, len(p.parts))
		for i := range p.parts {
			value[i] = p.parts[i].value
		}
		p.value, p.parts = value, nil
	}
	return p
}

// leaf compiles one expression. A name that is known elsewhere gets the reason why it is not known here.
func (c *compiler) leaf(n *source.Node, text string, s *scope) part {
	code, problems := c.env.Compile(text, s.names)
	for i := range problems {
		p := &problems[i]
		d := n.ProblemAt(p.Offset, diag.Code(p.Code), "%s", p.Message)
		d.Hint = p.Hint
		if p.Warning {
			d.Severity = diag.Warning
		} else if why := s.elsewhere[nameAt(text, p.Offset)]; why != "" {
			d.Hint = why
		}
		c.problems = append(c.problems, d)
	}
	if code == nil {
		c.broken = true
	}
	return part{node: n, code: code}
}

// nameAt is the name that begins at byte off, or "".
func nameAt(text string, off int) string {
	if off < 0 || off >= len(text) {
		return ""
	}
	rest := text[off:]
	end := 0
	for end < len(rest) && isWord(rest[end:end+1]) {
		end++
	}
	return rest[:end]
}
