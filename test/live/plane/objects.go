// SPDX-License-Identifier: Apache-2.0

package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Objects reads the objects of a YAML stream.
func Objects(text []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		var text json.RawMessage
		err := decoder.Decode(&text)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		o := &unstructured.Unstructured{}
		if err == nil && len(text) > 0 {
			err = utiljson.Unmarshal(text, &o.Object) // whole numbers stay whole
		}
		if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			out = append(out, o)
		}
	}
}

// Install applies a YAML stream as the administrator of the cluster, and waits for the kinds in it to be served.
func (p *Plane) Install(ctx context.Context, text []byte) error {
	objects, err := Objects(text)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := p.Apply(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Apply applies an object as the administrator of the cluster, by force; a kind is served when it returns.
func (p *Plane) Apply(ctx context.Context, o *unstructured.Unstructured) error {
	err := p.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner("admin"), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	if o.GetKind() == "CustomResourceDefinition" {
		return p.served(ctx, o)
	}
	return nil
}

// served waits until the kinds of a definition can be listed.
func (p *Plane) served(ctx context.Context, definition *unstructured.Unstructured) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	spec, _ := definition.Object["spec"].(map[string]any)
	group, _ := spec["group"].(string)
	kind, _, _ := unstructured.NestedString(spec, "names", "kind")
	versions, _ := spec["versions"].([]any)
	first, _ := versions[0].(map[string]any)
	version, _ := first["name"].(string)
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: version, Kind: kind + "List"})
	for {
		err := p.Client.List(ctx, list, client.Limit(1))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s.%s to be served: %w", kind, group, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Define makes a namespaced kind that takes every field, with a status of its own, unless it is there.
func (p *Plane) Define(ctx context.Context, kind schema.GroupVersionKind) error {
	plural, singular := meta.UnsafeGuessKindToResource(kind)
	anything := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	return p.Apply(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata": map[string]any{
			"name":        plural.Resource + "." + kind.Group,
			"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, for a test"},
		},
		"spec": map[string]any{
			"group": kind.Group,
			"scope": "Namespaced",
			"names": map[string]any{
				"kind": kind.Kind, "listKind": kind.Kind + "List", "plural": plural.Resource, "singular": singular.Resource,
			},
			"versions": []any{map[string]any{
				"name": kind.Version, "served": true, "storage": true,
				"schema":       map[string]any{"openAPIV3Schema": anything},
				"subresources": map[string]any{"status": map[string]any{}},
			}},
		},
	}})
}

// Namespace makes a namespace for one test, and removes it when the test is over, without waiting for its end.
func (p *Plane) Namespace(t *testing.T) string {
	t.Helper()
	o := object("v1", "Namespace", "")
	o.SetGenerateName("test-")
	require.NoError(t, p.Client.Create(t.Context(), o))
	name := o.GetName()
	t.Cleanup(func() {
		gone := object("v1", "Namespace", name)
		err := p.Client.Delete(context.WithoutCancel(t.Context()), gone)
		require.NoError(t, client.IgnoreNotFound(err))
	})
	return name
}

func object(apiVersion, kind, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name},
	}}
}

// Get reads an object; it fails the test when it is not there.
func (p *Plane) Get(t *testing.T, apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	o := object(apiVersion, kind, name)
	require.NoError(t, p.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, o))
	return o
}

// Exists tells whether an object is there.
func (p *Plane) Exists(t *testing.T, apiVersion, kind, namespace, name string) bool {
	t.Helper()
	err := p.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object(apiVersion, kind, name))
	require.NoError(t, client.IgnoreNotFound(err))
	return err == nil
}
