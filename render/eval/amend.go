// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"maps"

	"github.com/korender/korender/render/manifest"
)

// This file changes objects of the input in place: what must exist already is patched there, and what must not exist is
// taken out of it.

// amendable is the object of the input that a function without the right to create patches; nil when it has that right,
// or nothing in the input to patch.
func (r *resourceRun) amendable() map[string]any {
	if r.f.Create.Enabled || len(r.unnamed) > 0 || r.e.builds(r.id) {
		return nil
	}
	return r.e.input(r.id)
}

// builds tells whether an earlier step of the same instance builds an object.
func (e *evaluator) builds(id manifest.ID) bool {
	e.declaredObject(id)
	_, found := e.made[id.Key()]
	return found
}

// amend lays a patch over an object of the input.
func (r *resourceRun) amend(base, body, read map[string]any) Outcome {
	patched := Patched(base, withoutIdentity(read))
	r.e.settle(r.id, patched)
	out := r.after(r.declared(patched))
	r.act(Action{Verb: Amend, Target: body}, out)
	return out
}

// removeFromInput takes the object out of the input, if it is there.
func (r *resourceRun) removeFromInput(out Outcome) {
	if r.e.input(r.id) == nil || r.speculative() {
		return
	}
	r.e.settle(r.id, nil)
	r.act(Action{Verb: Delete}, out)
}

// withoutIdentity is a patch without who it is for: an object of the input keeps its own version and names.
func withoutIdentity(patch map[string]any) map[string]any {
	if patch == nil {
		return nil
	}
	out := maps.Clone(patch)
	delete(out, "apiVersion")
	delete(out, "kind")
	metadata, _ := patch["metadata"].(map[string]any)
	more := maps.Clone(metadata)
	delete(more, "name")
	delete(more, "namespace")
	if len(more) == 0 {
		delete(out, "metadata")
		return out
	}
	out["metadata"] = more
	return out
}

// Patched is an object with a JSON merge patch laid over it: maps merge at every depth, a null removes its key, all else
// replaces. Nothing is changed; what the patch does not touch is shared with base.
func Patched(base, patch map[string]any) map[string]any {
	out := make(map[string]any, len(base)+len(patch))
	maps.Copy(out, base)
	for key, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, key)
		case map[string]any:
			inner, _ := out[key].(map[string]any)
			out[key] = Patched(inner, v)
		default:
			out[key] = v
		}
	}
	return out
}

// Patch is what an action changes of an object of the input, be it that git changes it or that a live object shows the
// change; nil for actions that make an object.
func (a *Action) Patch() map[string]any {
	switch a.Verb {
	case Amend, None, Patch:
		return withoutIdentity(a.Target)
	}
	return nil
}
