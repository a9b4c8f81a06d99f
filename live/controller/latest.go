// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"maps"
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
)

// latest remembers the last status that was written of each instance: the cache may lag behind, and a run that begins
// with an older inventory would forget objects.
type latest struct {
	mu      sync.Mutex
	of      map[types.NamespacedName]written
	exports map[types.NamespacedName]map[string]string
}

type written struct {
	uid     types.UID
	version string
	status  *v1alpha1.WorkflowInstanceStatus
}

func newLatest() *latest {
	return &latest{of: map[types.NamespacedName]written{}, exports: map[types.NamespacedName]map[string]string{}}
}

// exported tells whether exactly this was exported last.
func (l *latest) exported(w *v1alpha1.WorkflowInstance, data map[string]string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, known := l.exports[exportName(w)]
	return known && maps.Equal(last, data)
}

// export notes what was exported.
func (l *latest) export(w *v1alpha1.WorkflowInstance, data map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exports[exportName(w)] = data
}

func exportName(w *v1alpha1.WorkflowInstance) types.NamespacedName {
	return types.NamespacedName{Namespace: w.Namespace, Name: w.Spec.Export}
}

// restore puts the last written status into an instance that was read from a cache which lags behind.
func (l *latest) restore(w *v1alpha1.WorkflowInstance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := client.ObjectKeyFromObject(w)
	last, known := l.of[name]
	if !known || last.uid != w.UID {
		l.of[name] = written{uid: w.UID}
		return
	}
	if last.status != nil && older(w.ResourceVersion, last.version) {
		w.Status = *last.status.DeepCopy()
	}
}

// wrote notes the instance as the server returned it.
func (l *latest) wrote(w *v1alpha1.WorkflowInstance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[client.ObjectKeyFromObject(w)] = written{uid: w.UID, version: w.ResourceVersion, status: w.Status.DeepCopy()}
}

// forget drops an instance and says who it was.
func (l *latest) forget(name types.NamespacedName) (types.UID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, known := l.of[name]
	delete(l.of, name)
	return last.uid, known
}

// older compares resource versions, which API servers count up.
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
