// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"fmt"
	"strconv"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// call is one run of a piece of logic.
type call struct {
	path   string         // of the step or item: Wait.Step, Action.Step
	place  *place         // for locations
	at     int            // whose StepResult it fills in
	inputs any            // a map; null for an overlay without inputs
	base   map[string]any // what a ValueFunction is laid over
	vars   expr.Vars      // what the step sees, for refSwitch
	depth  int            // of sub-workflows
	gate   *hold          // why it may not run yet; nil: it may
	wave   int            // in which it runs
}

// result is what a piece of logic came to.
type result struct {
	outcome Outcome
	record  any // LANGUAGE 7.10
	after   int // the earliest wave of what depends on it
}

// Bounds that apply when Limits leaves them open.
const (
	defaultForEachItems = 10_000
	defaultDepth        = 32
	defaultObjects      = 100_000
)

func boundOf(given, otherwise int) int {
	if given > 0 {
		return given
	}
	return otherwise
}

// choose runs the logic of a step: its ref, or the case of its refSwitch.
func (e *evaluator) choose(s *program.Step, c *call) result {
	if s.Switch == nil {
		return e.logic(s.Logic, c)
	}
	l, out := e.switched(s, c)
	if l == nil {
		return result{outcome: out}
	}
	e.steps[c.at].Logic = l.Kind + "/" + l.Name
	return e.logic(l, c)
}

// logic runs a function or a sub-workflow.
func (e *evaluator) logic(l *program.Logic, c *call) result {
	e.trace.chose(l, c)
	switch {
	case l.Value != nil:
		return result{outcome: e.valueFunction(l.Value, c)}
	case l.Resource != nil:
		r := e.resourceFunction(l.Resource, c)
		r.after = c.wave
		if r.outcome.Type == Deferred {
			r.after++
		}
		return r
	case l.Workflow != nil:
		return e.subWorkflow(l, c)
	default:
		return result{outcome: Outcome{Type: PermFail, Message: l.Kind + ":" + l.Name + " is not defined.", Location: c.place.String()}}
	}
}

// switched picks the case of a refSwitch (LANGUAGE 7.6 as amended): any string, or an int by its decimal text. No logic
// comes with the outcome instead.
func (e *evaluator) switched(s *program.Step, c *call) (*program.Logic, Outcome) {
	where := c.place.part(".refSwitch.switchOn")
	vars := make(expr.Vars, len(c.vars)+1)
	for name, v := range c.vars {
		vars[name] = v
	}
	vars["inputs"] = c.inputs
	v, err := s.Switch.On.Eval(e.ctx, vars)
	if err != nil {
		return nil, e.failed(err, where)
	}
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	case uint64:
		text = strconv.FormatUint(v, 10)
	default:
		return nil, e.unswitchable(s, v, c)
	}
	for i := range s.Switch.Cases {
		if s.Switch.Cases[i].Value == text {
			return s.Switch.Cases[i].Logic, Outcome{}
		}
	}
	if s.Switch.Default != nil {
		return s.Switch.Default, Outcome{}
	}
	return nil, Outcome{
		Type: PermFail,
		Message: "`refSwitch` must match one case or a default must be provided, failed to match '" + text + "' a " +
			expr.TypeName(v) + ".",
		Location: c.place.part(".refSwitch.<match-case>"), Pos: s.Switch.On.Node.Pos(),
	}
}

func (e *evaluator) unswitchable(s *program.Step, v any, c *call) Outcome {
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		var held hold
		held.add(waits, "`refSwitch.switchOn` is not known yet")
		return held.over(Outcome{Type: Skip}, e.fallback(c))
	}
	return Outcome{
		Type: PermFail, Message: "`switchOn` must evaluate to a string or int value, received " + expr.TypeName(v) + ".",
		Location: c.place.part(".refSwitch.switchOn"), Pos: s.Switch.On.Node.Pos(),
	}
}

// subWorkflow runs a Workflow with the inputs as its parent. Its value is its state.
func (e *evaluator) subWorkflow(l *program.Logic, c *call) result {
	if limit := boundOf(e.opts.Limits.Depth, defaultDepth); c.depth >= limit {
		e.bound(e.exceeded(diag.DepthBound, l, c, fmt.Sprintf("sub-workflows nest more than %d deep", limit)))
		return result{}
	}
	run := e.workflow(&frame{
		workflow: l.Workflow, parent: c.inputs, place: &place{up: c.place, text: ":" + l.Name},
		prefix: c.path + ".", depth: c.depth + 1, gate: c.gate, inner: true, wave: c.wave,
	})
	out := run.outcome
	switch out.Type {
	case Ok:
		out.Value = plainOr(run.state)
	case Deferred:
		out.Value = plainOr(run.state)
		if run.likely != nil {
			out.Value = run.likely
		}
		out.Message = deferredInside(run.steps)
	}
	return result{outcome: out, record: run.record(l.Name), after: latest(run.steps)}
}

func plainOr(state map[string]any) map[string]any {
	if state == nil {
		return noFields
	}
	return state
}

// deferredInside is the reason of a step whose inner steps or items are deferred.
func deferredInside(steps []stepDone) string {
	text := ""
	count := 0
	for i := range steps {
		if steps[i].outcome.Type == Deferred {
			if count++; count > 1 {
				text += ", "
			}
			text += steps[i].path
		}
	}
	if count == 1 {
		return text + " is deferred"
	}
	return text + " are deferred"
}

// exceeded says which bound a piece of logic hit.
func (e *evaluator) exceeded(code diag.Code, l *program.Logic, c *call, message string) diag.List {
	d := diag.Diagnostic{Code: code, Message: "step " + c.path + ": " + message}
	if l.Node != nil {
		d = l.Node.Problem(code, "step %s: %s", c.path, message)
	}
	return diag.List{d}
}

// made counts one more object, and ends the evaluation when there are too many.
func (e *evaluator) count(id manifest.ID, c *call) {
	e.objects++
	if limit := boundOf(e.opts.Limits.Objects, defaultObjects); e.objects > limit {
		e.bound(diag.List{{
			Code:    diag.ObjectsBound,
			Message: fmt.Sprintf("step %s: %s is one object more than the limit of %d", c.path, id, limit),
		}})
	}
}
