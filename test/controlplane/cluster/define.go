// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// define makes a kind that takes every field, with a status of its own.
func (c *Cluster) define(ctx context.Context, kind schema.GroupVersionKind, namespaced bool) error {
	return c.applyOne(ctx, &unstructured.Unstructured{Object: definition(kind, namespaced)})
}

func definition(kind schema.GroupVersionKind, namespaced bool) map[string]any {
	plural, singular := meta.UnsafeGuessKindToResource(kind)
	scope := "Cluster"
	if namespaced {
		scope = "Namespaced"
	}
	anything := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata": map[string]any{
			"name": plural.Resource + "." + kind.Group,
			// Groups below k8s.io are refused without a word on who approved of them.
			"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, for a test"},
		},
		"spec": map[string]any{
			"group": kind.Group,
			"scope": scope,
			"names": map[string]any{
				"kind": kind.Kind, "listKind": kind.Kind + "List", "plural": plural.Resource, "singular": singular.Resource,
			},
			"versions": []any{map[string]any{
				"name": kind.Version, "served": true, "storage": true,
				"schema":       map[string]any{"openAPIV3Schema": anything},
				"subresources": map[string]any{"status": map[string]any{}},
			}},
		},
	}
}
