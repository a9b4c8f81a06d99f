// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
)

func condition(kind string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": kind, "message": "", "lastTransitionTime": "2026-05-01T12:00:00Z"}
}

// TestWriteTriggerKeepsOthersConditions has another controller write a condition between our read and our write.
func TestWriteTriggerKeepsOthersConditions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		interruptions int
		want          []string
		conflict      bool
	}{
		"nobody writes":      {0, []string{"Ready"}, false},
		"once":               {1, []string{"Other", "Ready"}, false},
		"each time we write": {triggerTries, []string{"Other", "Other", "Other"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := &unstructured.Unstructured{}
			site.SetGroupVersionKind(schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Site"})
			site.SetNamespace("shop")
			site.SetName("web")
			scheme := runtime.NewScheme()
			scheme.AddKnownTypeWithName(site.GroupVersionKind(), site)
			left := c.interruptions
			server := fake.NewClientBuilder().WithScheme(scheme).WithObjects(site).WithStatusSubresource(site).
				WithInterceptorFuncs(interceptor.Funcs{
					SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
						if left--; left >= 0 {
							require.NoError(t, interrupt(ctx, c, client.ObjectKeyFromObject(o)))
						}
						if err := holds(ctx, c, o, p); err != nil {
							return err
						}
						return c.SubResource(sub).Patch(ctx, o, p, opts...)
					},
				}).Build()
			require.NoError(t, server.Get(t.Context(), client.ObjectKeyFromObject(site), site))

			w := &v1alpha1.WorkflowInstance{}
			w.Spec.Workflow = "site"
			run := &status.Run{Instance: w, Plan: &render.Plan{Outcome: render.Outcome{Type: render.Ok}}, Now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
			_, err := writeTrigger(t.Context(), server, run, site.Object)
			assert.Equal(t, c.conflict, err != nil, "%v", err)

			require.NoError(t, server.Get(t.Context(), client.ObjectKeyFromObject(site), site))
			list, _, err := unstructured.NestedSlice(site.Object, "status", "conditions")
			require.NoError(t, err)
			var kinds []string
			for _, item := range list {
				kinds = append(kinds, item.(map[string]any)["type"].(string))
			}
			assert.Equal(t, c.want, kinds)
		})
	}
}

// holds refuses a patch that was made for another version of the object, as a server does and this client does not.
func holds(ctx context.Context, c client.Client, o client.Object, p client.Patch) error {
	text, err := p.Data(o)
	if err != nil {
		return err
	}
	var patch, now unstructured.Unstructured
	if err := json.Unmarshal(text, &patch.Object); err != nil {
		return err
	}
	now.SetGroupVersionKind(o.GetObjectKind().GroupVersionKind())
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), &now); err != nil {
		return err
	}
	if version := patch.GetResourceVersion(); version != "" && version != now.GetResourceVersion() {
		return apierrors.NewConflict(schema.GroupResource{Resource: "sites"}, o.GetName(), nil)
	}
	return nil
}

// interrupt adds a condition as another controller does.
func interrupt(ctx context.Context, c client.Client, key client.ObjectKey) error {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Site"})
	if err := c.Get(ctx, key, o); err != nil {
		return err
	}
	list, _, err := unstructured.NestedSlice(o.Object, "status", "conditions")
	if err != nil {
		return err
	}
	if err := unstructured.SetNestedSlice(o.Object, append(list, condition("Other")), "status", "conditions"); err != nil {
		return err
	}
	return c.Status().Update(ctx, o)
}
