// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/runtime/patch"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// reconciler looks at one object at a time: resolve its sources, fetch, render, store, publish.
type reconciler struct {
	client    client.Client
	sources   *sources
	cache     *cache
	store     *store
	publisher *publisher
	reporter  *reporter
	version   string // of this program: another one renders anew
}

// Reconcile brings one object as far as it can go now. The error is one that the queue tries again soon, or a terminal one;
// everything else is in the status.
func (r *reconciler) Reconcile(ctx context.Context, req reconcile.Request) (result reconcile.Result, err error) {
	start := time.Now()
	o := &v1alpha1.RenderedArtifact{}
	if err := r.client.Get(ctx, req.NamespacedName, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	patcher := patch.NewSerialPatcher(o, r.client)
	defer func() { r.reporter.measure(ctx, o, start) }()
	if !o.DeletionTimestamp.IsZero() {
		return reconcile.Result{}, r.end(ctx, o, patcher)
	}
	if controllerutil.AddFinalizer(o, v1alpha1.Finalizer) {
		return reconcile.Result{RequeueAfter: time.Millisecond}, r.reporter.patch(ctx, o, patcher)
	}
	if o.Spec.Suspend {
		log.FromContext(ctx).Info("it is suspended: nothing is rendered")
		return reconcile.Result{}, nil
	}
	before := o.DeepCopy()
	err = r.run(ctx, o, patcher)
	return r.reporter.report(ctx, before, o, patcher, err)
}

// run is one look at an object. What it came to is in the status of the object.
func (r *reconciler) run(ctx context.Context, o *v1alpha1.RenderedArtifact, patcher *patch.SerialPatcher) error {
	ctx, cancel := context.WithTimeoutCause(ctx, o.GetTimeout(), fmt.Errorf("stopped after %s", o.GetTimeout()))
	defer cancel()
	found, err := r.sources.of(ctx, o)
	if err != nil {
		return err
	}
	external, err := r.publisher.published(ctx, o)
	if err != nil {
		return err
	}
	if external != nil && r.settled(o, found) && sameArtifact(external.Status.Artifact, o.Status.Artifact) {
		return nil
	}
	if err := r.reporter.progress(ctx, o, patcher, found[0]); err != nil {
		return err
	}
	rendered, err := r.render(ctx, o, found)
	if err != nil {
		return err
	}
	artifact := r.store.artifactOf(o, rendered, found[0].artifact.Revision)
	if err := r.store.put(artifact, rendered, o.Status.Artifact); err != nil {
		return &failedError{v1alpha1.StorageReason, fmt.Errorf("%w; it is tried again: has the folder of --storage-path room?", err)}
	}
	if err := r.publisher.publish(ctx, o, artifact, external); err != nil {
		return err
	}
	r.note(ctx, o, rendered, artifact, found)
	return nil
}

// settled tells whether what was published is what would be rendered now: rendering depends on nothing but the spec, the
// sources and this program. A request renders anyway.
func (r *reconciler) settled(o *v1alpha1.RenderedArtifact, found []source) bool {
	token, asked := meta.ReconcileAnnotationValue(o.Annotations)
	return o.Status.ObservedGeneration == o.Generation && o.Status.RenderedBy == r.version &&
		slices.Equal(o.Status.Sources, observed(found)) && r.store.holds(o.Status.Artifact) &&
		(!asked || token == o.Status.LastHandledReconcileAt)
}

func observed(found []source) []v1alpha1.ObservedSource {
	out := make([]v1alpha1.ObservedSource, 0, len(found))
	for _, s := range found {
		out = append(out, s.observed())
	}
	return out
}

// render fetches the sources, unless they are there, and renders them.
func (r *reconciler) render(ctx context.Context, o *v1alpha1.RenderedArtifact, found []source) (_ *content.Rendered, err error) {
	all := &folders{cache: r.cache, used: map[v1alpha1.SourceReference]*held{}}
	defer func() { all.release(err == nil) }()
	for _, s := range found {
		if err := all.add(ctx, s); err != nil {
			return nil, err
		}
	}
	request := content.Request{Folder: all.folder(found[0].ref, o.Spec.Path), Settings: o.Spec.Render}
	for _, library := range o.Spec.Libraries {
		request.Libraries = append(request.Libraries, all.folder(o.Resolve(library.SourceRef), library.Path))
	}
	rendered, err := content.Build(ctx, request)
	var stalled *content.StalledError
	if err != nil && !errors.As(err, &stalled) {
		return nil, &failedError{v1alpha1.RenderFailedReason, err}
	}
	return rendered, err
}

// note writes down what was published, and removes what is too old.
func (r *reconciler) note(ctx context.Context, o *v1alpha1.RenderedArtifact, rendered *content.Rendered, a *meta.Artifact, found []source) {
	o.Status.Artifact, o.Status.Sources, o.Status.RenderedBy = a, observed(found), r.version
	o.Status.Objects, o.Status.Instances = rendered.Objects, rendered.Instances
	logger := log.FromContext(ctx)
	for _, w := range rendered.Warnings {
		logger.Info("the render warns", "warning", w)
	}
	if err := r.store.collect(a, time.Now()); err != nil {
		logger.Error(err, "old artifacts stay")
	}
}

// end lets a deleted object go: first nobody is told of its artifact any more, then the artifact goes. Why it cannot is an
// event.
func (r *reconciler) end(ctx context.Context, o *v1alpha1.RenderedArtifact, patcher *patch.SerialPatcher) error {
	if !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	var stalled *content.StalledError
	if err := r.publisher.withdraw(ctx, o); err != nil && !errors.As(err, &stalled) { // a foreign one stays
		r.reporter.event(o, corev1.EventTypeWarning, v1alpha1.PublishReason, err.Error())
		return err
	}
	if err := r.store.drop(o); err != nil {
		r.reporter.event(o, corev1.EventTypeWarning, v1alpha1.StorageReason, err.Error())
		return err
	}
	controllerutil.RemoveFinalizer(o, v1alpha1.Finalizer)
	return client.IgnoreNotFound(patcher.Patch(ctx, o, patch.WithFieldOwner(Name)))
}
