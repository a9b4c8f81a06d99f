// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// A folder of files comes in, manifests go out.
func ExampleRender() {
	fsys := fstest.MapFS{"site.yaml": {Data: []byte(`
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: site-config}
      inputs: {site: =parent.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.site, namespace: web}
  resource: {data: {host: =inputs.site + ".example.com"}}
---
apiVersion: example.com/v1
kind: Site
metadata: {name: blog, namespace: web}
`)}}
	in := render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}}
	result, err := render.Render(context.Background(), in, render.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := result.WriteYAML(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// apiVersion: v1
	// kind: ConfigMap
	// metadata:
	//   name: blog
	//   namespace: web
	// data:
	//   host: blog.example.com
}

// site is a Workflow for Sites, with its function; %s takes annotations.
const site = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site%s}
spec:
  crdRef: {apiGroup: %s, version: v1, kind: %s}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: site-config}
      inputs: {site: =parent.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-config}
spec:
  apiConfig: {apiVersion: v1, kind: Service, name: =inputs.site, namespace: web}
  resource: {}
`

func trigger(apiVersion, kind, name string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: web}\n"
}

func place(files map[string]string) render.Input {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}, Config: render.ReadConfig(fsys, ".", "")}
}

// names lists the objects of a result.
func names(r *render.Result) string {
	var out []string
	for _, o := range r.Objects {
		out = append(out, o.ID.String())
	}
	return strings.Join(out, " ")
}

// TestFates pins down who decides what becomes of a trigger: options, then korender.yaml, then the annotation, then the
// rule for built-in kinds.
func TestFates(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: korender.dev/v1alpha1\nkind: Render\n"
	const annotated = ", annotations: {korender.dev/trigger: %s}"
	tests := map[string]struct {
		group, version, kind, annotations, config string
		opts                                      render.Fate
		want                                      string
	}{
		"nobody":                       {want: "error"},
		"annotation consumes":          {annotations: "consume", want: "Service/web/blog"},
		"annotation emits":             {annotations: "emit", want: "Site/web/blog Service/web/blog"},
		"file beats annotation":        {annotations: "emit", config: "triggers: consume", want: "Service/web/blog"},
		"file by kind":                 {config: "triggers: {Site.example.com: consume, Other.example.com: emit}", want: "Service/web/blog"},
		"file by another kind":         {config: "triggers: {Other.example.com: emit}", want: "error"},
		"options beat file":            {config: "triggers: {Site.example.com: consume}", opts: render.Emit, want: "Site/web/blog Service/web/blog"},
		"built-in kinds are emitted":   {group: "apps", kind: "Deployment", want: "Deployment/web/blog Service/web/blog"},
		"built-in kind, annotation":    {group: "apps", kind: "Deployment", annotations: "consume", want: "Service/web/blog"},
		"a custom group that ends so":  {group: "gateway.networking.k8s.io", kind: "Gateway", want: "error"},
		"built-in kind, named in file": {group: "apps", kind: "Deployment", config: "triggers: {Deployment.apps: consume}", want: "Service/web/blog"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			group, kind, annotations := "example.com", "Site", ""
			if tt.group != "" {
				group, kind = tt.group, tt.kind
			}
			if tt.annotations != "" {
				annotations = fmt.Sprintf(annotated, tt.annotations)
			}
			files := map[string]string{
				"a.k.yaml": fmt.Sprintf(site, annotations, group, kind), "b.yaml": trigger(group+"/v1", kind, "blog"),
			}
			if tt.config != "" {
				files[render.ConfigName] = head + tt.config + "\n"
			}
			result, err := render.Render(t.Context(), place(files), render.Options{Config: render.Config{Triggers: render.Triggers{All: tt.opts}}})
			if tt.want == "error" {
				var failure *render.Failure
				require.ErrorAs(t, err, &failure)
				assert.Equal(t, render.StageProgram, failure.Stage)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, names(result))
		})
	}
}

// TestOrder holds the order of the output: as read, then as rendered, trigger by trigger.
func TestOrder(t *testing.T) {
	t.Parallel()
	result, err := render.Render(t.Context(), place(map[string]string{
		"z.k.yaml": fmt.Sprintf(site, ", annotations: {korender.dev/trigger: emit}", "example.com", "Site"),
		"c.yaml":   trigger("example.com/v1", "Site", "one") + "---\n" + trigger("v1", "ConfigMap", "between") + "---\n" + trigger("example.com/v1", "Site", "two"),
		"a.yaml":   trigger("v1", "Secret", "first"),
		"b.yaml":   trigger("example.com/v2", "Site", "other"),
	}), render.Options{})
	require.NoError(t, err)
	assert.Equal(t, "Secret/web/first Site/web/other Site/web/one ConfigMap/web/between Site/web/two Service/web/one Service/web/two", names(result))
	assert.Equal(t, "b.yaml:1:13: warning[KR0506]: no Workflow runs for Site/web/other: Workflow site takes version v1 of its kind, this is v2",
		result.Warnings.Error())
}

// TestStops holds that a caller's context and the bound on time end a render.
func TestStops(t *testing.T) {
	t.Parallel()
	const endless = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: endless}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: all, ref: {kind: ValueFunction, name: endless}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: endless}
spec:
  locals: {l: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}
  return:
    v: =locals.l.all(a, locals.l.all(b, locals.l.all(c, locals.l.all(d, locals.l.all(e, locals.l.all(f, locals.l.all(g, locals.l.all(h, locals.l.all(i, locals.l.all(j, true))))))))))
`
	in := place(map[string]string{"a.k.yaml": endless, "b.yaml": trigger("example.com/v1", "Site", "blog")})
	opts := render.Options{Config: render.Config{Triggers: render.Triggers{All: render.Emit}, Limits: render.Limits{Steps: 1 << 40, Seconds: 1}}}

	start := time.Now()
	_, err := render.Render(t.Context(), in, opts)
	var failure *render.Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, render.StageEvaluate, failure.Stage)
	assert.Equal(t, "error[KR0519]: stopped after 1 seconds", failure.Error())

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = render.Render(cancelled, in, opts)
	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(start), 10*time.Second)
}

// TestFailures holds the stage of what can go wrong, which is the exit code of the command.
func TestFailures(t *testing.T) {
	t.Parallel()
	good := fmt.Sprintf(site, ", annotations: {korender.dev/trigger: consume}", "example.com", "Site")
	blog := trigger("example.com/v1", "Site", "blog")
	tests := map[string]struct {
		files map[string]string
		opts  render.Options
		stage render.Stage
		want  string
	}{
		"definitions": {
			map[string]string{"a.k.yaml": strings.Replace(good, "=parent.metadata.name", "=parnt", 1), "b.yaml": blog}, render.Options{},
			render.StageProgram, `a.k.yaml:9:23: error[KR0302]: "parnt" is not a variable here`,
		},
		"no definitions, no objects": {
			map[string]string{"a.yaml": "# nothing\n"}, render.Options{},
			render.StageEvaluate, "error[KR0510]: the output is empty: the input holds no manifests and no triggers",
		},
		"too many objects": {
			map[string]string{"a.yaml": blog + "---\n" + trigger("v1", "Service", "a")},
			render.Options{Config: render.Config{Limits: render.Limits{Objects: 1}}},
			render.StageEvaluate, "error[KR0518]: the output holds 2 objects, more than the limit of 1",
		},
		"a key that is not there": {
			map[string]string{"a.k.yaml": strings.Replace(good, "=parent.metadata.name", "=parent.spec.name", 1), "b.yaml": blog}, render.Options{},
			render.StageEvaluate, `a.k.yaml:9:23: error[KR0511]: step config of Workflow site, for Site/web/blog: there is no key "spec"`,
		},
		"deferred": {
			map[string]string{"a.k.yaml": strings.Replace(good, "=parent.metadata.name", "=parent.status.name", 1), "b.yaml": blog}, render.Options{},
			render.StageDeferred, "a.k.yaml:7:7: error[KR0513]: what step config makes (step config of Workflow site, for Site/web/blog) cannot be rendered at git time: it waits for Site/web/blog status.name",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := render.Render(t.Context(), place(tt.files), tt.opts)
			require.Nil(t, result)
			var failure *render.Failure
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, tt.want, failure.Error())
			assert.Equal(t, tt.stage, failure.Stage)
		})
	}
}

// TestPassThrough holds that what triggers nothing keeps its bytes.
func TestPassThrough(t *testing.T) {
	t.Parallel()
	const text = "# first\n\nkind:   ConfigMap\napiVersion: 'v1'\nmetadata: {\"name\": a}   # last\n"
	result, err := render.Render(t.Context(), place(map[string]string{"a.yaml": text}), render.Options{})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, result.WriteYAML(&out))
	assert.Equal(t, text, out.String())
}

// TestCheck holds that check finds what needs no values, and that its list is the error.
func TestCheck(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.k.yaml": fmt.Sprintf(site, "", "example.com", "Site"), "b.yaml": trigger("example.com/v1", "Site", "blog"),
	}
	found, program, err := render.Check(place(files), render.Options{})
	require.NoError(t, err)
	assert.Nil(t, program)
	require.Len(t, found, 1)
	assert.Equal(t, "b.yaml:2:7: error[KR0505]: nobody said whether Site/web/blog, which triggers Workflow site, stays in the output", found[0].Error())

	found, program, err = render.Check(place(files), render.Options{Config: render.Config{Triggers: render.Triggers{All: render.Consume}}})
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.Equal(t, "1 Workflow, 1 ResourceFunction", render.Summary(program))
}

// TestEval holds the three ways in which one expression can end.
func TestEval(t *testing.T) {
	t.Parallel()
	inputs := render.Text{Name: "in.yaml", Bytes: []byte("name: web\nlist: [1, 2]\n")}
	value, err := render.Eval(t.Context(), "=inputs.list.map(i, inputs.name + string(i))", inputs)
	require.NoError(t, err)
	assert.Equal(t, []any{"web1", "web2"}, value)

	var failure *render.Failure
	_, err = render.Eval(t.Context(), "inputs.name +\n  nme", inputs)
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, render.StageProgram, failure.Stage)
	assert.Equal(t, `EXPR:2:3: error[KR0302]: "nme" is not a variable here`, failure.Error())

	_, err = render.Eval(t.Context(), "1", render.Text{Name: "in.yaml", Bytes: []byte("[1]")})
	require.True(t, errors.As(err, &failure))
	assert.Equal(t, "in.yaml:1:1: error[KR0502]: inputs must be a map, not a list", failure.Error())
}
