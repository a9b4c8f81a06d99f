// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

// TestKilledWhileTakingOver stops a take-over after each of its calls; the next run ends it.
func TestKilledWhileTakingOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call string
	}{
		"before the first write":  {"patch cm"},
		"before the second write": {"apply cm"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, failOnce(c.call, context.Canceled))
			w := instance()
			live := s.made(t, there(func(_, annotations m) { annotations[render.RenderedHash] = "sha256:x" }))
			uid := uidOf(live)
			got := New().Apply(t.Context(), s, requestFor(w, []m{live}, actionFor(render.Leave, "cm")))
			assert.Equal(t, []string{"Failed cm: take over ConfigMap/ns/cm: Cancelled"}, said(got))
			assert.Empty(t, got.Inventory)
			o := &unstructured.Unstructured{Object: s.now(t)}
			assert.Equal(t, map[string]string{render.RenderedHash: "sha256:x"}, o.GetAnnotations(), "it is still git's")

			// The status was never written.
			got = New().Apply(t.Context(), s, requestFor(w, []m{s.now(t)}, actionFor(render.Leave, "cm")))
			assert.Equal(t, []string{"TookOver cm: from git"}, said(got))
			require.Len(t, got.Inventory, 1)
			assert.Equal(t, uid, got.Inventory[0].UID)
			o = &unstructured.Unstructured{Object: s.now(t)}
			assert.Equal(t, map[string]string{v1alpha1.InstanceAnnotation: self.String()}, o.GetAnnotations())
			assert.Equal(t, uid, o.GetUID())
		})
	}
}

// A tool applies objects one after the other: what is ours and git has applied stays as git has it until the instance
// says so, and is taken back when it never does.
func TestGitArrivesBeforeTheInstance(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	live := s.made(t, there(func(metadata, annotations m) {
		marked(self)(metadata, annotations)
		annotations[render.RenderedHash] = "sha256:x"
	}))
	w := instance()
	w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", uidOf(live))}
	a, r := New(), requestFor(w, []m{live}, actionFor(render.Patch, "cm"))
	for range 3 {
		got := a.Apply(t.Context(), s, r)
		assert.Equal(t, []string{"Postponed cm: git has applied it, and is to say so in the instance"}, said(got))
		assert.Equal(t, w.Status.Inventory, got.Inventory)
		assert.Empty(t, s.took())
		r.Now = r.Now.Add(patience / 4)
	}
	r.Now = r.Now.Add(patience)
	got := a.Apply(t.Context(), s, r)
	assert.Equal(t, []string{"TookOver cm: from git, which does not say in the instance that it applies it"}, said(got))
}

func (s *server) now(t *testing.T) m {
	t.Helper()
	o := object(oneID)
	require.NoError(t, s.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	return o.Object
}

// TestOthersWriteMeanwhile has an object change between each look and the delete that follows it.
func TestOthersWriteMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		times int
		said  []string
	}{
		"a few times": {3, []string{"Deleted cm: no longer wanted"}},
		"always":      {100, []string{"Failed cm: delete ConfigMap/ns/cm: Conflict"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, failTimes("delete cm", c.times, apierrors.NewConflict(configMaps, "cm", nil)))
			w := instance()
			live := s.made(t, there(marked(self)))
			w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", uidOf(live))}
			r := requestFor(w, nil)
			r.AtGit = &render.Plan{}
			assert.Equal(t, c.said, said(New().Apply(t.Context(), s, r)))
		})
	}
}

// TestGuardsAreLookedAtAgain has somebody else put a mark on the object after the cache has read it.
func TestGuardsAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	for name, verb := range map[string]render.Verb{"recreate": render.Recreate, "deleteIfExists": render.Delete} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			now := s.made(t, there(marked(other)))
			cached := there(marked(self))
			metadataOf(cached)["uid"] = metadataOf(now)["uid"]
			got := New().Apply(t.Context(), s, requestFor(instance(), []m{cached}, actionFor(verb, "cm")))
			assert.Empty(t, said(got))
			assert.NotContains(t, s.took(), "delete cm")
		})
	}
}

func TestManyInstancesAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	a := New()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			w := instance()
			w.Name = "w" + strconv.Itoa(i)
			w.UID = types.UID(w.Name)
			got := a.Apply(context.Background(), s, requestFor(w, nil, actionFor(render.Create, w.Name)))
			assert.Len(t, got.Inventory, 1)
			a.Forget(w.UID)
		})
	}
	all.Wait()
	assert.Empty(t, a.records)
}
