// SPDX-License-Identifier: Apache-2.0

// Package gitops applies manifests as GitOps tools do, with the client calls that these tools make and in their order.
// Argo CD's is kubectl's own apply with what gitops-engine puts around it; Flux's is its own library with what
// kustomize-controller puts around it. In go manifests, out comes what the tool changed and what it holds to be out of
// sync. The tools' own controllers, caches and user interfaces are not here.
package gitops

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Tool is a GitOps tool with one application.
type Tool interface {
	// Target is how korender calls the tool: argocd or flux.
	Target() string
	// UserAgent is by what the audit log knows its requests.
	UserAgent() string
	// Sync brings the cluster to what the manifests say, and deletes what they no longer say. What it changed comes back
	// sorted, as "created Kind/namespace/name" and so on; nothing for a cluster that was in sync.
	Sync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error)
	// OutOfSync lists what the tool would report: what is missing, and what should be gone.
	OutOfSync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error)
	// Delete deletes the application with all that it owns, and does not wait.
	Delete(ctx context.Context) error
}

// name is the short name of an object.
func name(o *unstructured.Unstructured) string {
	return fmt.Sprintf("%s/%s/%s", o.GetKind(), o.GetNamespace(), o.GetName())
}

// key names an object in maps; versions of one kind are the same.
type key struct{ group, kind, namespace, name string }

func keyOf(o *unstructured.Unstructured) key {
	return key{o.GroupVersionKind().Group, o.GetKind(), o.GetNamespace(), o.GetName()}
}

// fetch reads an object as it is; nil when it is not there.
func fetch(ctx context.Context, c client.Client, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(o.GroupVersionKind())
	err := c.Get(ctx, client.ObjectKeyFromObject(o), live)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, err
}

// changed says what became of an object between two looks at it; empty if nothing did.
func changed(before, after *unstructured.Unstructured) string {
	switch {
	case after == nil:
		return ""
	case before == nil:
		return "created " + name(after)
	case before.GetUID() != after.GetUID():
		return "recreated " + name(after)
	case !equality.Semantic.DeepEqual(wanted(before), wanted(after)):
		return "configured " + name(after)
	}
	return ""
}

// wanted is an object without what tools do not write: a controller may write its status at any time.
func wanted(o *unstructured.Unstructured) map[string]any {
	out := o.DeepCopy()
	unstructured.RemoveNestedField(out.Object, "status")
	out.SetResourceVersion("")
	out.SetManagedFields(nil)
	return out.Object
}

func sorted(lines []string) []string {
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	slices.Sort(lines)
	return lines
}
