// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"context"
	"errors"
	"maps"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// state is what one case leaves to the next. Both maps are shared, never changed.
type state struct {
	inputs   map[string]any
	resource map[string]any // empty: no object
}

// caseRun is one case on its way.
type caseRun struct {
	program  *program.Program
	function *program.Logic
	spec     *program.TestCase
}

// observation is what running the function came to, seen through the mock API.
type observation struct {
	outcome eval.Outcome
	called  bool           // some API call was made
	deleted bool           // it was a delete
	stored  map[string]any // the object after the call
}

// refusal is why a case cannot run at all. A final one ends the run even after a variant.
type refusal struct {
	message string
	final   bool
}

// noBase refuses an overlay that has nothing to lie on.
var noBase = refusal{final: true, message: "Can not overlay until the full resource exists. Give `currentResource` to " +
	"the test, or let an earlier case that is no variant create the object."}

// do runs the case and fills in c. It returns what the next case starts from, and whether the run is over: after a
// failure, unless it is a variant's (LANGUAGE §8.3).
func (r *caseRun) do(ctx context.Context, c *Case, before state) (after state, over bool) {
	inputs := r.inputs(before.inputs)
	resource, refused := r.resource(ctx, before.resource, inputs)
	if refused != nil {
		c.Message = refused.message
		return before, refused.final || !r.spec.Variant
	}
	seen := r.run(ctx, inputs, resource)
	c.Outcome = Outcome{Type: seen.outcome.Type.String(), Message: seen.outcome.Message, Delay: seen.outcome.Delay}
	r.judge(&seen).into(c)
	if !c.Pass {
		c.Cause = seen.outcome.Pos
	}
	if r.spec.Variant {
		return before, false
	}
	if seen.called {
		resource = seen.stored
	}
	return state{inputs: inputs, resource: resource}, !c.Pass
}

// inputs are the effective inputs: the overrides laid over the carried ones.
func (r *caseRun) inputs(carried map[string]any) map[string]any {
	switch over := r.spec.InputOverrides; {
	case len(carried) == 0 && len(over) == 0:
		return map[string]any{}
	case len(over) == 0:
		return carried
	case len(carried) == 0:
		return over
	default:
		merged, _ := expr.Overlay(carried, over).(map[string]any)
		return merged
	}
}

// resource is the effective current object; empty when there is none.
func (r *caseRun) resource(ctx context.Context, carried, inputs map[string]any) (map[string]any, *refusal) {
	if r.spec.OverlayResource == nil {
		if len(r.spec.Current) > 0 {
			return r.spec.Current, nil
		}
		return carried, nil
	}
	if len(carried) == 0 {
		return nil, &noBase
	}
	vars := make(expr.Vars, len(inputs)+2)
	for name, value := range inputs {
		vars[name] = value
	}
	vars["inputs"], vars["resource"] = inputs, carried
	overlaid, err := r.spec.OverlayResource.Overlay(ctx, carried, vars)
	if err != nil {
		return nil, &refusal{message: "Could not run test case due to resource overlay error: (" + reason(err) + ")"}
	}
	plain, _ := expr.Plain(overlaid).(map[string]any)
	return plain, nil
}

// reason is an evaluation error as text: where it is and what failed.
func reason(err error) string {
	failed, ok := errors.AsType[*program.EvalError](err)
	if !ok {
		return err.Error()
	}
	d := failed.Diagnostic("")
	return d.Message + " at " + d.Pos.String()
}

// run evaluates the function against the mock API. A ResourceFunction is evaluated twice: with nothing observed, it
// tells which object it is about; then it finds the test's object under that name, whatever the object calls itself.
func (r *caseRun) run(ctx context.Context, inputs, resource map[string]any) observation {
	call := eval.Call{Inputs: inputs}
	if r.function.Value != nil {
		call.Base = resource
	}
	result := eval.Function(ctx, r.program, r.function, call, eval.Observed{}, eval.Options{})
	if result.Object != nil && result.Err == nil {
		result = eval.Function(ctx, r.program, r.function, call, observe(*result.Object, resource), eval.Options{})
	}
	if result.Err != nil {
		return observation{outcome: eval.Outcome{Type: eval.PermFail, Message: result.Err.Error()}}
	}
	return act(&result, resource)
}

// observe makes the cluster that holds the test's object and nothing else.
func observe(id manifest.ID, resource map[string]any) eval.Observed {
	var seen eval.Observed
	if len(resource) == 0 {
		seen.Absent = []manifest.ID{id}
		return seen
	}
	seen.Objects.Replace(manifest.Object{ID: id, Value: resource})
	return seen
}

// act does to the test's object what the mock API does. DELETE leaves nothing.
func act(result *eval.FunctionResult, current map[string]any) observation {
	seen := observation{outcome: result.Outcome}
	if result.Action == nil {
		return seen
	}
	switch result.Action.Verb {
	case eval.CreateIt:
		seen.called, seen.stored = true, result.Action.Target
	case eval.Patch:
		seen.called, seen.stored = true, patched(current, result.Action.Target)
	case eval.Recreate, eval.Delete:
		seen.called, seen.deleted, seen.stored = true, true, map[string]any{}
	case eval.None, eval.Render:
	}
	return seen
}

// patched merges at the top level only: each key of the patch replaces the whole of the current one. A real API server
// merges deeply; existing suites depend on this (LANGUAGE §8.5). As there, a null removes its key.
func patched(current, patch map[string]any) map[string]any {
	merged := make(map[string]any, len(current)+len(patch))
	maps.Copy(merged, current)
	maps.Copy(merged, patch)
	stored, _ := withoutNulls(merged).(map[string]any)
	return stored
}

// withoutNulls copies a value without the nulls in its maps; nulls in lists stay.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			if value != nil {
				out[key] = withoutNulls(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = withoutNulls(item)
		}
		return out
	default:
		return v
	}
}
