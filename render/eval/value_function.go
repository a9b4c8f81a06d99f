// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// valueFunction runs a ValueFunction (LANGUAGE 5): over base when it is an overlay, over nothing else.
func (e *evaluator) valueFunction(f *program.ValueFunction, c *call) Outcome {
	vars := make(expr.Vars, 3)
	vars["inputs"] = c.inputs
	if len(c.base) > 0 {
		vars["resource"] = c.base
	}
	var early hold
	out, ended := e.conditions(&checks{list: f.Preconditions, vars: vars, base: c.base, place: c.place, part: ":spec.preconditions", hold: &early})
	if !ended {
		out = e.returned(f, c, vars)
	}
	e.trace.valueRan(c, vars)
	return early.over(out, e.fallback(c))
}

// returned is the value of a ValueFunction whose preconditions hold.
func (e *evaluator) returned(f *program.ValueFunction, c *call, vars expr.Vars) Outcome {
	if f.Return == nil {
		return Outcome{Type: Ok}
	}
	locals, err := e.locals(f.Locals, vars)
	if err != nil {
		return e.failed(err, c.place.part(":spec.locals"))
	}
	vars["locals"] = locals
	if len(c.base) == 0 {
		vars["resource"] = noFields
	}
	value, err := f.Return.Overlay(e.ctx, c.base, vars)
	if err != nil {
		return e.failed(err, c.place.part(":spec.return"))
	}
	return Outcome{Type: Ok, Value: value}
}

// noFields is the empty map that stands for what is not there; it is shared and never changed.
var noFields = map[string]any{}

// locals are the values that a function computes once.
func (e *evaluator) locals(b *program.Body, vars expr.Vars) (any, error) {
	if b == nil {
		return noFields, nil
	}
	return b.Eval(e.ctx, vars)
}
