// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 holds the kind RenderedArtifact: a source of Flux whose content is what a render makes of other sources.
//
// +kubebuilder:object:generate=true
// +groupName=korender.dev
package v1alpha1

import (
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The names by which a RenderedArtifact is known.
const (
	Kind      = "RenderedArtifact"
	Finalizer = "korender.dev/artifact"
)

// The reasons of conditions that only this kind has; the others are those of Flux's own kinds.
const (
	InvalidSpecReason  = "InvalidSpec"    // nothing but a change of the spec helps
	RenderFailedReason = "RenderFailed"   // nothing but a change of a source, or of the spec, helps
	NameTakenReason    = "NameTaken"      // an ExternalArtifact of this name belongs to somebody else
	NewArtifactReason  = "NewArtifact"    // an event: a new revision was published
	StorageReason      = "StorageFailed"  // the artifact could not be stored
	PublishReason      = "PublishFailed"  // the ExternalArtifact could not be written
	SourceReason       = "SourceNotReady" // a source is missing, or has no artifact yet
	AccessDeniedReason = "AccessDenied"   // a source may not be used
)

// SourceReference names a source of Flux, of API group source.toolkit.fluxcd.io.
type SourceReference struct {
	// Kind of the source.
	// +kubebuilder:validation:Enum=GitRepository;OCIRepository;Bucket;ExternalArtifact
	Kind string `json:"kind"`
	// Name of the source.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Namespace of the source; that of this object when it is not given.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
}

// Library is a folder of definitions in a source.
type Library struct {
	SourceRef SourceReference `json:"sourceRef"`
	// Path of the folder in the source; all of it when it is not given.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Path string `json:"path,omitempty"`
}

// RenderedArtifactSpec says what to render, and how often to look.
//
// +kubebuilder:validation:XValidation:rule="!has(self.path) || !self.path.split('/').exists(p, p == '..')",message="path must not lead out of the source: leave out .."
type RenderedArtifactSpec struct {
	// SourceRef names the source that holds the triggers, and usually definitions.
	SourceRef SourceReference `json:"sourceRef"`
	// Path of the folder in the source; all of it when it is not given. A korender.yaml in it applies.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Path string `json:"path,omitempty"`
	// Libraries are folders of definitions in this or other sources. The folder of path comes first, then what the
	// libraries of its korender.yaml are, then these in order: an earlier one overrides a later one.
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Libraries []Library `json:"libraries,omitempty"`
	// Render are settings, as in korender.yaml. They are laid over those of the korender.yaml in path.
	// +optional
	Render *RenderSettings `json:"render,omitempty"`
	// Interval is the time between two looks when no source changes. Changes act at once.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern="^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"
	// +kubebuilder:default="10m"
	// +optional
	Interval metav1.Duration `json:"interval,omitempty"`
	// RetryInterval is the time until a failure that may pass by itself is tried again. Without it, tries are less and less
	// frequent.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern="^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"
	// +optional
	RetryInterval *metav1.Duration `json:"retryInterval,omitempty"`
	// Timeout bounds fetching and rendering; 2m when it is not given.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern="^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`
	// Suspend stops rendering. What was published stays.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// ServiceAccountName is an account in the namespace of this object which must be allowed to get the sources. Without
	// one, any source may be rendered that the controller is told of.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
}

// RenderedArtifactStatus is what the last look came to.
type RenderedArtifactStatus struct {
	meta.ReconcileRequestStatus `json:",inline"`
	// ObservedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Conditions are Ready, Reconciling and Stalled.
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// Artifact is what was published last. It stays when a later render fails.
	// +optional
	Artifact *meta.Artifact `json:"artifact,omitempty"`
	// Sources are the revisions that the artifact was rendered from.
	// +optional
	Sources []ObservedSource `json:"sources,omitempty"`
	// Objects counts the objects in the artifact.
	// +optional
	Objects int `json:"objects,omitempty"`
	// Instances counts those of them that are WorkflowInstances.
	// +optional
	Instances int `json:"instances,omitempty"`
	// RenderedBy is the version of the program that rendered the artifact.
	// +optional
	RenderedBy string `json:"renderedBy,omitempty"`
}

// ObservedSource is a source and what was taken from it.
type ObservedSource struct {
	// Source is Kind/namespace/name.
	Source string `json:"source"`
	// Revision is that of its artifact.
	Revision string `json:"revision"`
	// Digest is that of its artifact.
	Digest string `json:"digest"`
}

// RenderedArtifact is a source of Flux: it renders Koreo programs and triggers of other sources, and publishes what comes
// out as the ExternalArtifact of the same name.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=rart,categories=korender;all
// +kubebuilder:metadata:annotations="kustomize.toolkit.fluxcd.io/substitute=disabled"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Objects",type=integer,JSONPath=`.status.objects`
// +kubebuilder:printcolumn:name="Source",type=string,priority=1,JSONPath=`.spec.sourceRef.name`
// +kubebuilder:printcolumn:name="Revision",type=string,priority=1,JSONPath=`.status.artifact.revision`
type RenderedArtifact struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   RenderedArtifactSpec   `json:"spec"`
	Status RenderedArtifactStatus `json:"status,omitempty"`
}

// RenderedArtifactList is a list of RenderedArtifacts.
//
// +kubebuilder:object:root=true
type RenderedArtifactList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []RenderedArtifact `json:"items"`
}

// GetConditions returns the conditions of the status.
func (a *RenderedArtifact) GetConditions() []metav1.Condition { return a.Status.Conditions }

// SetConditions replaces the conditions of the status.
func (a *RenderedArtifact) SetConditions(conditions []metav1.Condition) {
	a.Status.Conditions = conditions
}

// The times of an object that does not say them.
const (
	defaultInterval = 10 * time.Minute
	defaultTimeout  = 2 * time.Minute
)

// GetRequeueAfter is the time between two looks.
func (a *RenderedArtifact) GetRequeueAfter() time.Duration {
	if d := a.Spec.Interval.Duration; d > 0 {
		return d
	}
	return defaultInterval
}

// GetRetryInterval is the time until a failure is tried again; 0 leaves it to the queue.
func (a *RenderedArtifact) GetRetryInterval() time.Duration {
	if d := a.Spec.RetryInterval; d != nil {
		return d.Duration
	}
	return 0
}

// GetTimeout bounds one look.
func (a *RenderedArtifact) GetTimeout() time.Duration {
	if d := a.Spec.Timeout; d != nil && d.Duration > 0 {
		return d.Duration
	}
	return defaultTimeout
}

// References are the sources that the object uses, each once, with their namespaces filled in: that of the spec first.
func (a *RenderedArtifact) References() []SourceReference {
	var out []SourceReference
	seen := map[SourceReference]bool{}
	add := func(r SourceReference) {
		if r = a.Resolve(r); !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	add(a.Spec.SourceRef)
	for _, library := range a.Spec.Libraries {
		add(library.SourceRef)
	}
	return out
}

// Resolve fills the namespace of a reference in.
func (a *RenderedArtifact) Resolve(r SourceReference) SourceReference {
	if r.Namespace == "" {
		r.Namespace = a.Namespace
	}
	return r
}

// String is Kind/namespace/name.
func (r SourceReference) String() string { return r.Kind + "/" + r.Namespace + "/" + r.Name }
