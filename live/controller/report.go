// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fluxcd/pkg/runtime/conditions"
	fluxcontroller "github.com/fluxcd/pkg/runtime/controller"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	metav1apply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
)

// reporter writes down what runs came to: status, events, the status of emitted triggers, exports and metrics.
type reporter struct {
	client   client.Client
	accounts *accounts
	cluster  *observe.Cluster
	latest   *latest
	events   record.EventRecorder
	metrics  fluxcontroller.Metrics
	woken    *alarm
	now      func() time.Time
}

// report writes the status of an instance, when it says something new, and tells what happened.
func (r *reporter) report(ctx context.Context, j *job) error {
	before := *j.instance.Status.DeepCopy()
	run := r.runOf(j)
	run.Before = &before
	next := status.Of(run)
	if problem := r.export(ctx, j, run.Secrets); problem != nil {
		run.Err = problem
		next = status.Of(run)
	}
	if err := r.patchStatus(ctx, j.instance, next); err != nil {
		return err
	}
	for _, e := range status.Events(run, before) {
		r.events.Event(j.instance, e.Type, e.Reason, e.Message)
	}
	return r.reportTrigger(ctx, j, &run)
}

func (r *reporter) runOf(j *job) status.Run {
	run := status.Run{
		Instance: j.instance, Plan: j.plan, Program: j.program, Result: j.result, Err: j.err, Ending: j.ending,
		Account: j.user, Secrets: status.NewRedactor(j.objects), Now: r.now(),
	}
	if j.view != nil {
		for _, refused := range j.view.Refusals() {
			run.Refusals = append(run.Refusals, status.Refusal{ID: refused.ID, Reason: refused.Reason, Message: refused.Message})
		}
	}
	return run
}

// patchStatus writes a status that differs from the one that is there.
func (r *reporter) patchStatus(ctx context.Context, w *v1alpha1.WorkflowInstance, next v1alpha1.WorkflowInstanceStatus) error {
	if sameStatus(&w.Status, &next) {
		return nil
	}
	after := w.DeepCopy()
	after.Status = next
	patch := client.MergeFrom(w.DeepCopy())
	if err := r.client.Status().Patch(ctx, after, patch, client.FieldOwner(apply.Manager)); err != nil {
		return client.IgnoreNotFound(err)
	}
	r.latest.wrote(after)
	w.Status, w.ResourceVersion = after.Status, after.ResourceVersion
	return nil
}

// sameStatus compares what statuses say; JSON inside is compared as values.
func sameStatus(a, b *v1alpha1.WorkflowInstanceStatus) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil {
		return false
	}
	return bytes.Equal(x, y) || equality.Semantic.DeepEqual(asMap(x), asMap(y))
}

// reportTrigger writes conditions and state into the status of an emitted trigger.
func (r *reporter) reportTrigger(ctx context.Context, j *job, run *status.Run) error {
	if j.instance.Spec.Trigger.Fate != v1alpha1.Emitted || j.plan == nil || j.view == nil {
		return nil
	}
	seen, found := j.view.Objects().Get(j.trigger.ID)
	if !found {
		return nil
	}
	old, _ := seen.Value["status"].(map[string]any)
	if status.OfTrigger(*run, old) == nil {
		return nil
	}
	c, err := r.accounts.client(j.user)
	if err != nil {
		return err
	}
	done := r.cluster.Reporting(client.ObjectKeyFromObject(j.instance), j.trigger.ID)
	o, err := writeTrigger(ctx, c, run, seen.Value)
	if err != nil {
		done(nil)
		r.events.Event(j.instance, corev1.EventTypeWarning, "TriggerStatusFailed",
			fmt.Sprintf("%s may not, or cannot, write the status of %s: %s", j.user, j.trigger.ID, apierrors.ReasonForError(err)))
		return nil
	}
	done(o)
	return nil
}

// export publishes the state as a ConfigMap; the error says why the state cannot be published.
func (r *reporter) export(ctx context.Context, j *job, secrets *status.Redactor) error {
	w := j.instance
	if w.Spec.Export == "" || j.plan == nil || j.plan.Outcome.Type != render.Ok {
		return nil
	}
	data, err := status.Export(j.plan.State, secrets)
	if err != nil {
		return &status.StalledError{Reason: "ExportFailed", Message: err.Error()}
	}
	c, err := r.accounts.client(j.user)
	if err != nil {
		return err
	}
	if r.latest.exported(w, data) {
		return nil
	}
	o := corev1apply.ConfigMap(w.Spec.Export, w.Namespace).
		WithLabels(map[string]string{"reconcile.fluxcd.io/watch": "Enabled"}).
		WithAnnotations(map[string]string{v1alpha1.InstanceAnnotation: w.Namespace + "/" + w.Name}).
		WithOwnerReferences(metav1apply.OwnerReference().
			WithAPIVersion(v1alpha1.GroupVersion.String()).WithKind(v1alpha1.Kind).WithName(w.Name).WithUID(w.UID)).
		WithData(data)
	if err := c.Apply(ctx, o, client.FieldOwner(apply.Manager)); err != nil {
		return &status.StalledError{
			Reason:  "ExportFailed",
			Message: fmt.Sprintf("%s cannot write ConfigMap/%s/%s: %s", j.user, w.Namespace, w.Spec.Export, apierrors.ReasonForError(err)),
		}
	}
	r.latest.export(w, data)
	return nil
}

// measure records the metrics of a run.
func (r *reporter) measure(ctx context.Context, w *v1alpha1.WorkflowInstance, start time.Time) {
	r.metrics.RecordDuration(ctx, w, start)
	r.metrics.RecordSuspend(ctx, w, w.Spec.Suspend)
}

// wake has other instances run soon.
func (r *reporter) wake(names []types.NamespacedName) { r.woken.ring(names) }

var _ conditions.Setter = &v1alpha1.WorkflowInstance{}
