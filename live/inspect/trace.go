// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"context"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Trace is an instance as a tree of steps.
type Trace struct {
	Namespace string  `json:"namespace"`
	Name      string  `json:"name"`
	Workflow  string  `json:"workflow"`
	Trigger   string  `json:"trigger"`
	Fate      string  `json:"fate"`
	Suspended bool    `json:"suspended,omitempty"`
	Deleting  bool    `json:"deleting,omitempty"`
	Ready     Ready   `json:"ready"` // what live said last
	Steps     []*Step `json:"steps"`
}

// Step is what a step comes to now.
type Step struct {
	Step      string   `json:"step"`
	Logic     string   `json:"logic"`
	Outcome   string   `json:"outcome"`
	Message   string   `json:"message,omitempty"`
	Object    *Object  `json:"object,omitempty"`
	Next      string   `json:"next,omitempty"`      // what live would do to the object: create, patch, recreate, delete
	GatedBy   []string `json:"gatedBy,omitempty"`   // steps that must be Ok first
	Condition string   `json:"condition,omitempty"` // the assert that does not hold
	Waits     []Wait   `json:"waitsFor,omitempty"`
	Steps     []*Step  `json:"steps,omitempty"` // items, and steps of a sub-workflow
}

// Object is the object of a step.
type Object struct {
	manifest.ID
	By    string `json:"by"`              // who writes it: git or live; nobody, when the step only reads it
	State string `json:"state"`           // present, absent or unknown
	Ready string `json:"ready,omitempty"` // by its own conditions: True, False or Unknown; empty when it has none
	Why   string `json:"why,omitempty"`   // unknown: why
}

// Wait is a field that a step waits for, and what is there now.
type Wait struct {
	Object manifest.ID `json:"object"`
	Path   string      `json:"path,omitempty"`  // empty: the object itself
	State  string      `json:"state"`           // present, absent, no object, hidden or unknown
	Value  any         `json:"value,omitempty"` // present
	Wanted any         `json:"wanted,omitempty"`
}

// Who writes an object.
const (
	Git    = "git"
	Live   = "live"
	Nobody = "nobody"
)

// The states of objects and fields.
const (
	Present  = "present"
	Absent   = "absent"
	NoObject = "no object"
	Hidden   = "hidden" // a Secret's
	Unknown  = "unknown"
)

// TraceOf evaluates an instance with what c may read.
func TraceOf(ctx context.Context, c client.Reader, namespace, name string) (*Trace, error) {
	w, err := find(ctx, c, namespace, name)
	if err != nil {
		return nil, err
	}
	v, err := look(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return v.trace(), nil
}

func (v *view) trace() *Trace {
	w := v.instance
	secrets := status.NewRedactor(&v.objects).With(v.plan)
	t := &Trace{
		Namespace: w.Namespace, Name: w.Name, Workflow: w.Spec.Workflow, Trigger: v.trigger.ID.String(), Fate: w.Spec.Trigger.Fate,
		Suspended: w.Spec.Suspend, Deleting: !w.DeletionTimestamp.IsZero(), Ready: readyOf(w), Steps: []*Step{},
	}
	t.Ready.Message = secrets.Text(t.Ready.Message)
	byPath := map[string]*Step{}
	for i := range v.plan.Steps {
		s := v.step(&v.plan.Steps[i], secrets)
		byPath[s.Step] = s
		if outer := byPath[outerOf(s.Step)]; outer != nil {
			outer.Steps = append(outer.Steps, s)
		} else {
			t.Steps = append(t.Steps, s)
		}
	}
	return t
}

// outerOf is the path of the step that a step is an item or an inner step of.
func outerOf(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

func (v *view) step(s *render.Step, secrets *status.Redactor) *Step {
	out := &Step{
		Step: s.Path, Logic: s.Logic, Outcome: s.Outcome.Type.String(), Message: secrets.Text(s.Outcome.Message), GatedBy: s.GatedBy,
	}
	if s.Object != nil {
		out.Object = v.object(s)
		out.Object.ID = hidden(out.Object.ID, secrets)
	}
	if s.Action != nil {
		out.Next = nextOf(s.Action)
	}
	if s.Outcome.Type == render.Ok {
		return out
	}
	var fields []field
	out.Condition, fields = v.waits(s)
	out.Condition = secrets.Text(out.Condition)
	for _, f := range fields {
		w := v.wait(f, secrets)
		w.Object, w.Path = hidden(w.Object, secrets), secrets.Text(w.Path)
		out.Waits = append(out.Waits, w)
	}
	return out
}

// hidden is an identity without values of Secrets: a program may have made a name of one.
func hidden(id manifest.ID, secrets *status.Redactor) manifest.ID {
	id.Namespace, id.Name = secrets.Text(id.Namespace), secrets.Text(id.Name)
	return id
}

func (v *view) object(s *render.Step) *Object {
	o := &Object{ID: *s.Object, By: v.writer(s), State: Unknown}
	live, found := v.objects.Get(*s.Object)
	switch {
	case found:
		o.State, o.Ready = Present, readiness(live.Value)
	case v.isAbsent(*s.Object):
		o.State = Absent
	default:
		o.Why = v.refused[s.Object.Key()]
	}
	return o
}

// writer says who writes the object of a step.
func (v *view) writer(s *render.Step) string {
	if v.appliedByGit(*s.Object) != nil {
		return Git
	}
	name, _ := strings.CutPrefix(s.Logic, "ResourceFunction/")
	if f := v.program.ResourceFunctions[name]; f != nil && f.API.Readonly {
		return Nobody
	}
	return Live
}

func (v *view) appliedByGit(id manifest.ID) *v1alpha1.AppliedObject {
	for i := range v.instance.Spec.Applied {
		if a := &v.instance.Spec.Applied[i]; idOf(&a.ObjectReference).Key() == id.Key() {
			return a
		}
	}
	return nil
}

func (v *view) isAbsent(id manifest.ID) bool {
	for _, gone := range v.absent {
		if gone.Key() == id.Key() {
			return true
		}
	}
	return false
}

func nextOf(a *render.Action) string {
	switch a.Verb {
	case render.Create:
		return "create"
	case render.Patch:
		return "patch"
	case render.Recreate:
		return "recreate"
	case render.Delete:
		return "delete"
	default:
		return ""
	}
}

// readiness is what an object says of itself in the condition that is most like Ready.
func readiness(object map[string]any) string {
	body, _ := object["status"].(map[string]any)
	list, _ := body["conditions"].([]any)
	for _, kind := range []string{"Ready", "Available", "Complete", "Established", "Synced"} {
		for _, item := range list {
			c, _ := item.(map[string]any)
			if c["type"] == kind {
				text, _ := c["status"].(string)
				return text
			}
		}
	}
	return ""
}
