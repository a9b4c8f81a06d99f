// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"fmt"
	"maps"

	"github.com/fluxcd/pkg/apis/meta"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// publisher writes ExternalArtifacts: the objects from which consumers learn of an artifact.
type publisher struct {
	client client.Client
	reader client.Reader // of the API server itself, so that no foreign object is ever taken for none
}

// published is the ExternalArtifact of an object; nil when there is none. The error is a *content.StalledError when one of this
// name belongs to somebody else.
func (p *publisher) published(ctx context.Context, o *v1alpha1.RenderedArtifact) (*sourcev1.ExternalArtifact, error) {
	found := &sourcev1.ExternalArtifact{}
	err := p.reader.Get(ctx, client.ObjectKeyFromObject(o), found)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // none is an answer
	case err != nil:
		return nil, &failedError{v1alpha1.PublishReason, fmt.Errorf("get ExternalArtifact %s/%s: %w; it is tried again", o.Namespace, o.Name, err)}
	case !metav1.IsControlledBy(found, o):
		return nil, &content.StalledError{Reason: v1alpha1.NameTakenReason, Message: fmt.Sprintf(
			"ExternalArtifact %s/%s was not made by this object, and nothing of it is changed: delete it, or give this object another name", o.Namespace, o.Name)}
	}
	return found, nil
}

// publish makes the ExternalArtifact of an object say that an artifact is there. before is what it was; nil for none. The
// status is a write of its own: through the object itself, the API server would drop it without a word.
func (p *publisher) publish(ctx context.Context, o *v1alpha1.RenderedArtifact, a *meta.Artifact, before *sourcev1.ExternalArtifact) error {
	next := external(o)
	if before == nil || !sameSpec(before, next) {
		config, err := applied(next, "status")
		if err == nil {
			err = p.client.Apply(ctx, config, client.FieldOwner(Name), client.ForceOwnership)
		}
		if err != nil {
			return unpublished(o, err)
		}
	}
	if before != nil && sameArtifact(before.Status.Artifact, a) && len(before.Status.Conditions) > 0 {
		return nil
	}
	next.OwnerReferences = nil
	next.Status = sourcev1.ExternalArtifactStatus{Artifact: a, Conditions: []metav1.Condition{{
		Type: meta.ReadyCondition, Status: metav1.ConditionTrue, Reason: meta.SucceededReason,
		Message:            "RenderedArtifact " + o.Namespace + "/" + o.Name + " has published an artifact",
		LastTransitionTime: transition(before),
	}}}
	config, err := applied(next, "spec")
	if err == nil {
		err = p.client.Status().Apply(ctx, config, client.FieldOwner(Name), client.ForceOwnership)
	}
	return unpublished(o, err)
}

// applied is an object for server-side apply, without one of its fields.
func applied(o *sourcev1.ExternalArtifact, without string) (runtime.ApplyConfiguration, error) {
	tree, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, err
	}
	delete(tree, without)
	return client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: tree}), nil
}

func unpublished(o *v1alpha1.RenderedArtifact, err error) error {
	if err == nil {
		return nil
	}
	return &failedError{v1alpha1.PublishReason, fmt.Errorf("write ExternalArtifact %s/%s: %w; it is tried again: may korender-flux patch ExternalArtifacts and their status?", o.Namespace, o.Name, err)}
}

// transition is since when an ExternalArtifact is ready.
func transition(before *sourcev1.ExternalArtifact) metav1.Time {
	if before != nil && len(before.Status.Conditions) > 0 {
		return before.Status.Conditions[0].LastTransitionTime
	}
	return metav1.Now()
}

// external is the ExternalArtifact of an object, without its status. `flux trace` follows its sourceRef.
func external(o *v1alpha1.RenderedArtifact) *sourcev1.ExternalArtifact {
	kind := v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)
	return &sourcev1.ExternalArtifact{
		TypeMeta: metav1.TypeMeta{APIVersion: sourcev1.GroupVersion.String(), Kind: sourcev1.ExternalArtifactKind},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: o.Namespace, Name: o.Name,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(o, kind)},
		},
		Spec: sourcev1.ExternalArtifactSpec{SourceRef: &meta.NamespacedObjectKindReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Namespace: o.Namespace, Name: o.Name,
		}},
	}
}

// withdraw deletes the ExternalArtifact of an object.
func (p *publisher) withdraw(ctx context.Context, o *v1alpha1.RenderedArtifact) error {
	found, err := p.published(ctx, o)
	if err != nil || found == nil {
		return err
	}
	options := client.Preconditions{UID: &found.UID}
	if err := p.client.Delete(ctx, found, options); client.IgnoreNotFound(err) != nil {
		return &failedError{v1alpha1.PublishReason, fmt.Errorf("delete ExternalArtifact %s/%s: %w; it is tried again, and until then this object stays", o.Namespace, o.Name, err)}
	}
	return nil
}

func sameSpec(a, b *sourcev1.ExternalArtifact) bool {
	x, y := a.Spec.SourceRef, b.Spec.SourceRef
	return x != nil && y != nil && *x == *y
}

// sameArtifact tells whether two artifacts are one for every consumer.
func sameArtifact(a, b *meta.Artifact) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.URL == b.URL && a.Path == b.Path && a.Revision == b.Revision && a.Digest == b.Digest && maps.Equal(a.Metadata, b.Metadata)
}
