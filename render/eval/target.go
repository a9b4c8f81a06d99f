// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"reflect"
	"strconv"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// target builds the desired object (LANGUAGE 6.2, 10 to 12): template, identity, overlays, identity. Directives are
// still inside. What decides about a part of it and is not known yet goes into the hold.
func (r *resourceRun) target() (map[string]any, Outcome, bool) {
	target, out, ended := r.template()
	if ended {
		return nil, out, true
	}
	target = r.identified(target)
	r.e.trace.began(r, target)
	for i, o := range r.f.Overlays {
		if r.partial {
			break
		}
		before := target
		if target, out, ended = r.overlay(i, o, target); ended {
			return nil, out, true
		}
		r.e.trace.laid(r, i, before, target)
	}
	if r.partial {
		target = noFields // what could not be built may change all but the identity
	}
	return r.identified(target), Outcome{}, false
}

// template is what the overlays are laid over.
func (r *resourceRun) template() (map[string]any, Outcome, bool) {
	if r.f.TemplateRef == nil {
		return r.inline()
	}
	const where = "spec.resourceTemplateRef.name"
	v, err := r.f.TemplateRef.Eval(r.e.ctx, r.vars)
	if err != nil {
		return nil, r.e.failed(err, r.where(where)), true
	}
	name, ok := v.(string)
	if !ok {
		if waits := expr.WaitsOf(v); len(waits) > 0 {
			r.held.add(waits, "`"+where+"` is not known yet")
			r.partial = true
			return noFields, Outcome{}, false
		}
		return nil, r.failure("Expected string, but received '"+valueText(v)+"' ("+expr.TypeName(v)+") at `"+where+"`", r.where(where), r.f.TemplateRef), true
	}
	t := r.e.program.Templates[name]
	if t == nil {
		return nil, Outcome{
			Type: Retry, Message: "ResourceTemplate:" + name + " not found.", Delay: waitDelay,
			Location: r.where(where), Pos: r.f.TemplateRef.Node.Pos(),
		}, true
	}
	return t.Value, Outcome{}, false
}

func (r *resourceRun) inline() (map[string]any, Outcome, bool) {
	v, err := r.f.Resource.Eval(r.e.ctx, r.vars)
	if err != nil {
		return nil, r.e.failed(err, r.where("spec.resource")), true
	}
	m, _ := v.(map[string]any)
	return m, Outcome{}, false
}

// overlay lays one overlay over the target.
func (r *resourceRun) overlay(i int, o *program.Overlay, target map[string]any) (map[string]any, Outcome, bool) {
	skipped, unknown, out, ended := r.skips(i, o)
	if ended || skipped {
		return target, out, ended
	}
	next, out, ended := r.lay(i, o, target)
	switch {
	case ended && unknown == nil:
		return nil, out, true
	case ended: // it may be skipped, so its failure is not certain
		r.partial = true
		return target, Outcome{}, false
	case unknown != nil:
		blended, _ := blend(target, next, unknown).(map[string]any)
		return blended, Outcome{}, false
	}
	return next, Outcome{}, false
}

// skips evaluates an overlay's skipIf; unknown is set when it cannot be told yet.
func (r *resourceRun) skips(i int, o *program.Overlay) (skipped bool, unknown *expr.Unknown, out Outcome, ended bool) {
	if o.SkipIf == nil {
		return false, nil, out, false
	}
	v, err := o.SkipIf.Eval(r.e.ctx, r.vars)
	if err != nil {
		return false, nil, r.e.failed(err, r.where(overlayPath(i)+".skipIf")), true
	}
	if skip, ok := v.(bool); ok {
		return skip, nil, out, false
	}
	where := overlayPath(i) + ".skipIf"
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		r.held.add(waits, "`"+where+"` is not known yet")
		return false, expr.NewUnknown(waits...), out, false
	}
	return false, nil, r.failure("Expected boolean, but received "+expr.TypeName(v)+" for '"+where+"'", r.where(where), o.SkipIf), true
}

// lay evaluates one overlay over the target.
func (r *resourceRun) lay(i int, o *program.Overlay, target map[string]any) (map[string]any, Outcome, bool) {
	if o.Ref == nil {
		r.vars["resource"] = target
		next, err := o.Body.Overlay(r.e.ctx, target, r.vars)
		if err != nil {
			return nil, r.e.failed(err, r.where(overlayPath(i)+".overlay")), true
		}
		return next, Outcome{}, false
	}
	var inputs any
	if o.Inputs != nil {
		v, err := o.Inputs.Eval(r.e.ctx, r.vars)
		if err != nil {
			return nil, r.e.failed(err, r.where(overlayPath(i)+".inputs")), true
		}
		inputs = v
	}
	where := &place{text: fullName(r.id) + ":" + overlayPath(i)}
	out := r.e.valueFunction(o.Ref, &call{path: r.c.path, place: where, at: r.c.at, inputs: inputs, base: target, gate: r.c.gate})
	return r.laid(i, o, target, out)
}

// laid is what the ValueFunction of an overlay came to. Its failures and skips are the function's own.
func (r *resourceRun) laid(i int, o *program.Overlay, target map[string]any, out Outcome) (map[string]any, Outcome, bool) {
	if out.Type != Ok && out.Type != Deferred {
		return nil, out, true
	}
	next, ok := out.Value.(map[string]any)
	if out.Type == Deferred {
		r.held.add(out.Waits, out.Message)
		if !ok {
			r.partial = true
			return target, Outcome{}, false
		}
	}
	if !ok {
		where := overlayPath(i)
		return nil, Outcome{
			Type: PermFail, Message: "Expected mapping, but received " + expr.TypeName(out.Value) + " for '" + where + "'",
			Location: r.where(where), Pos: o.Node.Pos(),
		}, true
	}
	return next, Outcome{}, false
}

func overlayPath(i int) string { return "spec.overlays[" + strconv.Itoa(i) + "]" }

// blend is what is known of a value that is either a or b: where they agree, that; everywhere else, unknown.
func blend(a, b any, unknown *expr.Unknown) any {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	if !okX || !okY {
		if reflect.DeepEqual(a, b) {
			return a
		}
		return expr.NewUnknown(mergeWaits(unknown.Waits(), expr.WaitsOf(a), expr.WaitsOf(b))...)
	}
	out := make(map[string]any, max(len(x), len(y)))
	for key, v := range x {
		if w, found := y[key]; found {
			out[key] = blend(v, w, unknown)
		} else {
			out[key] = expr.NewUnknown(unknown.Waits()...)
		}
	}
	for key := range y {
		if _, found := x[key]; !found {
			out[key] = expr.NewUnknown(unknown.Waits()...)
		}
	}
	return out
}
