// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"context"
	"fmt"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/plugin/flux/content"
)

// kind is a kind of Flux whose objects can be rendered.
type kind struct {
	name     string
	resource string
	empty    func() client.Object // a sourcev1.Source, too
}

// kinds are all of them. The enumeration of v1alpha1.SourceReference is the same.
var kinds = []kind{
	{sourcev1.GitRepositoryKind, "gitrepositories", func() client.Object { return &sourcev1.GitRepository{} }},
	{sourcev1.OCIRepositoryKind, "ocirepositories", func() client.Object { return &sourcev1.OCIRepository{} }},
	{sourcev1.BucketKind, "buckets", func() client.Object { return &sourcev1.Bucket{} }},
	{sourcev1.ExternalArtifactKind, "externalartifacts", func() client.Object { return &sourcev1.ExternalArtifact{} }},
}

func kindOf(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

// source is a source of Flux that has an artifact.
type source struct {
	ref      v1alpha1.SourceReference
	artifact *meta.Artifact
}

func (s source) observed() v1alpha1.ObservedSource {
	return v1alpha1.ObservedSource{Source: s.ref.String(), Revision: s.artifact.Revision, Digest: s.artifact.Digest}
}

// sources finds the sources of objects.
type sources struct {
	client         client.Client
	crossNamespace bool
	account        string        // of objects that name none; empty: none is asked for
	after          time.Duration // until a source that is not ready is asked for again
}

// of are the sources of an object, with their artifacts: that of its spec first. The error is a *WaitingError when one is
// not there yet, and a *content.StalledError when the object must not use it.
func (s *sources) of(ctx context.Context, o *v1alpha1.RenderedArtifact) ([]source, error) {
	var out []source
	for _, ref := range o.References() {
		if err := s.allowed(ctx, o, ref); err != nil {
			return nil, err
		}
		artifact, err := s.artifact(ctx, ref)
		if err != nil {
			return nil, err
		}
		out = append(out, source{ref, artifact})
	}
	return out, nil
}

func (s *sources) artifact(ctx context.Context, ref v1alpha1.SourceReference) (*meta.Artifact, error) {
	k, known := kindOf(ref.Kind)
	if !known {
		return nil, &content.StalledError{Reason: v1alpha1.InvalidSpecReason, Message: fmt.Sprintf("%s is of no kind that can be rendered: name a GitRepository, OCIRepository, Bucket or ExternalArtifact", ref)}
	}
	o := k.empty()
	err := s.client.Get(ctx, types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}, o)
	switch {
	case apierrors.IsNotFound(err):
		return nil, s.waiting("%s does not exist: create it, or correct the sourceRef that names it", ref)
	case err != nil:
		return nil, &failedError{v1alpha1.SourceReason, fmt.Errorf("get %s: %w; it is tried again", ref, err)}
	}
	artifact := o.(sourcev1.Source).GetArtifact()
	if artifact == nil || artifact.URL == "" {
		return nil, s.waiting("%s has no artifact yet: its own Ready condition says why", ref)
	}
	return artifact, nil
}

func (s *sources) waiting(format string, args ...any) error {
	return &WaitingError{Reason: v1alpha1.SourceReason, Message: fmt.Sprintf(format, args...), After: s.after}
}

// allowed tells whether an object may use a source.
func (s *sources) allowed(ctx context.Context, o *v1alpha1.RenderedArtifact, ref v1alpha1.SourceReference) error {
	if ref.Kind == sourcev1.ExternalArtifactKind && ref.Namespace == o.Namespace && ref.Name == o.Name {
		return &content.StalledError{Reason: v1alpha1.InvalidSpecReason, Message: fmt.Sprintf("%s is what this object itself publishes: name another source", ref)}
	}
	if ref.Namespace != o.Namespace && !s.crossNamespace {
		return &content.StalledError{Reason: v1alpha1.AccessDeniedReason, Message: fmt.Sprintf(
			"%s is in another namespace, and this cluster allows no such references (--no-cross-namespace-refs): use a source in %s", ref, o.Namespace)}
	}
	account := o.Spec.ServiceAccountName
	if account == "" {
		account = s.account
	}
	if account == "" {
		return nil
	}
	return s.mayGet(ctx, "system:serviceaccount:"+o.Namespace+":"+account, ref)
}

// mayGet asks the API server whether an account may read a source.
func (s *sources) mayGet(ctx context.Context, user string, ref v1alpha1.SourceReference) error {
	k, _ := kindOf(ref.Kind)
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: "get", Group: sourcev1.GroupVersion.Group, Resource: k.resource, Namespace: ref.Namespace, Name: ref.Name,
		},
	}}
	if err := s.client.Create(ctx, review); err != nil {
		return &failedError{v1alpha1.AccessDeniedReason, fmt.Errorf("ask whether %s may get %s: %w; it is tried again: may korender-flux create SubjectAccessReviews?", user, ref, err)}
	}
	if !review.Status.Allowed {
		return &WaitingError{Reason: v1alpha1.AccessDeniedReason, After: time.Minute, Message: fmt.Sprintf(
			"%s may not get %s: grant it get on %s.%s in %s, or change spec.serviceAccountName", user, ref, k.resource, sourcev1.GroupVersion.Group, ref.Namespace)}
	}
	return nil
}
