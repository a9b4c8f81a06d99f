// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	// FieldManager is the manager of all fields that live sets.
	FieldManager = "korender-live"

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

// job is one run on its way.
type job struct {
	instance *v1alpha1.WorkflowInstance
	trigger  manifest.Object
	program  *render.Program
	user     string
	view     *observe.View
	objects  *render.Objects // what was observed, with the trigger
	plan     *render.Plan
	result   *apply.Result
	ending   bool  // it is being torn down
	err      error // why the instance cannot be run at all
}

// prepare finds out what there is to run. A *status.StalledError says that nothing can be done before the instance
// changes.
func (r *reconciler) prepare(ctx context.Context, w *v1alpha1.WorkflowInstance) (*job, error) {
	own := v1alpha1.Identity{Namespace: w.Namespace, Name: w.Name}
	if w.Spec.Identity != own {
		return nil, &status.StalledError{
			Reason: "IdentityChanged",
			Message: fmt.Sprintf("the render made %s/%s, and a later tool renamed it to %s/%s: nothing is done, so that there is no second copy; "+
				"render with the final namespace and name", w.Spec.Identity.Namespace, w.Spec.Identity.Name, w.Namespace, w.Name),
		}
	}
	trigger, err := triggerOf(w)
	if err != nil {
		return nil, err
	}
	program, err := r.programs.of(ctx, w)
	if err != nil {
		return nil, err
	}
	return &job{instance: w, trigger: trigger, program: program, user: r.accounts.user(w)}, nil
}

// work observes, evaluates and applies.
func (r *reconciler) work(ctx context.Context, j *job) error {
	if err := r.observe(ctx, j); err != nil {
		return err
	}
	defer j.view.Done()
	claim, atGit, err := r.claim(ctx, j)
	if err != nil {
		return err
	}
	c, err := r.accounts.client(j.user)
	if err != nil {
		return err
	}
	request := &apply.Request{
		Instance: j.instance, Plan: j.plan, AtGit: atGit, Live: j.objects,
		Claimed: r.claims.others(client.ObjectKeyFromObject(j.instance), claim.keys), Dying: r.claims.dying(),
		KeepAll: atGit == nil || !r.everyoneKnown(ctx), Now: r.now(),
	}
	j.result = r.applier.Apply(ctx, c, request)
	r.remember(j.result)
	return nil
}

// claim says what the instance claims from now on. The plan of git is made again only when there is something to prune, or
// when the instance has changed.
func (r *reconciler) claim(ctx context.Context, j *job) (*claim, *render.Plan, error) {
	name := client.ObjectKeyFromObject(j.instance)
	next := claimOf(j.instance, j.trigger.ID, j.plan)
	if before := r.claims.get(name); before != nil && before.atGit != nil && before.generation == next.generation && !idle(j.instance, j.plan) {
		next.atGit = before.atGit
		maps.Copy(next.keys, before.atGit)
		r.claims.set(name, next)
		return next, nil, nil
	}
	atGit, err := r.evaluate(ctx, j, true)
	if err != nil {
		return nil, nil, err
	}
	next.atGit = claimOf(&v1alpha1.WorkflowInstance{}, j.trigger.ID, atGit).keys
	maps.Copy(next.keys, next.atGit)
	r.claims.set(name, next)
	return next, atGit, nil
}

// idle tells whether nothing is done with some object that the instance answers for.
func idle(w *v1alpha1.WorkflowInstance, plan *render.Plan) bool {
	acted := make(map[manifest.Key]bool, len(plan.Actions))
	for i := range plan.Actions {
		acted[plan.Actions[i].ID.Key()] = true
	}
	return slices.ContainsFunc(w.Status.Inventory, func(e v1alpha1.InventoryEntry) bool {
		return !acted[idOf(&e.ObjectReference).Key()]
	})
}

// everyoneKnown tells whether all instances have said what they claim. Until then nothing is pruned.
func (r *reconciler) everyoneKnown(ctx context.Context) bool {
	var all v1alpha1.WorkflowInstanceList
	if err := r.client.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		return false
	}
	names := make([]types.NamespacedName, len(all.Items))
	for i := range all.Items {
		names[i] = client.ObjectKeyFromObject(&all.Items[i])
	}
	return r.claims.known(names)
}

// remember tells the observer what was written, so that the next run sees it.
func (r *reconciler) remember(result *apply.Result) {
	for _, o := range result.Written {
		r.cluster.Wrote(o)
	}
	for _, gone := range result.Removed {
		r.cluster.Deleted(gone.ID, gone.UID)
	}
}

// maxRounds bounds how often a run may ask for more objects; a Workflow has at most 100 steps in 32 levels.
const maxRounds = 200

// observe evaluates, fetches what the plan wants, and evaluates again, until it wants nothing new.
func (r *reconciler) observe(ctx context.Context, j *job) error {
	reader := observe.Reader{Instance: client.ObjectKeyFromObject(j.instance), Account: j.user}
	if !r.crossNamespace {
		reader.OnlyNamespace = j.instance.Namespace
	}
	j.view = r.cluster.View(reader)
	if j.instance.Spec.Trigger.Fate == v1alpha1.Emitted {
		if err := j.view.Fetch(ctx, []manifest.ID{j.trigger.ID}); err != nil {
			return err
		}
	}
	asked := map[manifest.Key]bool{}
	for range maxRounds {
		plan, err := r.evaluate(ctx, j, false)
		if err != nil {
			return err
		}
		j.plan = plan
		fresh := slices.DeleteFunc(slices.Clone(plan.Wants), func(id manifest.ID) bool { return asked[id.Key()] })
		if len(fresh) == 0 {
			return nil
		}
		for _, id := range fresh {
			asked[id.Key()] = true
		}
		if err := j.view.Fetch(ctx, fresh); err != nil {
			return err
		}
	}
	return &status.StalledError{Reason: "TooManyRounds", Message: "the Workflow asks for ever more objects"}
}

// evaluate runs the Workflow with what was observed, or as git did.
func (r *reconciler) evaluate(ctx context.Context, j *job, atGit bool) (*render.Plan, error) {
	input := render.Reconciliation{
		Workflow: j.instance.Spec.Workflow, Trigger: j.trigger, AtGit: atGit, Owners: j.instance.Spec.OwnerReferences,
	}
	if !atGit {
		objects := *j.view.Objects()
		if j.instance.Spec.Trigger.Fate == v1alpha1.Consumed {
			own, err := consumed(j.instance, j.trigger)
			if err != nil {
				return nil, err
			}
			objects.Replace(own)
		}
		j.objects = &objects
		input.Observed = render.Observed{Objects: objects, Absent: j.view.Absent()}
		input.Applied = appliedByGit(j.instance)
	}
	plan, err := render.Reconcile(ctx, j.program, input)
	var failure *render.Failure
	if errors.As(err, &failure) {
		return nil, &status.StalledError{Reason: "InvalidProgram", Message: failure.Error()}
	}
	return plan, err
}

func appliedByGit(w *v1alpha1.WorkflowInstance) map[manifest.Key]render.AppliedByGit {
	out := make(map[manifest.Key]render.AppliedByGit, len(w.Spec.Applied))
	for i := range w.Spec.Applied {
		a := &w.Spec.Applied[i]
		out[idOf(&a.ObjectReference).Key()] = render.AppliedByGit{Hash: a.Hash, Consumed: a.Consumed}
	}
	return out
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
	if err := r.client.Patch(ctx, after, patch, client.FieldOwner(FieldManager)); err != nil {
		return client.IgnoreNotFound(err)
	}
	w.ResourceVersion, w.Finalizers = after.ResourceVersion, after.Finalizers
	return nil
}
