// SPDX-License-Identifier: Apache-2.0

// Package cluster applies objects to a real API server as a GitOps tool does, and reads back what the server made of
// them. Objects are decoded JSON. What an object needs that a GitOps tool would find in place is made first: its
// namespace and, for a kind that the server does not know, a CustomResourceDefinition that takes everything.
package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// manager is the field manager of everything that is applied.
const manager = "gitops"

// Cluster is a client of one API server.
type Cluster struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

// New makes a client; nothing is asked of the server yet.
func New(config *rest.Config) (*Cluster, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Cluster{client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found))}, nil
}

// Apply applies objects, definitions of kinds and namespaces first, the rest in the order given. It is forced: nobody
// else's fields are respected.
func (c *Cluster) Apply(ctx context.Context, objects []map[string]any) error {
	sorted := slices.Clone(objects)
	slices.SortStableFunc(sorted, func(a, b map[string]any) int { return rank(a) - rank(b) })
	for _, o := range sorted {
		if err := c.applyOne(ctx, &unstructured.Unstructured{Object: o}); err != nil {
			return fmt.Errorf("apply %v/%v: %w", o["kind"], nameOf(o), err)
		}
	}
	return nil
}

// rank orders what must be there before the rest can be applied.
func rank(o map[string]any) int {
	switch o["kind"] {
	case "CustomResourceDefinition":
		return 0
	case "Namespace":
		return 1
	}
	return 2
}

func nameOf(o map[string]any) string { return (&unstructured.Unstructured{Object: o}).GetName() }

func (c *Cluster) applyOne(ctx context.Context, o *unstructured.Unstructured) error {
	resource, err := c.resource(ctx, o)
	if err != nil {
		return err
	}
	if err := c.patch(ctx, resource, o); err != nil {
		return err
	}
	if o.GetKind() == "CustomResourceDefinition" {
		return c.established(ctx, o)
	}
	return nil
}

func (c *Cluster) patch(ctx context.Context, resource dynamic.ResourceInterface, o *unstructured.Unstructured) error {
	data, err := json.Marshal(o.Object)
	if err != nil {
		return err
	}
	force := true
	_, err = resource.Patch(ctx, o.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: manager, Force: &force})
	return err
}

// Get reads an object back, without the server's book-keeping of who set which field.
func (c *Cluster) Get(ctx context.Context, object map[string]any) (map[string]any, error) {
	o := &unstructured.Unstructured{Object: object}
	resource, err := c.resource(ctx, o)
	if err != nil {
		return nil, err
	}
	found, err := resource.Get(ctx, o.GetName(), metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	unstructured.RemoveNestedField(found.Object, "metadata", "managedFields")
	return found.Object, nil
}

// Delete removes what Apply made, except definitions and namespaces, which take long to go. Dependents go in the
// background.
func (c *Cluster) Delete(ctx context.Context, objects []map[string]any) error {
	background := metav1.DeletePropagationBackground
	for _, object := range objects {
		if rank(object) < 2 {
			continue
		}
		o := &unstructured.Unstructured{Object: object}
		resource, err := c.resource(ctx, o)
		if err != nil {
			return err
		}
		err = resource.Delete(ctx, o.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// resource is where the objects of o's kind and namespace are; it makes what is missing there.
func (c *Cluster) resource(ctx context.Context, o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		if err := c.define(ctx, kind, o.GetNamespace() != ""); err != nil {
			return nil, err
		}
		mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return c.client.Resource(mapping.Resource), nil
	}
	if err := c.namespace(ctx, o.GetNamespace()); err != nil {
		return nil, err
	}
	return c.client.Resource(mapping.Resource).Namespace(o.GetNamespace()), nil
}

func (c *Cluster) namespace(ctx context.Context, name string) error {
	namespaces := c.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	if _, err := namespaces.Get(ctx, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return err
	}
	o := &unstructured.Unstructured{}
	o.SetAPIVersion("v1")
	o.SetKind("Namespace")
	o.SetName(name)
	_, err := namespaces.Create(ctx, o, metav1.CreateOptions{})
	return err
}

// established waits until the server serves the kind that a definition defines.
func (c *Cluster) established(ctx context.Context, definition *unstructured.Unstructured) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "kind")
	for {
		c.mapper.Reset()
		if _, err := c.mapper.RESTMapping(schema.GroupKind{Group: group, Kind: kind}); !meta.IsNoMatchError(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s.%s to be served: %w", kind, group, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
