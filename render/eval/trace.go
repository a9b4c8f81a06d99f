// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"context"
	"errors"
	"maps"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// Trace is what Traced notes besides the Plan, for whoever asks how a value came about. An evaluation that nobody traces
// has none, and pays for nothing.
type Trace struct {
	called  map[string]*Called
	overlay expr.Vars // of the overlay function that has just run
}

// Called is one run of a step, or of one item of its forEach.
type Called struct {
	Step   *program.Step
	Scope  expr.Vars      // what the step's expressions see: parent, steps
	Logic  *program.Logic // what was run; nil when it did not get that far
	Inputs any            // what it was run with
	Vars   expr.Vars      // what the function saw in the end: inputs, locals, resource
	Layers []Layer        // how a ResourceFunction built its target, in order
}

// Layer is one thing that was laid over a target.
type Layer struct {
	Body     *program.Body             // inline: of resource, an overlay or create.overlay
	Template *program.ResourceTemplate // the first layer, when the target begins with a template
	Overlay  *program.Overlay          // nil for the first layer, and for create.overlay
	Index    int                       // of the overlay
	Skipped  bool
	Doubtful bool           // whether it is skipped is not known
	Before   map[string]any // the target that it was laid over
	After    map[string]any // the target with it
	Vars     expr.Vars      // what an overlay function saw in the end; nil for an inline layer
}

// Called finds the run of a step or item by its path; nil when it was not reached.
func (t *Trace) Called(path string) *Called { return t.called[path] }

// Traced is Evaluate, and notes how every value came about.
func Traced(ctx context.Context, p *program.Program, t Trigger, o Observed, opts Options) (*Plan, *Trace, error) {
	if t.Workflow == nil {
		return nil, nil, errors.New("evaluate: the trigger has no Workflow")
	}
	e := newEvaluator(ctx, p, &o, opts)
	e.trace = &Trace{called: map[string]*Called{}}
	plan, err := e.plan(&t)
	return plan, e.trace, err
}

// entered notes that a step or item begins. It does nothing without a Trace, as all that follow.
func (t *Trace) entered(s *program.Step, c *call) {
	if t != nil {
		t.called[c.path] = &Called{Step: s, Scope: c.vars}
	}
}

// chose notes which logic runs, with which inputs.
func (t *Trace) chose(l *program.Logic, c *call) {
	if t == nil {
		return
	}
	if called := t.called[c.path]; called != nil {
		called.Logic, called.Inputs = l, c.inputs
	}
}

// valueRan notes what a ValueFunction saw: one of a step, or one that is an overlay of its function.
func (t *Trace) valueRan(c *call, vars expr.Vars) {
	if t == nil {
		return
	}
	called := t.called[c.path]
	if called != nil && called.Logic != nil && called.Logic.Value != nil {
		called.Vars = maps.Clone(vars)
		return
	}
	t.overlay = maps.Clone(vars)
}

// resourceRan notes what a ResourceFunction saw.
func (t *Trace) resourceRan(r *resourceRun) {
	if t == nil {
		return
	}
	if called := t.called[r.c.path]; called != nil {
		called.Vars = maps.Clone(r.vars)
	}
}

// began notes what a target begins with.
func (t *Trace) began(r *resourceRun, target map[string]any) {
	if t == nil {
		return
	}
	first := Layer{Body: r.f.Resource, After: target}
	if name, ok := r.templateName(); ok {
		first.Template = r.e.program.Templates[name]
	}
	t.add(r, &first)
}

// laid notes an overlay.
func (t *Trace) laid(r *resourceRun, i int, before, after map[string]any) {
	if t == nil {
		return
	}
	o := r.f.Overlays[i]
	l := Layer{Body: o.Body, Overlay: o, Index: i, Before: before, After: after}
	skipped, doubt, _, _ := r.skips(i, o)
	l.Skipped, l.Doubtful = skipped, doubt != nil
	if o.Ref != nil && !skipped {
		l.Vars, t.overlay = t.overlay, nil
	}
	t.add(r, &l)
}

// created notes a create.overlay.
func (t *Trace) created(r *resourceRun, before, after map[string]any) {
	if t != nil {
		t.add(r, &Layer{Body: r.f.Create.Overlay, Before: before, After: after})
	}
}

func (t *Trace) add(r *resourceRun, l *Layer) {
	if called := t.called[r.c.path]; called != nil {
		called.Layers = append(called.Layers, *l)
	}
}

// templateName is the name of the template that the target begins with; false without one.
func (r *resourceRun) templateName() (string, bool) {
	if r.f.TemplateRef == nil {
		return "", false
	}
	v, err := r.f.TemplateRef.Eval(r.e.ctx, r.vars)
	name, ok := v.(string)
	return name, ok && err == nil
}
