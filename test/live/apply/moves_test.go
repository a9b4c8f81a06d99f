// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

const hash = "sha256:0000"

// What git has of an object, as each tool applies it.
const (
	fluxManifest = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: one
  labels: {kustomize.toolkit.fluxcd.io/name: shop, kustomize.toolkit.fluxcd.io/namespace: flux-system, team: a}
  annotations: {korender.dev/rendered: "sha256:0000", kustomize.toolkit.fluxcd.io/prune: disabled}
data: {a: "1", b: "2"}
`
	argoManifest = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: one
  labels: {app.kubernetes.io/instance: shop, team: a}
  annotations:
    korender.dev/rendered: "sha256:0000"
    argocd.argoproj.io/tracking-id: "shop:/ConfigMap:ns/one"
    argocd.argoproj.io/sync-options: "Prune=false,Delete=false"
data: {a: "1", b: "2"}
`
	target = `
apiVersion: v1
kind: ConfigMap
metadata: {name: one, labels: {team: a}}
data: {a: "1", b: "2"}
`
)

// applyClientSide makes or patches an object as kubectl's client-side apply does, which Argo CD uses by default.
func (b *bench) applyClientSide(o map[string]any) {
	b.Helper()
	u := (&unstructured.Unstructured{Object: o}).DeepCopy()
	if b.get(b.id(o)) == nil {
		require.NoError(b, server.Client.Create(b.Context(), u, client.FieldOwner("argocd-controller")))
		return
	}
	text, err := u.MarshalJSON()
	require.NoError(b, err)
	require.NoError(b, server.Client.Patch(b.Context(), u, client.RawPatch(types.MergePatchType, text), client.FieldOwner("argocd-controller")))
}

func (b *bench) gitApplies(tool, text string) {
	if tool == "argocd" {
		b.applyClientSide(b.object(text))
		return
	}
	b.applyAs("kustomize-controller", b.object(text))
}

func TestGitToLive(t *testing.T) {
	t.Parallel()
	keeps := map[string]map[string]any{
		"flux":   {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
		"argocd": {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"},
	}
	for tool, text := range map[string]string{"flux": fluxManifest, "argocd": argoManifest} {
		for name, verb := range map[string]render.Verb{"nothing differs": render.Leave, "something differs": render.Patch} {
			t.Run(tool+", "+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				b.gitApplies(tool, text)
				want := b.object(target)
				id := b.id(want)
				uid := b.uid(id)
				if verb == render.Patch {
					want["data"] = map[string]any{"a": "changed", "b": "2"}
				}
				a := b.action(verb, want)
				r := b.run(a)
				assert.Equal(t, []string{"TookOver ConfigMap/one: from git; the tracking of a GitOps tool was removed"}, said(r))
				assert.Equal(t, []string{"ConfigMap/one destroy"}, entries(r))
				o := &unstructured.Unstructured{Object: b.get(id)}
				assert.Equal(t, uid, o.GetUID())
				assert.Equal(t, want["data"], o.Object["data"])
				assert.Equal(t, map[string]string{"team": "a"}, o.GetLabels())
				annotations := map[string]string{v1alpha1.InstanceAnnotation: b.namespace + "/one"}
				for k, v := range keeps[tool] {
					annotations[k] = v.(string)
				}
				assert.Equal(t, annotations, o.GetAnnotations())
				assert.Equal(t, []string{"korender-live Apply"}, managers(o.Object))

				// It is ours now: nothing more to do, and what leaves the target goes.
				a.Verb = render.Leave
				assert.Empty(t, said(b.run(a)))
				less := b.object(target)
				less["data"] = map[string]any{"a": want["data"].(map[string]any)["a"]}
				assert.Equal(t, []string{"Patched ConfigMap/one: the target has changed"}, said(b.run(b.action(render.Leave, less))))
				assert.Equal(t, less["data"], b.get(id)["data"])
			})
		}
	}
}

func TestGitToLiveOfWhatIsNeverUpdated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gitApplies("flux", fluxManifest)
	id := b.id(b.object(target))
	before := b.get(id)
	a := render.Action{Verb: render.Leave, ID: id, Step: "configmap"}
	assert.Equal(t, []string{"TookOver ConfigMap/one: from git; the tracking of a GitOps tool was removed"}, said(b.run(a)))
	after := b.get(id)
	assert.Equal(t, before["data"], after["data"])
	assert.Equal(t, b.namespace+"/one", (&unstructured.Unstructured{Object: after}).GetAnnotations()[v1alpha1.InstanceAnnotation])
	assert.Empty(t, said(b.run(a)))
}

func TestGitToLiveOfWhatMustBeMadeAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gitApplies("flux", fluxManifest)
	want := b.object(target)
	want["data"] = map[string]any{"a": "other"}
	a := b.action(render.Recreate, want)
	a.Due = "'data' -> 'a' -> <target:[other], resource:[1]>"
	assert.Equal(t, []string{"TookOver ConfigMap/one: from git; the tracking of a GitOps tool was removed"}, said(b.run(a)))
	assert.Equal(t, map[string]any{"a": "1", "b": "2"}, b.get(a.ID)["data"])
	assert.Equal(t, []string{"Recreated ConfigMap/one: due to 'data' -> 'a'"}, said(b.run(a)))
	assert.Nil(t, b.get(a.ID))
}

func (b *bench) givenToGit(id manifest.ID) {
	b.instance.Spec.Applied = []v1alpha1.AppliedObject{{
		ObjectReference: v1alpha1.ObjectReference{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name},
		Hash:            hash,
	}}
}

func TestLiveToGit(t *testing.T) {
	t.Parallel()
	for tool, text := range map[string]string{"flux": fluxManifest, "argocd": argoManifest} {
		for name, lost := range map[string]bool{"in the inventory": false, "its entry was lost": true} {
			t.Run(tool+", "+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				want := b.object(target)
				want["data"] = map[string]any{"a": "1", "b": "2", "ours": "3"}
				id := b.id(want)
				b.run(b.action(render.Create, want))
				uid := b.uid(id)
				b.givenToGit(id)
				if lost {
					b.instance.Status.Inventory = nil
				}
				// The step waits for git, and so has no action.
				plan := &render.Plan{Steps: []render.Step{{Path: "configmap", Logic: "ResourceFunction/x", Object: &id, Outcome: render.Outcome{Type: render.Retry}}}}
				r := b.with(plan, plan)
				assert.Empty(t, said(r))
				assert.Len(t, r.Inventory, map[bool]int{false: 1}[lost])

				b.gitApplies(tool, text)
				applied := b.get(id)
				r = b.with(plan, plan)
				assert.Equal(t, []string{"Released ConfigMap/one: git applies it"}, said(r))
				assert.Empty(t, r.Inventory)
				after := b.get(id)
				assert.Equal(t, uid, b.uid(id))
				assert.Equal(t, applied["data"], after["data"], "no field goes, not even one that git does not have")
				assert.NotContains(t, (&unstructured.Unstructured{Object: after}).GetAnnotations(), v1alpha1.InstanceAnnotation)
				for _, m := range managers(after) {
					assert.NotContains(t, m, "korender-live")
				}
				assert.Equal(t, (&unstructured.Unstructured{Object: applied}).GetLabels(), (&unstructured.Unstructured{Object: after}).GetLabels())
				assert.Empty(t, said(b.with(plan, plan)))
			})
		}
	}
}

func TestObjectOfNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	theirs := b.object(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {theirs: "1"}}`)
	b.applyAs("them", theirs)
	want := b.object(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {ours: "1"}}`)
	id := b.id(want)
	r := b.run(b.patch(want, "<missing 'ours' in resource>"))
	assert.Equal(t, []string{"Patched ConfigMap/one: due to 'ours'"}, said(r))
	assert.Equal(t, []string{"ConfigMap/one abandon"}, entries(r))
	assert.Empty(t, (&unstructured.Unstructured{Object: b.get(id)}).GetAnnotations(), "no mark: it is not ours")

	// What another manager holds is not taken by force.
	want["data"] = map[string]any{"theirs": "2"}
	r = b.run(b.patch(want, "'data' -> 'theirs' -> <target:[2], resource:[1]>"))
	assert.Equal(t, []string{`Blocked ConfigMap/one: conflict with "them": .data.theirs`}, said(r))
	assert.Equal(t, map[string]any{"theirs": "1", "ours": "1"}, b.get(id)["data"])

	// Not wanted any more: nothing but our hold on it goes.
	none := &render.Plan{}
	r = b.with(none, none)
	assert.Equal(t, []string{"Abandoned ConfigMap/one: no longer wanted, and kept"}, said(r))
	assert.Equal(t, map[string]any{"theirs": "1", "ours": "1"}, b.get(id)["data"])
	assert.Equal(t, []string{"them Apply"}, managers(b.get(id)))
	assert.Empty(t, r.Inventory)
}

func TestTwoInstancesPatchOneForeignObject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.applyAs("them", b.object(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {theirs: "1"}}`))
	second := b.other("two")
	for _, c := range []struct {
		b    *bench
		data string
	}{{b, "x"}, {second, "z"}} {
		a := c.b.patch(c.b.object(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {`+c.data+`: "1"}}`), "x")
		a.Foreign = true
		assert.Equal(t, []string{"Patched ConfigMap/one: due to x"}, said(c.b.run(a)))
	}
	id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
	assert.Equal(t, map[string]any{"theirs": "1", "x": "1", "z": "1"}, b.get(id)["data"])
	b.tearDown()
	assert.Equal(t, map[string]any{"theirs": "1", "x": "1", "z": "1"}, b.get(id)["data"])
	assert.Len(t, managers(b.get(id)), 2)
}

func TestFromInstanceToInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(target)
	id := b.id(want)
	b.run(b.action(render.Create, want))
	uid := b.uid(id)
	second := b.other("two")
	name := types.NamespacedName{Namespace: b.namespace, Name: "one"}
	assert.Equal(t, []string{"Blocked ConfigMap/one: it belongs to instance " + name.String()}, said(second.run(second.action(render.Leave, want))))

	second.dying = map[types.NamespacedName]bool{name: true}
	r := second.run(second.action(render.Leave, want))
	assert.Equal(t, []string{"TookOver ConfigMap/one: from instance " + name.String()}, said(r))
	assert.Equal(t, []string{"ConfigMap/one destroy"}, entries(r))

	r = b.tearDown()
	assert.True(t, r.Done)
	assert.Equal(t, []string{"Released ConfigMap/one: it belongs to instance " + b.namespace + "/two"}, said(r))
	assert.Equal(t, uid, b.uid(id))
	assert.Equal(t, []string{"korender-live Apply"}, managers(b.get(id)), "the fields are the second's")
	assert.Equal(t, []string{"patch", "patch"}, b.requests("one"), "the creation and the take-over; no delete")
}

func TestKilledBetweenWriteAndStatus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(target)
	b.run(b.action(render.Create, want))
	b.instance.Status.Inventory = nil
	b.applier = apply.New()
	r := b.run(b.action(render.Leave, want))
	assert.Empty(t, said(r))
	assert.Equal(t, []string{"ConfigMap/one destroy"}, entries(r))
	assert.Equal(t, b.uid(b.id(want)), r.Inventory[0].UID)
	assert.Equal(t, []string{"patch"}, b.requests("one"))
}

func TestOwnerReferencesOfOthersStay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	owner := func(name string) map[string]any {
		o := b.object("{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}}")
		b.applyAs("them", o)
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": string(b.uid(b.id(o)))}
	}
	ours, theirs := owner("ours"), owner("theirs")
	want := b.object(target)
	id := b.id(want)
	metadata := want["metadata"].(map[string]any)
	metadata["ownerReferences"] = []any{ours}
	b.run(b.action(render.Create, want))
	references, err := json.Marshal([]any{ours, theirs})
	require.NoError(t, err)
	b.merge(id, `{"metadata":{"ownerReferences":`+string(references)+`}}`)
	b.now = b.now.Add(time.Minute)
	want["data"] = map[string]any{"a": "2"}
	b.run(b.patch(want, "'data' -> 'a' -> <target:[2], resource:[1]>"))
	assert.Equal(t, []any{ours, theirs}, b.get(id)["metadata"].(map[string]any)["ownerReferences"])
	delete(metadata, "ownerReferences")
	b.now = b.now.Add(time.Minute)
	assert.Equal(t, []string{"Patched ConfigMap/one: the target has changed"}, said(b.run(b.action(render.Leave, want))))
	assert.Contains(t, b.get(id)["metadata"].(map[string]any)["ownerReferences"], theirs)
}

// TestWriteIsHeldToTheUID has an object replaced, or removed, after the cache has read it.
func TestWriteIsHeldToTheUID(t *testing.T) {
	t.Parallel()
	for name, replaced := range map[string]bool{"replaced": true, "removed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.create("configmap", "one", nil)
			old := b.cached(id)
			b.deleteIt(id)
			if replaced {
				b.applyAs("them", b.object("{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {theirs: x}}"))
			}
			before := b.get(id)
			live := &render.Objects{}
			require.NoError(t, live.Add(manifest.Object{ID: id, Value: old}))
			want := b.object(configMap)
			want["data"] = map[string]any{"a": "3", "b": "2"}
			plan := planOf([]render.Action{b.patch(want, "'data' -> 'a' -> <target:[3], resource:[1]>")})
			b.now = b.now.Add(time.Minute)
			r := b.applier.Apply(t.Context(), server.Client, b.request(plan, nil, live))
			require.Len(t, r.Changes, 1)
			assert.Equal(t, apply.Failed, r.Changes[0].Verb)
			var f *apply.Failure
			require.ErrorAs(t, r.Changes[0].Err, &f)
			assert.False(t, f.Permanent)
			assert.Equal(t, before, b.get(id))
		})
	}
}

func TestImmutableFieldIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(deploymentOf(`"1"`))
	b.run(b.action(render.Create, want))
	want["spec"].(map[string]any)["selector"] = map[string]any{"matchLabels": map[string]any{"app": "planted"}}
	want["spec"].(map[string]any)["template"].(map[string]any)["metadata"] = map[string]any{"labels": map[string]any{"app": "planted"}}
	b.now = b.now.Add(time.Minute)
	r := b.run(b.patch(want, "'spec' -> 'selector' -> 'matchLabels' -> 'app' -> <target:[planted], resource:[web]>"))
	assert.Equal(t, []string{"Failed Deployment/web: apply Deployment/" + b.namespace + "/web: Invalid (spec.selector: FieldValueInvalid)"}, said(r))
	var f *apply.Failure
	require.ErrorAs(t, r.Changes[0].Err, &f)
	assert.True(t, f.Permanent)
	assert.Contains(t, f.Answer, "field is immutable")
	assert.Equal(t, []string{"Deployment/web destroy"}, entries(r))
}

func TestFieldThatTheSchemaDoesNotAllowIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for text, field := range map[string]string{
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, foo: {a: planted}}`:                                    ".foo: field not declared in schema",
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: two}, data: [planted]}`:                                      ".data",
		`{apiVersion: v1, kind: Service, metadata: {name: three}, spec: {ports: [{port: 80}, {port: 80}]}}`:              ".spec.ports",
		`{apiVersion: v1, kind: Secret, metadata: {name: four}, data: [planted]}`:                                        ".data",
		`{apiVersion: apps/v1, kind: Deployment, metadata: {name: five}, spec: {template: {spec: {replicas: planted}}}}`: ".spec.template.spec.replicas: field not declared in schema",
	} {
		a := b.action(render.Create, b.object(text))
		assert.Equal(t, []string{"Failed " + a.ID.Kind + "/" + a.ID.Name + ": create " + a.ID.String() + ": Invalid (" + field + ")"}, said(b.run(a)))
	}
}

func TestRefusedSecretTellsNoValue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(`{apiVersion: v1, kind: Secret, metadata: {name: one}, type: kubernetes.io/tls, data: {tls.crt: cGxhbnRlZA==, "bad key planted": cGxhbnRlZA==}}`)
	r := b.run(b.action(render.Create, want))
	require.Len(t, r.Changes, 1)
	assert.Equal(t, apply.Failed, r.Changes[0].Verb)
	text := fmt.Sprintf("%+v %#v", r.Changes[0], r.Changes[0].Err)
	assert.NotContains(t, text, "cGxhbnRlZA")
	assert.NotContains(t, r.Changes[0].Message, "illegal base64")
	assert.Empty(t, r.Inventory)
}

func TestNamespaceThatIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.object(target)
	want["metadata"].(map[string]any)["namespace"] = b.namespace + "-missing"
	r := b.run(b.action(render.Create, want))
	assert.Equal(t, []string{"Failed ConfigMap/one: create ConfigMap/" + b.namespace + "-missing/one: NotFound"}, said(r))
	assert.Equal(t, 2*time.Minute, r.Requeue)
}

func TestKindThatIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.action(render.Create, b.object("{apiVersion: nowhere.test/v1, kind: Nothing, metadata: {name: one}}"))
	r := b.applier.Apply(t.Context(), server.Client, b.request(planOf([]render.Action{a}), nil, nil))
	assert.Equal(t, []string{"Failed Nothing/one: create Nothing/" + b.namespace + "/one: NotServed"}, said(r))
}

// TestLabelThatTheTargetSetsStays takes over an object that Argo CD tracks by a label which its target sets too.
func TestLabelThatTheTargetSetsStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gitApplies("argocd", argoManifest)
	want := b.object(target)
	want["metadata"].(map[string]any)["labels"] = map[string]any{"app.kubernetes.io/instance": "shop", "team": "a"}
	b.run(b.action(render.Leave, want))
	o := &unstructured.Unstructured{Object: b.get(b.id(want))}
	assert.Equal(t, map[string]string{"app.kubernetes.io/instance": "shop", "team": "a"}, o.GetLabels())
	none := &render.Plan{}
	assert.Equal(t, []string{"Deleted ConfigMap/one: no longer wanted"}, said(b.with(none, none)))
}
