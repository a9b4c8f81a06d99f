// SPDX-License-Identifier: Apache-2.0

package status_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
)

// A step whose object is not written does not claim that it is, and does not repeat what others write; neither do those
// that depend on it.
func TestConditionsOfWhatIsNotWritten(t *testing.T) {
	t.Parallel()
	const meant = "Patching `Deployment:shop:web` due to 'spec' -> 'replicas' -> <target:[1], resource:[3]>."
	for verb, want := range map[apply.Verb]string{
		apply.NotConverging: "Deployment/shop/web: it differs again after every write: 'spec' -> 'replicas'",
		apply.Blocked:       "Deployment/shop/web: it differs again after every write: 'spec' -> 'replicas'",
		apply.Patched:       meant,
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			p := waiting()
			web := step("web", render.Retry)
			web.Outcome.Message = meant
			p.Steps = []render.Step{web}
			p.Conditions = append(p.Conditions,
				render.Condition{Type: "WebReady", Status: "Unknown", Reason: "Wait", Message: "Awaiting Web to be ready (" + meant + ")."},
				render.Condition{Type: "AppReady", Status: "Unknown", Reason: "DepSkip", Message: "App awaiting dependencies to be ready ('web' is waiting (" + meant + ").)"},
			)
			result := changed(verb, "it differs again after every write: 'spec' -> 'replicas'")
			result.Changes[0].Step = "web"
			got := status.Of(status.Run{Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Plan: p, Result: result, Now: now, Secrets: status.NewRedactor(nil)})
			said := map[string]string{}
			for _, c := range got.Conditions {
				said[c.Type] = c.Message
			}
			assert.Equal(t, "Awaiting Web to be ready ("+want+").", said["WebReady"])
			assert.Equal(t, "App awaiting dependencies to be ready ('web' is waiting ("+want+").)", said["AppReady"])
		})
	}
}

// An instance is not Ready while a write is due, whatever its steps say.
func TestReadyWaitsForPostponedWrites(t *testing.T) {
	t.Parallel()
	got := status.Of(status.Run{
		Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Plan: ready(), Result: changed(apply.Postponed, "the target has changed"),
		Now: now, Secrets: status.NewRedactor(nil),
	})
	assert.Equal(t, condition("Ready", "Unknown", "Progressing", "a write is due to Deployment/shop/web (the target has changed)"), got.Conditions[0])
	assert.Equal(t, "Reconciling", got.Conditions[1].Type)
}
