// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strings"

	"github.com/korender/korender/render/source"
)

func (c *compiler) valueFunction(d *definition) {
	f := d.value
	f.Preconditions = c.conditions(listAt(d.spec, "preconditions"), valueEarly)
	f.Locals = c.filled(mapAt(d.spec, "locals"), valueLocal)
	f.Return = c.filled(mapAt(d.spec, "return"), wholeScope)

	d.reads.root = "inputs"
	d.reads.valueFunction(f)
	f.Inputs = d.reads.list
}

// conditionKinds names the outcomes in the order in which they are looked for.
var conditionKinds = []struct {
	key  string
	kind ConditionKind
}{
	{"ok", CondOk}, {"skip", CondSkip}, {"depSkip", CondDepSkip}, {"retry", CondRetry}, {"permFail", CondPermFail},
	{"defaultReturn", CondReturn},
}

// conditions compiles preconditions or postconditions.
func (c *compiler) conditions(n *source.Node, s *scope) []*Condition {
	if n == nil {
		return nil
	}
	out := make([]*Condition, 0, len(n.Items))
	for _, item := range n.Items {
		cond := &Condition{Node: item, Assert: c.body(formulaAt(item, "assert"), s)}
		for _, k := range conditionKinds {
			if payload := mapAt(item, k.key); payload != nil {
				cond.Kind = k.kind
				c.payload(cond, payload, s)
				break
			}
		}
		out = append(out, cond)
	}
	return out
}

func (c *compiler) payload(cond *Condition, n *source.Node, s *scope) {
	switch cond.Kind {
	case CondOk:
	case CondReturn:
		cond.Return = c.body(n, s)
	default:
		cond.Message = c.body(textAt(n, "message"), s)
		cond.Delay = intAt(n, "delay", 0)
	}
}

// The functions below read a field of the right type; what has a wrong one was reported and counts as absent.

func kindAt(n *source.Node, key string, k source.Kind) *source.Node {
	v := n.Get(key)
	if v == nil || v.Kind != k {
		return nil
	}
	return v
}

func mapAt(n *source.Node, key string) *source.Node  { return kindAt(n, key, source.Map) }
func listAt(n *source.Node, key string) *source.Node { return kindAt(n, key, source.List) }
func textAt(n *source.Node, key string) *source.Node { return kindAt(n, key, source.String) }

// formulaAt reads a field that must be an expression.
func formulaAt(n *source.Node, key string) *source.Node {
	v := textAt(n, key)
	if !strings.HasPrefix(v.Text(), "=") {
		return nil
	}
	return v
}

// wordAt reads a field that cannot be an expression.
func wordAt(n *source.Node, key string) string {
	if v := textAt(n, key).Text(); !strings.HasPrefix(v, "=") {
		return v
	}
	return ""
}

func flagAt(n *source.Node, key string, otherwise bool) bool {
	if v := kindAt(n, key, source.Bool); v != nil {
		return v.Value.(bool)
	}
	return otherwise
}

func intAt(n *source.Node, key string, otherwise int) int {
	if v := kindAt(n, key, source.Int); v != nil {
		return int(v.Value.(int64))
	}
	return otherwise
}
