// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

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
	keepsAll bool  // nothing is pruned before all other instances have said what they claim
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
	dying, err := r.dying(ctx, j.objects)
	if err != nil {
		return err
	}
	j.keepsAll = atGit != nil && !r.everyoneKnown(ctx)
	request := &apply.Request{
		Instance: j.instance, Plan: j.plan, AtGit: atGit, Live: j.objects,
		Claimed: r.claims.others(client.ObjectKeyFromObject(j.instance), claim.keys), Dying: dying,
		KeepAll: atGit == nil || j.keepsAll, Grace: r.grace, Now: r.now(),
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

// dying are the instances that are being deleted, and those that objects name and that are not there any more: their
// finalizer was removed by hand, or the objects come from a backup. The API server is asked, since caches may hold a part
// of the instances only.
func (r *reconciler) dying(ctx context.Context, objects *render.Objects) (map[types.NamespacedName]bool, error) {
	out := r.claims.dying()
	for _, o := range objects.All() {
		metadata, _ := o.Value["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		mark, _ := annotations[v1alpha1.InstanceAnnotation].(string)
		namespace, name, marked := strings.Cut(mark, "/")
		other := types.NamespacedName{Namespace: namespace, Name: name}
		if !marked || out[other] || r.claims.get(other) != nil {
			continue
		}
		var w metav1.PartialObjectMetadata
		w.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
		err := r.programs.reader.Get(ctx, other, &w)
		switch {
		case apierrors.IsNotFound(err):
			out[other] = true
		case err != nil:
			return nil, fmt.Errorf("look for instance %s: %w", other, err)
		}
	}
	return out, nil
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
		var objects render.Objects
		for _, o := range j.view.Objects().All() {
			objects.Replace(o)
		}
		if j.instance.Spec.Trigger.Fate == v1alpha1.Consumed {
			own, err := consumed(j.instance, j.trigger)
			if err != nil {
				return nil, err
			}
			objects.Replace(own)
			input.Owner = ownerOf(j.instance) // the trigger exists nowhere: what names it would be garbage
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

func ownerOf(w *v1alpha1.WorkflowInstance) *render.Owner {
	return &render.Owner{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Namespace: w.Namespace, Name: w.Name, UID: string(w.UID),
	}
}

func appliedByGit(w *v1alpha1.WorkflowInstance) map[manifest.Key]render.AppliedByGit {
	out := make(map[manifest.Key]render.AppliedByGit, len(w.Spec.Applied))
	for i := range w.Spec.Applied {
		a := &w.Spec.Applied[i]
		out[idOf(&a.ObjectReference).Key()] = render.AppliedByGit{Hash: a.Hash, Consumed: a.Consumed}
	}
	return out
}
