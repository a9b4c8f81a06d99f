// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"slices"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/program"
)

// Deferrals tells, of each Workflow that a trigger may run, which of its steps may be left to a live reconciler, and why.
type Deferrals []WorkflowDeferrals

// WorkflowDeferrals is about one Workflow.
type WorkflowDeferrals struct {
	Workflow string          `json:"workflow"`
	File     string          `json:"file"`
	Line     int             `json:"line"`
	Steps    []StepDeferrals `json:"steps"` // in order, inner steps after their outer one
}

// StepDeferrals is about one step. Path is its label, after those of the steps that it lies in.
type StepDeferrals struct {
	Path       string          `json:"path"`
	MayDefer   bool            `json:"mayDefer"`
	Causes     []DeferralCause `json:"causes"`
	Gates      bool            `json:"gates"` // steps that depend on it may have to wait for it
	GateCauses []DeferralCause `json:"gateCauses"`
}

// DeferralCause is one reason, a sentence about the step. Reads is what may not be known; empty when it is no value.
type DeferralCause struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Reads   string `json:"reads"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// CheckDeferrals is Check, which tells of deferrals besides. They are nil when the program is wrong.
func CheckDeferrals(in Input, opts Options) (diag.List, *Program, Deferrals, error) {
	found, s, p, err := checked(in, opts)
	if p == nil || err != nil {
		return found, p, nil, err
	}
	return found, p, s.Config.deferrals(p), nil
}

// deferralRules says what the policies, the target and the gate leave to a live reconciler.
func (c *Config) deferralRules() program.Rules {
	git := c.policies()
	return program.Rules{
		NeverDefers:         !git.Never,
		RecreateDefers:      !git.Recreate,
		CreateOverlayDefers: !git.CreateOverlay,
		Ordered:             c.Gate == GateOrdered && c.Target == TargetArgoCD,
	}
}

// deferrals looks at every Workflow that a trigger may run: those with a crdRef, and those that no step calls.
func (c *Config) deferrals(p *Program) Deferrals {
	out := Deferrals{}
	for _, w := range roots(p) {
		at := w.Node.Pos()
		found := WorkflowDeferrals{Workflow: w.Name, File: at.File, Line: at.Line}
		found.add("", c.workflowDeferrals(p, w))
		out = append(out, found)
	}
	return out
}

// workflowDeferrals heeds the gate: waves order the objects of a Workflow only if all of them are git's.
func (c *Config) workflowDeferrals(p *Program, w *program.Workflow) []program.StepDeferral {
	rules := c.deferralRules()
	found := p.Deferrals(w, rules)
	if rules.Ordered && slices.ContainsFunc(found, func(s program.StepDeferral) bool { return s.May }) {
		rules.Ordered = false
		found = p.Deferrals(w, rules)
	}
	return found
}

func (w *WorkflowDeferrals) add(prefix string, list []program.StepDeferral) {
	for i := range list {
		s := &list[i]
		w.Steps = append(w.Steps, StepDeferrals{
			Path: prefix + s.Label, MayDefer: s.May, Causes: causesOf(s.Causes), Gates: s.Gates, GateCauses: causesOf(s.GateCauses),
		})
		w.add(prefix+s.Label+".", s.Inner)
	}
}

func causesOf(list []program.Cause) []DeferralCause {
	out := make([]DeferralCause, len(list))
	for i, c := range list {
		out[i] = DeferralCause{Kind: c.Kind, Message: c.Text, Reads: c.Reads, File: c.At.File, Line: c.At.Line, Column: c.At.Column}
	}
	return out
}

// WriteText writes them for people.
func (d Deferrals) WriteText(w io.Writer) error {
	for i := range d {
		if _, err := io.WriteString(w, d[i].text()); err != nil {
			return err
		}
	}
	return nil
}

func (w *WorkflowDeferrals) text() string {
	text := fmt.Sprintf("\nWorkflow %s (%s:%d)\n", w.Workflow, w.File, w.Line)
	for i := range w.Steps {
		s := &w.Steps[i]
		if !s.MayDefer {
			text += "  step " + s.Path + " never defers\n"
		}
		for _, c := range s.Causes {
			text += "  step " + s.Path + " may defer: " + c.Message + "\n"
		}
		for _, c := range s.GateCauses {
			text += "  step " + s.Path + " keeps its dependents waiting: " + c.Message + "\n"
		}
	}
	return text
}
