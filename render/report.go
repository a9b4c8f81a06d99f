// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/json"
	"io"
	"maps"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// Report tells what became of every step of every instance. Its JSON shape is what `--report` writes.
type Report struct {
	Instances []InstanceReport `json:"instances"`
	Objects   int              `json:"objects"` // everything printed
	Warnings  []string         `json:"warnings"`
}

// InstanceReport is one Workflow run for one trigger.
type InstanceReport struct {
	Workflow   string           `json:"workflow"`
	Trigger    manifest.ID      `json:"trigger"`
	Steps      []StepReport     `json:"steps"`
	Conditions []eval.Condition `json:"conditions"`
	State      map[string]any   `json:"state"`
}

// StepReport is one step. Object is nil when the step has no object, or its identity is not known.
type StepReport struct {
	Path      string        `json:"path"`
	Logic     string        `json:"logic"` // Kind/name
	Outcome   OutcomeReport `json:"outcome"`
	Object    *manifest.ID  `json:"object"`
	AppliedBy string        `json:"appliedBy"` // git, live or none
	MayDefer  bool          `json:"mayDefer"`
	Reason    string        `json:"reason"`
	GatedBy   []string      `json:"gatedBy"`
	WaitsFor  []expr.Wait   `json:"waitsFor"`
	// Partial is the manifest of a deferred step as far as it is known; a hole is {"$unknown": what it waits for}.
	Partial any `json:"partial,omitempty"`
}

// OutcomeReport is an outcome without its value, which may be large or secret. Delay is in seconds.
type OutcomeReport struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Delay   int    `json:"delay"`
}

// Write prints the report as JSON.
func (r *Report) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// instanceReport tells about one plan.
func instanceReport(views *outlooks, plan *eval.Plan) InstanceReport {
	out := InstanceReport{
		Workflow: plan.Workflow, Trigger: plan.Trigger, Conditions: plan.Conditions,
		Steps: make([]StepReport, 0, len(plan.Steps)),
	}
	out.State, _ = reportable(plan.State).(map[string]any)
	if out.State == nil {
		out.State = map[string]any{}
	}
	if out.Conditions == nil {
		out.Conditions = []eval.Condition{}
	}
	for i := range plan.Steps {
		out.Steps = append(out.Steps, stepReport(views, plan, i))
	}
	return out
}

func stepReport(views *outlooks, plan *eval.Plan, i int) StepReport {
	s := &plan.Steps[i]
	w := views.program.Workflows[plan.Workflow]
	out := StepReport{
		Path: s.Path, Logic: s.Logic, Object: s.Object, Reason: s.Reason, GatedBy: s.GatedBy, WaitsFor: s.Waits,
		Outcome:   OutcomeReport{Type: s.Outcome.Type.String(), Message: s.Outcome.Message, Delay: s.Outcome.Delay},
		AppliedBy: appliedBy(views.program, s), MayDefer: w != nil && views.of(w).mayDefer(s.Path),
	}
	if s.Outcome.Type == eval.Deferred && s.Partial != nil {
		out.Partial = reportable(withoutSecrets(s))
	}
	if out.GatedBy == nil {
		out.GatedBy = []string{}
	}
	if out.WaitsFor == nil {
		out.WaitsFor = []expr.Wait{}
	}
	return out
}

// withoutSecrets is the partial manifest of a step without the values of a Secret.
func withoutSecrets(s *eval.StepResult) map[string]any {
	if s.Partial["kind"] != "Secret" || s.Partial["apiVersion"] != "v1" {
		return s.Partial
	}
	out := maps.Clone(s.Partial)
	for _, field := range []string{"data", "stringData"} {
		values, _ := out[field].(map[string]any)
		if values == nil {
			continue
		}
		hidden := make(map[string]any, len(values))
		for key, v := range values {
			if hidden[key] = v; len(expr.WaitsOf(v)) == 0 {
				hidden[key] = "(secret)"
			}
		}
		out[field] = hidden
	}
	return out
}

// reportable puts what is waited for in the place of unknown leaves.
func reportable(v any) any {
	return expr.WithHoles(v, func(waits []expr.Wait) any { return waits })
}
