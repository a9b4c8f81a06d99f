// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
)

// Ask answers a question. The error is a diag.List when there is no such object or field, or several.
func (w *World) Ask(ctx context.Context, q Question, l Limits) (*Explanation, error) {
	s := &search{ctx: ctx, world: w, facts: map[string]*fact{}}
	subject, err := w.subject(q.Object)
	if err != nil {
		return nil, err
	}
	if subject.input != nil {
		return s.ofInput(subject.input, q, l)
	}
	st := subject.step
	if in := w.amended(st, q.Field); in != nil {
		answer, err := s.ofInput(in, q, l)
		if err == nil {
			answer.Status = "changed in place by step " + st.path + ", which leaves this field as it is"
		}
		return answer, err
	}
	if err := w.follow(ctx, st.run.instance); err != nil {
		return nil, err
	}
	return s.ofStep(st.run.instance.locate(w.Program, st.path), subject.Name == st.path, q, l)
}

// amended is the object of the input that a step changes in place, when a field of it is asked for that the step leaves
// as it is; else nil.
func (w *World) amended(st *step, field string) *Input {
	if st.result.Action == nil || st.result.Action.Verb != eval.Amend || field == "" {
		return nil
	}
	if _, wrong := parse(field, st.target()); wrong == nil {
		return nil
	}
	for i := range w.Input {
		if w.Input[i].ID.Key() == st.result.Object.Key() {
			return &w.Input[i]
		}
	}
	return nil
}

// subject finds what a question is about.
func (w *World) subject(name string) (*Subject, error) {
	if cut := strings.LastIndexByte(name, ':'); cut > 0 {
		if trigger, err := manifest.ParseID(name[:cut]); err == nil {
			if found := w.stepOf(trigger, name[cut+1:]); found != nil {
				return found, nil
			}
		}
	}
	if !strings.Contains(name, "/") {
		return w.stepNamed(name)
	}
	want, err := manifest.ParseID(name)
	if err != nil {
		return nil, refuse(diag.NoSuchObject, err.Error(), "")
	}
	all := w.Subjects()
	var found []*Subject
	for i := range all {
		if matches(want, *all[i].ID) && (len(found) == 0 || !replaces(found, &all[i])) {
			found = append(found, &all[i])
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, w.noObject(name, want, all)
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = f.Name + " (" + f.ID.APIVersion + ")"
	}
	return nil, refuse(diag.NoSuchObject, fmt.Sprintf("%s could be any of %d objects", name, len(found)),
		"say which: "+strings.Join(names, ", "))
}

// replaces puts a better answer in the place of a former one for the same object: a step that makes it is better than
// the input, and both are better than a step that only reads it. It tells whether both are about one object.
func replaces(found []*Subject, next *Subject) bool {
	for i, f := range found {
		if f.ID.Key() != next.ID.Key() {
			continue
		}
		if rank(next) > rank(f) {
			found[i] = next
		}
		return true
	}
	return false
}

func rank(s *Subject) int {
	switch {
	case s.step == nil:
		return 1
	case s.step.target() == nil && s.step.result.Action == nil:
		return 0
	default:
		return 2
	}
}

func matches(want, id manifest.ID) bool {
	return strings.EqualFold(want.Kind, id.Kind) && want.Name == id.Name &&
		(want.Namespace == "" || want.Namespace == id.Namespace) &&
		(want.APIVersion == "" || want.Group() == id.Group())
}

func (w *World) noObject(name string, want manifest.ID, all []Subject) error {
	var names, short, alike []string
	for i := range all {
		names, short = append(names, all[i].Name), append(short, all[i].ID.Kind+"/"+all[i].ID.Name)
		if all[i].ID.Name == want.Name || strings.EqualFold(all[i].ID.Kind, want.Kind) {
			alike = append(alike, all[i].Name)
		}
	}
	hint := diag.DidYouMean(name, append(short, names...))
	switch {
	case hint != "":
	case len(alike) > 0:
		hint = "there are " + listed(alike)
	case len(names) > 0:
		hint = "there are " + listed(names)
	default:
		hint = "there are no objects at all"
	}
	return refuse(diag.NoSuchObject, "nothing makes "+name+", and it is not in the input", hint)
}

// stepOf finds a step of the instance of a trigger; nil when there is none.
func (w *World) stepOf(trigger manifest.ID, name string) *Subject {
	for _, t := range w.Instances {
		if !matches(trigger, t.Plan.Trigger) {
			continue
		}
		if st := t.locate(w.Program, name); st != nil && st.result != nil {
			return &Subject{Name: name, ID: st.result.Object, step: st}
		}
	}
	return nil
}

// stepNamed finds a step by its path, when only one instance has it.
func (w *World) stepNamed(name string) (*Subject, error) {
	var names, where []string
	var found *Subject
	for _, t := range w.Instances {
		for i := range t.Plan.Steps {
			names = append(names, t.Plan.Steps[i].Path)
		}
		if st := t.locate(w.Program, name); st != nil && st.result != nil {
			found = &Subject{Name: name, ID: st.result.Object, Status: "", step: st}
			where = append(where, t.Plan.Trigger.String()+":"+name)
		}
	}
	switch {
	case len(where) == 1:
		return found, nil
	case len(where) > 1:
		return nil, refuse(diag.NoSuchObject, "step "+name+" is run for several triggers", "say for which: "+listed(where))
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "objects are written Kind/namespace/name, as in Deployment/prod/web"
	}
	return nil, refuse(diag.NoSuchObject, fmt.Sprintf("there is no step %q", name), hint)
}

const mostListed = 12

// listed is a list of names, the first ones of a long one.
func listed(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if more := len(names) - mostListed; more > 0 {
		return strings.Join(names[:mostListed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

func refuse(code diag.Code, message, hint string) error {
	return diag.List{{Code: code, Message: message, Hint: hint}}
}

// lead follows the text of a field into a value.
func lead(name, field string, v any) (path, error) {
	p, wrong := parse(field, v)
	if wrong == nil {
		return p, nil
	}
	where := name
	if len(wrong.at) > 0 {
		where += " " + wrong.at.String()
	}
	hint := diag.DidYouMean(wrong.word, wrong.has)
	switch {
	case hint != "":
	case len(wrong.has) > 0:
		hint = "there are " + listed(wrong.has)
	default:
		hint = "it has no fields"
	}
	return nil, refuse(diag.NoSuchField, fmt.Sprintf("%s has no field %q", where, wrong.word), hint)
}
