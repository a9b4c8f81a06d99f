// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// server is a made-up API server in which a call can be made to fail. Only what must fail is tested with it: the rest is
// held to a real one, in test/live/apply.
type server struct {
	client.WithWatch
	mu    sync.Mutex
	calls []string
	fails func(call string) error // "apply NAME", "patch NAME", "delete NAME", "get NAME"

	mapper meta.RESTMapper
}

// RESTMapper is the one of the test.
func (s *server) RESTMapper() meta.RESTMapper { return s.mapper }

func newServer(t *testing.T, fails func(call string) error) *server {
	t.Helper()
	s := &server{fails: fails}
	inner := fake.NewClientBuilder().WithScheme(runtime.NewScheme()).WithReturnManagedFields().Build()
	s.WithWatch = interceptor.NewClient(inner, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			// The object of an apply configuration can be read in no other way.
			m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
			if err != nil {
				return err
			}
			name, _, _ := unstructured.NestedString(m, "metadata", "name")
			if err := s.call("apply " + name); err != nil {
				return err
			}
			return c.Apply(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if err := s.call("patch " + o.GetName()); err != nil {
				return err
			}
			return c.Patch(ctx, o, p, opts...)
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			if err := s.call("delete " + o.GetName()); err != nil {
				return err
			}
			return c.Delete(ctx, o, opts...)
		},
		Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if err := s.call("get " + k.Name); err != nil {
				return err
			}
			return c.Get(ctx, k, o, opts...)
		},
	})
	return s
}

func (s *server) call(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	if s.fails == nil {
		return nil
	}
	return s.fails(call)
}

// took are the calls since the last look.
func (s *server) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

// made puts an object there.
func (s *server) made(t *testing.T, o m) m {
	t.Helper()
	u := (&unstructured.Unstructured{Object: o}).DeepCopy()
	u.SetResourceVersion("")
	fails := s.fails
	s.fails = nil
	require.NoError(t, s.Create(t.Context(), u))
	s.fails = fails
	s.took()
	return u.Object
}

// failOnce fails the first call of this text.
func failOnce(call string, err error) func(string) error {
	return failTimes(call, 1, err)
}

func failTimes(call string, times int, err error) func(string) error {
	return func(c string) error {
		if c != call || times == 0 {
			return nil
		}
		times--
		return err
	}
}

func instance() *v1alpha1.WorkflowInstance {
	w := &v1alpha1.WorkflowInstance{}
	w.Namespace, w.Name, w.UID = self.Namespace, self.Name, "instance"
	return w
}

func idNamed(name string) manifest.ID {
	id := oneID
	id.Name = name
	return id
}

func actionFor(verb render.Verb, name string) render.Action {
	target := wanted("1")
	metadataOf(target)["name"] = name
	return render.Action{Verb: verb, ID: idNamed(name), Target: target, Step: name, Due: "'data' -> 'a' -> <target:[1], resource:[0]>"}
}

func requestFor(w *v1alpha1.WorkflowInstance, live []m, actions ...render.Action) *Request {
	objects := &render.Objects{}
	for _, o := range live {
		id, _ := manifest.IDOf(o)
		objects.Replace(manifest.Object{ID: id, Value: o})
	}
	return &Request{Instance: w, Plan: &render.Plan{Actions: actions}, Live: objects, Now: time.Unix(1000, 0)}
}

// said is what changes are, without their errors.
func said(r *Result) []string {
	var out []string
	for _, c := range r.Changes {
		out = append(out, string(c.Verb)+" "+c.ID.Name+": "+c.Message)
	}
	return out
}

func names(r *Result) []string {
	var out []string
	for _, e := range r.Inventory {
		out = append(out, e.Name)
	}
	return out
}

func entryFor(name string, uid types.UID) v1alpha1.InventoryEntry {
	a := actionFor(render.Create, name)
	return entryOf(&a, uid, true, "sha256:x")
}
