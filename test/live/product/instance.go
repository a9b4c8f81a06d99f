// SPDX-License-Identifier: Apache-2.0

package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
)

// Patience is how long a test waits for what should happen at once.
const Patience = 45 * time.Second

// Instance reads a WorkflowInstance.
func (p *Product) Instance(t *testing.T, namespace, name string) *v1alpha1.WorkflowInstance {
	t.Helper()
	w, err := p.instance(t.Context(), namespace, name)
	require.NoError(t, err)
	return w
}

func (p *Product) instance(ctx context.Context, namespace, name string) (*v1alpha1.WorkflowInstance, error) {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	if err := p.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, o); err != nil {
		return nil, err
	}
	var w v1alpha1.WorkflowInstance
	return &w, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &w)
}

// Instances are the WorkflowInstances among manifests.
func Instances(manifests []*unstructured.Unstructured) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(manifests), func(o *unstructured.Unstructured) bool { return o.GetKind() != v1alpha1.Kind })
}

// Await waits until an instance has a condition of this type, status and reason, for its newest generation, and returns
// the instance. An empty reason is any.
func (p *Product) Await(t *testing.T, namespace, name, condition, status, reason string) *v1alpha1.WorkflowInstance {
	t.Helper()
	var last *v1alpha1.WorkflowInstance
	ok := Eventually(t, func() bool {
		w, err := p.instance(t.Context(), namespace, name)
		if err != nil {
			return false
		}
		last = w
		c := find(w, condition)
		return c != nil && w.Status.ObservedGeneration == w.Generation && string(c.Status) == status && (reason == "" || c.Reason == reason)
	})
	if !ok {
		require.Fail(t, fmt.Sprintf("%s/%s never had %s=%s %s", namespace, name, condition, status, reason), Describe(last))
	}
	return last
}

func find(w *v1alpha1.WorkflowInstance, condition string) *metav1.Condition {
	at := slices.IndexFunc(w.Status.Conditions, func(c metav1.Condition) bool { return c.Type == condition })
	if at < 0 {
		return nil
	}
	return &w.Status.Conditions[at]
}

// Conditions is what an instance says of itself: "Type=Status Reason", sorted.
func Conditions(w *v1alpha1.WorkflowInstance) []string {
	var out []string
	for _, c := range w.Status.Conditions {
		out = append(out, fmt.Sprintf("%s=%s %s", c.Type, c.Status, c.Reason))
	}
	slices.Sort(out)
	return out
}

// State is the published state, as compact JSON with sorted keys; empty when there is none.
func State(t *testing.T, w *v1alpha1.WorkflowInstance) string {
	t.Helper()
	if w.Status.State == nil {
		return ""
	}
	var value any
	require.NoError(t, json.Unmarshal(w.Status.State.Raw, &value))
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// Describe is all of an instance's status, for messages.
func Describe(w *v1alpha1.WorkflowInstance) string {
	if w == nil {
		return "no instance"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "generation %d, observed %d\n", w.Generation, w.Status.ObservedGeneration)
	for _, c := range w.Status.Conditions {
		fmt.Fprintf(&out, "%s=%s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	for _, e := range w.Status.Inventory {
		fmt.Fprintf(&out, "inventory %s/%s %s %s %s\n", e.Kind, e.Name, e.UID, e.Step, e.Policy)
	}
	return out.String()
}

// Eventually asks until it is so, or Patience is over. It does not fail the test.
func Eventually(t *testing.T, so func() bool) bool {
	t.Helper()
	for end := time.Now().Add(Patience); ; {
		if so() {
			return true
		}
		if time.Now().After(end) || t.Context().Err() != nil {
			return false
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// AwaitGone waits until an object is not there.
func (p *Product) AwaitGone(t *testing.T, apiVersion, kind, namespace, name string) {
	t.Helper()
	gone := Eventually(t, func() bool { return !p.Exists(t, apiVersion, kind, namespace, name) })
	assert.True(t, gone, "%s/%s/%s is still there", kind, namespace, name)
}

// AwaitThere waits until an object is there, and returns it.
func (p *Product) AwaitThere(t *testing.T, apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	there := Eventually(t, func() bool { return p.Exists(t, apiVersion, kind, namespace, name) })
	require.True(t, there, "%s/%s/%s never came", kind, namespace, name)
	return p.Get(t, apiVersion, kind, namespace, name)
}

// Quiet waits until korender-live has written nothing in a namespace for a while.
func (p *Product) Quiet(t *testing.T, namespace string, while time.Duration) {
	t.Helper()
	from, err := p.Audit.Now(t.Context())
	require.NoError(t, err)
	last, since := 0, time.Now()
	quiet := Eventually(t, func() bool {
		writes := p.Writes(t, from, namespace)
		if len(writes) != last {
			last, since = len(writes), time.Now()
		}
		return time.Since(since) >= while
	})
	assert.True(t, quiet, "korender-live never comes to rest in %s", namespace)
}

// Writes lists what korender-live wrote in a namespace since a mark. Events are not counted.
func (p *Product) Writes(t *testing.T, from plane.Mark, namespace string) []plane.Request {
	t.Helper()
	found, err := p.Audit.Since(t.Context(), from, func(r plane.Request) bool {
		return r.Writes() && Live(r) && r.Object.Namespace == namespace && r.Object.Resource != "events"
	})
	require.NoError(t, err)
	return found
}

// Live tells whether a request came from korender-live.
func Live(r plane.Request) bool { return strings.HasPrefix(r.UserAgent, "korender-live") }
