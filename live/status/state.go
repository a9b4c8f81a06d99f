// SPDX-License-Identifier: Apache-2.0

package status

import (
	"maps"
	"slices"

	"github.com/korender/korender/render"
)

// state is what the steps publish: the plan's, and of the former state those keys whose step did not run Ok this time, so
// that a Workflow remembers. All other former keys go.
func (r *Run) state(former map[string]any, secrets *Redactor) map[string]any {
	out := map[string]any{}
	if now, ok := secrets.Value(r.Plan.State).(map[string]any); ok {
		out = now
	}
	keeps := r.keeping()
	for key, value := range former {
		if _, replaced := out[key]; !replaced && keeps.key(key) {
			out[key] = secrets.Value(value)
		}
	}
	return out
}

// keeping says which keys of the former state stay.
type keeping struct {
	all  bool
	keys map[string]bool
}

func (k keeping) key(key string) bool { return k.all || k.keys[key] }

// keeping gathers the keys that steps which did not run Ok would publish.
func (r *Run) keeping() keeping {
	var missing []string // labels of such steps
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if _, failed := r.Plan.StateErrors[s.Path]; own(s) && (failed || s.Outcome.Type != render.Ok) {
			missing = append(missing, s.Path)
		}
	}
	if len(missing) == 0 {
		return keeping{}
	}
	if r.Program == nil || r.Program.Workflows[r.Plan.Workflow] == nil {
		return keeping{all: true}
	}
	k := keeping{keys: map[string]bool{}}
	for _, s := range r.Program.Workflows[r.Plan.Workflow].Steps {
		if s.State == nil || !slices.Contains(missing, s.Label) {
			continue
		}
		published, literal := s.State.Node.Native().(map[string]any)
		if !literal { // an expression may publish anything
			return keeping{all: true}
		}
		for key := range published {
			k.keys[key] = true
		}
	}
	return k
}

// mergePatch is the JSON merge patch that makes one map of another: explicit nulls for keys that vanished. It is nil when
// they do not differ.
func mergePatch(from, to map[string]any) map[string]any {
	out := map[string]any{}
	for key := range from {
		if _, stays := to[key]; !stays {
			out[key] = nil
		}
	}
	for _, key := range slices.Sorted(maps.Keys(to)) {
		old, found := from[key]
		oldMap, wasMap := old.(map[string]any)
		newMap, isMap := to[key].(map[string]any)
		switch {
		case found && same(old, to[key]):
		case wasMap && isMap:
			out[key] = mergePatch(oldMap, newMap)
		default:
			out[key] = to[key]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
