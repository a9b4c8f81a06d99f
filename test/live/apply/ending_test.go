// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// create makes a ConfigMap of the instance in a step of its own.
func (b *bench) create(step, name string, change func(*render.Action)) manifest.ID {
	b.Helper()
	o := b.object(strings.ReplaceAll(configMap, "one", name))
	a := b.action(render.Create, o)
	a.Step = step
	if change != nil {
		change(&a)
	}
	r := b.with(planOf([]render.Action{a}), nil)
	assert.Equal(b, []string{"Created ConfigMap/" + name}, said(r))
	return a.ID
}

func TestPrune(t *testing.T) {
	t.Parallel()
	deferred := &render.Plan{Steps: []render.Step{{Path: "configmap", Logic: "ResourceFunction/x", Outcome: render.Outcome{Type: render.Deferred}}}}
	skipped := &render.Plan{Steps: []render.Step{{Path: "configmap", Logic: "ResourceFunction/x", Outcome: render.Outcome{Type: render.Skip}}}}
	waiting := &render.Plan{Steps: []render.Step{{Path: "configmap", Logic: "ResourceFunction/x", Outcome: render.Outcome{Type: render.Retry}}}}
	for name, c := range map[string]struct {
		plan, git *render.Plan
		action    func(*render.Action)
		before    func(b *bench, id manifest.ID)
		said      string
		exists    bool
		deletes   int
	}{
		"the step is gone":        {&render.Plan{}, &render.Plan{}, nil, nil, "Deleted ConfigMap/one: no longer wanted", false, 1},
		"git skips it":            {skipped, skipped, nil, nil, "Deleted ConfigMap/one: no longer wanted", false, 1},
		"observed values skip it": {skipped, deferred, nil, nil, "", true, 0},
		"observed values skip it, and the function says destroy": {skipped, deferred,
			func(a *render.Action) { a.Delete = render.DeleteDestroy }, nil, "Deleted ConfigMap/one: no longer wanted", false, 1},
		"the function says abandon": {&render.Plan{}, &render.Plan{},
			func(a *render.Action) { a.Delete = render.DeleteAbandon }, nil, "Abandoned ConfigMap/one: no longer wanted, and kept", true, 0},
		"the step waits": {waiting, skipped, nil, nil, "", true, 0},
		"the mark was taken away": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"annotations":{"korender.dev/instance":null}}}`)
		}, "Abandoned ConfigMap/one: no longer wanted, and kept", true, 0},
		"another instance has it": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"annotations":{"korender.dev/instance":"x/y"}}}`)
		}, "Released ConfigMap/one: it belongs to instance x/y", true, 0},
		"another instance claims it": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.claimed = map[manifest.Key]types.NamespacedName{id.Key(): {Namespace: "x", Name: "y"}}
		}, "Released ConfigMap/one: it belongs to instance x/y", true, 0},
		"git applies it again": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"annotations":{"korender.dev/rendered":"sha256:1"}}}`)
		}, "Released ConfigMap/one: git applies it", true, 0},
		"Argo CD tracks it": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"x"}}}`)
		}, "Released ConfigMap/one: a GitOps tool holds it", true, 0},
		"Argo CD tracks it by label": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"labels":{"app.kubernetes.io/instance":"x"}}}`)
		}, "Released ConfigMap/one: a GitOps tool holds it", true, 0},
		"the target has that label itself": {&render.Plan{}, &render.Plan{}, func(a *render.Action) {
			a.Target["metadata"].(map[string]any)["labels"] = map[string]any{"app.kubernetes.io/instance": "x"}
		}, nil, "Deleted ConfigMap/one: no longer wanted", false, 1},
		"Flux holds it": {&render.Plan{}, &render.Plan{}, nil, func(b *bench, id manifest.ID) {
			b.merge(id, `{"metadata":{"labels":{"kustomize.toolkit.fluxcd.io/name":"x"}}}`)
		}, "Released ConfigMap/one: a GitOps tool holds it", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.create("configmap", "one", c.action)
			if c.before != nil {
				c.before(b, id)
			}
			r := b.with(c.plan, c.git)
			assert.Equal(t, c.said, strings.Join(said(r), "\n"))
			o := b.get(id)
			assert.Equal(t, c.exists, o != nil)
			deletes := 0
			for _, verb := range b.requests("one") {
				if verb == "delete" {
					deletes++
				}
			}
			assert.Equal(t, c.deletes, deletes)
			if c.said == "" {
				assert.Len(t, r.Inventory, 1)
				return
			}
			assert.Empty(t, r.Inventory)
			if o != nil {
				assert.Equal(t, map[string]any{"a": "1", "b": "2"}, o["data"], "what stays keeps every field")
			}
		})
	}
}

func TestPruneNeverDeletesAnotherObjectOfTheSameName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("configmap", "one", nil)
	old := b.uid(id)
	b.deleteIt(id)
	b.applyAs("them", b.object(configMap))
	none := &render.Plan{}
	r := b.with(none, none)
	assert.Empty(t, said(r))
	assert.Empty(t, r.Inventory)
	assert.Equal(t, []apply.Removed{{ID: id, UID: old}}, r.Removed)
	assert.NotNil(t, b.get(id))
	assert.Equal(t, []string{"patch", "delete", "patch"}, b.requests("one"), "ours, and what the test did")
}

// TestDeleteIsHeldToTheUID makes a new object of the same name between the look and the delete.
func TestDeleteIsHeldToTheUID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("configmap", "one", nil)
	between := &interposed{Client: server.Client, before: sync.OnceFunc(func() {
		b.deleteIt(id)
		b.applyAs("them", b.object(configMap))
	})}
	r := b.applier.Apply(t.Context(), between, b.request(&render.Plan{}, &render.Plan{}, nil))
	assert.Empty(t, said(r))
	assert.Empty(t, r.Inventory)
	assert.NotNil(t, b.get(id))
}

// TestGuardsHoldUntilTheDelete has git apply an object between the look and the delete.
func TestGuardsHoldUntilTheDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("configmap", "one", nil)
	uid := b.uid(id)
	b.client = &interposed{Client: server.Client, before: sync.OnceFunc(func() { b.gitApplies("flux", fluxManifest) })}
	none := &render.Plan{}
	assert.Equal(t, []string{"Released ConfigMap/one: git applies it"}, said(b.with(none, none)))
	assert.Equal(t, uid, b.uid(id))
}

// TestLettingGoKeepsWhatOthersHold has another manager write between the look and the patch of the managed fields.
func TestLettingGoKeepsWhatOthersHold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("configmap", "one", func(a *render.Action) { a.Delete = render.DeleteAbandon })
	b.client = &interposed{Client: server.Client, before: sync.OnceFunc(func() {
		b.applyAs("them", b.object(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {theirs: x}}`))
	})}
	none := &render.Plan{}
	assert.Equal(t, []string{"Abandoned ConfigMap/one: no longer wanted, and kept"}, said(b.with(none, none)))
	o := b.get(id)
	assert.Equal(t, []string{"them Apply"}, managers(o))
	assert.Equal(t, map[string]any{"a": "1", "b": "2", "theirs": "x"}, o["data"])
}

func TestFinalizerThatRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.create("configmap", "one", nil)
	b.merge(id, `{"metadata":{"finalizers":["keep.test/it"]}}`)
	none := &render.Plan{}
	r := b.with(none, none)
	assert.Equal(t, []string{"Deleted ConfigMap/one: no longer wanted"}, said(r))
	assert.Equal(t, []string{"ConfigMap/one destroy"}, entries(r), "it stays until it is gone")
	assert.Positive(t, r.Requeue)
	for range 3 {
		b.now = b.now.Add(time.Minute)
		r = b.with(none, none)
		assert.Equal(t, []string{"Blocked ConfigMap/one: it is being deleted, and waits for its finalizers: keep.test/it"}, said(r))
		assert.Len(t, r.Inventory, 1)
	}
	assert.Equal(t, []string{"patch", "patch", "delete"}, b.requests("one"), "one delete is enough")
	// What is on its way out is neither patched nor made anew.
	want := b.object(configMap)
	assert.Equal(t, []string{"Blocked ConfigMap/one: it is being deleted"}, said(b.run(b.patch(want, "x"))))

	b.merge(id, `{"metadata":{"finalizers":null}}`)
	r = b.with(none, none)
	assert.Empty(t, said(r))
	assert.Empty(t, r.Inventory)
	assert.Len(t, r.Removed, 1)
}

func TestTearDownWaitsForEachStep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := map[string]manifest.ID{}
	for _, step := range []string{"first", "second[0]", "second[1]", "third"} {
		name := strings.NewReplacer("[", "-", "]", "").Replace(step)
		ids[name] = b.create(step, name, nil)
	}
	for _, id := range ids {
		b.merge(id, `{"metadata":{"finalizers":["keep.test/it"]}}`)
	}
	for _, stage := range [][]string{{"third"}, {"second-1", "second-0"}, {"first"}} {
		var deleted []string
		for _, name := range stage {
			deleted = append(deleted, fmt.Sprintf("Deleted ConfigMap/%s: no longer wanted", name))
		}
		r := b.tearDown()
		assert.Equal(t, deleted, said(r))
		assert.False(t, r.Done)
		r = b.tearDown() // and waits
		assert.Len(t, r.Changes, len(stage))
		assert.Equal(t, apply.Blocked, r.Changes[0].Verb)
		for _, name := range stage {
			b.merge(ids[name], `{"metadata":{"finalizers":null}}`)
		}
	}
	r := b.tearDown()
	assert.True(t, r.Done)
	assert.Empty(t, r.Inventory)
}

func TestTearDownOfEverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	own := b.create("first", "own", nil)
	kept := b.create("second", "kept", func(a *render.Action) { a.Delete = render.DeleteAbandon })
	gits := b.create("third", "gits", nil)
	b.create("fourth", "gone", nil)
	b.givenToGit(gits)
	b.deleteIt(manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "gone"})
	r := b.tearDown()
	assert.True(t, r.Done)
	assert.Equal(t, []string{
		"Released ConfigMap/gits: git applies it", "Abandoned ConfigMap/kept: no longer wanted, and kept", "Deleted ConfigMap/own: no longer wanted",
	}, said(r))
	assert.Nil(t, b.get(own))
	assert.Equal(t, map[string]any{"a": "1", "b": "2"}, b.get(kept)["data"])
	assert.NotNil(t, b.get(gits))
}
