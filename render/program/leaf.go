// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
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
		}
		if why := s.elsewhere[nameAt(text, p.Offset)]; why != "" && d.Code == diag.ExprUndeclared {
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

// scope is the variables of a field, and why others that are known elsewhere are not among them.
type scope struct {
	names     []string
	elsewhere map[string]string
}

const (
	onlyInputs   = "a function sees nothing of the Workflow but its inputs; pass the value as an input of the step"
	localsLater  = "locals are computed after the preconditions; use inputs"
	localsAlone  = "locals cannot use one another; repeat the expression, or move it into a ValueFunction of its own"
	noObjectYet  = "the object does not exist yet here; resource is known in overlays, postconditions and return"
	stepNoInputs = "inputs is known in refSwitch.switchOn only; a step reads parent and steps"
	stateOnly    = "state sees only value, the result of its own step"
)

// outside is what a function never sees, merged with what one of its fields does not see.
func outside(more map[string]string) map[string]string {
	all := map[string]string{
		"parent": onlyInputs, "steps": onlyInputs,
		"value":    "value is known in the state of a step only",
		"template": "the object built so far is called resource",
	}
	for name, why := range more {
		all[name] = why
	}
	return all
}

// The scopes of LANGUAGE 2.10.
var (
	valueEarly = &scope{[]string{"inputs", "resource"}, outside(map[string]string{"locals": localsLater})}
	valueLocal = &scope{[]string{"inputs", "resource"}, outside(map[string]string{"locals": localsAlone})}
	// whole is everything that a function can see.
	wholeScope = &scope{[]string{"inputs", "locals", "resource"}, outside(nil)}

	resourceEarly = &scope{[]string{"inputs"}, outside(map[string]string{"locals": localsLater, "resource": noObjectYet})}
	resourceLocal = &scope{[]string{"inputs"}, outside(map[string]string{"locals": localsAlone, "resource": noObjectYet})}
	resourceBuild = &scope{[]string{"inputs", "locals"}, outside(map[string]string{"resource": noObjectYet})}

	stepScope = &scope{[]string{"parent", "steps"}, map[string]string{
		"inputs": stepNoInputs, "locals": "a Workflow has no locals; compute the value in a ValueFunction step",
		"resource": "a Workflow sees no objects; read what the step's function returns, as in steps.label.field",
		"value":    "value is known in the state of a step only",
	}}
	switchScope = &scope{[]string{"parent", "steps", "inputs"}, map[string]string{
		"locals":   "a Workflow has no locals; compute the value in a ValueFunction step",
		"resource": "a Workflow sees no objects; read what the step's function returns, as in steps.label.field",
		"value":    "value is known in the state of a step only",
	}}
	stateScope = &scope{[]string{"value"}, map[string]string{
		"steps": stateOnly, "parent": stateOnly, "inputs": stateOnly, "resource": stateOnly, "locals": stateOnly,
	}}
)

// testScope is the scope of overlayResource: each input under its own name, where that can be a name.
func testScope(inputs []string) *scope {
	names := []string{"inputs", "resource"}
	for _, name := range inputs {
		if isName(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[2:])
	return &scope{names, outside(map[string]string{"locals": "the locals of the function are not known in its tests"})}
}

// isName tells whether an expression can use s as a variable.
func isName(s string) bool {
	if !isWord(s) || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	switch s {
	case "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
		"let", "loop", "package", "namespace", "return", "var", "void", "while":
		return false
	}
	return true
}
