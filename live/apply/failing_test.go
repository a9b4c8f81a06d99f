// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

func TestOneFailureStopsNoOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err     error
		message string
		requeue time.Duration
	}{
		"422": {immutable(), "create ConfigMap/ns/b: Invalid (spec.selector: FieldValueInvalid, spec.ports[0].port: FieldValueRequired)", muchMore},
		"429": {apierrors.NewTooManyRequests("x", 7), "create ConfigMap/ns/b: TooManyRequests", 7 * time.Second},
		"503": {apierrors.NewServiceUnavailable("x"), "create ConfigMap/ns/b: ServiceUnavailable", time.Second},
		"403": {apierrors.NewForbidden(configMaps, "b", nil), "create ConfigMap/ns/b: Forbidden", later},
		"409": {apierrors.NewAlreadyExists(configMaps, "b"), "create ConfigMap/ns/b: AlreadyExists", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, failOnce("apply b", c.err))
			a := New()
			r := requestFor(instance(), nil, actionFor(render.Create, "a"), actionFor(render.Create, "b"), actionFor(render.Create, "c"))
			got := a.Apply(t.Context(), s, r)
			assert.Equal(t, []string{"Created a: ", "Failed b: " + c.message, "Created c: "}, said(got))
			assert.Equal(t, []string{"a", "c"}, names(got))
			assert.Equal(t, c.requeue, got.Requeue)
			require.ErrorIs(t, got.Changes[1].Err, c.err)
			assert.Equal(t, []string{"apply a", "apply b", "apply c"}, s.took())

			// Until then it is told, and not tried; another target is tried at once.
			again := requestFor(instance(), nil, actionFor(render.Create, "b"))
			again.Now = r.Now.Add(c.requeue - time.Second/2)
			assert.Equal(t, []string{"Failed b: " + c.message}, said(a.Apply(t.Context(), s, again)))
			assert.Empty(t, s.took())
			again.Plan.Actions[0].Target["data"] = m{"a": "other"}
			assert.Equal(t, []string{"Created b: "}, said(a.Apply(t.Context(), s, again)))
		})
	}
}

func TestFailuresBackOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, failTimes("apply a", 3, apierrors.NewServiceUnavailable("x")))
	a, r := New(), requestFor(instance(), nil, actionFor(render.Create, "a"))
	var waits []time.Duration
	for range 4 {
		got := a.Apply(t.Context(), s, r)
		waits = append(waits, got.Requeue)
		r.Now = r.Now.Add(got.Requeue)
	}
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 0}, waits)
}

func TestConflictOfManagers(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(call string) error {
		if call == "apply cm" {
			return conflict()
		}
		return nil
	})
	live := s.made(t, there(func(m, m) {}))
	a, r := New(), requestFor(instance(), []m{live}, actionFor(render.Patch, "cm"))
	got := a.Apply(t.Context(), s, r)
	assert.Equal(t, []string{`Blocked cm: conflict with "them": .data.a`}, said(got))
	assert.Equal(t, []string{"apply cm"}, s.took(), "once")
	assert.Equal(t, later, got.Requeue)
	assert.Empty(t, got.Inventory)
	assert.Equal(t, []string{`Blocked cm: conflict with "them": .data.a`}, said(a.Apply(t.Context(), s, r)))
	assert.Empty(t, s.took())

	// Whoever writes to the object may have given the field free: that is tried soon, and ever more seldom.
	at := r.Now
	for i, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		changed := runtime.DeepCopyJSON(live)
		changed["metadata"].(m)["resourceVersion"] = strconv.Itoa(1000 + i)
		r = requestFor(instance(), []m{changed}, actionFor(render.Patch, "cm"))
		r.Now = at.Add(pause - time.Millisecond)
		assert.Equal(t, time.Millisecond, a.Apply(t.Context(), s, r).Requeue)
		assert.Empty(t, s.took(), "too early")
		at = at.Add(pause)
		r.Now = at
		a.Apply(t.Context(), s, r)
		assert.Equal(t, []string{"apply cm"}, s.took())
	}
}

func TestRefusedDeleteStaysInTheInventory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call string
		err  error
		said string
	}{
		"may not delete":  {"delete cm", apierrors.NewForbidden(configMaps, "cm", nil), "Failed cm: delete ConfigMap/ns/cm: Forbidden"},
		"may not read":    {"get cm", apierrors.NewForbidden(configMaps, "cm", nil), "Failed cm: read ConfigMap/ns/cm: Forbidden"},
		"does not answer": {"delete cm", apierrors.NewServiceUnavailable("x"), "Failed cm: delete ConfigMap/ns/cm: ServiceUnavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(call string) error {
				if call == c.call {
					return c.err
				}
				return nil
			})
			w := instance()
			live := s.made(t, there(marked(self)))
			w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", uidOf(live)), entryFor("gone", "x")}
			r := requestFor(w, nil)
			r.AtGit = &render.Plan{}
			got := New().Apply(t.Context(), s, r)
			assert.Equal(t, []string{c.said}, said(got))
			assert.Equal(t, []string{"cm"}, names(got), "the other one is not there any more")
			assert.Equal(t, []Removed{{ID: idNamed("gone"), UID: "x"}}, got.Removed)
			got = New().TearDown(t.Context(), s, &Request{Instance: w, Now: r.Now})
			assert.False(t, got.Done)
			assert.Equal(t, []string{"cm"}, names(got))
		})
	}
}

func TestEndOfTheContextKeepsTheInventory(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, nil)
	s.fails = func(string) error { cancel(); return nil }
	w := instance()
	w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("old", "x")}
	r := requestFor(w, nil, actionFor(render.Create, "a"), actionFor(render.Create, "b"))
	r.AtGit = &render.Plan{}
	got := New().Apply(ctx, s, r)
	assert.Equal(t, []string{"Created a: "}, said(got))
	assert.Equal(t, []string{"old", "a"}, names(got))
	assert.Len(t, w.Status.Inventory, 1, "the request is not changed")
}

func TestEndOfAKind(t *testing.T) {
	t.Parallel()
	gone := &meta.NoKindMatchError{GroupKind: schema.GroupKind{Kind: "ConfigMap"}}
	for name, c := range map[string]struct {
		served bool
		done   bool
		said   []string
	}{
		"not served any more":                 {false, true, nil},
		"not served any more in this version": {true, false, []string{"Failed cm: read ConfigMap/ns/cm: NotServed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(string) error { return gone })
			mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v2"}})
			if c.served {
				mapper.Add(schema.GroupVersionKind{Version: "v2", Kind: "ConfigMap"}, meta.RESTScopeNamespace)
			}
			s.mapper = mapper
			w := instance()
			w.Status.Inventory = []v1alpha1.InventoryEntry{entryFor("cm", "u")}
			got := New().TearDown(t.Context(), s, &Request{Instance: w})
			assert.Equal(t, c.done, got.Done)
			assert.Equal(t, c.said, said(got))
		})
	}
}

func TestTargetThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	action := actionFor(render.Create, "a")
	action.Target["f"] = func() {}
	got := New().Apply(t.Context(), newServer(t, nil), requestFor(instance(), nil, action))
	assert.Equal(t, []string{"Failed a: write ConfigMap/ns/a: NotJSON"}, said(got))
	var f *Failure
	require.ErrorAs(t, got.Changes[0].Err, &f)
	assert.True(t, f.Permanent)
}
