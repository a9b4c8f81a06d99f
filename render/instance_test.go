// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// waiting is a Workflow of which one step needs a status of its trigger.
const waiting = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: %s, annotations: {korender.dev/trigger: consume, team: a}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: now, ref: {kind: ResourceFunction, name: config}, inputs: {name: now, v: =parent.spec.text}}
    - {label: later, ref: {kind: ResourceFunction, name: config}, inputs: {name: later, v: =parent.status.text}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config, annotations: {korender.dev/apply: live}, namespace: elsewhere}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {data: {v: =inputs.v, block: "a\n  b: \"${\n", word: "no", version: "1.10"}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: unused}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: x, namespace: web}
  resource: {}
`

func handingOver(more ...func(*render.Config)) render.Options {
	opts := render.Options{Config: render.Config{OnDeferred: render.DeferredInstance}}
	for _, change := range more {
		change(&opts.Config)
	}
	return opts
}

// instanceOf is the only WorkflowInstance of a result.
func instanceOf(t *testing.T, r *render.Result) manifest.Object {
	t.Helper()
	var found []manifest.Object
	for _, o := range r.Objects {
		if o.ID.Kind == render.InstanceKind {
			found = append(found, o)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// What was reviewed is what runs: the text in a WorkflowInstance is the program, and its digest is that of the text.
func TestInstanceProgram(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.k.yaml": fmt.Sprintf(waiting, "site"),
		"b.yaml":   trigger("example.com/v1", "Site", "blog") + "spec: {text: hello}\nstatus: {text: stale}\n",
	}
	result, err := render.Render(t.Context(), place(files), handingOver())
	require.NoError(t, err)
	spec := instanceOf(t, result).Value["spec"].(map[string]any)
	carried := spec["program"].(map[string]any)
	text := carried["source"].(string)
	sum := sha256.Sum256([]byte(text))
	assert.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), carried["digest"])
	assert.NotContains(t, text, "unused")
	assert.NotContains(t, text, "team")
	assert.NotContains(t, text, "elsewhere")

	docs, problems := source.Parse("source", []byte(text), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	p, found := program.Compile(docs, env)
	require.Empty(t, found)
	object := spec["trigger"].(map[string]any)["object"].(map[string]any)
	assert.NotContains(t, object, "status")
	id, err := manifest.IDOf(object)
	require.NoError(t, err)
	plan, err := eval.Evaluate(t.Context(), p, eval.Trigger{Workflow: p.Workflows["site"], Object: manifest.Object{ID: id, Value: object}}, eval.Observed{}, eval.Options{})
	require.NoError(t, err)
	want := result.Plans[0]
	require.Len(t, plan.Steps, len(want.Steps))
	for i := range plan.Steps {
		assert.Equal(t, want.Steps[i].Partial, plan.Steps[i].Partial)
		assert.Equal(t, want.Steps[i].Reason, plan.Steps[i].Reason)
		assert.Equal(t, want.Steps[i].Waits, plan.Steps[i].Waits)
	}
}

// The same input gives the same text, in whatever order and files the definitions stand.
func TestInstanceProgramIsCanonical(t *testing.T) {
	t.Parallel()
	parts := strings.Split(fmt.Sprintf(waiting, "site"), "---\n")
	site := trigger("example.com/v1", "Site", "blog") + "spec: {text: hello}\n"
	var texts []any
	for _, files := range []map[string]string{
		{"a.k.yaml": strings.Join(parts, "---\n"), "z.yaml": site},
		{"a.k.yaml": parts[2], "b.k.yaml": "# a comment\n" + parts[1], "c.k.yaml": parts[0], "z.yaml": site},
	} {
		result, err := render.Render(t.Context(), place(files), handingOver())
		require.NoError(t, err)
		texts = append(texts, instanceOf(t, result).Value["spec"].(map[string]any)["program"])
	}
	assert.Equal(t, texts[0], texts[1])
}

func TestInstanceNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("w", 240)
	for name, tc := range map[string]struct{ workflow, trigger, want string }{
		"plain":            {"site", "blog", "site-blog"},
		"signs":            {"Site_v.1", "blog", "site-v.1-blog"},
		"another trigger":  {"site", "shop", "site-shop"},
		"too long":         {long, "blog-with-a-name", long + "-blo"},
		"cut at its signs": {strings.Repeat("w", 242) + "._", "blog", strings.Repeat("w", 242)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"a.k.yaml": fmt.Sprintf(waiting, tc.workflow),
				"b.yaml": trigger("example.com/v1", "Site", tc.trigger) + "spec: {text: hello}\n"}
			result, err := render.Render(t.Context(), place(files), handingOver())
			require.NoError(t, err)
			o := instanceOf(t, result)
			sum := sha256.Sum256([]byte("example.com/Site/web/" + tc.trigger))
			want := tc.want + "-" + hex.EncodeToString(sum[:4])
			assert.Equal(t, want, o.ID.Name)
			assert.LessOrEqual(t, len(want), 253)
			assert.Equal(t, map[string]any{"namespace": "web", "name": want}, o.Value["spec"].(map[string]any)["identity"])
		})
	}
}

func TestInstanceTooLarge(t *testing.T) {
	t.Parallel()
	big := strings.Replace(fmt.Sprintf(waiting, "site"), "version: \"1.10\"", "big: "+strings.Repeat("x", 512<<10), 1)
	files := map[string]string{"a.k.yaml": big, "b.yaml": trigger("example.com/v1", "Site", "blog") + "spec: {text: hello}\n"}
	_, err := render.Render(t.Context(), place(files), handingOver())
	var failure *render.Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, render.StageEvaluate, failure.Stage)
	assert.Regexp(t, `^a\.k\.yaml:1:1: error\[KR0526\]: the definitions that Workflow site uses are 52\d{4} bytes of text, more than the 524288 that a WorkflowInstance holds$`, failure.Error())
}

// Two instances that patch one object both find their hash on it.
func TestInstancesPatchOneObject(t *testing.T) {
	t.Parallel()
	const patching = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: patch, ref: {kind: ResourceFunction, name: patch}, inputs: {name: =parent.metadata.name}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: patch}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: now, namespace: web}
  resource: {metadata: {labels: "={inputs.name: 'yes'}"}}
  create: {enabled: false}
`
	files := map[string]string{"a.k.yaml": patching, "now.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: now, namespace: web}\n",
		"b.yaml": trigger("example.com/v1", "Site", "blog"), "c.yaml": trigger("example.com/v1", "Site", "shop")}
	result, err := render.Render(t.Context(), place(files), handingOver())
	require.NoError(t, err)
	require.Len(t, result.Objects, 3)
	var hashes []string
	for _, o := range result.Objects[1:] {
		applied := o.Value["spec"].(map[string]any)["applied"].([]any)
		require.Len(t, applied, 1)
		hashes = append(hashes, applied[0].(map[string]any)["hash"].(string))
	}
	metadata := result.Objects[0].Value["metadata"].(map[string]any)
	assert.Equal(t, map[string]any{"korender.dev/rendered": strings.Join(hashes, ",")}, metadata["annotations"])
}

// A report shows what is known of a deferred manifest, and of a Secret only what is not known.
func TestPartialOfSecret(t *testing.T) {
	t.Parallel()
	secret := strings.NewReplacer("kind: ConfigMap, name: =inputs.name", "kind: Secret, name: =inputs.name",
		"resource: {data: {v: =inputs.v,", "resource: {type: Opaque, stringData: {v: =inputs.v,").Replace(fmt.Sprintf(waiting, "site"))
	files := map[string]string{"a.k.yaml": secret, "b.yaml": trigger("example.com/v1", "Site", "blog") + "spec: {text: hush}\n"}
	result, err := render.Render(t.Context(), place(files), handingOver())
	require.NoError(t, err)
	report := result.Report()
	hole := map[string]any{"$unknown": []expr.Wait{{Step: "parent",
		Object: manifest.ID{APIVersion: "example.com/v1", Kind: "Site", Namespace: "web", Name: "blog"}, Path: "status.text"}}}
	hidden := func(name string, v any) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name, "namespace": "web"}, "type": "Opaque",
			"stringData": map[string]any{"v": v, "block": "(secret)", "word": "(secret)", "version": "(secret)"}}
	}
	assert.Equal(t, hidden("now", "(secret)"), report.Instances[0].Steps[0].Partial)
	assert.Equal(t, hidden("later", hole), report.Instances[0].Steps[1].Partial)
	assert.Equal(t, "live", report.Instances[0].Steps[0].AppliedBy)
	assert.True(t, report.Instances[0].Steps[0].MayDefer)
}
