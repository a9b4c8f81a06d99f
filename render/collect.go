// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// claim is an object that an instance leaves to live, so that nothing else may apply it.
type claim struct {
	instance *instance
	step     *eval.StepResult
	removes  bool
}

// collect adds the objects of a plan to the output: as manifests, with what the tools need to know of them, and, when
// some step may defer, with the WorkflowInstance that hands the remainder over.
func (r *rendering) collect(ctx context.Context, t *instance, plan *Plan) error {
	c := collecting{rendering: r, instance: t}
	if r.handsOver() {
		c.view = r.views.of(t.workflow)
		leaves := func(s eval.StepResult) bool { return r.leftToLive(&s) }
		if c.view.may || slices.ContainsFunc(plan.Steps, leaves) {
			c.handed = &handover{}
		}
	}
	for i := range plan.Steps {
		if err := c.step(&plan.Steps[i]); err != nil {
			return err
		}
	}
	if c.handed != nil {
		if err := r.emitInstance(t, plan, c.handed); err != nil {
			return err
		}
	}
	for _, next := range c.inner {
		if err := r.run(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// handsOver tells whether what git cannot tell is handed to live. With live observations, the output is what comes of
// it.
func (r *rendering) handsOver() bool {
	return r.config.OnDeferred == DeferredInstance && r.opts.Observed == nil
}

// collecting is one plan on its way into the output.
type collecting struct {
	*rendering
	instance *instance
	view     *outlook  // nil unless something may be handed over
	handed   *handover // nil when nothing is handed over
	inner    []*instance
}

// step adds what one step makes.
func (c *collecting) step(s *eval.StepResult) error {
	a, f := s.Action, c.function(s)
	switch {
	case f == nil:
		return nil
	case a == nil:
		if c.handed != nil && s.Object != nil && s.Outcome.Type == eval.Deferred && !f.API.Readonly {
			c.claims = append(c.claims, claim{c.instance, s, f.API.DeleteIfExists})
		}
		return nil
	case a.Verb == eval.Delete:
		c.remove(c.instance, s)
		return nil
	case a.Target == nil || s.Outcome.Type == eval.Deferred && !appliedByGit(s):
		return nil
	}
	hash, err := c.hash(a)
	if err != nil {
		return fmt.Errorf("write %s: %w", a.ID, err)
	}
	if !f.Create.Enabled && c.patches(a) {
		c.note(a.ID, applied{hash: hash})
		c.amend(c.instance, s, a.Patch(), hash)
		return nil
	}
	return c.object(s, f, hash)
}

// patches tells whether an action is for an object of the input.
func (c *collecting) patches(a *eval.Action) bool {
	o, found := c.output.Get(a.ID)
	return found && o.From.Step == ""
}

// object adds a manifest, and finds the Workflow that it triggers.
func (c *collecting) object(s *eval.StepResult, f *program.ResourceFunction, hash string) error {
	o := manifest.Object{ID: s.Action.ID, Value: s.Action.Target, From: c.instance.origin(s.Path)}
	if by := c.changed.removed[o.ID.Key()]; by != "" {
		c.failed = append(c.failed, c.instance.madeButRemoved(s, o.ID, by))
		return nil
	}
	w := c.selection.forRendered(o.ID, o.Value)
	emitted := true
	if w != nil {
		if next := c.nested(c.instance, o, w); next != nil {
			c.inner = append(c.inner, next)
			emitted = !next.consumed
		} else {
			emitted = c.selection.fate(w, o.ID) != Consume
		}
	}
	c.note(o.ID, applied{
		hash: hash, consumed: !emitted,
		deletedByLive: emitted && c.handed != nil && c.view.mayDefer(s.Path) && f.Delete != program.DeleteAbandon,
	})
	if emitted {
		c.add(c.annotated(o, s, f, hash), c.instance)
	}
	return nil
}

// annotated is a manifest with what the tools need to know of it.
func (c *collecting) annotated(o manifest.Object, s *eval.StepResult, f *program.ResourceFunction, hash string) manifest.Object {
	if c.opts.Observed != nil {
		return o
	}
	marks := c.config.marks(f, c.handed != nil && c.view.mayDefer(s.Path), s.Wave)
	o = c.marked(o, append(marks, c.substitution(o, c.instance, s)...), c.instance, s)
	if hash != "" {
		o = rendered(o, hash, false)
	}
	return o
}

// function is the ResourceFunction that a step ran; nil when it ran something else.
func (c *collecting) function(s *eval.StepResult) *program.ResourceFunction {
	name, resource := strings.CutPrefix(s.Logic, "ResourceFunction/")
	if !resource {
		return nil
	}
	return c.program.ResourceFunctions[name]
}

// hash is the hash of a target, where a WorkflowInstance will tell it.
func (c *collecting) hash(a *eval.Action) (string, error) {
	if c.handed == nil {
		return "", nil
	}
	return targetHash(a.Target)
}

func (c *collecting) note(id manifest.ID, a applied) {
	if c.handed != nil {
		c.handed.add(id, a)
	}
}

// appliedByGit tells whether git applies, patches or removes the object of a step.
func appliedByGit(s *eval.StepResult) bool {
	if s.Action == nil {
		return false
	}
	switch s.Action.Verb {
	case eval.Render, eval.Amend:
		return true
	case eval.Delete:
		return !s.Outcome.Failed()
	}
	return false
}

// madeButRemoved says that a step makes what another one has removed.
func (t *instance) madeButRemoved(s *eval.StepResult, id manifest.ID, by string) diag.Diagnostic {
	p := t.problemOf(s, diag.DuplicateObject)
	p.Message = fmt.Sprintf("%s makes %s, which %s removes (deleteIfExists)", t.origin(s.Path), id, by)
	p.Hint = "one of the two is wrong: an object cannot be made and removed at once"
	return p
}

// checkClaims finds objects that are in the output although an instance leaves them to live.
func (r *rendering) checkClaims() {
	for _, c := range r.claims {
		o, found := r.output.Get(*c.step.Object)
		if !found {
			continue
		}
		f := r.program.ResourceFunctions[strings.TrimPrefix(c.step.Logic, "ResourceFunction/")]
		switch {
		case c.removes:
			r.failed = append(r.failed, c.instance.removesRendered(c.step, o.ID, placeOf(o.From)))
		case f.Create.Enabled:
			p := c.instance.problemOf(c.step, diag.DuplicateObject)
			p.Message = fmt.Sprintf("%s leaves %s to the live reconciler, but it is given already by %s",
				c.instance.origin(c.step.Path), o.ID, placeOf(o.From))
			p.Hint = "give the two different names, or remove one"
			r.failed = append(r.failed, p)
		}
	}
}
