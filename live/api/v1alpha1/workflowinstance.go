// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 holds the kind WorkflowInstance: what a render leaves to the live reconciler.
//
// +kubebuilder:object:generate=true
// +groupName=korender.dev
package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The names by which a WorkflowInstance is known.
const (
	Kind      = "WorkflowInstance"
	Finalizer = "korender.dev/teardown"

	// ReconcileRequestAnnotation asks for a run now; its value is a token, usually a time.
	ReconcileRequestAnnotation = "reconcile.korender.dev/requestedAt"
	// InstanceAnnotation is on every object that live created or took over: <namespace>/<name> of its instance.
	InstanceAnnotation = "korender.dev/instance"
)

// The fates of a trigger.
const (
	Consumed = "consumed"
	Emitted  = "emitted"
)

// WorkflowInstanceSpec is written by the render and never by hand.
type WorkflowInstanceSpec struct {
	// Workflow is the name of the Workflow in the program.
	// +kubebuilder:validation:MinLength=1
	Workflow string `json:"workflow"`
	// Program is the text of all definitions that the Workflow can use.
	Program Program `json:"program"`
	// Identity is who the render made this object to be. When a later tool has renamed it, nothing is done for it, so that
	// there is never a second copy.
	Identity Identity `json:"identity"`
	// Trigger is the object that the Workflow runs for.
	Trigger Trigger `json:"trigger"`
	// Applied lists the objects that git applies.
	// +optional
	Applied []AppliedObject `json:"applied,omitempty"`
	// Deferred tells people what the render left to live, and on what it waits.
	// +optional
	Deferred []DeferredStep `json:"deferred,omitempty"`
	// ServiceAccountName is the account, in the namespace of this object, whose rights decide what is read and written.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// Interval is the time between two runs when nothing changes; 20m when it is not given.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern="^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`
	// Suspend stops all runs; deletion still tears down.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// Export is the name of a ConfigMap that publishes status.state, flattened.
	// +optional
	Export string `json:"export,omitempty"`
	// OwnerReferences makes this object the owner of what live creates in its namespace.
	// +optional
	OwnerReferences bool `json:"ownerReferences,omitempty"`
}

// Program is the text of definitions and its name.
type Program struct {
	// Digest is sha256:<hex> over exactly the bytes of Source.
	// +kubebuilder:validation:Pattern="^sha256:[0-9a-f]{64}$"
	Digest string `json:"digest"`
	// Source is the definitions in canonical YAML.
	// +kubebuilder:validation:MaxLength=524288
	Source string `json:"source"`
}

// Identity is a namespace and a name.
type Identity struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Trigger is the object that a Workflow runs for.
type Trigger struct {
	// Fate says whether the object itself is applied (emitted), or exists only in here (consumed).
	// +kubebuilder:validation:Enum=consumed;emitted
	Fate string `json:"fate"`
	// Object is the whole object as git has it. It is applied whole, too: merged field by field, a map that loses its last
	// field would become null.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Type=object
	// +structType=atomic
	Object apiextensionsv1.JSON `json:"object"`
}

// ObjectReference names one object.
type ObjectReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// +optional
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// AppliedObject is an object that git applies.
type AppliedObject struct {
	ObjectReference `json:",inline"`
	// Hash is that of its target; the same is in its annotation korender.dev/rendered.
	Hash string `json:"hash"`
	// Consumed is set of a rendered trigger, of which only what it renders is applied.
	// +optional
	Consumed bool `json:"consumed,omitempty"`
	// Delete says who deletes the object when it is no longer wanted: live, because its step may defer and the tool that
	// applies it is told to keep it; else that tool.
	// +kubebuilder:validation:Enum=live
	// +optional
	Delete string `json:"delete,omitempty"`
}

// DeletedByLive says that live deletes an object that git applies.
const DeletedByLive = "live"

// DeferredStep is a step that the render left to live.
type DeferredStep struct {
	Step   string `json:"step"`
	Reason string `json:"reason"`
	// +optional
	Object string `json:"object,omitempty"`
	// +optional
	GatedBy []string `json:"gatedBy,omitempty"`
	// +optional
	WaitsFor []string `json:"waitsFor,omitempty"`
}

// WorkflowInstanceStatus is what the last run came to.
type WorkflowInstanceStatus struct {
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// LastHandledReconcileAt is the last value of the annotation reconcile.korender.dev/requestedAt that was acted upon.
	// +optional
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
	// Steps says how many steps of the Workflow are Ok, of how many: 5/7.
	// +optional
	Steps string `json:"steps,omitempty"`
	// Conditions are Ready, Reconciling and Stalled, and those of the steps.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// State is what the steps publish.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	// +optional
	State *apiextensionsv1.JSON `json:"state,omitempty"`
	// ManagedResources is the record of all objects by step, as Koreo writes it.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	// +optional
	ManagedResources *apiextensionsv1.JSON `json:"managedResources,omitempty"`
	// Inventory lists the objects that live answers for, in the order of their creation.
	// +optional
	Inventory []InventoryEntry `json:"inventory,omitempty"`
}

// InventoryEntry is an object that live answers for. Teardown and pruning need nothing else.
type InventoryEntry struct {
	ObjectReference `json:",inline"`
	// UID is that of the object when it was last seen; nothing else is ever deleted.
	UID types.UID `json:"uid"`
	// Step is the path of the step that builds it.
	Step string `json:"step"`
	// Policy says what becomes of the object when it is no longer wanted.
	// +kubebuilder:validation:Enum=destroy;abandon
	Policy string `json:"policy"`
	// Explicit is set when the function itself says `delete: {destroy: {}}`: then a decision that rests on observed values
	// deletes too.
	// +optional
	Explicit bool `json:"explicit,omitempty"`
	// Hash is that of the target that live wrote last; empty when it never wrote.
	// +optional
	Hash string `json:"hash,omitempty"`
}

// The policies of inventory entries.
const (
	PolicyDestroy = "destroy"
	PolicyAbandon = "abandon"
)

// WorkflowInstance is one run of a Workflow for one trigger, from where the render left it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=wfi,categories=korender
// +kubebuilder:printcolumn:name="Workflow",type=string,JSONPath=`.spec.workflow`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Steps",type=string,JSONPath=`.status.steps`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type WorkflowInstance struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   WorkflowInstanceSpec   `json:"spec"`
	Status WorkflowInstanceStatus `json:"status,omitempty"`
}

// WorkflowInstanceList is a list of WorkflowInstances.
//
// +kubebuilder:object:root=true
type WorkflowInstanceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []WorkflowInstance `json:"items"`
}

// GetConditions returns the conditions of the status.
func (w *WorkflowInstance) GetConditions() []metav1.Condition { return w.Status.Conditions }

// SetConditions replaces the conditions of the status.
func (w *WorkflowInstance) SetConditions(conditions []metav1.Condition) {
	w.Status.Conditions = conditions
}
