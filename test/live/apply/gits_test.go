// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// gitHolds has git apply an object of a step that may defer, and runs the instance, whose inventory then holds it.
func (b *bench) gitHolds(name string) manifest.ID {
	b.Helper()
	o := b.object(strings.ReplaceAll(configMap, "name: one", "name: "+name+", annotations: {korender.dev/rendered: 'sha256:x', argocd.argoproj.io/tracking-id: a}"))
	b.applyAs("argocd-controller", o)
	id := b.id(o)
	b.instance.Spec.Applied = append(b.instance.Spec.Applied, v1alpha1.AppliedObject{
		ObjectReference: v1alpha1.ObjectReference{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name},
		Hash:            "sha256:x", Delete: v1alpha1.DeletedByLive,
	})
	version := versionOf(b.get(id))
	plan := planOf([]render.Action{{Verb: render.Leave, ID: id, Step: "database", Outcome: render.Outcome{Type: render.Ok}}})
	r := b.with(plan, plan)
	assert.Empty(b, r.Changes)
	require.NotEmpty(b, r.Inventory)
	last := r.Inventory[len(r.Inventory)-1]
	assert.Equal(b, "git:sha256:x", last.Hash)
	assert.Equal(b, b.uid(id), last.UID)
	assert.Equal(b, version, versionOf(b.get(id)), "nothing is written")
	return id
}

func versionOf(o map[string]any) string {
	return (&unstructured.Unstructured{Object: o}).GetResourceVersion()
}

// The tool is told to keep what git applies of a step that may defer: when nobody wants it any more, live deletes it.
func TestWhatOnlyLiveDeletes(t *testing.T) {
	t.Parallel()
	empty := &render.Plan{}
	for name, tc := range map[string]struct {
		before func(b *bench, id manifest.ID)
		said   []string
		gone   bool
	}{
		"git skips its step": {
			said: []string{"Deleted ConfigMap/db: no longer wanted"}, gone: true,
		},
		"git renders it in another way": {
			before: func(b *bench, id manifest.ID) {
				b.merge(id, `{"metadata":{"annotations":{"korender.dev/rendered":null}}}`)
			},
			said: []string{"Released ConfigMap/db: a GitOps tool holds it"},
		},
		"another instance renders it": {
			before: func(b *bench, id manifest.ID) {
				b.merge(id, `{"metadata":{"annotations":{"korender.dev/rendered":"sha256:other"}}}`)
			},
			said: []string{"Released ConfigMap/db: git applies it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.gitHolds("db")
			uid := b.uid(id)
			b.instance.Spec.Applied = nil
			if tc.before != nil {
				tc.before(b, id)
			}
			r := b.with(empty, empty)
			assert.Equal(t, tc.said, said(r))
			assert.Empty(t, r.Inventory)
			if tc.gone {
				assert.Nil(t, b.get(id))
			} else {
				assert.Equal(t, uid, b.uid(id))
			}
		})
	}
}

// What git applied goes with the application, after what was built on it; what live never saw, too.
func TestTearDownOfWhatGitApplied(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	db := b.gitHolds("db")
	app := b.create("app", "app", nil)
	b.merge(app, `{"metadata":{"finalizers":["keep.test/it"]}}`)
	r := b.tearDown()
	assert.Equal(t, []string{"Deleted ConfigMap/app: no longer wanted"}, said(r))
	assert.NotNil(t, b.get(db))
	b.merge(app, `{"metadata":{"finalizers":null}}`)
	r = b.tearDown()
	assert.True(t, r.Done)
	assert.Equal(t, []string{"Deleted ConfigMap/db: no longer wanted"}, said(r))
	assert.Nil(t, b.get(db))

	unseen := newBench(t)
	id := unseen.gitHolds("db")
	unseen.instance.Status.Inventory = nil
	r = unseen.tearDown()
	assert.True(t, r.Done)
	assert.Nil(t, unseen.get(id))
}

// The database moves from live to git and back; its entry stays in its place, and it is never deleted.
func TestWhatOnlyLiveDeletesMoves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(configMap)
	id := b.id(want)
	b.run(b.action(render.Create, want))
	b.create("app", "app", nil)
	uid := b.uid(id)

	b.merge(id, `{"metadata":{"annotations":{"korender.dev/rendered":"sha256:x"}}}`) // git applies it
	b.instance.Spec.Applied = []v1alpha1.AppliedObject{{
		ObjectReference: v1alpha1.ObjectReference{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name},
		Hash:            "sha256:x", Delete: v1alpha1.DeletedByLive,
	}}
	plan := planOf([]render.Action{{Verb: render.Leave, ID: id, Step: "configmap", Outcome: render.Outcome{Type: render.Ok}}})
	r := b.with(plan, plan)
	assert.Equal(t, []string{"Released ConfigMap/one: git applies it"}, said(r)[:1])
	assert.Equal(t, "git:sha256:x", r.Inventory[0].Hash)
	assert.Empty(t, b.with(plan, plan).Changes)
	for _, m := range managers(b.get(id)) {
		assert.NotContains(t, m, apply.Manager)
	}

	b.instance.Spec.Applied = nil // and back
	r = b.run(b.action(render.Leave, b.object(configMap)))
	assert.Contains(t, said(r)[0], "TookOver ConfigMap/one")
	assert.NotContains(t, r.Inventory[0].Hash, "git:")
	assert.Equal(t, uid, b.uid(id))
	assert.NotContains(t, b.requests("one"), "delete")
}

// Nothing is pruned before it was unwanted for the time of grace.
func TestPruneWaitsForTheGrace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("old", "old", nil)
	empty := &render.Plan{}
	request := b.request(empty, empty, &render.Objects{})
	request.Grace = time.Minute
	r := b.applier.Apply(t.Context(), b.client, request)
	assert.Empty(t, r.Changes)
	assert.Equal(t, time.Minute, r.Requeue)
	request.Now = request.Now.Add(time.Minute)
	r = b.applier.Apply(t.Context(), b.client, request)
	assert.Equal(t, []string{"Deleted ConfigMap/old: no longer wanted"}, said(r))
	assert.Nil(t, b.get(id))
}
