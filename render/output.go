// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

// Result is a render that succeeded.
type Result struct {
	Objects  []manifest.Object // everything to print, in order
	Plans    []*Plan           // one an instance, each before those of the triggers that it rendered
	Warnings diag.List
	views    *outlooks
}

// WriteYAML prints the objects as one YAML stream. Objects that pass through keep their bytes.
func (r *Result) WriteYAML(w io.Writer) error { return manifest.WriteYAML(w, r.Objects) }

// WriteJSON prints the objects as one JSON array.
func (r *Result) WriteJSON(w io.Writer) error { return manifest.WriteJSON(w, r.Objects) }

// WriteDir writes each object to a file of its own in a folder, and removes what a former WriteDir wrote there and this
// one does not. Other files stay as they are.
func (r *Result) WriteDir(dir *os.Root) error { return manifest.WriteDir(dir, r.Objects) }

// AppliedBy says who applies the object of a step of a plan: git, live or none, as the report has it.
func (r *Result) AppliedBy(s *Step) string { return appliedBy(r.views.program, s) }

// Report tells what became of every step.
func (r *Result) Report() *Report {
	report := &Report{
		Instances: make([]InstanceReport, 0, len(r.Plans)), Objects: len(r.Objects), Warnings: []string{},
	}
	for _, plan := range r.Plans {
		report.Instances = append(report.Instances, instanceReport(r.views, plan))
	}
	for _, w := range r.Warnings {
		report.Warnings = append(report.Warnings, w.Error())
	}
	return report
}

// add puts an object into the output; one that is there already is told with both places. t rendered it; nil for an
// object of the input, which cannot be there already.
func (r *rendering) add(o manifest.Object, t *instance) {
	var twice *manifest.DuplicateError
	if !errors.As(r.output.Add(o), &twice) || t == nil {
		return
	}
	first := placeOf(twice.First.From)
	p := t.root.problem(nil, diag.DuplicateObject, "")
	if step := stepOf(t.workflow, strings.TrimPrefix(o.From.Step, t.String()+": ")); step != nil {
		p = step.Node.Problem(diag.DuplicateObject, "")
	}
	p.Message = fmt.Sprintf("%s renders %s, which is given already by %s", o.From.Step, o.ID, first)
	p.Hint = "give the two different names, or remove one"
	r.failed = append(r.failed, p)
}

// placeOf is an origin with its place in a file.
func placeOf(from manifest.Origin) string {
	if from.Step == "" || from.File == "" {
		return from.String()
	}
	return fmt.Sprintf("%s (%s:%d)", from.Step, from.File, from.Line)
}

// checkSize refuses an output that is empty or too large.
func (r *rendering) checkSize(inputs []chosen) {
	if n, limit := r.output.Len(), r.config.Limits.Objects; n > limit {
		r.failed = append(r.failed, diag.Diagnostic{
			Code: diag.TooManyObjects, Message: fmt.Sprintf("the output holds %d objects, more than the limit of %d", n, limit),
			Hint: "limits.objects in " + ConfigName + " raises the bound",
		})
	}
	if r.output.Len() > 0 || r.config.AllowEmpty || len(r.failed)+len(r.deferred) > 0 {
		return
	}
	message := "the output is empty: the input holds no manifests and no triggers"
	switch {
	case len(r.plans) == 1:
		message = "the output is empty: the Workflow of the only trigger rendered nothing"
	case len(r.plans) > 1:
		message = fmt.Sprintf("the output is empty: the Workflows of %d triggers rendered nothing", len(r.plans))
	case len(inputs) > 0:
		message = "the output is empty"
	}
	r.failed = append(r.failed, diag.Diagnostic{
		Code: diag.EmptyOutput, Message: message,
		Hint: "a GitOps tool would delete everything; if that is what you want, say --allow-empty, or allowEmpty: true in " + ConfigName,
	})
}
