// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// This file decides for an object of which nobody knows whether it exists: whether git applies it, or it is deferred.

// render is what becomes of a target. It is a manifest when everything that it depends on is known and its policies
// allow git to apply it; else the step is deferred, and what is known of the target stays for reports.
func (r *resourceRun) render(target map[string]any) Outcome {
	base := r.amendable()
	if r.f.Create.Enabled && r.e.opts.Policies.CreateOverlay {
		var err error
		if target, err = r.born(target); err != nil {
			return r.e.failed(err, r.where("spec.create.overlay"))
		}
	}
	body, waits := r.finisher(base != nil).finish(target)
	read := r.readable(target, body)
	if r.speculative() || len(waits) > 0 {
		return r.incomplete(body, waits, r.declared(read))
	}
	if reason := r.liveOnly(base != nil); reason != "" {
		r.e.steps[r.c.at].Partial = body
		return r.deferred(nil, reason, r.declared(read))
	}
	if base != nil {
		return r.amend(base, body, read)
	}
	out := r.after(r.declared(read))
	r.act(Action{Verb: Render, Target: body}, out)
	return out
}

// finisher finishes the target of this run, or a patch, in which a null deletes.
func (r *resourceRun) finisher(patch bool) *finisher {
	return &finisher{keepNulls: patch, verbatim: r.e.opts.Verbatim}
}

// readable is a finished target as expressions may read it: what was copied verbatim stays unknown to them.
func (r *resourceRun) readable(target, body map[string]any) map[string]any {
	if len(r.e.opts.Verbatim) == 0 {
		return body
	}
	read, waits := new(finisher).finish(target)
	if len(waits) == 0 {
		return body
	}
	r.e.settle(r.id, read)
	return read
}

// liveOnly is the reason why only a live reconciler can apply a target that is fully known; "" when git can.
func (r *resourceRun) liveOnly(amends bool) string {
	f, git := r.f, &r.e.opts.Policies
	switch {
	case f.Pin == "live":
		return "the annotation korender.dev/apply: live leaves " + r.id.String() + " to the live reconciler"
	case amends:
		return ""
	case !f.Create.Enabled:
		return "`create.enabled` is false, and whether " + r.id.String() + " exists is not known"
	case f.Create.Overlay != nil && !git.CreateOverlay:
		return "`create.overlay` makes creation differ from later updates, and whether " + r.id.String() + " exists is not known"
	case f.Update.Policy == program.UpdateNever && !git.Never:
		return "`update.never` lets nobody change " + r.id.String() + " once it exists, which git cannot promise"
	case f.Update.Policy == program.UpdateRecreate && !git.Recreate:
		return "`update.recreate` deletes " + r.id.String() + " when it differs, which git cannot do"
	default:
		return ""
	}
}

// incomplete is a step whose target is not known to its end, or that may not run yet.
func (r *resourceRun) incomplete(body map[string]any, waits []expr.Wait, resource *expr.Object) Outcome {
	r.e.steps[r.c.at].Partial = body
	reason := "fields of its object are not known yet"
	if len(r.unnamed) > 0 {
		reason = "the name of its object is not known yet"
		waits = mergeWaits(waits, r.unnamed)
	}
	return r.deferred(waits, reason, resource)
}

// readUnsure is a readonly object that was not observed: as git declares it, else nothing is known but who it is.
func (r *resourceRun) readUnsure() Outcome {
	identity := r.identified(noFields)
	if len(r.unnamed) > 0 {
		return r.deferred(r.unnamed, "the name of its object is not known yet", r.declared(identity))
	}
	value, certain := r.e.declaredObject(r.id)
	if certain && !r.speculative() {
		return r.after(r.declared(value))
	}
	if value == nil {
		value = identity
	}
	if certain {
		return r.deferred(nil, "", r.declared(value))
	}
	waits := []expr.Wait{{Step: r.c.path, Object: r.id}}
	return r.deferred(waits, r.id.String()+" is only read, and whether it exists is not known", r.declared(value))
}

// removeUnsure is deleteIfExists of an object that was not observed.
func (r *resourceRun) removeUnsure() Outcome {
	switch {
	case len(r.unnamed) > 0:
		return r.deferred(r.unnamed, "the name of its object is not known yet", noFields)
	case r.f.Pin == "live":
		return r.deferred(nil, r.liveOnly(false), noFields)
	case r.e.input(r.id) != nil && !r.speculative():
		out := r.after(noFields)
		r.removeFromInput(out)
		return out
	}
	return r.deferred(nil, "`deleteIfExists`: whether "+r.id.String()+" exists is not known", noFields)
}

// deferred is a Deferred outcome whose value is what the function would return for a resource.
func (r *resourceRun) deferred(waits []expr.Wait, reason string, resource any) Outcome {
	out := Outcome{Type: Deferred, Message: reason, Waits: waits, Location: r.c.place.String()}
	r.vars["resource"] = resource
	if likely := r.returned(); likely.Type == Ok {
		out.Value = likely.Value
	} else {
		out.Value = unknownValue(mergeWaits(waits, r.held.waits), r.e.fallback(r.c))
	}
	return out
}

// declared is an object that is known from git only.
func (r *resourceRun) declared(value map[string]any) *expr.Object {
	of := r.e.opts.Schema.Kind(r.id.APIVersion, r.id.Kind)
	return &expr.Object{Value: value, ID: r.id, Step: r.c.path, Mode: expr.Declared, Type: of}
}

// declaredObject finds an object that an earlier step of the same instance builds, or that is in the input. It is
// certain to exist unless that step is deferred.
func (e *evaluator) declaredObject(id manifest.ID) (value map[string]any, certain bool) {
	if e.made == nil {
		e.made = make(map[manifest.Key]int)
	}
	for ; e.counted < len(e.steps); e.counted++ {
		if s := &e.steps[e.counted]; s.Object != nil && (s.Action != nil && s.Action.Verb != Amend || s.Partial != nil) {
			e.made[s.Object.Key()] = e.counted
		}
	}
	at, found := e.made[id.Key()]
	if !found {
		value = e.input(id)
		return value, value != nil
	}
	s := &e.steps[at]
	value = s.Partial
	if s.Action != nil && s.Action.Target != nil {
		value, certain = s.Action.Target, true
	}
	if read, settled := e.settled[id.Key()]; settled {
		value = read
	}
	return value, certain
}

// input is an object of the input as the steps so far left it; nil when it is not there.
func (e *evaluator) input(id manifest.ID) map[string]any {
	if value, settled := e.settled[id.Key()]; settled {
		return value
	}
	if _, known := e.read[id.Key()]; !known {
		if e.read == nil {
			e.read = make(map[manifest.Key]struct{})
		}
		e.read[id.Key()] = struct{}{}
		e.reads = append(e.reads, id)
	}
	o, _ := e.opts.Declared.Get(id)
	return o.Value
}

// settle writes down how later steps read an object; nil when it is gone.
func (e *evaluator) settle(id manifest.ID, value map[string]any) {
	if e.settled == nil {
		e.settled = make(map[manifest.Key]map[string]any)
	}
	e.settled[id.Key()] = value
}
