// SPDX-License-Identifier: Apache-2.0

// Package apply holds live/apply to a real API server: who owns which field, what a delete takes, and how many writes
// there are.
package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/test/live/plane"
)

var server *plane.Plane

func TestMain(m *testing.M) {
	plane.Main(m, func(_ context.Context, p *plane.Plane) (func() error, error) {
		server = p
		return nil, nil
	})
}

// bench is one instance in a namespace of its own, with a clock of its own.
type bench struct {
	*testing.T
	namespace string
	client    client.Client // what the instance writes with
	applier   *apply.Applier
	instance  *v1alpha1.WorkflowInstance
	claimed   map[manifest.Key]types.NamespacedName
	dying     map[types.NamespacedName]bool
	now       time.Time
	from      plane.Mark
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, namespace: server.Namespace(t), client: server.Client, applier: apply.New(), now: time.Unix(1_000_000, 0)}
	b.instance = &v1alpha1.WorkflowInstance{}
	b.instance.Namespace, b.instance.Name, b.instance.UID = b.namespace, "one", types.UID("uid-of-one-"+b.namespace)
	b.instance.Spec.Trigger.Object.Raw = []byte(`{"apiVersion":"v1","kind":"Site","metadata":{"name":"site"}}`)
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	b.from = from
	return b
}

// other is another instance in the same namespace.
func (b *bench) other(name string) *bench {
	o := *b
	o.applier = apply.New()
	o.instance = b.instance.DeepCopy()
	o.instance.Name, o.instance.UID = name, types.UID("uid-of-"+name)
	o.instance.Status = v1alpha1.WorkflowInstanceStatus{}
	return &o
}

// object reads YAML and puts it into the namespace.
func (b *bench) object(text string) map[string]any {
	b.Helper()
	var o map[string]any
	require.NoError(b, yaml.Unmarshal([]byte(text), &o))
	metadata := o["metadata"].(map[string]any)
	metadata["namespace"] = b.namespace
	return whole(o).(map[string]any)
}

// whole turns the floats of a decoder into the integers that they are.
func whole(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = whole(v[k])
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case float64:
		if float64(int64(v)) == v {
			return int64(v)
		}
	}
	return v
}

func (b *bench) id(o map[string]any) manifest.ID {
	b.Helper()
	id, err := manifest.IDOf(o)
	require.NoError(b, err)
	return id
}

func (b *bench) action(verb render.Verb, target map[string]any) render.Action {
	id := b.id(target)
	return render.Action{Verb: verb, ID: id, Target: target, Step: strings.ToLower(id.Kind), Outcome: render.Outcome{Type: render.Ok}}
}

func (b *bench) patch(target map[string]any, due string) render.Action {
	a := b.action(render.Patch, target)
	a.Due = due
	return a
}

// run applies actions to what is in the cluster, and keeps the inventory.
func (b *bench) run(actions ...render.Action) *apply.Result {
	b.Helper()
	plan := planOf(actions)
	return b.with(plan, plan)
}

// planOf is a plan with a step for each action.
func planOf(actions []render.Action) *render.Plan {
	plan := &render.Plan{Actions: actions}
	for i := range actions {
		a := &actions[i]
		plan.Steps = append(plan.Steps, render.Step{Path: a.Step, Logic: "ResourceFunction/" + a.Step, Object: &a.ID, Action: a, Outcome: a.Outcome})
	}
	return plan
}

func (b *bench) with(plan, atGit *render.Plan) *apply.Result {
	b.Helper()
	live := &render.Objects{}
	for _, s := range plan.Steps {
		if s.Object == nil {
			continue
		}
		if o := b.cached(*s.Object); o != nil {
			require.NoError(b, live.Add(manifest.Object{ID: *s.Object, Value: o}))
		}
	}
	result := b.applier.Apply(b.Context(), b.client, b.request(plan, atGit, live))
	b.instance.Status.Inventory = result.Inventory
	return result
}

func (b *bench) request(plan, atGit *render.Plan, live *render.Objects) *apply.Request {
	return &apply.Request{
		Instance: b.instance, Plan: plan, AtGit: atGit, Live: live, Claimed: b.claimed, Dying: b.dying, Now: b.now,
	}
}

func (b *bench) tearDown() *apply.Result {
	result := b.applier.TearDown(b.Context(), b.client, b.request(nil, nil, nil))
	b.instance.Status.Inventory = result.Inventory
	return result
}

// cached is an object as live reads it, from a cache that keeps no managed fields but ours.
func (b *bench) cached(id manifest.ID) map[string]any {
	b.Helper()
	o := &unstructured.Unstructured{Object: b.get(id)}
	if o.Object == nil {
		return nil
	}
	o.SetManagedFields(slices.DeleteFunc(o.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Manager != apply.Manager }))
	return o.Object
}

// get is an object as it is now; nil when it is not there.
func (b *bench) get(id manifest.ID) map[string]any {
	b.Helper()
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(id.APIVersion)
	o.SetKind(id.Kind)
	err := server.Client.Get(b.Context(), client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, o)
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(b, err)
	return o.Object
}

func (b *bench) uid(id manifest.ID) types.UID {
	o := &unstructured.Unstructured{Object: b.get(id)}
	return o.GetUID()
}

// applyAs applies an object as another manager does.
func (b *bench) applyAs(manager string, o map[string]any) {
	b.Helper()
	u := (&unstructured.Unstructured{Object: o}).DeepCopy()
	require.NoError(b, server.Client.Apply(b.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(manager), client.ForceOwnership))
}

// merge sends a merge patch as another manager does.
func (b *bench) merge(id manifest.ID, text string) {
	b.Helper()
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(id.APIVersion)
	o.SetKind(id.Kind)
	o.SetNamespace(id.Namespace)
	o.SetName(id.Name)
	require.NoError(b, server.Client.Patch(b.Context(), o, client.RawPatch(types.MergePatchType, []byte(text)), client.FieldOwner("kubectl-edit")))
}

// managers lists who owns fields of an object.
func managers(o map[string]any) []string {
	u := unstructured.Unstructured{Object: o}
	var out []string
	for _, e := range u.GetManagedFields() {
		out = append(out, e.Manager+" "+string(e.Operation))
	}
	slices.Sort(out)
	return out
}

// said is a result in short: verb object: message.
func said(r *apply.Result) []string {
	var out []string
	for _, c := range r.Changes {
		text := string(c.Verb) + " " + c.ID.Kind + "/" + c.ID.Name
		if c.Message != "" {
			text += ": " + c.Message
		}
		out = append(out, text)
	}
	return out
}

// requests lists what was asked of the server about objects of the namespace with a name, reads aside, since the bench
// was made.
func (b *bench) requests(name string) []string {
	b.Helper()
	found, err := server.Audit.Since(b.Context(), b.from, func(r plane.Request) bool {
		return r.UserAgent == "test" && r.Object.Namespace == b.namespace && r.Object.Name == name && (r.Writes() || r.Deletes())
	})
	require.NoError(b, err)
	var out []string
	for _, r := range found {
		out = append(out, r.Verb)
	}
	return out
}

// entries are an inventory in short: object and policy.
func entries(r *apply.Result) []string {
	out := []string{}
	for _, e := range r.Inventory {
		text := e.Kind + "/" + e.Name + " " + e.Policy
		if e.Explicit {
			text += " explicit"
		}
		out = append(out, text)
	}
	return out
}

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {a: "1", b: "2"}
`

func TestCreateIsOneWriteThatNeverOverwrites(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	target := b.object(configMap)
	id := b.id(target)
	r := b.run(b.action(render.Create, target))
	assert.Equal(t, []string{"Created ConfigMap/one"}, said(r))
	assert.Equal(t, []string{"ConfigMap/one destroy"}, entries(r))
	made := b.get(id)
	assert.Equal(t, []string{"korender-live Apply"}, managers(made))
	assert.Equal(t, b.uid(id), r.Inventory[0].UID)
	require.Len(t, r.Written, 1)
	assert.Equal(t, made, r.Written[0].Object)

}

// TestCreateNeverWritesToWhatIsThere makes objects behind the back of a cache: with fields that differ, with fields that
// do not touch ours, and of a custom kind.
func TestCreateNeverWritesToWhatIsThere(t *testing.T) {
	t.Parallel()
	require.NoError(t, server.Define(t.Context(), schema.GroupVersionKind{Group: "apply.test", Version: "v1", Kind: "Thing"}))
	for name, c := range map[string]struct{ theirs, ours string }{
		"other values": {"{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: theirs}}", configMap},
		"other fields": {"{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {z: theirs}}", configMap},
		"same values":  {configMap, configMap},
		"custom kind": {
			"{apiVersion: apply.test/v1, kind: Thing, metadata: {name: one}, spec: {z: theirs}}",
			"{apiVersion: apply.test/v1, kind: Thing, metadata: {name: one}, spec: {a: ours}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			target := b.object(c.ours)
			b.applyAs("them", b.object(c.theirs))
			before := b.get(b.id(target))
			a := b.action(render.Create, target)
			a.Delay = 30
			r := b.applier.Apply(t.Context(), server.Client, b.request(&render.Plan{Actions: []render.Action{a}}, nil, &render.Objects{}))
			require.Len(t, r.Changes, 1)
			assert.Equal(t, apply.Failed, r.Changes[0].Verb)
			var f *apply.Failure
			require.ErrorAs(t, r.Changes[0].Err, &f)
			assert.Equal(t, "Conflict", f.Reason)
			assert.False(t, f.Permanent)
			assert.Equal(t, before, b.get(b.id(target)))
			assert.Empty(t, r.Inventory)
			assert.Equal(t, 30*time.Second, r.Requeue)
		})
	}
}

func TestCreateOfACustomKind(t *testing.T) {
	t.Parallel()
	require.NoError(t, server.Define(t.Context(), schema.GroupVersionKind{Group: "apply.test", Version: "v1", Kind: "Thing"}))
	b := newBench(t)
	target := b.object("{apiVersion: apply.test/v1, kind: Thing, metadata: {name: one}, spec: {a: 1}}")
	assert.Equal(t, []string{"Created Thing/one"}, said(b.run(b.action(render.Create, target))))
	assert.Equal(t, []string{"korender-live Apply"}, managers(b.get(b.id(target))))
}
