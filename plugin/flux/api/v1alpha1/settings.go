// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// RenderSettings are the fields of korender.yaml (`korender schema` prints them).
type RenderSettings struct {
	// Root is the folder below which everything must lie that korender.yaml reads, relative to path; the whole source when
	// it is not given.
	// +optional
	Root string `json:"root,omitempty"`
	// Libraries are folders of definitions in the source of spec.sourceRef, relative to path and below root.
	// +optional
	Libraries []string `json:"libraries,omitempty"`
	// Namespace of namespaced triggers that have none.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// Target is always flux here.
	// +kubebuilder:validation:Enum=flux
	// +optional
	Target string `json:"target,omitempty"`
	// Gate is always strict here: Flux has no waves.
	// +kubebuilder:validation:Enum=strict
	// +optional
	Gate string `json:"gate,omitempty"`
	// OnDeferred says what to do when an object cannot be rendered at git time: error (the default) or instance.
	// +kubebuilder:validation:Enum=error;instance
	// +optional
	OnDeferred string `json:"onDeferred,omitempty"`
	// Triggers says what becomes of triggers: consume or emit, or a map with one of these words for each Kind.group.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	// +optional
	Triggers *apiextensionsv1.JSON `json:"triggers,omitempty"`
	// Policies say what git may do although only a live reconciler can tell create from update.
	// +optional
	Policies *Policies `json:"policies,omitempty"`
	// Substitute holds values of ${variables} that a Kustomization will substitute.
	// +optional
	Substitute map[string]string `json:"substitute,omitempty"`
	// Instance holds settings of the WorkflowInstances that are rendered.
	// +optional
	Instance *InstanceSettings `json:"instance,omitempty"`
	// AllowEmpty allows a render that produces nothing: a Kustomization then prunes everything.
	// +optional
	AllowEmpty *bool `json:"allowEmpty,omitempty"`
	// Limits bound the render.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
}

// Policies say what git may do although only a live reconciler can tell create from update.
type Policies struct {
	// +kubebuilder:validation:Enum=merge
	// +optional
	CreateOverlay string `json:"createOverlay,omitempty"`
	// +kubebuilder:validation:Enum=apply
	// +optional
	Never string `json:"never,omitempty"`
	// +kubebuilder:validation:Enum=apply
	// +optional
	Recreate string `json:"recreate,omitempty"`
}

// InstanceSettings are settings of the WorkflowInstances that are rendered.
type InstanceSettings struct {
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// +kubebuilder:validation:Pattern="^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"
	// +optional
	Interval string `json:"interval,omitempty"`
	// +optional
	Suspend *bool `json:"suspend,omitempty"`
	// Export is the name of a ConfigMap that publishes the state, for postBuild.substituteFrom of another Kustomization.
	// +optional
	Export string `json:"export,omitempty"`
	// +optional
	OwnerReferences *bool `json:"ownerReferences,omitempty"`
}

// Limits bound a render. Each is at least 1.
type Limits struct {
	// +kubebuilder:validation:Minimum=1
	// +optional
	Bytes int64 `json:"bytes,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Documents int64 `json:"documents,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Nodes int64 `json:"nodes,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Depth int64 `json:"depth,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Steps int64 `json:"steps,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Alloc int64 `json:"alloc,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	ForEachItems int64 `json:"forEachItems,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	SubWorkflows int64 `json:"subWorkflows,omitempty"`
	// +kubebuilder:validation:Minimum=1
	// +optional
	Objects int64 `json:"objects,omitempty"`
	// Seconds of wall time.
	// +kubebuilder:validation:Minimum=1
	// +optional
	Seconds int64 `json:"seconds,omitempty"`
}
