// SPDX-License-Identifier: Apache-2.0

package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/inspect"
	"github.com/korender/korender/render"
)

var update = flag.Bool("update", false, "rewrite the expected output")

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const password = "hunter2-is-planted"

// objects are those in the cluster.
const objects = `
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: ClusterIP}}
- apiVersion: batch/v1
  kind: Job
  metadata: {name: web, namespace: shop, annotations: {korender.dev/rendered: "sha256:job"}}
  spec: {backoffLimit: 2}
  status: {conditions: [{type: Suspended, status: "False", reason: JobResumed}, {type: FailureTarget, status: "True"}]}
- apiVersion: example.com/v1
  kind: Network
  metadata: {name: main, namespace: shop}
  status: {conditions: [{type: Ready, status: "False", reason: Building}]}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: web-rendered, namespace: shop, annotations: {korender.dev/rendered: "sha256:old"}}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: web-rolled, namespace: shop, generation: 4, annotations: {korender.dev/rendered: "sha256:b"}}
  status: {observedGeneration: 3}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: north, namespace: shop}, data: {a: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: west, namespace: shop}, data: {a: c}}
- {apiVersion: v1, kind: Secret, metadata: {name: database, namespace: shop}, data: {password: aHVudGVyMi1pcy1wbGFudGVk}}
`

func instance(t *testing.T) *v1alpha1.WorkflowInstance {
	t.Helper()
	text, err := os.ReadFile("testdata/program.yaml")
	require.NoError(t, err)
	w := &v1alpha1.WorkflowInstance{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "site-web", UID: "u", Generation: 2, CreationTimestamp: metav1.NewTime(noon),
	}}
	w.Spec.Workflow = "site"
	w.Spec.Program = v1alpha1.Program{Digest: render.Digest(text), Source: string(text)}
	w.Spec.Trigger = v1alpha1.Trigger{Fate: v1alpha1.Consumed, Object: apiextensionsv1.JSON{
		Raw: []byte(`{"apiVersion":"example.com/v1","kind":"Site","metadata":{"name":"web","namespace":"shop"},"spec":{"regions":["north","south","west"]}}`),
	}}
	applied := func(apiVersion, kind, name, hash string) v1alpha1.AppliedObject {
		return v1alpha1.AppliedObject{Hash: hash, ObjectReference: v1alpha1.ObjectReference{APIVersion: apiVersion, Kind: kind, Namespace: "shop", Name: name}}
	}
	w.Spec.Applied = []v1alpha1.AppliedObject{
		applied("batch/v1", "Job", "web", "sha256:job"), applied("v1", "ConfigMap", "web-rendered", "sha256:new"), applied("v1", "ConfigMap", "web-rolled", "sha256:b"),
	}
	w.Status = v1alpha1.WorkflowInstanceStatus{ObservedGeneration: 2, Steps: "1/11", Conditions: []metav1.Condition{{
		Type: "Ready", Status: "Unknown", Reason: "Wait", Message: "Awaiting Workflow site to be ready.", ObservedGeneration: 2,
	}}}
	return w
}

// cluster holds instances and objects; the Secret keys may not be read.
func cluster(t *testing.T, instances ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	require.NoError(t, v1alpha1.AddToScheme(scheme))
	var list []map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(objects), &list))
	for _, o := range list {
		u := &unstructured.Unstructured{Object: o}
		scheme.AddKnownTypeWithName(u.GroupVersionKind(), &unstructured.Unstructured{})
		instances = append(instances, u)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(instances...).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if key.Name == "keys" {
				return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, key.Name, nil)
			}
			return c.Get(ctx, key, o, opts...)
		},
	}).Build()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
	assert.NotContains(t, string(got), password)
	assert.NotContains(t, string(got), "aHVudGVyMi1pcy1wbGFudGVk")
}

func TestTrace(t *testing.T) {
	t.Parallel()
	trace, err := inspect.TraceOf(t.Context(), cluster(t, instance(t)), "shop", "site-web")
	require.NoError(t, err)
	var text, colors, tree bytes.Buffer
	require.NoError(t, trace.WriteText(&text, false))
	golden(t, "trace.txt", text.Bytes())
	require.NoError(t, trace.WriteText(&colors, true))
	golden(t, "trace.color", colors.Bytes())
	require.NoError(t, inspect.Print(&tree, "yaml", trace))
	golden(t, "trace.yaml", tree.Bytes())
}

func TestTraceOfAnEmittedTrigger(t *testing.T) {
	t.Parallel()
	w := instance(t)
	w.Spec.Suspend, w.Spec.Trigger.Fate = true, v1alpha1.Emitted
	w.Status = v1alpha1.WorkflowInstanceStatus{}
	trace, err := inspect.TraceOf(t.Context(), cluster(t, w), "shop", "site-web")
	require.NoError(t, err)
	head := *trace
	head.Steps = nil
	assert.Equal(t, inspect.Trace{
		Namespace: "shop", Name: "site-web", Workflow: "site", Trigger: "Site/shop/web", Fate: "emitted", Suspended: true,
		Ready: inspect.Ready{Status: "Unknown", Message: "not run yet"},
	}, head)
}

func TestTraceRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*v1alpha1.WorkflowInstance)
		want   string
	}{
		"another digest": {
			func(w *v1alpha1.WorkflowInstance) { w.Spec.Program = v1alpha1.Program{Digest: "sha256:0", Source: "x"} },
			"spec.program of shop/site-web has the digest " + render.Digest([]byte("x")) + ", not sha256:0",
		},
		"no trigger": {
			func(w *v1alpha1.WorkflowInstance) { w.Spec.Trigger.Object.Raw = []byte(`{"kind":"Site"}`) },
			"read spec.trigger.object: apiVersion must be a non-empty string",
		},
		"another name": {
			func(w *v1alpha1.WorkflowInstance) { w.Name = "other" },
			`get WorkflowInstance shop/site-web: workflowinstances.korender.dev "site-web" not found`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := instance(t)
			c.change(w)
			_, err := inspect.TraceOf(t.Context(), cluster(t, w), "shop", "site-web")
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fresh := &v1alpha1.WorkflowInstance{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a-new-one", CreationTimestamp: metav1.NewTime(noon.Add(90 * time.Second))}}
	fresh.Spec.Workflow, fresh.Spec.Suspend = "other", true
	failed := instance(t)
	failed.Namespace = "bank"
	failed.Status.Conditions[0] = metav1.Condition{Type: "Ready", Status: "False", Reason: "AccessDenied", Message: "may not", ObservedGeneration: 1}
	c := cluster(t, instance(t), fresh, failed)
	now := noon.Add(2 * time.Minute)

	all, err := inspect.List(t.Context(), c, "", "")
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, inspect.WriteList(&text, all, inspect.ListOptions{Namespaces: true, Wide: true, Now: now}))
	golden(t, "list.txt", text.Bytes())
	text.Reset()
	require.NoError(t, inspect.WriteList(&text, all, inspect.ListOptions{Color: true, Now: now}))
	golden(t, "list.color", text.Bytes())
	text.Reset()
	require.NoError(t, inspect.Print(&text, "json", all))
	golden(t, "list.json", text.Bytes())

	shop, err := inspect.List(t.Context(), c, "shop", "")
	require.NoError(t, err)
	assert.Equal(t, all[1:], shop)
	one, err := inspect.List(t.Context(), c, "shop", "site-web")
	require.NoError(t, err)
	assert.Equal(t, all[2:], one)
	_, err = inspect.List(t.Context(), c, "shop", "none")
	assert.EqualError(t, err, `get WorkflowInstance shop/none: workflowinstances.korender.dev "none" not found`)
}

func TestSteer(t *testing.T) {
	t.Parallel()
	c := cluster(t, instance(t))
	specOf := func() v1alpha1.WorkflowInstance {
		var w v1alpha1.WorkflowInstance
		require.NoError(t, c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "site-web"}, &w))
		return w
	}
	changed, err := inspect.Suspend(t.Context(), c, "shop", "site-web")
	require.NoError(t, err)
	assert.True(t, changed)
	assert.True(t, specOf().Spec.Suspend)
	changed, err = inspect.Suspend(t.Context(), c, "shop", "site-web")
	require.NoError(t, err)
	assert.False(t, changed)

	_, err = inspect.Request(t.Context(), c, "shop", "site-web", noon)
	var suspended *inspect.SuspendedError
	require.ErrorAs(t, err, &suspended)
	assert.Equal(t, &inspect.SuspendedError{Namespace: "shop", Name: "site-web"}, suspended)

	changed, err = inspect.Resume(t.Context(), c, "shop", "site-web")
	require.NoError(t, err)
	assert.True(t, changed)
	token, err := inspect.Request(t.Context(), c, "shop", "site-web", noon)
	require.NoError(t, err)
	w := specOf()
	assert.Equal(t, "2026-05-01T12:00:00Z", token)
	assert.Equal(t, map[string]string{v1alpha1.ReconcileRequestAnnotation: token}, w.Annotations)
	text, err := json.Marshal(w.Spec)
	require.NoError(t, err)
	want, err := json.Marshal(instance(t).Spec)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(text), "nothing else is written")

	ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	_, err = inspect.Await(ctx, c, "shop", "site-web", token)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	w.Status.LastHandledReconcileAt = token
	require.NoError(t, c.Update(t.Context(), &w))
	done, err := inspect.Await(t.Context(), c, "shop", "site-web", token)
	require.NoError(t, err)
	assert.Equal(t, inspect.Instance{
		Namespace: "shop", Name: "site-web", Workflow: "site", Ready: "Unknown", Reason: "Wait", Message: "Awaiting Workflow site to be ready.",
		Steps: "1/11", Created: done.Created,
	}, done)
}
