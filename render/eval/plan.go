// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/schema"
)

// evaluator is one evaluation on its way.
type evaluator struct {
	ctx      context.Context //nolint:containedctx // lives for one call of Evaluate or Function
	program  *program.Program
	opts     Options
	observed *Observed
	absent   map[manifest.Key]struct{}
	owner    *Owner
	trigger  manifest.ID
	steps    []StepResult
	actions  []Action
	wants    []manifest.ID
	wanted   map[manifest.Key]struct{}
	reads    []manifest.ID
	read     map[manifest.Key]struct{}
	made     map[manifest.Key]int            // object → step that builds it; for the first counted steps
	settled  map[manifest.Key]map[string]any // object → how later steps read it, where neither a target nor the input says that; nil: it was removed
	counted  int
	objects  int
	fatal    error  // the end of the context, or a bound that was hit
	trace    *Trace // nil unless somebody asked for it
}

// Evaluate runs the Workflow of a trigger. The error is that of ctx, or a diag.List when a bound was hit or the trigger
// cannot be placed; everything else that goes wrong is an outcome in the Plan.
func Evaluate(ctx context.Context, p *program.Program, t Trigger, o Observed, opts Options) (*Plan, error) {
	if t.Workflow == nil {
		return nil, errors.New("evaluate: the trigger has no Workflow")
	}
	return newEvaluator(ctx, p, &o, opts).plan(&t)
}

// plan runs the Workflow of a trigger.
func (e *evaluator) plan(t *Trigger) (*Plan, error) {
	parent, err := e.parent(t)
	if err != nil {
		return nil, err
	}
	e.steps = make([]StepResult, 0, len(t.Workflow.Steps))
	e.actions = make([]Action, 0, len(t.Workflow.Steps))
	run := e.workflow(&frame{workflow: t.Workflow, parent: parent, place: &place{text: t.Workflow.Name}})
	if e.fatal != nil {
		return nil, e.fatal
	}
	return &Plan{
		Workflow:    t.Workflow.Name,
		Trigger:     e.trigger,
		Steps:       e.steps,
		Outcome:     run.outcome,
		Conditions:  run.conditions,
		State:       plainState(run.state),
		StateErrors: run.stateErrors,
		Managed:     run.record(t.Workflow.Name),
		Actions:     e.actions,
		Wants:       e.wants,
		Reads:       e.reads,
	}, nil
}

// Call says how Function runs one function.
type Call struct {
	Inputs map[string]any // nil: {}
	Base   map[string]any // what a ValueFunction is laid over; empty: nothing
	Owner  *Owner         // for owner references, which Options.Owners asks for
	Path   string         // becomes Wait.Step and Action.Step; empty: the function's name
}

// FunctionResult is what one function came to.
type FunctionResult struct {
	Outcome Outcome
	Object  *manifest.ID // the object that a ResourceFunction is about; nil when it did not get that far
	Action  *Action      // nil when nothing is to be done
	Partial map[string]any
	Waits   []expr.Wait
	Reason  string // of a deferral
	Managed any    // LANGUAGE 7.10
	Err     error  // as Evaluate's
}

// Function runs one function, as a step would, on given inputs.
func Function(ctx context.Context, p *program.Program, l *program.Logic, c Call, o Observed, opts Options) FunctionResult {
	e := newEvaluator(ctx, p, &o, opts)
	e.owner = c.Owner
	inputs := c.Inputs
	if inputs == nil {
		inputs = noFields
	}
	path := c.Path
	if path == "" {
		path = l.Name
	}
	e.steps = append(e.steps, StepResult{Path: path, Logic: l.Kind + "/" + l.Name})
	done := e.logic(l, &call{path: path, place: &place{text: l.Name}, inputs: inputs, base: c.Base})
	s := &e.steps[0]
	s.settle(done.outcome)
	return FunctionResult{
		Outcome: s.Outcome, Object: s.Object, Action: s.Action, Partial: s.Partial, Waits: s.Waits, Reason: s.Reason,
		Managed: done.record, Err: e.fatal,
	}
}

func newEvaluator(ctx context.Context, p *program.Program, o *Observed, opts Options) *evaluator {
	e := &evaluator{ctx: ctx, program: p, opts: opts, observed: o}
	if opts.Schema == nil {
		e.opts.Schema = schema.Builtin()
	}
	if len(o.Absent) > 0 {
		e.absent = make(map[manifest.Key]struct{}, len(o.Absent))
		for _, id := range o.Absent {
			e.absent[id.Key()] = struct{}{}
		}
	}
	return e
}

// existence is what is known of whether an object exists.
type existence uint8

const (
	unsure existence = iota
	present
	absent
)

// look finds an observed object. One that is neither observed nor known to be absent is wanted.
func (e *evaluator) look(id manifest.ID) (map[string]any, existence) {
	if found, ok := e.observed.Objects.Get(id); ok {
		return found.Value, present
	}
	key := id.Key()
	if _, ok := e.absent[key]; ok {
		return nil, absent
	}
	if _, ok := e.wanted[key]; !ok {
		if e.wanted == nil {
			e.wanted = make(map[manifest.Key]struct{})
		}
		e.wanted[key] = struct{}{}
		e.wants = append(e.wants, id)
	}
	return nil, unsure
}

// failed is the outcome of an expression that could not be evaluated; where is the field that holds it. A field that is
// still to come is a Retry; the end of the context and bounds end the whole evaluation besides.
func (e *evaluator) failed(err error, where string) Outcome {
	var waiting *expr.Waiting
	if errors.As(err, &waiting) {
		return Outcome{
			Type: Retry, Message: "waiting for " + waitsText(waiting.Waits), Delay: waitDelay,
			Location: where, Waits: waiting.Waits, Pos: posOf(err),
		}
	}
	out := Outcome{Type: PermFail, Pos: posOf(err), Cause: err}
	var fault *expr.Error
	if !errors.As(err, &fault) {
		out.Message, out.Location = evaluationMessage(where, "", err.Error()), where
		return out
	}
	if fault.Limit {
		e.bound(err)
	}
	out.Message, out.Location = evaluationMessage(where, fault.Source, fault.Message), fault.Source
	return out
}

// bound notes that evaluation cannot go on; the first reason stays.
func (e *evaluator) bound(err error) {
	if e.fatal != nil {
		return
	}
	if ended := e.ctx.Err(); ended != nil {
		e.fatal = fmt.Errorf("evaluate: %w", ended)
		return
	}
	var leaf *program.EvalError
	if errors.As(err, &leaf) {
		err = diag.List{leaf.Diagnostic(diag.ExpressionBound)}
	}
	e.fatal = err
}

// stopped tells whether evaluation must not go on.
func (e *evaluator) stopped() bool {
	if e.fatal == nil && e.ctx.Err() != nil {
		e.fatal = fmt.Errorf("evaluate: %w", e.ctx.Err())
	}
	return e.fatal != nil
}

func posOf(err error) diag.Pos {
	var leaf *program.EvalError
	if errors.As(err, &leaf) && leaf.Node != nil {
		return leaf.Node.OffsetPos(leaf.Offset)
	}
	return diag.Pos{}
}

// evaluationMessage is the language's wording of a failed expression.
func evaluationMessage(where, source, details string) string {
	return "Error evaluating `" + where + "` (at " + source + ") " + details
}

// plainState is a Workflow's state as others may keep it: without objects, and never nil.
func plainState(state map[string]any) map[string]any {
	if len(state) == 0 {
		return map[string]any{}
	}
	plain, _ := expr.Plain(state).(map[string]any)
	return plain
}
