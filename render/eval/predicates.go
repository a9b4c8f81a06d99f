// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// checks is one conditions list with what its evaluation needs.
type checks struct {
	list  []*program.Condition
	vars  expr.Vars
	base  map[string]any // what defaultReturn is laid over
	place *place
	part  string // ":spec.preconditions"
	hold  *hold  // gets what is not known
}

// conditions evaluates a list in order (LANGUAGE 4 as amended). It stops at the first false assert: then ended is true
// and the outcome is that item's, Ok with a value for defaultReturn. An assert that is not known yet decides nothing and
// lets nothing later decide: it and the unknowns of the asserts behind it go into the hold, and evaluation goes on.
func (e *evaluator) conditions(c *checks) (out Outcome, ended bool) {
	for _, item := range c.list {
		v, err := item.Assert.Eval(e.ctx, c.vars)
		if holds, ok := v.(bool); ok && err == nil {
			if holds {
				continue
			}
			if c.hold.active() {
				c.hold.returns(item)
				return Outcome{}, false // whatever the unknown one says, nothing behind this one is looked at
			}
			return e.decided(c, item)
		}
		if err != nil {
			if failed := e.failed(err, c.where()); !c.hold.active() {
				return failed, true
			}
			continue
		}
		c.hold.returns(item)
		if c.hold.active() {
			c.hold.add(expr.WaitsOf(v), "")
			continue
		}
		waits := expr.WaitsOf(v)
		if len(waits) == 0 {
			return notBool(item, v, c.where()), true
		}
		c.hold.add(waits, "the condition `"+item.Assert.Text()+"` is not known yet")
	}
	return Outcome{}, false
}

func (c *checks) where() string { return c.place.part(c.part) }

// notBool is what an assert comes to that is no boolean.
func notBool(item *program.Condition, v any, where string) Outcome {
	source := item.Assert.Text()
	return Outcome{
		Type:     PermFail,
		Message:  evaluationMessage(where, source, "assert must be a bool, not "+expr.TypeName(v)),
		Location: source,
		Pos:      item.Assert.Node.Pos(),
	}
}

// decided is the outcome of an item whose assert is false.
func (e *evaluator) decided(c *checks, item *program.Condition) (Outcome, bool) {
	out := Outcome{Location: c.where(), Pos: item.Node.Pos()}
	switch item.Kind {
	case program.CondOk:
		return Outcome{}, false
	case program.CondReturn:
		value, err := item.Return.Overlay(e.ctx, c.base, c.vars)
		if err != nil {
			return e.failed(err, c.where()), true
		}
		return Outcome{Type: Ok, Value: value}, true
	case program.CondSkip:
		out.Type = Skip
	case program.CondDepSkip:
		out.Type = DepSkip
	case program.CondRetry:
		out.Type, out.Delay = Retry, item.Delay
	default:
		out.Type = PermFail
	}
	message, err := item.Message.Eval(e.ctx, c.vars)
	if err != nil {
		return e.failed(err, c.where()), true
	}
	if item.Message != nil {
		out.Message = valueText(message)
	}
	return out, true
}
