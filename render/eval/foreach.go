// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"maps"
	"strconv"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// repeated runs a step's logic: once, or for each item of a list (LANGUAGE 7.7).
func (e *evaluator) repeated(s *program.Step, c *call) result {
	if s.ForEach == nil {
		return e.choose(s, c)
	}
	items, out, ended := e.items(s, c)
	if ended {
		return result{outcome: out}
	}
	if len(items) == 0 {
		return result{outcome: Outcome{Type: Ok, Value: []any{}}}
	}
	if limit := boundOf(e.opts.Limits.ForEachItems, defaultForEachItems); len(items) > limit {
		d := s.ForEach.ItemIn.Node.Problem(diag.ForEachBound, "step %s: forEach over %d items, more than the limit of %d", c.path, len(items), limit)
		e.bound(diag.List{d})
		return result{}
	}
	done := make([]stepDone, len(items))
	records := make([]any, len(items))
	for i, item := range items {
		if e.stopped() {
			return result{}
		}
		done[i] = e.item(s, c, i, item)
		records[i] = done[i].record
	}
	return result{outcome: itemsOutcome(done), record: records, after: latest(done)}
}

// items are what a step is repeated over.
func (e *evaluator) items(s *program.Step, c *call) ([]any, Outcome, bool) {
	where := c.place.part(".forEach.itemIn")
	v, err := s.ForEach.ItemIn.Eval(e.ctx, c.vars)
	if err != nil {
		return nil, e.failed(err, where), true
	}
	if list, ok := v.([]any); ok {
		return list, Outcome{}, false
	}
	if list, ok := expr.Plain(v).([]any); ok {
		return list, Outcome{}, false
	}
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		var held hold
		held.add(waits, "`forEach.itemIn` is not known yet")
		return nil, held.over(Outcome{Type: Skip}, e.fallback(c)), true
	}
	return nil, Outcome{
		Type:    PermFail,
		Message: "Step `" + where + "` must be a list-type, received " + expr.TypeName(v) + ".", Location: where,
		Pos: s.ForEach.ItemIn.Node.Pos(),
	}, true
}

// item runs the logic for one item and writes its result.
func (e *evaluator) item(s *program.Step, outer *call, index int, item any) stepDone {
	at := len(e.steps)
	c := *outer
	c.at, c.path = at, outer.path+"["+strconv.Itoa(index)+"]"
	c.place = &place{up: outer.place, index: index, items: true}
	e.steps = append(e.steps, StepResult{Path: c.path, Logic: logicName(s)})
	if c.gate != nil {
		e.steps[at].GatedBy = c.gate.gates
	}
	c.inputs = withItem(outer.inputs, s.ForEach.InputKey, item)
	e.trace.entered(s, &c)
	r := e.choose(s, &c)
	r.outcome = c.gate.over(r.outcome, e.fallback(&c))
	e.steps[at].settle(r.outcome)
	e.steps[at].Wave = e.steps[outer.at].Wave
	if e.steps[outer.at].Logic == "" {
		e.steps[outer.at].Logic = e.steps[at].Logic
	}
	return stepDone{path: c.path, outcome: r.outcome, record: r.record, after: r.after}
}

// withItem is a copy of the inputs with the item among them.
func withItem(inputs any, key string, item any) map[string]any {
	all, _ := inputs.(map[string]any)
	out := make(map[string]any, len(all)+1)
	maps.Copy(out, all)
	out[key] = item
	return out
}

// itemsOutcome is what all items together come to: failures alone when there are any, else the list of values, in which
// skips are their texts.
func itemsOutcome(done []stepDone) Outcome {
	var failed []Outcome
	deferred := false
	for i := range done {
		switch o := &done[i].outcome; {
		case o.Failed():
			failed = append(failed, *o)
		case o.Type == Deferred:
			deferred = true
		}
	}
	if len(failed) > 0 {
		return Combine(failed)
	}
	out := Outcome{Type: Ok, Value: itemValues(done)}
	if deferred {
		out.Type, out.Message = Deferred, deferredInside(done)
		lists := make([][]expr.Wait, len(done))
		for i := range done {
			lists[i] = done[i].outcome.Waits
		}
		out.Waits = mergeWaits(lists...)
	}
	return out
}

func itemValues(done []stepDone) []any {
	values := make([]any, len(done))
	for i := range done {
		switch o := &done[i].outcome; o.Type {
		case Ok, Deferred:
			values[i] = o.Value
		default:
			values[i] = o.String()
		}
	}
	return values
}
