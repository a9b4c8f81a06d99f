// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// program is a Workflow of one step, whose ResourceFunction builds a target as a program means it: more are further
// fields of its spec.
func (b *bench) program(target, more string) *render.Program {
	b.Helper()
	var o map[string]any
	require.NoError(b, yaml.Unmarshal([]byte(target), &o))
	metadata := o["metadata"].(map[string]any)
	spec := map[string]any{
		"apiConfig": map[string]any{
			"apiVersion": o["apiVersion"], "kind": o["kind"], "name": metadata["name"], "namespace": b.namespace, "owned": false,
		},
		"resource": o,
	}
	if more != "" {
		var extra map[string]any
		require.NoError(b, yaml.Unmarshal([]byte(more), &extra))
		for k, v := range extra {
			spec[k] = v
		}
	}
	function, err := yaml.Marshal(map[string]any{
		"apiVersion": "koreo.dev/v1beta1", "kind": "ResourceFunction", "metadata": map[string]any{"name": "it"}, "spec": spec,
	})
	require.NoError(b, err)
	p, err := render.CompileProgram("program", []byte(`
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: w}
spec:
  crdRef: {apiGroup: apply.test, version: v1, kind: Site}
  steps:
  - label: thing
    ref: {kind: ResourceFunction, name: it}
---
`+string(function)))
	require.NoError(b, err)
	return p
}

// evaluate runs a program on what is in the cluster.
func (b *bench) evaluate(p *render.Program, atGit bool) (*render.Plan, *render.Objects) {
	b.Helper()
	trigger := map[string]any{
		"apiVersion": "apply.test/v1", "kind": "Site", "metadata": map[string]any{"name": "site", "namespace": b.namespace},
	}
	id, err := manifest.IDOf(trigger)
	require.NoError(b, err)
	in := render.Reconciliation{Workflow: "w", Trigger: manifest.Object{ID: id, Value: trigger}, AtGit: atGit}
	live := &render.Objects{}
	for range 5 {
		in.Observed.Objects = *live
		plan, err := render.Reconcile(b.Context(), p, in)
		require.NoError(b, err)
		if atGit || len(plan.Wants) == 0 {
			return plan, live
		}
		for _, id := range plan.Wants {
			if o := b.cached(id); o != nil {
				require.NoError(b, live.Add(manifest.Object{ID: id, Value: o}))
			} else {
				in.Observed.Absent = append(in.Observed.Absent, id)
			}
		}
	}
	b.Fatal("it asks for ever more objects")
	return nil, nil
}

// reconcile is one whole run of a program. It says what was done.
func (b *bench) reconcile(p *render.Program) []string {
	b.Helper()
	plan, live := b.evaluate(p, false)
	atGit, _ := b.evaluate(p, true)
	result := b.applier.Apply(b.Context(), b.client, b.request(plan, atGit, live))
	b.instance.Status.Inventory = result.Inventory
	return said(result)
}

// reconciles runs a program some times, a minute apart.
func (b *bench) reconciles(p *render.Program, times int) [][]string {
	b.Helper()
	out := make([][]string, times)
	for i := range out {
		out[i] = b.reconcile(p)
		b.now = b.now.Add(time.Minute)
	}
	return out
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: LIMIT}}
`

func deploymentOf(limit string) string { return strings.ReplaceAll(deployment, "LIMIT", limit) }

var deploymentID = manifest.ID{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}

func (b *bench) deployment() manifest.ID {
	id := deploymentID
	id.Namespace = b.namespace
	return id
}

func TestDefaultsOfTheServerAreNoDifference(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assert.Equal(t, [][]string{{"Created Deployment/web"}, nil, nil}, b.reconciles(b.program(deploymentOf(`"1"`), ""), 3))
	assert.Equal(t, []string{"patch"}, b.requests("web"))
}

func TestNormalisedQuantityIsWrittenTwiceAtMost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.program(deploymentOf("1000m"), "")
	due := "'spec' -> 'template' -> 'spec' -> 'containers' -> at index '0' -> 'resources' -> 'limits' -> 'cpu'"
	given := "NotConverging Deployment/web: it differs again after every write: " + due
	assert.Equal(t, [][]string{
		{"Created Deployment/web"}, {"Patched Deployment/web: due to " + due}, {given}, {given},
	}, b.reconciles(p, 4))
	assert.Len(t, b.requests("web"), 2)

	// Another target is a new try, and so is the end of an hour.
	assert.Equal(t, []string{"Patched Deployment/web: due to " + due}, b.reconcile(b.program(deploymentOf("2000m"), "")))
	b.now = b.now.Add(2 * time.Hour)
	assert.Equal(t, []string{"Patched Deployment/web: due to " + due}, b.reconcile(b.program(deploymentOf("2000m"), "")))
}

func TestForeignSidecarIsFoughtTwiceAtMost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.program(deploymentOf(`"1"`), "")
	assert.Equal(t, [][]string{{"Created Deployment/web"}, nil}, b.reconciles(p, 2))
	b.applyAs("injector", b.object(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: sidecar, image: "sidecar:1"}]}}}
`))
	due := "'spec' -> 'template' -> 'spec' -> 'containers'"
	given := "NotConverging Deployment/web: it differs again after every write: " + due
	got := b.reconciles(p, 4)
	// Creation was a write of this target, too.
	assert.Equal(t, [][]string{{"Patched Deployment/web: due to " + due}, {given}, {given}, {given}}, got)
	assert.Equal(t, []string{"patch", "patch", "patch"}, b.requests("web"), "ours, theirs, ours")
	containers, _, _ := unstructured.NestedSlice(b.get(b.deployment()), "spec", "template", "spec", "containers")
	assert.Len(t, containers, 2, "theirs is not taken away")
}

func TestKeyThatLeftTheTargetVanishes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
	assert.Equal(t, [][]string{{"Created ConfigMap/one"}, nil}, b.reconciles(b.program(configMap, ""), 2))
	b.merge(id, `{"data":{"theirs":"stays"}}`)
	less := b.program(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "1"}}`, "")
	assert.Equal(t, [][]string{{"Patched ConfigMap/one: the target has changed"}, nil}, b.reconciles(less, 2))
	assert.Equal(t, map[string]any{"a": "1", "theirs": "stays"}, b.get(id)["data"])
	other := b.program(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {c: "3"}}`, "")
	assert.Equal(t, [][]string{{"Patched ConfigMap/one: due to 'data' -> 'c'"}, nil}, b.reconciles(other, 2))
	assert.Equal(t, map[string]any{"c": "3", "theirs": "stays"}, b.get(id)["data"])
}

func TestNullRemovesWhatOthersSet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
	p := b.program(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "1", b: null}}`, "")
	assert.Equal(t, [][]string{{"Created ConfigMap/one"}, nil}, b.reconciles(p, 2))
	b.merge(id, `{"data":{"b":"theirs","c":"stays"}}`)
	assert.Equal(t, [][]string{{"Patched ConfigMap/one: due to 'data' -> 'b'"}, nil}, b.reconciles(p, 2))
	assert.Equal(t, map[string]any{"a": "1", "c": "stays"}, b.get(id)["data"])
}

func TestCreateOverlayStays(t *testing.T) {
	t.Parallel()
	for name, restarted := range map[string]bool{"goes on": false, "killed between creation and its status": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
			overlay := `create: {overlay: {data: {first: "only at first"}}}`
			p := b.program(configMap, overlay)
			assert.Equal(t, []string{"Created ConfigMap/one"}, b.reconcile(p))
			if restarted {
				b.instance.Status = v1alpha1.WorkflowInstanceStatus{}
			}
			b.now = b.now.Add(time.Minute)
			assert.Equal(t, [][]string{nil, nil}, b.reconciles(p, 2))
			assert.Len(t, b.instance.Status.Inventory, 1)
			next := b.program(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "other"}}`, overlay)
			assert.Equal(t, [][]string{{"Patched ConfigMap/one: due to 'data' -> 'a'"}, nil}, b.reconciles(next, 2))
			assert.Equal(t, map[string]any{"a": "other", "first": "only at first"}, b.get(id)["data"])
		})
	}
}

func TestCreateOverlayStaysWhenTheFirstLookPatches(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
	p := b.program(configMap, `create: {overlay: {data: {a: "at first", first: "only at first"}}}`)
	assert.Equal(t, [][]string{{"Created ConfigMap/one"}, {"Patched ConfigMap/one: due to 'data' -> 'a'"}, nil}, b.reconciles(p, 3))
	assert.Equal(t, map[string]any{"a": "1", "b": "2", "first": "only at first"}, b.get(id)["data"])
}

func TestRecreateOncePerTarget(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.program(deploymentOf("1000m"), `update: {recreate: {delay: 5}}`)
	assert.Equal(t, []string{"Created Deployment/web"}, b.reconcile(p))
	first := b.uid(b.deployment())
	due := "'spec' -> 'template' -> 'spec' -> 'containers' -> at index '0' -> 'resources' -> 'limits' -> 'cpu'"
	b.now = b.now.Add(time.Minute)
	assert.Equal(t, []string{"Recreated Deployment/web: due to " + due}, b.reconcile(p))
	assert.Equal(t, []string{"Postponed Deployment/web"}, b.reconcile(p), "the delay")
	b.now = b.now.Add(time.Minute)
	assert.Equal(t, []string{"Created Deployment/web"}, b.reconcile(p))
	second := b.uid(b.deployment())
	assert.NotEqual(t, first, second)

	b.applier = apply.New() // nothing is remembered but the inventory
	b.now = b.now.Add(time.Minute)
	given := "NotConverging Deployment/web: it was made anew for this target once, and differs again: " + due
	assert.Equal(t, [][]string{{given}, {given}}, b.reconciles(p, 2))
	b.now = b.now.Add(24 * time.Hour)
	assert.Equal(t, []string{given}, b.reconcile(p))
	assert.Equal(t, second, b.uid(b.deployment()))
}

func TestUpdateNeverIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: b.namespace, Name: "one"}
	assert.Equal(t, []string{"Created ConfigMap/one"}, b.reconcile(b.program(configMap, `update: {never: {}}`)))
	b.now = b.now.Add(time.Minute)
	assert.Equal(t, [][]string{nil, nil}, b.reconciles(b.program(`{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {x: y}}`, `update: {never: {}}`), 2))
	assert.Equal(t, map[string]any{"a": "1", "b": "2"}, b.get(id)["data"])
	assert.Equal(t, []string{"patch"}, b.requests("one"))
}

func TestSecretStringDataConverges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.program(`{apiVersion: v1, kind: Secret, metadata: {name: one}, data: {a: cGxhbnRlZA==}}`, "")
	assert.Equal(t, [][]string{{"Created Secret/one"}, nil, nil}, b.reconciles(p, 3))
	next := b.program(`{apiVersion: v1, kind: Secret, metadata: {name: one}, data: {b: cGxhbnRlZA==}}`, "")
	assert.Equal(t, [][]string{{"Patched Secret/one: due to 'data' -> 'b'"}, nil}, b.reconciles(next, 2))
}
