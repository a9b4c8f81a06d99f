// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render/manifest"
)

// settleInterval is how often a teardown that waits for others looks again.
const settleInterval = 2 * time.Second

// tearDown ends an instance that is being deleted. A GitOps tool may delete one instance and make another for the same
// objects, or apply them itself, in one sync and in any order: so nothing is destroyed before a time of grace has passed,
// and before all other instances have said what they claim.
func (r *reconciler) tearDown(ctx context.Context, w *v1alpha1.WorkflowInstance) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(w, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	name := client.ObjectKeyFromObject(w)
	trigger, err := triggerOf(w)
	if err != nil {
		trigger = manifest.Object{}
	}
	r.claims.set(name, claimOf(w, trigger.ID))
	if len(w.Status.Inventory) == 0 && !slices.ContainsFunc(w.Spec.Applied, deletedByLive) {
		return ctrl.Result{}, r.release(ctx, w)
	}
	r.reporter.wake(r.claims.claimants(name))
	// Timestamps are whole seconds, rounded down.
	if left := w.DeletionTimestamp.Add(r.grace + time.Second).Sub(r.now()); left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	if _, found := r.claims.successor(name); found || !r.everyoneKnown(ctx) {
		return ctrl.Result{RequeueAfter: settleInterval}, nil
	}
	return r.destroy(ctx, w)
}

func deletedByLive(o v1alpha1.AppliedObject) bool { return o.Delete == v1alpha1.DeletedByLive }

// destroy takes down what the instance answers for, as far as it goes now.
func (r *reconciler) destroy(ctx context.Context, w *v1alpha1.WorkflowInstance) (ctrl.Result, error) {
	name := client.ObjectKeyFromObject(w)
	c, err := r.accounts.client(r.accounts.user(w))
	if err != nil {
		return ctrl.Result{}, err
	}
	claim := claimOf(w, manifest.ID{})
	result := r.applier.TearDown(ctx, c, &apply.Request{
		Instance: w, Claimed: r.claims.others(name, claim.keys), Dying: r.claims.dying(), Now: r.now(),
	})
	r.remember(result)
	if result.Done {
		return ctrl.Result{}, r.release(ctx, w)
	}
	if err := r.reporter.report(ctx, &job{instance: w, user: r.accounts.user(w), result: result, ending: true}); err != nil {
		return ctrl.Result{}, err
	}
	wait := settleInterval
	if result.Requeue > 0 {
		wait = result.Requeue
	}
	return ctrl.Result{RequeueAfter: wait}, nil
}

// release lets the instance go.
func (r *reconciler) release(ctx context.Context, w *v1alpha1.WorkflowInstance) error {
	if err := r.setFinalizer(ctx, w, false); err != nil {
		return err
	}
	r.forget(client.ObjectKeyFromObject(w))
	return nil
}
