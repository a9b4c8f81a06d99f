// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strings"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
)

// Subject is something that can be asked about.
type Subject struct {
	Name   string       `json:"object"` // Kind/namespace/name, or the path of a step without an object
	ID     *manifest.ID `json:"-"`
	Status string       `json:"status"`
	From   string       `json:"from"`
	At     string       `json:"at"`
	step   *step
	input  *Input
}

// Subjects lists what can be asked about: the objects of the input, then those of all steps, in order.
func (w *World) Subjects() []Subject {
	var out []Subject
	for i := range w.Input {
		in := &w.Input[i]
		out = append(out, Subject{
			Name: in.ID.String(), ID: &in.ID, Status: w.inputStatus(in), From: "the input", At: in.Node.Pos().String(), input: in,
		})
	}
	for _, t := range w.Instances {
		for i := range t.Plan.Steps {
			s := &t.Plan.Steps[i]
			st := t.locate(w.Program, s.Path)
			if s.Object == nil || st == nil {
				continue
			}
			out = append(out, Subject{
				Name: s.Object.String(), ID: s.Object, Status: w.status(st), From: t.String() + ": " + s.Path,
				At: st.def.Node.Pos().String(), step: st,
			})
		}
	}
	return out
}

// String is the Workflow with its trigger: web-app(WebApp/prod/shop).
func (t *Instance) String() string {
	return t.Trigger.Workflow.Name + "(" + t.Plan.Trigger.String() + ")"
}

// inputStatus says what becomes of an object of the input.
func (w *World) inputStatus(in *Input) string {
	for _, t := range w.Instances {
		for i := range t.Plan.Actions {
			if a := &t.Plan.Actions[i]; a.Verb == eval.Amend && a.ID.Key() == in.ID.Key() {
				return "in the output, changed by step " + a.Step
			}
		}
	}
	switch in.Fate {
	case "consume":
		return "consumed: a trigger, and not in the output"
	case "emit":
		return "a trigger that stays in the output as it is"
	default:
		return "passed through as it is"
	}
}

// status says what became of a step and its object.
func (w *World) status(st *step) string {
	r := st.result
	name, _ := strings.CutPrefix(st.logic(), "ResourceFunction/")
	fn := w.Program.ResourceFunctions[name]
	switch {
	case fn != nil && fn.API.Readonly && r.Object != nil && r.Outcome.Type == eval.Ok:
		return "only read"
	case fn != nil && fn.API.Readonly && r.Object != nil:
		return "only read: " + outcomeText(r)
	case r.Action != nil && w.consumes(st):
		return "rendered, and consumed: a Workflow runs for it"
	case r.Action != nil:
		return actionText(r)
	case r.Outcome.Type == eval.Deferred && fn != nil:
		return "deferred: left to the live reconciler"
	case r.Object != nil:
		return "not rendered: " + outcomeText(r)
	default:
		return outcomeText(r)
	}
}

// consumes tells whether the object of a step is the trigger of a Workflow only, and not in the output.
func (w *World) consumes(st *step) bool {
	if _, printed := w.Output.Get(st.result.Action.ID); printed {
		return false
	}
	return slices.ContainsFunc(w.Instances, func(t *Instance) bool {
		return t.Outer == st.run.instance && t.Step == st.path
	})
}

func outcomeText(r *eval.StepResult) string {
	text := "the step came to " + r.Outcome.Type.String()
	if m := r.Outcome.Message; m != "" && r.Outcome.Type != eval.Deferred {
		text += ", " + m
	}
	return text
}

// actionText says what is done to an object.
func actionText(r *eval.StepResult) string {
	switch r.Action.Verb {
	case eval.Render:
		if r.Outcome.Type == eval.Deferred {
			return "rendered: git applies it; what comes after it waits"
		}
		return "rendered: git applies it"
	case eval.Amend:
		return "changes an object of the input in place"
	case eval.CreateIt:
		return "observed to be absent: it is made"
	case eval.Patch:
		return "observed to differ: it is patched"
	case eval.Recreate:
		return "observed to differ: it is made anew"
	case eval.Delete:
		return "deleted"
	default:
		return "observed to be as it should"
	}
}
