// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/korender/korender/live/api/v1alpha1"
)

// A cache that lags behind must not make a run forget what it answers for.
func TestLatest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, written, cached string
		uid                   string
		want                  int // entries
	}{
		{"the cache lags", "100", "99", "uid-a", 1},
		{"by a digit", "100", "99", "uid-a", 1},
		{"the cache is current", "100", "100", "uid-a", 0},
		{"the cache is ahead", "99", "100", "uid-a", 0},
		{"another object of this name", "100", "99", "uid-new", 0},
		{"versions that do not count", "b", "a", "uid-a", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLatest()
			written := instance("a", "kept")
			written.ResourceVersion = tc.written
			l.wrote(written)
			seen := instance("a")
			seen.UID, seen.ResourceVersion = "uid-a", tc.cached
			if tc.uid != "uid-a" {
				seen.UID = "uid-new"
			}
			l.restore(seen)
			assert.Len(t, seen.Status.Inventory, tc.want)
		})
	}
	l := newLatest()
	l.restore(instance("a"))
	uid, known := l.forget(named("a"))
	assert.Equal(t, "uid-a", string(uid))
	assert.True(t, known)
	_, known = l.forget(named("a"))
	assert.False(t, known)
}

// The same export is written once.
func TestExported(t *testing.T) {
	t.Parallel()
	l, w := newLatest(), instance("a")
	w.Spec.Export = "values"
	assert.False(t, l.exported(w, map[string]string{}))
	l.export(w, map[string]string{"ip": "10.0.0.1"})
	assert.True(t, l.exported(w, map[string]string{"ip": "10.0.0.1"}))
	assert.False(t, l.exported(w, map[string]string{"ip": "10.0.0.2"}))
}

// Only what asks for a run starts one; our own status does not.
func TestAsked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*v1alpha1.WorkflowInstance)
		want   bool
	}{
		{"nothing", func(*v1alpha1.WorkflowInstance) {}, false},
		{"status", func(w *v1alpha1.WorkflowInstance) { w.Status.ObservedGeneration = 7 }, false},
		{"an annotation of others", func(w *v1alpha1.WorkflowInstance) { w.Annotations = map[string]string{"a": "b"} }, false},
		{"spec", func(w *v1alpha1.WorkflowInstance) { w.Generation = 7 }, true},
		{"made anew", func(w *v1alpha1.WorkflowInstance) { w.UID = "uid-b" }, true},
		{"a request", func(w *v1alpha1.WorkflowInstance) {
			w.Annotations = map[string]string{v1alpha1.ReconcileRequestAnnotation: "now"}
		}, true},
		{"deletion", func(w *v1alpha1.WorkflowInstance) {
			now := w.CreationTimestamp
			now.Time = now.AddDate(1, 0, 0)
			w.DeletionTimestamp = &now
		}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			after := instance("a")
			tc.change(after)
			assert.Equal(t, tc.want, asked{}.Update(event.TypedUpdateEvent[*v1alpha1.WorkflowInstance]{ObjectOld: instance("a"), ObjectNew: after}))
		})
	}
}
