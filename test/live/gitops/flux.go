// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"context"
	"maps"
	"slices"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/normalize"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	fluxGroup   = "kustomize.toolkit.fluxcd.io"
	fluxManager = "kustomize-controller"
)

// Flux is a Kustomization with prune: true and force: false.
type Flux struct {
	Name, Namespace string

	client    client.Client
	inventory map[key]*unstructured.Unstructured // what the last sync applied
}

// NewFlux makes the tool; its first sync makes the Kustomization.
func NewFlux(config *rest.Config, name, namespace string) (*Flux, error) {
	own := rest.CopyConfig(config)
	own.UserAgent = fluxManager
	c, err := client.New(own, client.Options{})
	return &Flux{Name: name, Namespace: namespace, client: c}, err
}

// Target implements Tool.
func (*Flux) Target() string { return "flux" }

// UserAgent implements Tool.
func (*Flux) UserAgent() string { return fluxManager }

// manager is made anew for every run, as kustomize-controller does.
func (f *Flux) manager() *ssa.ResourceManager {
	return ssa.NewResourceManager(f.client, nil, ssa.Owner{Field: fluxManager, Group: fluxGroup})
}

// Sync implements Tool: apply everything, then prune what is in the inventory no more. Health comes afterwards and changes
// nothing.
func (f *Flux) Sync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error) {
	objects, m := f.owned(manifests), f.manager()
	if err := normalize.UnstructuredList(objects); err != nil {
		return nil, err
	}
	changes, err := m.ApplyAllStaged(ctx, objects, f.applyOptions())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range changes.Entries {
		if e.Action == ssa.CreatedAction || e.Action == ssa.ConfiguredAction {
			out = append(out, string(e.Action)+" "+f.name(e))
		}
	}
	stale := f.stale(objects)
	f.inventory = inventoryOf(objects)
	pruned, err := m.DeleteAll(ctx, stale, f.deleteOptions(m))
	if err != nil {
		return nil, err
	}
	for _, e := range pruned.Entries {
		if e.Action == ssa.DeletedAction {
			out = append(out, "pruned "+f.name(e))
		}
	}
	return sorted(out), nil
}

func (f *Flux) name(e ssa.ChangeSetEntry) string {
	return e.ObjMetadata.GroupKind.Kind + "/" + e.ObjMetadata.Namespace + "/" + e.ObjMetadata.Name
}

// owned are the manifests with the labels of their owner.
func (f *Flux) owned(manifests []*unstructured.Unstructured) []*unstructured.Unstructured {
	objects := make([]*unstructured.Unstructured, len(manifests))
	for i, m := range manifests {
		objects[i] = m.DeepCopy()
	}
	f.manager().SetOwnerLabels(objects, f.Name, f.Namespace)
	return objects
}

func inventoryOf(objects []*unstructured.Unstructured) map[key]*unstructured.Unstructured {
	out := map[key]*unstructured.Unstructured{}
	for _, o := range objects {
		out[keyOf(o)] = o
	}
	return out
}

// stale are the objects of the inventory that are no longer applied.
func (f *Flux) stale(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	left := maps.Clone(f.inventory)
	for _, o := range objects {
		delete(left, keyOf(o))
	}
	return slices.Collect(maps.Values(left))
}

func (f *Flux) applyOptions() ssa.ApplyOptions {
	o := ssa.DefaultApplyOptions()
	o.ExclusionSelector = map[string]string{fluxGroup + "/reconcile": "disabled", fluxGroup + "/ssa": "Ignore"}
	o.IfNotPresentSelector = map[string]string{fluxGroup + "/ssa": "IfNotPresent"}
	o.ForceSelector = map[string]string{fluxGroup + "/force": "enabled"}
	o.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{corev1.LastAppliedConfigAnnotation, fluxGroup + "/checksum", "fluxcd.io/sync-checksum"},
		Labels:      []string{"fluxcd.io/sync-gc-mark"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: fluxManager, OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{fluxGroup + "/ssa": "Merge"},
	}
	return o
}

func (f *Flux) deleteOptions(m *ssa.ResourceManager) ssa.DeleteOptions {
	return ssa.DeleteOptions{
		PropagationPolicy: metav1.DeletePropagationBackground,
		Inclusions:        m.GetOwnerLabels(f.Name, f.Namespace),
		Exclusions: map[string]string{
			fluxGroup + "/prune": "disabled", fluxGroup + "/reconcile": "disabled", fluxGroup + "/ssa": "Ignore",
		},
	}
}

// OutOfSync implements Tool: what flux diff would print. Flux looks at nothing that it has not applied.
func (f *Flux) OutOfSync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error) {
	m := f.manager()
	var out []string
	for _, o := range f.owned(manifests) {
		options := ssa.DefaultDiffOptions()
		apply := f.applyOptions()
		options.Exclusions, options.IfNotPresentSelector = apply.ExclusionSelector, apply.IfNotPresentSelector
		e, _, _, err := m.Diff(ctx, o, options)
		if err != nil {
			return nil, err
		}
		switch e.Action {
		case ssa.CreatedAction:
			out = append(out, "missing "+name(o))
		case ssa.ConfiguredAction:
			out = append(out, "differs "+name(o))
		}
	}
	return sorted(out), nil
}

// Delete implements Tool: what the finalizer of a Kustomization does.
func (f *Flux) Delete(ctx context.Context) error {
	m := f.manager()
	_, err := m.DeleteAll(ctx, f.stale(nil), f.deleteOptions(m))
	f.inventory = nil
	return err
}
