// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"

	"github.com/fluxcd/pkg/runtime/predicates"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

// sourceIndex finds the objects that use a source, by Kind/namespace/name.
const sourceIndex = ".spec.sources"

// bySource are the keys under which an object is indexed.
func bySource(o client.Object) []string {
	rendered, ok := o.(*v1alpha1.RenderedArtifact)
	if !ok {
		return nil
	}
	var keys []string
	for _, ref := range rendered.References() {
		keys = append(keys, ref.String())
	}
	return keys
}

// asked lets those events of our objects pass that ask for a look: a new generation, a deletion, a request.
func asked() builder.Predicates {
	return builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, predicates.ReconcileRequestedPredicate{}))
}

// users has the users of a source of some kind looked at.
func users(reader client.Reader, kind string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		key := v1alpha1.SourceReference{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}.String()
		var list v1alpha1.RenderedArtifactList
		if err := reader.List(ctx, &list, client.MatchingFields{sourceIndex: key}); err != nil {
			log.FromContext(ctx).Error(err, "list the users of "+key)
			return nil
		}
		var out []reconcile.Request
		for i := range list.Items {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
		return out
	})
}

// newRevision lets those events of a source pass that bring an artifact of another revision.
type newRevision struct{ predicate.Funcs }

// Create tells whether the source has an artifact.
func (newRevision) Create(e event.CreateEvent) bool {
	s, ok := e.Object.(sourcev1.Source)
	return ok && s.GetArtifact() != nil
}

// Update tells whether the revision is another one.
func (newRevision) Update(e event.UpdateEvent) bool {
	before, ok := e.ObjectOld.(sourcev1.Source)
	after, also := e.ObjectNew.(sourcev1.Source)
	if !ok || !also || after.GetArtifact() == nil {
		return false
	}
	return !before.GetArtifact().HasRevision(after.GetArtifact().Revision)
}

// publishers has the object looked at that publishes an ExternalArtifact.
func publishers() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
		owner := metav1.GetControllerOf(o)
		if owner == nil || owner.Kind != v1alpha1.Kind || owner.APIVersion != v1alpha1.GroupVersion.String() {
			return nil
		}
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: owner.Name}}}
	})
}

// damaged lets those events of an ExternalArtifact pass after which it may not say what was published: somebody deleted
// it, or changed its spec or its artifact.
type damaged struct{ predicate.Funcs }

// Create never passes: we created it, or it was there when we began, and is looked at with its owner.
func (damaged) Create(event.CreateEvent) bool { return false }

// Update tells whether what we write has changed. Our own writes pass, too: they are found to be what they should be.
func (damaged) Update(e event.UpdateEvent) bool {
	before, ok := e.ObjectOld.(*sourcev1.ExternalArtifact)
	after, also := e.ObjectNew.(*sourcev1.ExternalArtifact)
	if !ok || !also {
		return false
	}
	return before.Generation != after.Generation || !sameArtifact(before.Status.Artifact, after.Status.Artifact)
}
