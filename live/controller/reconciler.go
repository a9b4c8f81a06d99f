// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"time"

	"github.com/fluxcd/pkg/runtime/jitter"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

const (
	defaultInterval = 20 * time.Minute
	refusedInterval = 30 * time.Second // until what was refused is asked for again
)

// reconciler runs one instance at a time: observe, evaluate, apply, report.
type reconciler struct {
	client   client.Client // reads WorkflowInstances from the cache
	cluster  *observe.Cluster
	applier  *apply.Applier
	programs *programs
	accounts *accounts
	claims   *claims
	latest   *latest
	reporter *reporter

	crossNamespace bool
	grace          time.Duration
	now            func() time.Time
}

// Reconcile brings one instance as far as it can go now. The error is one of the API server; everything else is in the
// status.
func (r *reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	start := r.now()
	var w v1alpha1.WorkflowInstance
	if err := r.client.Get(ctx, req.NamespacedName, &w); err != nil {
		if apierrors.IsNotFound(err) {
			r.forget(req.NamespacedName)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, err
	}
	r.latest.restore(&w)
	defer func() { r.reporter.measure(ctx, &w, start) }()
	if !w.DeletionTimestamp.IsZero() {
		return r.tearDown(ctx, &w)
	}
	if err := r.setFinalizer(ctx, &w, true); err != nil {
		return ctrl.Result{}, err
	}
	if w.Spec.Suspend {
		return ctrl.Result{}, r.rest(ctx, &w)
	}
	return r.run(ctx, &w)
}

// run is a whole run of an instance that is to be reconciled.
func (r *reconciler) run(ctx context.Context, w *v1alpha1.WorkflowInstance) (ctrl.Result, error) {
	j, err := r.prepare(ctx, w)
	if err == nil {
		err = r.work(ctx, j)
	}
	var stalled *status.StalledError
	switch {
	case errors.As(err, &stalled):
		j = &job{instance: w, user: r.accounts.user(w), err: err}
		r.claims.set(client.ObjectKeyFromObject(w), claimOf(w, manifest.ID{}))
	case err != nil:
		return ctrl.Result{}, err
	}
	if err := r.reporter.report(ctx, j); err != nil {
		return ctrl.Result{}, err
	}
	return r.next(j), nil
}

// next is when to look again when nothing is heard before.
func (r *reconciler) next(j *job) ctrl.Result {
	interval := defaultInterval
	if own := j.instance.Spec.Interval; own != nil && own.Duration > 0 {
		interval = own.Duration
	}
	wait := jitter.JitteredIntervalDuration(interval)
	sooner := func(d time.Duration) {
		if d > 0 && d < wait {
			wait = d
		}
	}
	if j.plan != nil && j.plan.Outcome.Type == render.Retry {
		sooner(time.Duration(j.plan.Outcome.Delay) * time.Second)
	}
	if j.view != nil && len(j.view.Refusals()) > 0 {
		sooner(refusedInterval)
	}
	if j.keepsAll {
		sooner(settleInterval)
	}
	if j.result != nil {
		sooner(j.result.Requeue)
	}
	return ctrl.Result{RequeueAfter: wait}
}

// rest keeps a suspended instance as it is; what it answers for stays claimed.
func (r *reconciler) rest(ctx context.Context, w *v1alpha1.WorkflowInstance) error {
	name := client.ObjectKeyFromObject(w)
	r.cluster.Forget(name)
	j, err := r.prepare(ctx, w)
	var stalled *status.StalledError
	switch {
	case errors.As(err, &stalled):
		r.claims.set(name, claimOf(w, manifest.ID{}))
		return nil
	case err != nil:
		return err
	}
	atGit, err := r.evaluate(ctx, j, true)
	if err != nil && !errors.As(err, &stalled) {
		return err
	}
	r.claims.set(name, claimOf(w, j.trigger.ID, atGit))
	return nil
}

func (r *reconciler) forget(name types.NamespacedName) {
	r.cluster.Forget(name)
	r.claims.forget(name)
	if uid, known := r.latest.forget(name); known {
		r.programs.forget(uid)
		r.applier.Forget(uid)
	}
}

// setFinalizer adds our finalizer or takes it away; nothing else is written.
func (r *reconciler) setFinalizer(ctx context.Context, w *v1alpha1.WorkflowInstance, present bool) error {
	before := &v1alpha1.WorkflowInstance{}
	before.Name, before.Namespace, before.ResourceVersion, before.Finalizers = w.Name, w.Namespace, w.ResourceVersion, w.Finalizers
	after := before.DeepCopy()
	changed := false
	if present {
		changed = controllerutil.AddFinalizer(after, v1alpha1.Finalizer)
	} else {
		changed = controllerutil.RemoveFinalizer(after, v1alpha1.Finalizer)
	}
	if !changed {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.client.Patch(ctx, after, patch, client.FieldOwner(apply.Manager)); err != nil {
		return client.IgnoreNotFound(err)
	}
	w.ResourceVersion, w.Finalizers = after.ResourceVersion, after.Finalizers
	return nil
}
