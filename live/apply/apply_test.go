// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

func TestCompetingCreationWaitsForTheDelay(t *testing.T) {
	t.Parallel()
	s := newServer(t, failOnce("apply a", apierrors.NewConflict(configMaps, "a", nil)))
	action := actionFor(render.Create, "a")
	action.Delay = 30
	got := New().Apply(t.Context(), s, requestFor(instance(), nil, action))
	assert.Equal(t, []string{"Failed a: create ConfigMap/ns/a: Conflict"}, said(got))
	assert.Equal(t, 30*time.Second, got.Requeue)
	assert.Empty(t, got.Inventory)
}

func TestLeastIntervalBetweenWrites(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	live := s.made(t, there(func(m, m) {}))
	action := actionFor(render.Patch, "cm")
	action.Delay = 10
	a, r := New(), requestFor(instance(), []m{live}, action)
	assert.Equal(t, []string{"Patched cm: due to 'data' -> 'a'"}, said(a.Apply(t.Context(), s, r)))
	r.Now = r.Now.Add(4 * time.Second)
	got := a.Apply(t.Context(), s, r)
	assert.Equal(t, []string{"Postponed cm: due to 'data' -> 'a'"}, said(got))
	assert.Equal(t, 6*time.Second, got.Requeue)
	r.Now = r.Now.Add(6 * time.Second)
	assert.Equal(t, []string{"Patched cm: due to 'data' -> 'a'"}, said(a.Apply(t.Context(), s, r)))
	r.Now = r.Now.Add(10 * time.Second)
	assert.Equal(t, []string{"NotConverging cm: it differs again after every write: 'data' -> 'a'"}, said(a.Apply(t.Context(), s, r)))
	assert.Equal(t, []string{"apply cm", "apply cm"}, s.took())
	a.Forget("instance")
	assert.Equal(t, []string{"Patched cm: due to 'data' -> 'a'"}, said(a.Apply(t.Context(), s, r)))
}

func TestNothingIsPrunedWhileOthersMayClaimIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	w := instance()
	live := s.made(t, there(marked(self)))
	w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", uidOf(live))}
	r := requestFor(w, nil)
	r.AtGit, r.KeepAll = &render.Plan{}, true
	got := New().Apply(t.Context(), s, r)
	assert.Empty(t, got.Changes)
	assert.Equal(t, w.Status.Inventory, got.Inventory)
	assert.Empty(t, s.took())
}

// TestDeletedIfItExists follows an object that a function deletes until its entry is gone.
func TestDeletedIfItExists(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	w := instance()
	live := s.made(t, there(marked(self)))
	w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", uidOf(live))}
	r := requestFor(w, []m{live}, actionFor(render.Delete, "cm"))
	r.AtGit = &render.Plan{Steps: []render.Step{step("cm", render.Deferred, "cm")}}
	r.Plan.Steps = []render.Step{step("cm", render.Retry, "cm")}
	got := New().Apply(t.Context(), s, r)
	assert.Equal(t, []string{"Deleted cm: the function deletes it if it exists"}, said(got))
	w.Status.Inventory = got.Inventory
	r = requestFor(w, nil)
	r.AtGit = &render.Plan{Steps: []render.Step{step("cm", render.Deferred, "cm")}}
	r.Plan.Steps = []render.Step{step("cm", render.Ok, "cm")}
	got = New().Apply(t.Context(), s, r)
	assert.Empty(t, got.Changes)
	assert.Empty(t, got.Inventory)
}

func TestWhatOutlivesItsOwnerHasNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy render.DeletePolicy
		owners int
	}{"destroyed with it": {render.DeleteDefault, 1}, "kept": {render.DeleteAbandon, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			action := actionFor(render.Create, "cm")
			action.Delete = c.policy
			metadataOf(action.Target)["ownerReferences"] = l{m{"apiVersion": "x/v1", "kind": "X", "name": "x", "uid": "instance"}}
			New().Apply(t.Context(), s, requestFor(instance(), nil, action))
			assert.Len(t, (&unstructured.Unstructured{Object: s.now(t)}).GetOwnerReferences(), c.owners)
		})
	}
}

func TestTwoStepsOfOneObject(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	first, second := actionFor(render.Create, "a"), actionFor(render.Create, "a")
	second.Step = "second"
	got := New().Apply(t.Context(), s, requestFor(instance(), nil, first, second))
	assert.Equal(t, []string{"Created a: ", "Blocked a: step a builds it, too"}, said(got))
	assert.Equal(t, []string{"apply a"}, s.took())
	assert.Equal(t, []string{"a"}, names(got))
}
