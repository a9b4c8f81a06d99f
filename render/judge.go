// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// judge notes what in a plan makes the render fail, and tells whether its objects may be collected.
func (r *rendering) judge(t *instance, plan *Plan) bool {
	good := true
	for i := range plan.Steps {
		s := &plan.Steps[i]
		switch {
		case r.readsLate(s):
			if !innerFails(plan.Steps, i, r.readsLate) {
				r.failed = append(r.failed, r.lateProblem(t, s))
			}
			good = false
		case r.fails(s) && !innerFails(plan.Steps, i, r.fails):
			r.failed = append(r.failed, r.stepFailure(t, s))
			good = false
		case r.leftToLive(s) && !innerFails(plan.Steps, i, r.leftToLive):
			r.leave(t, s)
		}
	}
	if len(plan.Steps) == 0 && plan.Outcome.Failed() {
		r.failed = append(r.failed, r.planFailure(t, plan))
		good = false
	}
	r.warnState(t, plan)
	return good
}

// fails tells whether a step fails the render. With live observations a Retry is an outcome like any other.
func (r *rendering) fails(s *eval.StepResult) bool {
	return s.Outcome.Type == eval.PermFail || s.Outcome.Type == eval.Retry && r.opts.Observed == nil
}

// innerFails tells whether an inner step or item of the i-th step says the same, more precisely.
func innerFails(steps []eval.StepResult, i int, same func(*eval.StepResult) bool) bool {
	path := steps[i].Path
	for j := i + 1; j < len(steps); j++ {
		rest, inner := strings.CutPrefix(steps[j].Path, path)
		if !inner || rest == "" || rest[0] != '.' && rest[0] != '[' {
			return false
		}
		if same(&steps[j]) {
			return true
		}
	}
	return false
}

// stepFailure says why a step fails the render, at the assert or expression that decided it.
func (r *rendering) stepFailure(t *instance, s *eval.StepResult) diag.Diagnostic {
	code := diag.StepFailed
	if s.Outcome.Type == eval.Retry {
		code = diag.StepWaits
	}
	p := r.outcomeProblem(t, &s.Outcome, code)
	where := fmt.Sprintf("step %s of Workflow %s, for %s", s.Path, t.workflow.Name, t.object.ID)
	p.Message = where + ": " + p.Message
	if code == diag.StepWaits && p.Hint == "" {
		p.Hint = "only git can change this, so waiting would not help: change the input, or turn the retry into a skip"
	}
	return p
}

func (r *rendering) planFailure(t *instance, plan *Plan) diag.Diagnostic {
	p := r.outcomeProblem(t, &plan.Outcome, diag.StepFailed)
	p.Message = fmt.Sprintf("Workflow %s, for %s: %s", t.workflow.Name, t.object.ID, p.Message)
	return p
}

func (r *rendering) outcomeProblem(t *instance, o *eval.Outcome, code diag.Code) diag.Diagnostic {
	var failed *program.EvalError
	if errors.As(o.Cause, &failed) {
		return failed.Diagnostic(code)
	}
	message := o.Message
	if message == "" {
		message = o.Type.String() + " without a message"
	}
	if o.Pos.Line == 0 {
		return t.root.problem(nil, code, "%s", message)
	}
	return diag.Diagnostic{Code: code, Pos: o.Pos, Message: message, Excerpt: r.sources.excerpt(o.Pos)}
}

// excerpt is the line of a definition at a place.
func (s *Sources) excerpt(at diag.Pos) string {
	for _, doc := range s.Definitions {
		if doc.File == at.File {
			if text := doc.Excerpt(at.Line); text != "" {
				return text
			}
		}
	}
	return ""
}

// leftToLive tells whether a deferred step would leave an object to a live reconciler. A rendered step that awaits its
// own postcondition, a value, and an object that is only read, leave nothing.
func (r *rendering) leftToLive(s *eval.StepResult) bool {
	return s.Outcome.Type == eval.Deferred && !appliedByGit(s) && makesObjects(r.program, s.Logic, 0)
}

// makesObjects tells whether a piece of logic can make or change an object. What is not known (a switch that is not
// decided) may.
func makesObjects(p *program.Program, logic string, depth int) bool {
	kind, name, _ := strings.Cut(logic, "/")
	switch kind {
	case "ValueFunction":
		return false
	case "ResourceFunction":
		f := p.ResourceFunctions[name]
		return f == nil || !f.API.Readonly
	case "Workflow":
		w := p.Workflows[name]
		if w == nil || depth > maxNesting {
			return true
		}
		for _, s := range w.Steps {
			if s.Logic == nil || makesObjects(p, s.Logic.Kind+"/"+s.Logic.Name, depth+1) {
				return true
			}
		}
		return false
	default:
		return true
	}
}

// deferral lists one object that would be left to live: what, on what it waits, and how to allow it.
func (r *rendering) deferral(t *instance, s *eval.StepResult) diag.Diagnostic {
	message := fmt.Sprintf("%s (step %s of Workflow %s, for %s) cannot be rendered at git time", what(s), s.Path, t.workflow.Name, t.object.ID)
	var parts []string
	if waits := waitsText(s.Waits); waits != "" {
		parts = append(parts, "it waits for "+waits)
	} else if s.Reason != "" && len(s.GatedBy) == 0 {
		parts = append(parts, s.Reason)
	}
	if len(s.GatedBy) > 0 {
		parts = append(parts, "it comes after "+strings.Join(s.GatedBy, ", ")+", which is deferred")
	}
	if len(parts) > 0 {
		message += ": " + strings.Join(parts, "; ")
	}
	p := diag.Diagnostic{Code: diag.DeferredNotAllowed, Pos: s.Outcome.Pos, Message: message}
	if step := stepOf(t.workflow, s.Path); step != nil {
		p = step.Node.Problem(diag.DeferredNotAllowed, "%s", message)
	}
	p.Hint = "`onDeferred: instance` in " + ConfigName + " (or --on-deferred instance) hands such objects to the live reconciler"
	return p
}

// stepOf finds the step of a Workflow by the first label of a path.
func stepOf(w *program.Workflow, path string) *program.Step {
	label := path
	if end := strings.IndexAny(path, ".["); end >= 0 {
		label = path[:end]
	}
	for _, s := range w.Steps {
		if s.Label == label {
			return s
		}
	}
	return nil
}

// waitsText lists waits as `ID path`.
func waitsText(waits []expr.Wait) string {
	texts := make([]string, 0, len(waits))
	for _, w := range waits {
		texts = append(texts, strings.TrimSpace(w.Object.String()+" "+w.Path))
	}
	return strings.Join(texts, ", ")
}

// warnState tells about states that could not be computed; they do not affect what is rendered.
func (r *rendering) warnState(t *instance, plan *Plan) {
	for _, label := range slices.Sorted(maps.Keys(plan.StateErrors)) {
		p := t.root.problem(nil, diag.StateProblem, "")
		if step := stepOf(t.workflow, label); step != nil && step.State != nil {
			p = step.State.Node.Problem(diag.StateProblem, "")
		}
		p.Severity = diag.Warning
		p.Message = fmt.Sprintf("the state of step %s of Workflow %s, for %s: %s", label, t.workflow.Name, t.object.ID, plan.StateErrors[label])
		r.warnings = append(r.warnings, p)
	}
}

// leave notes an object that is left to live: where that is allowed, only a trigger is a problem, since what its Workflow
// makes of it cannot be told.
func (r *rendering) leave(t *instance, s *eval.StepResult) {
	if r.config.OnDeferred != DeferredInstance {
		r.deferred = append(r.deferred, r.deferral(t, s))
		return
	}
	if w := r.triggered(t, s); w != nil {
		p := t.problemOf(s, diag.TriggerDeferred)
		p.Message = fmt.Sprintf("%s, which step %s of Workflow %s, for %s, leaves to live, triggers Workflow %s, and what that makes of it cannot be told at git time",
			what(s), s.Path, t.workflow.Name, t.object.ID, w.Name)
		r.failed = append(r.failed, p)
	}
}

// triggered is the Workflow that an object which a step leaves to live, or may make later, would trigger.
func (r *rendering) triggered(t *instance, s *eval.StepResult) *program.Workflow {
	kind, name, _ := strings.Cut(s.Logic, "/")
	if f := r.program.ResourceFunctions[name]; kind == "ResourceFunction" && f != nil && s.Object != nil && !f.API.DeleteIfExists {
		return r.selection.forRendered(*s.Object, s.Partial)
	}
	step := stepAt(t.workflow, s.Path)
	if step == nil {
		return nil
	}
	for _, l := range step.Logics() {
		if s.Logic != "" && (l.Kind != kind || l.Name != name) {
			continue
		}
		if w := r.triggeredBy(l, s.Partial, 0); w != nil {
			return w
		}
	}
	return nil
}

// triggeredBy is the Workflow that an object of some function of a piece of logic would trigger.
func (r *rendering) triggeredBy(l *program.Logic, partial map[string]any, depth int) *program.Workflow {
	if f := l.Resource; f != nil && !f.API.Readonly && !f.API.DeleteIfExists {
		return r.selection.forRendered(manifest.ID{APIVersion: f.API.APIVersion, Kind: f.API.Kind}, partial)
	}
	if l.Workflow == nil || depth > maxNesting {
		return nil
	}
	for _, s := range l.Workflow.Steps {
		for _, inner := range s.Logics() {
			if w := r.triggeredBy(inner, nil, depth+1); w != nil {
				return w
			}
		}
	}
	return nil
}

// stepAt finds the step of a path, through sub-workflows.
func stepAt(w *program.Workflow, path string) *program.Step {
	step := stepOf(w, path)
	_, rest, inner := strings.Cut(path, ".")
	if step == nil || !inner {
		return step
	}
	for _, l := range step.Logics() {
		if l.Workflow == nil {
			continue
		}
		if found := stepAt(l.Workflow, rest); found != nil {
			return found
		}
	}
	return nil
}

// what names the object of a step, as far as it is known.
func what(s *eval.StepResult) string {
	if s.Object != nil {
		return s.Object.String()
	}
	return "what step " + s.Path + " makes"
}

// appliedBy says who applies the object of a step: git, live or none.
func appliedBy(p *program.Program, s *eval.StepResult) string {
	switch {
	case appliedByGit(s):
		return "git"
	case s.Outcome.Type == eval.Deferred && makesObjects(p, s.Logic, 0) && (s.Object != nil || s.Partial != nil):
		return "live"
	case s.Action != nil && s.Action.Target != nil:
		return "git"
	default:
		return "none"
	}
}
