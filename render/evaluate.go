// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// Result is a render that succeeded.
type Result struct {
	Objects  []manifest.Object // everything to print, in order
	Plans    []*Plan           // one an instance, each before those of the triggers that it rendered
	Warnings diag.List
	program  *program.Program
}

// WriteYAML prints the objects as one YAML stream. Objects that pass through keep their bytes.
func (r *Result) WriteYAML(w io.Writer) error { return manifest.WriteYAML(w, r.Objects) }

// WriteJSON prints the objects as one JSON array.
func (r *Result) WriteJSON(w io.Writer) error { return manifest.WriteJSON(w, r.Objects) }

// WriteDir writes each object to a file of its own in a folder, and removes what a former WriteDir wrote there and this
// one does not. Other files stay as they are.
func (r *Result) WriteDir(dir *os.Root) error { return manifest.WriteDir(dir, r.Objects) }

// Report tells what became of every step.
func (r *Result) Report() *Report {
	report := &Report{
		Instances: make([]InstanceReport, 0, len(r.Plans)), Objects: len(r.Objects), Warnings: []string{},
	}
	for _, plan := range r.Plans {
		report.Instances = append(report.Instances, instanceReport(r.program, plan))
	}
	for _, w := range r.Warnings {
		report.Warnings = append(report.Warnings, w.Error())
	}
	return report
}

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
	output    manifest.Set
	plans     []*Plan
	failed    diag.List // what makes the render fail
	deferred  diag.List // what would be left to live
	warnings  diag.List
}

// Evaluate runs the Workflows of all triggers and puts the output together. The error is a *Failure that holds what
// went wrong with any of them, or that of ctx.
func Evaluate(ctx context.Context, s *Sources, p *Program, opts Options) (*Result, error) {
	inputs, found := selectTriggers(s, p, opts)
	if err := failAt(StageProgram, found); err != nil {
		return nil, err
	}
	r := &rendering{sources: s, program: p, config: &s.Config, opts: opts, warnings: found}
	r.selection = newSelection(p, &s.Config)
	if opts.Observed != nil {
		r.observed.Objects = *opts.Observed
	}
	limited, cancel := context.WithTimeout(ctx, s.Config.Limits.wallTime())
	defer cancel()
	if err := r.all(limited, inputs); err != nil {
		return nil, timedOut(ctx, err, s.Config.Limits.Seconds)
	}
	r.checkSize(inputs)
	return r.result()
}

// result is the output, or, when anything failed or would be left to live, a *Failure with all of it.
func (r *rendering) result() (*Result, error) {
	result := &Result{Plans: r.plans, Warnings: r.warnings.Sort(), program: r.program}
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
		if inputs[i].fate != Consume {
			r.add(inputs[i].input.Object, nil)
		}
	}
	for i := range inputs {
		c := &inputs[i]
		if c.workflow == nil {
			continue
		}
		t := instance{workflow: c.workflow, object: c.input.Object, at: c.input, root: c.input}
		if err := r.run(ctx, &t); err != nil {
			return err
		}
	}
	return nil
}

// instance is one Workflow run for one trigger.
type instance struct {
	workflow *program.Workflow
	object   manifest.Object
	at       *InputObject // the trigger in the input; nil for a rendered one
	root     *InputObject // the trigger of the input that led here
	outer    *instance    // that rendered the trigger; nil for one of the input
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
	plan, err := eval.Evaluate(ctx, r.program, eval.Trigger{Workflow: t.workflow, Object: t.object}, r.observed, eval.Options{
		Namespace: r.config.Namespace, Declared: &r.sources.declared, Limits: r.config.Limits.evaluation(),
	})
	if err != nil {
		return r.refused(t, err)
	}
	r.plans = append(r.plans, plan)
	if r.judge(t, plan) {
		return r.collect(ctx, t, plan)
	}
	return nil
}

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

// collect adds the objects of a plan to the output.
func (r *rendering) collect(ctx context.Context, t *instance, plan *Plan) error {
	var inner []*instance
	for i := range plan.Actions {
		a := &plan.Actions[i]
		if a.Verb == eval.Delete {
			r.output.Delete(a.ID)
			continue
		}
		if a.Target == nil || a.Outcome.Type == eval.Deferred && a.Verb != eval.Render {
			continue
		}
		o := manifest.Object{ID: a.ID, Value: a.Target, From: t.origin(a.Step)}
		w := r.selection.forRendered(o.ID, o.Value)
		if w == nil {
			r.add(o, t)
			continue
		}
		if next := r.nested(t, o, w); next != nil {
			inner = append(inner, next)
		}
	}
	for _, next := range inner {
		if err := r.run(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// nested is the instance of a rendered trigger; nil when it may not run, which is then noted.
func (r *rendering) nested(t *instance, o manifest.Object, w *program.Workflow) *instance {
	next := &instance{workflow: w, object: o, root: t.root, outer: t}
	switch fate := r.selection.fate(w, o.ID); fate {
	case "":
		r.failed = append(r.failed, undeclaredFate(t.root, o.ID, ", rendered by "+o.From.Step, w))
		return nil
	case Emit:
		r.add(o, t)
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

// add puts an object into the output; one that is there already is told with both places. t rendered it; nil for an
// object of the input, which cannot be there already.
func (r *rendering) add(o manifest.Object, t *instance) {
	var twice *manifest.DuplicateError
	if !errors.As(r.output.Add(o), &twice) || t == nil {
		return
	}
	first := placeOf(twice.First.From)
	p := t.root.problem(nil, diag.DuplicateObject, "")
	if step := stepOf(t.workflow, strings.TrimPrefix(o.From.Step, t.String()+": ")); step != nil {
		p = step.Node.Problem(diag.DuplicateObject, "")
	}
	p.Message = fmt.Sprintf("%s renders %s, which is given already by %s", o.From.Step, o.ID, first)
	p.Hint = "give the two different names, or remove one"
	r.failed = append(r.failed, p)
}

// placeOf is an origin with its place in a file.
func placeOf(from manifest.Origin) string {
	if from.Step == "" || from.File == "" {
		return from.String()
	}
	return fmt.Sprintf("%s (%s:%d)", from.Step, from.File, from.Line)
}

// checkSize refuses an output that is empty or too large.
func (r *rendering) checkSize(inputs []chosen) {
	if n, limit := r.output.Len(), r.config.Limits.Objects; n > limit {
		r.failed = append(r.failed, diag.Diagnostic{
			Code: diag.TooManyObjects, Message: fmt.Sprintf("the output holds %d objects, more than the limit of %d", n, limit),
			Hint: "limits.objects in " + ConfigName + " raises the bound",
		})
	}
	if r.output.Len() > 0 || r.config.AllowEmpty || len(r.failed)+len(r.deferred) > 0 {
		return
	}
	message := "the output is empty: the input holds no manifests and no triggers"
	switch {
	case len(r.plans) == 1:
		message = "the output is empty: the Workflow of the only trigger rendered nothing"
	case len(r.plans) > 1:
		message = fmt.Sprintf("the output is empty: the Workflows of %d triggers rendered nothing", len(r.plans))
	case len(inputs) > 0:
		message = "the output is empty"
	}
	r.failed = append(r.failed, diag.Diagnostic{
		Code: diag.EmptyOutput, Message: message,
		Hint: "a GitOps tool would delete everything; if that is what you want, say --allow-empty, or allowEmpty: true in " + ConfigName,
	})
}
