// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

// manifestOf is a Deployment with an item of a list and a label for each word.
func manifestOf(marks string, words ...string) string {
	labels, env := "", ""
	for _, w := range words {
		labels += ", " + w + ": here"
		env += ", {name: " + w + ", value: here}"
	}
	return strings.NewReplacer("MARKS", marks, ", LABELS", labels, ", ENV", env).Replace(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, labels: {team: a, LABELS}MARKS}
spec:
  replicas: 0
  selector: {matchLabels: {app: one}}
  template:
    metadata: {labels: {app: one}}
    spec:
      containers:
        - {name: app, image: "registry.example.com/app:1", env: [{name: always, value: here}, ENV]}
`)
}

// words are those that an object has.
func words(t *testing.T, o map[string]any) []string {
	t.Helper()
	containers, _, err := unstructured.NestedSlice(o, "spec", "template", "spec", "containers")
	require.NoError(t, err)
	env, _, err := unstructured.NestedSlice(containers[0].(map[string]any), "env")
	require.NoError(t, err)
	out := []string{}
	for _, e := range env {
		name := e.(map[string]any)["name"].(string)
		_, labelled := (&unstructured.Unstructured{Object: o}).GetLabels()[name]
		if name != "always" {
			assert.True(t, labelled, "the label %s", name)
			out = append(out, name)
		}
	}
	assert.Len(t, (&unstructured.Unstructured{Object: o}).GetLabels(), 1+len(out))
	return out
}

const (
	fluxMarks = `, annotations: {korender.dev/rendered: "HASH", kustomize.toolkit.fluxcd.io/prune: disabled}`
	argoMarks = `, annotations: {korender.dev/rendered: "HASH", argocd.argoproj.io/tracking-id: "x", argocd.argoproj.io/sync-options: "Prune=false,Delete=false"}`
)

// TestWhatLeavesWithTheMove changes a program in the commit that hands an object over: what is not wanted any more goes,
// items of lists too, and what others have set stays.
func TestWhatLeavesWithTheMove(t *testing.T) {
	t.Parallel()
	for tool, marks := range map[string]string{"flux": fluxMarks, "argocd": argoMarks} {
		t.Run(tool+", to live", func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.gitApplies(tool, strings.ReplaceAll(manifestOf(marks, "kept", "dropped"), "HASH", hash))
			want := b.object(manifestOf("", "kept"))
			id := b.id(want)
			uid := b.uid(id)
			b.merge(id, `{"metadata":{"annotations":{"others.example.com/x":"y"}}}`)
			b.run(b.patch(want, "'spec'"))
			after := b.get(id)
			assert.Equal(t, []string{"kept"}, words(t, after))
			assert.Equal(t, "y", (&unstructured.Unstructured{Object: after}).GetAnnotations()["others.example.com/x"])
			assert.Equal(t, uid, b.uid(id))
			assert.Empty(t, said(b.run(b.action(render.Leave, want))), "that was all")
		})
		t.Run(tool+", to git", func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			first := b.object(manifestOf("", "kept", "dropped"))
			id := b.id(first)
			b.run(b.action(render.Create, first))
			uid := b.uid(id)
			b.merge(id, `{"metadata":{"annotations":{"others.example.com/x":"y"}}}`)
			want := b.object(manifestOf("", "kept"))
			sum, err := render.TargetHash(want)
			require.NoError(t, err)
			b.gitApplies(tool, strings.ReplaceAll(manifestOf(marks, "kept"), "HASH", sum))
			b.instance.Spec.Applied = []v1alpha1.AppliedObject{{
				ObjectReference: v1alpha1.ObjectReference{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}, Hash: sum,
			}}
			waits := &render.Plan{Steps: []render.Step{{Path: "deployment", Logic: "ResourceFunction/x", Object: &id, Outcome: render.Outcome{Type: render.Retry}}}}
			r := b.with(waits, planOf([]render.Action{b.action(render.Leave, want)}))
			assert.Equal(t, []string{"Released Deployment/one: git applies it"}, said(r))
			after := b.get(id)
			assert.Equal(t, []string{"kept"}, words(t, after))
			annotations := (&unstructured.Unstructured{Object: after}).GetAnnotations()
			assert.Equal(t, "y", annotations["others.example.com/x"])
			assert.Equal(t, sum, annotations[render.RenderedHash])
			assert.NotContains(t, annotations, v1alpha1.InstanceAnnotation)
			assert.Equal(t, uid, b.uid(id))
			for _, m := range managers(after) {
				assert.NotContains(t, m, "korender-live")
			}
		})
	}
}
