// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/json"
	"io"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
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
func instanceReport(p *program.Program, plan *eval.Plan) InstanceReport {
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
		out.Steps = append(out.Steps, stepReport(p, &plan.Steps[i]))
	}
	return out
}

func stepReport(p *program.Program, s *eval.StepResult) StepReport {
	out := StepReport{
		Path: s.Path, Logic: s.Logic, Object: s.Object, Reason: s.Reason, GatedBy: s.GatedBy, WaitsFor: s.Waits,
		Outcome:   OutcomeReport{Type: s.Outcome.Type.String(), Message: s.Outcome.Message, Delay: s.Outcome.Delay},
		AppliedBy: appliedBy(p, s), MayDefer: s.Outcome.Type == eval.Deferred,
	}
	if out.GatedBy == nil {
		out.GatedBy = []string{}
	}
	if out.WaitsFor == nil {
		out.WaitsFor = []expr.Wait{}
	}
	return out
}

// reportable replaces unknown leaves by what they wait for, so that a report can hold them.
func reportable(v any) any {
	switch v := expr.Plain(v).(type) {
	case *expr.Unknown:
		return map[string]any{"$unknown": v.Waits()}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = reportable(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = reportable(value)
		}
		return out
	default:
		return v
	}
}
