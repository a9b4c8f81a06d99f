// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/schema"
)

// maxNesting is how deep rendered triggers may nest.
const maxNesting = 8

// rendering is one render on its way.
type rendering struct {
	sources   *Sources
	program   *program.Program
	config    *Config
	opts      Options
	selection *selection
	observed  eval.Observed
	declared  *manifest.Set // objects of the input that stay in the output, as instances read them
	kinds     schema.Source
	changed   changes
	views     *outlooks
	late      *late
	around    *surrounding // where evaluations are remembered; else nil
	claims    []claim
	closures  map[*program.Workflow][]byte
	output    manifest.Set
	plans     []*Plan
	instances []*instance // plans[i] is that of instances[i]
	failed    diag.List   // what makes the render fail
	deferred  diag.List   // what would be left to live
	warnings  diag.List
}

// Evaluate runs the Workflows of all triggers and puts the output together. The error is a *Failure that holds what
// went wrong with any of them, or that of ctx.
func Evaluate(ctx context.Context, s *Sources, p *Program, opts Options) (*Result, error) {
	inputs, found := selectTriggers(s, p, opts)
	r := newRendering(s, p, opts)
	found = append(found, checkPins(r.views)...)
	if err := failAt(StageProgram, found); err != nil {
		return nil, err
	}
	r.warnings = found
	limited, cancel := context.WithTimeout(ctx, s.Config.Limits.wallTime())
	defer cancel()
	if err := r.all(limited, inputs); err != nil {
		return nil, timedOut(ctx, err, s.Config.Limits.Seconds)
	}
	r.checkSize(inputs)
	return r.result()
}

func newRendering(s *Sources, p *Program, opts Options) *rendering {
	r := &rendering{
		sources: s, program: p, config: &s.Config, opts: opts, selection: newSelection(p, &s.Config),
		declared: &s.declared, kinds: s.kinds(), views: newOutlooks(p, &s.Config), late: newLate(&s.Config),
	}
	if opts.Observed != nil {
		r.observed.Objects = *opts.Observed
	}
	return r
}

// result is the output, or, when anything failed or would be left to live, a *Failure with all of it.
func (r *rendering) result() (*Result, error) {
	result := &Result{Plans: r.plans, Warnings: r.warnings.Sort(), views: r.views}
	stage := StageDeferred
	if len(r.failed) > 0 {
		stage = StageEvaluate
	}
	if problems := slices.Concat(r.failed, r.deferred); len(problems) > 0 {
		return nil, &Failure{Stage: stage, Problems: append(problems, r.warnings...).Sort(), Report: result.Report()}
	}
	result.Objects = r.output.All()
	return result, nil
}

// timedOut is the error of work that was stopped: by the caller, or by our own bound.
func timedOut(ctx context.Context, err error, seconds int) error {
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Failure{Stage: StageEvaluate, Problems: diag.List{{
		Code:    diag.TookTooLong,
		Message: fmt.Sprintf("stopped after %d seconds", seconds),
		Hint: "a forEach over a long list, or an expression that grows its value, is the usual cause; limits.seconds in " +
			ConfigName + " raises the bound",
	}}}
}

// all puts what passes through into the output, then runs trigger after trigger.
func (r *rendering) all(ctx context.Context, inputs []chosen) error {
	for i := range inputs {
		if inputs[i].fate == Consume {
			r.declared, r.changed.own = &manifest.Set{}, true
			break
		}
	}
	for i := range inputs {
		if o := inputs[i].input.Object; inputs[i].fate != Consume {
			r.add(o, nil)
			if hidden := r.late.hide(o.Value, o.ID, inputStep); hidden != nil || r.changed.own {
				r.declare(o)
			}
		}
	}
	for i := range inputs {
		c := &inputs[i]
		if c.workflow == nil {
			continue
		}
		t := instance{workflow: c.workflow, object: r.completed(c.input.Object), at: c.input, root: c.input, consumed: c.fate == Consume}
		if err := r.run(ctx, &t); err != nil {
			return err
		}
	}
	r.checkClaims()
	return nil
}

// instance is one Workflow run for one trigger.
type instance struct {
	workflow *program.Workflow
	object   manifest.Object // with the defaults of its kind
	at       *InputObject    // the trigger in the input; nil for a rendered one
	root     *InputObject    // the trigger of the input that led here
	outer    *instance       // that rendered the trigger; nil for one of the input
	consumed bool            // the trigger leaves the output
	declared *manifest.Set   // what it reads of the input
}

// String is the Workflow with its trigger: web-app(WebApp/prod/shop).
func (t *instance) String() string { return t.workflow.Name + "(" + t.object.ID.String() + ")" }

// origin says which step made an object, and where that stands.
func (t *instance) origin(path string) manifest.Origin {
	from := manifest.Origin{Step: t.String() + ": " + path}
	if step := stepOf(t.workflow, path); step != nil {
		at := step.Node.Pos()
		from.File, from.Line = at.File, at.Line
	}
	return from
}

// run evaluates one instance, adds what it renders, and runs those rendered objects that are triggers themselves.
func (r *rendering) run(ctx context.Context, t *instance) error {
	plan, err := r.evaluate(ctx, t)
	if err != nil {
		return r.refused(t, err)
	}
	r.plans, r.instances = append(r.plans, plan), append(r.instances, t)
	if r.judge(t, plan) {
		return r.collect(ctx, t, plan)
	}
	return nil
}

// evaluation is what an instance is evaluated with.
func (r *rendering) evaluation(t *instance) eval.Options {
	if t.declared == nil {
		t.declared = r.declared
	}
	return eval.Options{
		Namespace: r.config.Namespace, Declared: t.declared, Limits: r.config.Limits.evaluation(),
		Policies: r.config.policies(), Ordered: r.ordered(t.workflow), Verbatim: r.late.texts(), Schema: r.kinds,
	}
}

// ordered tells whether the tool that applies the objects of a Workflow waits for its gates.
func (r *rendering) ordered(w *program.Workflow) bool {
	return r.config.Gate == GateOrdered && r.opts.Observed == nil && r.views.of(w).ordered
}

// seen is the trigger as expressions may read it.
func (r *rendering) seen(t *instance) manifest.Object {
	id := t.object.ID
	if id.Namespace == "" && r.late != nil {
		id.Namespace = r.config.Namespace
	}
	o := t.object
	if hidden := r.late.hide(o.Value, id, parentStep); hidden != nil {
		o.Value = hidden
	}
	return o
}

// parentStep is the step name of the trigger in provenance.
const parentStep = "parent"

func (l Limits) evaluation() eval.Limits {
	return eval.Limits{ForEachItems: l.ForEachItems, Depth: l.SubWorkflows, Objects: l.Objects}
}

// refused sorts out an evaluation that could not be done: what is the input's fault is kept, and the render goes on to
// find more; the end of ctx ends it.
func (r *rendering) refused(t *instance, err error) error {
	var list diag.List
	if !errors.As(err, &list) {
		return fmt.Errorf("evaluate %s: %w", t, err)
	}
	for _, p := range list {
		if at := t.root.node.Pos(); p.Pos.File == at.File && p.Pos.Column == 0 {
			p.Pos, p.Excerpt = at, t.root.problem(nil, "", "").Excerpt
		}
		if p.Hint == "" {
			p.Hint = boundHints[p.Code]
		}
		r.failed = append(r.failed, p)
	}
	return nil
}

// boundHints say which setting raises a bound.
var boundHints = map[diag.Code]string{
	diag.ExpressionBound: "limits.steps and limits.alloc in " + ConfigName + " raise the bounds of an expression",
	diag.ForEachBound:    "limits.forEachItems in " + ConfigName + " raises the bound",
	diag.DepthBound:      "limits.subWorkflows in " + ConfigName + " raises the bound",
	diag.ObjectsBound:    "limits.objects in " + ConfigName + " raises the bound",
}

// nested is the instance of a rendered trigger; nil when it may not run, which is then noted.
func (r *rendering) nested(t *instance, o manifest.Object, w *program.Workflow) *instance {
	next := &instance{workflow: w, object: r.completed(o), root: t.root, outer: t}
	switch fate := r.selection.fate(w, o.ID); fate {
	case "":
		r.failed = append(r.failed, undeclaredFate(t.root, o.ID, ", rendered by "+o.From.Step, w))
		return nil
	case Consume:
		next.consumed = true
	}
	depth := 0
	for outer := t; outer != nil; outer = outer.outer {
		if outer.object.ID.Key() == o.ID.Key() && outer.workflow == w {
			r.fail(t.root, diag.TriggerCycle, "rendered objects trigger one another in a circle: %s renders %s again",
				o.From, o.ID)
			return nil
		}
		depth++
	}
	if depth > maxNesting {
		r.fail(t.root, diag.TriggerDepth, "rendered triggers nest more than %d deep: %s renders %s, which triggers Workflow %s",
			maxNesting, o.From, o.ID, w.Name)
		return nil
	}
	return next
}

func (r *rendering) fail(at *InputObject, code diag.Code, format string, args ...any) {
	r.failed = append(r.failed, at.problem(nil, code, format, args...))
}
