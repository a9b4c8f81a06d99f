// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
)

// This file changes objects of the input: steps patch them in place, or take them out.

// changes is what was done to objects of the input so far.
type changes struct {
	patches map[manifest.Key][]patch
	removed map[manifest.Key]string // by which step
	own     bool                    // declared is a copy that may be changed
	kept    bool                    // instances are evaluated again later, so what they have seen stays
}

// patch is one patch of one object.
type patch struct {
	fields map[string]any
	from   manifest.Origin
}

// amend lays the patch of a step over an object of the input. Two patches may not disagree.
func (r *rendering) amend(t *instance, s *eval.StepResult, fields map[string]any, hash string) {
	id := s.Action.ID
	o, found := r.output.Get(id)
	if !found {
		return // an object of the input that was taken out is no longer patched
	}
	from := t.origin(s.Path)
	for _, earlier := range r.changed.patches[id.Key()] {
		if path, differ := disagree("", earlier.fields, fields); differ {
			p := t.problemOf(s, diag.PatchConflict)
			p.Message = fmt.Sprintf("%s and %s set %s of %s differently", placeOf(earlier.from), from, path, id)
			p.Hint = "patches are laid over an object in the order of their triggers, and none of them may undo another: let one step set the field"
			r.failed = append(r.failed, p)
			return
		}
	}
	if r.changed.patches == nil {
		r.changed.patches = map[manifest.Key][]patch{}
	}
	r.changed.patches[id.Key()] = append(r.changed.patches[id.Key()], patch{fields, from})
	o.Value, o.Raw = eval.Patched(o.Value, fields), nil
	if hash != "" {
		o = rendered(o, hash, true)
	}
	r.output.Replace(o)
	r.declare(o)
}

// disagree finds the first field that two patches set to different values.
func disagree(path string, a, b any) (string, bool) {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	if !okX || !okY {
		return strings.TrimPrefix(path, "."), !reflect.DeepEqual(a, b)
	}
	for _, key := range sortedKeys(x) {
		if w, both := y[key]; both {
			if at, differ := disagree(path+"."+key, x[key], w); differ {
				return at, true
			}
		}
	}
	return "", false
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// remove takes an object out of the output. What a step renders, or patches, is not for another to take out.
func (r *rendering) remove(t *instance, s *eval.StepResult) {
	id := s.Action.ID
	from := t.origin(s.Path)
	if o, found := r.output.Get(id); found && o.From.Step != "" {
		r.failed = append(r.failed, t.removesRendered(s, id, placeOf(o.From)))
		return
	}
	if earlier := r.changed.patches[id.Key()]; len(earlier) > 0 {
		r.failed = append(r.failed, t.removesRendered(s, id, placeOf(earlier[0].from)))
		return
	}
	if r.changed.removed == nil {
		r.changed.removed = map[manifest.Key]string{}
	}
	r.changed.removed[id.Key()] = placeOf(from)
	r.output.Delete(id)
	r.ownDeclared().Delete(id)
}

// removesRendered says that one step makes what another one removes.
func (t *instance) removesRendered(s *eval.StepResult, id manifest.ID, by string) diag.Diagnostic {
	p := t.problemOf(s, diag.DuplicateObject)
	p.Message = fmt.Sprintf("%s removes %s (deleteIfExists), which %s makes", t.origin(s.Path), id, by)
	p.Hint = "one of the two is wrong: an object cannot be made and removed at once"
	return p
}

// declare makes later instances read an object as it is now.
func (r *rendering) declare(o manifest.Object) {
	if late := r.late.hide(o.Value, o.ID, inputStep); late != nil {
		o.Value = late
	}
	r.ownDeclared().Replace(o)
}

// ownDeclared is the set of declared objects, which is the input's own until it changes.
func (r *rendering) ownDeclared() *manifest.Set {
	if !r.changed.own || r.changed.kept && len(r.instances) > 0 {
		own := &manifest.Set{}
		for _, o := range r.declared.All() {
			own.Replace(o)
		}
		r.declared, r.changed.own = own, true
	}
	return r.declared
}
