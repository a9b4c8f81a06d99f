// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
)

// Event is one event on the instance. Type is Normal or Warning.
type Event struct {
	Type, Reason, Message string
}

// Events tells what happened in the run: one event for each kind of change that was made, with the objects it was made
// to, and one when Ready says something new. What could not be done is in Ready's message, so that it is told once.
func Events(r Run, before v1alpha1.WorkflowInstanceStatus) []Event {
	secrets := r.secrets()
	out := r.changeEvents(secrets)
	now := meta.FindStatusCondition(r.conditions(secrets), Ready)
	then := meta.FindStatusCondition(before.Conditions, Ready)
	if then != nil && then.Status == now.Status && then.Reason == now.Reason && then.Message == now.Message {
		return out
	}
	kind := corev1.EventTypeNormal
	if now.Status == metav1.ConditionFalse {
		kind = corev1.EventTypeWarning
	}
	return append(out, Event{kind, now.Reason, now.Message})
}

// done are the changes that were made, in the order in which they are told.
var done = []apply.Verb{
	apply.TookOver, apply.Created, apply.Patched, apply.Recreated, apply.Deleted, apply.Released, apply.Abandoned,
}

func (r *Run) changeEvents(secrets *Redactor) []Event {
	if r.Result == nil {
		return nil
	}
	var out []Event
	for _, verb := range done {
		var parts []string
		for i := range r.Result.Changes {
			if c := &r.Result.Changes[i]; c.Verb == verb {
				parts = append(parts, told(c))
			}
		}
		if len(parts) > 0 {
			parts = slices.Compact(parts)
			out = append(out, Event{corev1.EventTypeNormal, string(verb), bounded(secrets.Text(strings.Join(parts, ", ")))})
		}
	}
	return out
}

func told(c *apply.Change) string {
	if c.Message == "" {
		return c.ID.String()
	}
	return c.ID.String() + " (" + c.Message + ")"
}
