// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// resourceRun is one run of a ResourceFunction (LANGUAGE 6.2).
type resourceRun struct {
	e         *evaluator
	f         *program.ResourceFunction
	c         *call
	vars      expr.Vars
	id        manifest.ID
	name      any         // a string, or not known yet
	namespace any         // the same; nil when the kind has none
	unnamed   []expr.Wait // what the identity waits for
	held      hold        // what decides about this run and is not known yet
	partial   bool        // the target could not be built to its end
	record    any
}

// resourceFunction runs a ResourceFunction.
func (e *evaluator) resourceFunction(f *program.ResourceFunction, c *call) result {
	r := &resourceRun{e: e, f: f, c: c, vars: make(expr.Vars, 4)}
	r.vars["inputs"] = c.inputs
	out := r.run()
	e.trace.resourceRan(r)
	return result{outcome: r.held.over(out, e.fallback(c)), record: r.record}
}

func (r *resourceRun) run() Outcome {
	early := checks{list: r.f.Preconditions, vars: r.vars, place: r.c.place, part: ":spec.preconditions", hold: &r.held}
	if out, ended := r.e.conditions(&early); ended {
		return out
	}
	locals, err := r.e.locals(r.f.Locals, r.vars)
	if err != nil {
		return r.e.failed(err, r.c.place.part(":spec.locals"))
	}
	r.vars["locals"] = locals
	if out, ended := r.identify(); ended {
		return out
	}
	live, seen := r.look()
	if a, found := r.handed(); found && (seen != unsure || a.Consumed) {
		return r.followGit(a, live, seen)
	}
	switch {
	case r.f.API.DeleteIfExists:
		return r.remove(live, seen)
	case r.f.API.Readonly:
		return r.read(live, seen)
	case seen == absent && !r.f.Create.Enabled:
		return r.notFound()
	}
	target, out, ended := r.target()
	switch {
	case ended:
		return out
	case seen == absent && !r.held.active():
		return r.create(target)
	case seen == present && !r.held.active():
		return r.update(target, live)
	default:
		return r.render(target)
	}
}

// look finds the live object. What may not run yet looks at nothing.
func (r *resourceRun) look() (map[string]any, existence) {
	if r.speculative() || len(r.unnamed) > 0 {
		return nil, unsure
	}
	return r.e.look(r.id)
}

// speculative tells whether this run only shows what would be done.
func (r *resourceRun) speculative() bool { return r.c.gate.active() || r.held.active() }

// remove is deleteIfExists.
func (r *resourceRun) remove(live map[string]any, seen existence) Outcome {
	switch seen {
	case absent:
		out := r.after(noFields)
		r.removeFromInput(out)
		return out
	case unsure:
		return r.removeUnsure()
	}
	out := r.retry("Deleting "+fullName(r.id)+".", "spec.apiConfig.deleteIfExists", waitDelay)
	if !terminating(live) {
		r.act(Action{Verb: Delete, Delay: waitDelay}, out)
	}
	return out
}

// read is a readonly object.
func (r *resourceRun) read(live map[string]any, seen existence) Outcome {
	switch seen {
	case absent:
		return r.notFound()
	case present:
		return r.after(r.observed(live))
	default:
		return r.readUnsure()
	}
}

func (r *resourceRun) notFound() Outcome {
	return r.retry(fullName(r.id)+" not found. Waiting...", "load resource", waitDelay)
}

// create makes an absent object (LANGUAGE 6.3).
func (r *resourceRun) create(target map[string]any) Outcome {
	target, err := r.born(target)
	if err != nil {
		return r.e.failed(err, r.where("spec.create.overlay"))
	}
	body, waits := r.finisher(false).finish(target)
	if len(waits) > 0 {
		return r.incomplete(body, waits, r.declared(body))
	}
	body, err = withLastApplied(r.withOwner(body), target, isSecret(r.id))
	if err != nil {
		return r.unwritable(err)
	}
	out := r.retry("Creating "+fullName(r.id)+".", "spec.create", r.f.Create.Delay)
	r.act(Action{Verb: CreateIt, Target: body, Delay: r.f.Create.Delay}, out)
	return out
}

// born is the target with create.overlay laid over it.
func (r *resourceRun) born(target map[string]any) (map[string]any, error) {
	if r.f.Create.Overlay == nil {
		return target, nil
	}
	r.vars["resource"] = target
	more, err := r.f.Create.Overlay.Overlay(r.e.ctx, target, r.vars)
	if err != nil {
		return nil, err
	}
	r.e.trace.created(r, target, more)
	return r.identified(more), nil
}

// update compares and changes a present object (LANGUAGE 6.4, 6.5).
func (r *resourceRun) update(target, live map[string]any) Outcome {
	observed := r.observed(live)
	if r.f.Update.Policy == program.UpdateNever {
		out := r.settled(live)
		r.act(Action{Verb: None}, out)
		return out
	}
	raw := finisher{keepDirectives: true, keepNulls: true, verbatim: r.e.opts.Verbatim}
	full, waits := raw.finish(target)
	if len(waits) > 0 {
		body, _ := new(finisher).finish(full)
		return r.incomplete(body, waits, observed)
	}
	due := r.due(full, live, raw.byLast)
	orphan := r.ownerMissing(live)
	switch {
	case due == "" && !orphan:
		out := r.settled(live)
		body, _ := new(finisher).finish(full)
		r.act(Action{Verb: None, Target: r.withOwner(body)}, out)
		return out
	case terminating(live):
		return r.retry("`"+fullName(r.id)+"` is being deleted.", "load resource", waitDelay)
	case due != "" && r.f.Update.Policy == program.UpdateRecreate:
		return r.recreate(full, due)
	case due == "":
		due = "ownerReferences"
	}
	return r.patch(full, due)
}

// due is the first difference between target and live; "" when they agree.
func (r *resourceRun) due(full, live map[string]any, byLast bool) string {
	var last any
	if byLast {
		last = lastApplied(live)
	}
	// In a cluster nothing of a live object is told: what it holds may have been a Secret's.
	return differ{secret: isSecret(r.id), quiet: r.e.opts.Handed != nil}.first(full, live, last)
}

func (r *resourceRun) patch(full map[string]any, due string) Outcome {
	body, _ := (&finisher{keepNulls: true}).finish(full) // a null deletes
	body, err := withLastApplied(r.withOwner(body), full, isSecret(r.id))
	if err != nil {
		return r.unwritable(err)
	}
	delay := r.f.Update.Delay
	out := r.retry("Patching `"+fullName(r.id)+"` due to "+due+".", "spec.update.patch", delay)
	r.act(Action{Verb: Patch, Target: body, Delay: delay, Due: due}, out)
	return out
}

func (r *resourceRun) recreate(full map[string]any, due string) Outcome {
	body, _ := new(finisher).finish(full)
	delay := r.f.Update.Delay
	out := r.retry("Deleting "+fullName(r.id)+" to recreate due to "+due+".", "spec.update.recreate", delay)
	r.act(Action{Verb: Recreate, Target: r.withOwner(body), Delay: delay, Due: due}, out)
	return out
}

// after checks postconditions and computes the return value (LANGUAGE 6.2, 15 and 16). A postcondition that is not
// known yet defers the step, though its object is there.
func (r *resourceRun) after(resource any) Outcome {
	r.vars["resource"] = resource
	var late hold
	out, ended := r.e.conditions(&checks{list: r.f.Postconditions, vars: r.vars, place: r.c.place, part: ":spec.postconditions", hold: &late})
	if !ended {
		out = r.returned()
	}
	return late.over(out, r.e.fallback(r.c))
}

func (r *resourceRun) returned() Outcome {
	value, err := r.f.Return.Eval(r.e.ctx, r.vars)
	if err != nil {
		return r.e.failed(err, r.c.place.part(":spec.return"))
	}
	return Outcome{Type: Ok, Value: value}
}

// act writes down what is to be done to the object, and what the step came to with it.
func (r *resourceRun) act(a Action, out Outcome) {
	if r.speculative() {
		return
	}
	a.ID, a.Step, a.Outcome = r.id, r.c.path, out
	a.Delete, a.Foreign = r.f.Delete, !r.f.Create.Enabled
	if a.Verb != Delete {
		r.e.count(r.id, r.c)
	}
	r.e.actions = append(r.e.actions, a)
	r.e.steps[r.c.at].Action = &a
}

// retry is an outcome that ends the run until something has changed.
func (r *resourceRun) retry(message, location string, delay int) Outcome {
	return Outcome{Type: Retry, Message: message, Delay: delay, Location: location, Pos: r.f.Node.Pos()}
}

// failure is a PermFail at a Body.
func (r *resourceRun) failure(message, location string, at *program.Body) Outcome {
	out := Outcome{Type: PermFail, Message: message, Location: location}
	if at != nil {
		out.Pos = at.Node.Pos()
	}
	return out
}

func (r *resourceRun) unwritable(err error) Outcome {
	return Outcome{Type: PermFail, Message: "JSON Encoding error " + err.Error(), Location: r.where("spec.resource"), Pos: r.f.Node.Pos()}
}

// where is a field of the function in messages and locations: Kind:namespace:name:spec...
func (r *resourceRun) where(field string) string { return fullName(r.id) + ":" + field }

// observed is the live object as expressions see it.
func (r *resourceRun) observed(live map[string]any) *expr.Object {
	return &expr.Object{Value: live, ID: r.id, Step: r.c.path, Mode: expr.Observed}
}

func terminating(live map[string]any) bool {
	metadata, _ := live["metadata"].(map[string]any)
	return metadata["deletionTimestamp"] != nil
}
