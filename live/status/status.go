// SPDX-License-Identifier: Apache-2.0

// Package status says what a run came to. A plan, what was read for it and the changes that were made come in; the status
// of the instance, the events, the patch of an emitted trigger's status and the exported values go out.
//
// It is pure: no cluster, no clock (Run.Now is only written down where a condition changes), no logging. The same run
// gives the same status, and a run that came to the same as the one before gives a status that does not differ. No value
// of a Secret that was read or written leaves it: everything passes through a Redactor.
package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Run is what there is to know of one run. Without a Plan, what depends on it stays as it was in the status before.
type Run struct {
	Instance *v1alpha1.WorkflowInstance // as it was before the run
	Plan     *render.Plan               // nil when nothing was evaluated
	Program  *render.Program            // nil: which step publishes which state is not known
	Result   *apply.Result              // nil when nothing was applied
	Refusals []Refusal
	Err      error  // why the run ended early; a *StalledError when only a change of the instance can help
	Ending   bool   // the instance is being torn down
	Account  string // whose rights count: system:serviceaccount:<namespace>:<name>
	Secrets  *Redactor
	Now      time.Time

	// Before is the status before the run, when that in Instance is a newer one already; nil: it is not.
	Before *v1alpha1.WorkflowInstanceStatus
}

// Refusal is an object that could not be read. Reason is one of AccessDenied, NotServed, CrossNamespace, Unavailable.
type Refusal struct {
	ID      manifest.ID
	Reason  string
	Message string
}

// The reasons for which an object could not be read.
const (
	AccessDenied   = "AccessDenied"
	NotServed      = "NotServed"
	CrossNamespace = "CrossNamespace"
	Unavailable    = "Unavailable"
)

// StalledError says why an instance cannot be run until somebody changes it. Reason is a word as conditions have it:
// IdentityChanged, DigestMismatch, InvalidProgram, InvalidTrigger, …
type StalledError struct {
	Reason  string
	Message string
}

// Error is the message.
func (e *StalledError) Error() string { return e.Message }

// Of is the status of the instance after the run.
func Of(r Run) v1alpha1.WorkflowInstanceStatus {
	secrets := r.secrets()
	before := r.before()
	out := v1alpha1.WorkflowInstanceStatus{
		ObservedGeneration:     r.Instance.Generation,
		LastHandledReconcileAt: before.LastHandledReconcileAt,
		Steps:                  before.Steps,
		Conditions:             r.conditions(secrets),
		State:                  before.State,
		ManagedResources:       before.ManagedResources,
		Inventory:              before.Inventory,
	}
	if token := r.Instance.Annotations[v1alpha1.ReconcileRequestAnnotation]; token != "" {
		out.LastHandledReconcileAt = token
	}
	if r.Plan != nil {
		out.Steps = r.counted()
		out.State = encoded(r.state(decoded(before.State), secrets))
		out.ManagedResources = encoded(secrets.Value(r.Plan.Managed))
	}
	if r.Result != nil {
		out.Inventory = r.Result.Inventory
	}
	return out
}

// counted says how many steps of the Workflow itself are Ok.
func (r *Run) counted() string {
	all, ok := 0, 0
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if !own(s) {
			continue
		}
		if all++; s.Outcome.Type == render.Ok {
			ok++
		}
	}
	return fmt.Sprintf("%d/%d", ok, all)
}

// own tells whether a step is one of the Workflow itself: no item, and not of a sub-workflow.
func own(s *render.Step) bool { return !strings.ContainsAny(s.Path, ".[") }

func (r *Run) before() *v1alpha1.WorkflowInstanceStatus {
	if r.Before != nil {
		return r.Before
	}
	return &r.Instance.Status
}

// secrets redacts what was read, and what the plan would write into Secrets.
func (r *Run) secrets() *Redactor { return r.Secrets.With(r.Plan) }

// encoded is a value as the API keeps it; nil for nothing and for an empty map.
func encoded(value any) *apiextensionsv1.JSON {
	if m, ok := value.(map[string]any); value == nil || ok && len(m) == 0 {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil // a number that JSON does not have: the evaluator makes none
	}
	return &apiextensionsv1.JSON{Raw: text}
}

// decoded is a map that the API keeps; nil when it is none.
func decoded(raw *apiextensionsv1.JSON) map[string]any {
	if raw == nil {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(raw.Raw, &out) != nil {
		return nil
	}
	return out
}
