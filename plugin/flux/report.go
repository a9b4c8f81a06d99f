// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fluxcd/pkg/apis/event/v1beta1"
	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/runtime/conditions"
	fluxcontroller "github.com/fluxcd/pkg/runtime/controller"
	"github.com/fluxcd/pkg/runtime/jitter"
	"github.com/fluxcd/pkg/runtime/patch"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// reporter writes down what looks came to: conditions, events and metrics.
type reporter struct {
	events  record.EventRecorder
	metrics fluxcontroller.Metrics
}

// owned are the conditions that nobody else sets.
var owned = patch.WithOwnedConditions{Conditions: []string{meta.ReadyCondition, meta.ReconcilingCondition, meta.StalledCondition}}

func (*reporter) patch(ctx context.Context, o *v1alpha1.RenderedArtifact, patcher *patch.SerialPatcher, more ...patch.Option) error {
	options := append([]patch.Option{owned, patch.WithFieldOwner(Name)}, more...)
	if err := patcher.Patch(ctx, o, options...); err != nil {
		return fmt.Errorf("write the status of %s/%s: %w", o.Namespace, o.Name, err)
	}
	return nil
}

// progress says that an object is being rendered.
func (r *reporter) progress(ctx context.Context, o *v1alpha1.RenderedArtifact, patcher *patch.SerialPatcher, from source) error {
	message := fmt.Sprintf("rendering %s, revision %s", from.ref, from.artifact.Revision)
	conditions.MarkReconciling(o, meta.ProgressingReason, "%s", message)
	conditions.MarkUnknown(o, meta.ReadyCondition, meta.ProgressingReason, "%s", message)
	return r.patch(ctx, o, patcher)
}

// report makes conditions, events and the time of the next look of what a look came to.
func (r *reporter) report(ctx context.Context, before, o *v1alpha1.RenderedArtifact, patcher *patch.SerialPatcher, err error) (reconcile.Result, error) {
	if token, asked := meta.ReconcileAnnotationValue(o.Annotations); asked {
		o.Status.SetLastHandledReconcileRequest(token)
	}
	result, err := r.concluded(o, err)
	var options []patch.Option
	if err == nil || errors.Is(err, reconcile.TerminalError(nil)) {
		options = append(options, patch.WithStatusObservedGeneration{})
	}
	if failed := r.patch(ctx, o, patcher, options...); failed != nil {
		return reconcile.Result{}, failed
	}
	r.tell(before, o)
	return result, err
}

// concluded sets the conditions for what a look came to, and says when to look again.
func (r *reporter) concluded(o *v1alpha1.RenderedArtifact, err error) (reconcile.Result, error) {
	var (
		stalled *content.StalledError
		waiting *WaitingError
		failed  *failedError
	)
	conditions.Delete(o, meta.StalledCondition)
	switch {
	case err == nil:
		conditions.Delete(o, meta.ReconcilingCondition)
		conditions.MarkTrue(o, meta.ReadyCondition, meta.SucceededReason, "%s", succeeded(o))
		return jitter.JitteredRequeueInterval(reconcile.Result{RequeueAfter: o.GetRequeueAfter()}), nil
	case errors.As(err, &stalled):
		message := stalled.Message + kept(o)
		conditions.MarkStalled(o, stalled.Reason, "%s", message)
		conditions.MarkFalse(o, meta.ReadyCondition, stalled.Reason, "%s", message)
		return reconcile.Result{}, reconcile.TerminalError(err)
	case errors.As(err, &waiting):
		r.retrying(o, waiting.Reason, waiting.Message)
		return reconcile.Result{RequeueAfter: waiting.After}, nil
	case errors.As(err, &failed):
		r.retrying(o, failed.reason, failed.Error())
	default:
		r.retrying(o, meta.FailedReason, err.Error())
	}
	if after := o.GetRetryInterval(); after > 0 {
		return reconcile.Result{RequeueAfter: after}, nil
	}
	return reconcile.Result{}, err
}

func (*reporter) retrying(o *v1alpha1.RenderedArtifact, reason, message string) {
	message += kept(o)
	conditions.MarkReconciling(o, meta.ProgressingWithRetryReason, "%s", message)
	conditions.MarkFalse(o, meta.ReadyCondition, reason, "%s", message)
}

// kept says what consumers have while nothing new is published.
func kept(o *v1alpha1.RenderedArtifact) string {
	if o.Status.Artifact == nil {
		return ""
	}
	return "; the artifact published before stays"
}

func succeeded(o *v1alpha1.RenderedArtifact) string {
	text := "rendered " + counted(o.Status.Objects, "object")
	if o.Status.Instances > 0 {
		text += " (" + counted(o.Status.Instances, "WorkflowInstance") + ")"
	}
	return fmt.Sprintf("%s of revision %s: %s", text, o.Status.Artifact.Metadata[originRevision], o.Status.Artifact.Revision)
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// tell makes events of what is new: an artifact, or a failure.
func (r *reporter) tell(before, o *v1alpha1.RenderedArtifact) {
	was, ready := conditions.Get(before, meta.ReadyCondition), conditions.Get(o, meta.ReadyCondition)
	switch {
	case ready.Status == "True" && !sameArtifact(before.Status.Artifact, o.Status.Artifact) && !before.Status.Artifact.HasRevision(o.Status.Artifact.Revision):
		r.event(o, corev1.EventTypeNormal, v1alpha1.NewArtifactReason, ready.Message)
	case ready.Status == "True" && (was == nil || was.Status == "False"):
		r.event(o, corev1.EventTypeNormal, meta.SucceededReason, ready.Message)
	case ready.Status == "False" && (was == nil || was.Status != ready.Status || was.Message != ready.Message || was.Reason != ready.Reason):
		r.event(o, corev1.EventTypeWarning, ready.Reason, ready.Message)
	}
}

// mostEvent is how long the message of an event may be.
const mostEvent = 1000

// event says something, with the revisions as Flux's notification-controller shows them.
func (r *reporter) event(o *v1alpha1.RenderedArtifact, kind, reason, message string) {
	metadata := map[string]string{}
	if a := o.Status.Artifact; a != nil {
		metadata[v1alpha1.GroupVersion.Group+"/"+v1beta1.MetaRevisionKey] = a.Revision
		metadata[v1alpha1.GroupVersion.Group+"/"+v1beta1.MetaOriginRevisionKey] = a.Metadata[originRevision]
	}
	if len(message) > mostEvent {
		message = strings.ToValidUTF8(message[:mostEvent], "") + "…"
	}
	r.events.AnnotatedEventf(o, metadata, kind, reason, "%s", message)
}

// measure records the metrics of a look.
func (r *reporter) measure(ctx context.Context, o *v1alpha1.RenderedArtifact, start time.Time) {
	r.metrics.RecordDuration(ctx, o, start)
	r.metrics.RecordReadiness(ctx, o)
	r.metrics.RecordReconciling(ctx, o)
	r.metrics.RecordStalled(ctx, o)
	r.metrics.RecordSuspend(ctx, o, o.Spec.Suspend)
}
