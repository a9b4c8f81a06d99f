// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
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

// TestKilledWhileTakingOver stops a take-over after each of its calls; the next run ends it.
func TestKilledWhileTakingOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call    string
		half    []string // the annotations that are left
		written bool     // the object is in the inventory
	}{
		"before the first write":  {"apply cm", []string{render.RenderedHash}, false},
		"before the second write": {"patch cm", []string{v1alpha1.InstanceAnnotation, render.RenderedHash, moving}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, failOnce(c.call, context.Canceled))
			w := instance()
			live := s.made(t, there(func(_, annotations m) { annotations[render.RenderedHash] = "sha256:x" }))
			uid := uidOf(live)
			got := New().Apply(t.Context(), s, requestFor(w, []m{live}, actionFor(render.Leave, "cm")))
			assert.Equal(t, []string{"Failed cm: take over ConfigMap/ns/cm: Cancelled"}, said(got))
			assert.Equal(t, c.written, len(got.Inventory) == 1)
			o := &unstructured.Unstructured{Object: s.now(t)}
			assert.ElementsMatch(t, c.half, slices.Collect(keys(o.GetAnnotations())))

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

func keys(of map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range of {
			if !yield(k) {
				return
			}
		}
	}
}

// now is the object as it is.
func (s *server) now(t *testing.T) m {
	t.Helper()
	o := object(oneID)
	require.NoError(t, s.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	return o.Object
}

func entryFor(name string, uid types.UID) v1alpha1.InventoryEntry {
	a := actionFor(render.Create, name)
	return entryOf(&a, uid, true, "sha256:x")
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
