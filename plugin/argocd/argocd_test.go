// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

func TestReadApp(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"ARGOCD_APP_NAME": "shop", "ARGOCD_APP_NAMESPACE": "prod", "ARGOCD_APP_REVISION": "0123456789", "ARGOCD_APP_SOURCE_PATH": "apps/shop",
		"ARGOCD_APP_PARAMETERS": "[]", "KUBE_API_VERSIONS": "v1,apps/v1", "ARGOCD_ENV_KORENDER_GATE": "ordered", "ARGOCD_ENV_KORENDER_NAMESPACE": "",
		"ARGOCD_ENV_OTHER": "x", "KORENDER_GATE": "not the user's", "PARAM_GATE": "never read",
	}
	assert.Equal(t, App{
		Name: "shop", Namespace: "prod", Revision: "0123456789", Path: "apps/shop", Parameters: "[]",
		APIVersions: []string{"v1", "apps/v1"}, Settings: map[string]string{"GATE": "ordered"},
	}, ReadApp(env))
	assert.Equal(t, App{Settings: map[string]string{}}, ReadApp(nil))
}

func TestServes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		versions []string
		want     bool
	}{
		"nothing is known": {nil, true},
		"the version":      {[]string{"v1", "korender.dev/v1alpha1"}, true},
		"the kind":         {[]string{"korender.dev/v1alpha1/WorkflowInstance"}, true},
		"another version":  {[]string{"v1", "korender.dev/v1", "korender.dev/v1alpha1/Other"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := App{APIVersions: tt.versions}
			assert.Equal(t, tt.want, app.serves())
		})
	}
}

func TestAppString(t *testing.T) {
	t.Parallel()
	for want, app := range map[string]App{
		"this folder":             {},
		"this folder (apps/shop)": {Path: "apps/shop"},
		"Application shop":        {Name: "shop"},
		"Application shop (apps/shop, revision 01234567)": {Name: "shop", Path: "apps/shop", Revision: "0123456789"},
	} {
		assert.Equal(t, want, app.String())
	}
}

// TestExplain keeps what Argo CD stores short, whatever the problems are.
func TestExplain(t *testing.T) {
	t.Parallel()
	problems := diag.List{{Severity: diag.Warning, Message: "a warning"}}
	for i := range 50 {
		problems = append(problems, diag.Diagnostic{
			Code: diag.StepFailed, Pos: diag.Pos{File: "a.yaml", Line: i + 1}, Excerpt: "password: hunter2",
			Message: strings.Repeat("é\n\x1b[31m", 5000), Hint: strings.Repeat("x", 5000),
		})
	}
	text := Explain(App{Name: "shop"}, problems)
	assert.Less(t, len(text), 12_000)
	assert.True(t, strings.HasPrefix(text, "korender cannot render Application shop:\na.yaml:1: error[KR0511]: é  [31mé"), text[:80])
	assert.Contains(t, text, "\n… and 42 more; ")
	assert.NotContains(t, text, "hunter2", "no line of a file is stored")
	assert.NotContains(t, text, "a warning")
	assert.NotContains(t, text, "\x1b")
	assert.True(t, strings.HasSuffix(text, "\n`korender explain KR0511` says more of the first\n"))
	assert.Len(t, strings.Split(text, "\n"), 1+8*2+1+1+1)
}

func TestWarn(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Warn(App{}, nil))
	many := diag.List{}
	for i := range 10 {
		many = append(many, diag.Diagnostic{Severity: diag.Warning, Message: fmt.Sprint("warning ", i)})
	}
	text := Warn(App{Name: "shop"}, many)
	assert.True(t, strings.HasPrefix(text, "korender has warnings about Application shop:\nwarning: warning 0\n"))
	assert.True(t, strings.HasSuffix(text, "warning: warning 7\n… and 2 more\n"))
}

func TestTooLate(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "error[KR0519]: stopped after 50s, before Argo CD gives up and says only that a deadline was exceeded", TooLate(50*time.Second).Error())
}

func TestAnnotation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		folder string
		others []string
		want   string
	}{
		"nothing else":         {"apps/shop", nil, "."},
		"libraries":            {"apps/shop", []string{"platform/b", "lib", "platform/a"}, ".;/lib;/platform/a;/platform/b"},
		"inside of the folder": {"apps/shop", []string{"apps/shop/lib"}, "."},
		"inside of another":    {"apps/shop", []string{"lib/a", "lib", "library"}, ".;/lib;/library"},
		"the repository":       {".", []string{"lib"}, "."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, Annotation(tt.folder, tt.others...))
		})
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	r := &Recorder{Prefix: "lib/", FS: fstest.MapFS{"a/b.yaml": {Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n")}, "a/c.txt": {}, "d.yaml": {}}}
	_, err := render.Load(render.Input{Paths: []render.Place{{FS: r, Path: "."}}}, render.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"lib/a/b.yaml", "lib/d.yaml"}, r.Files())
}

// request is a call for files, with the settings of an application.
func request(t *testing.T, app App, files map[string]string) Request {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	settings, found, err := ReadSettings(app)
	require.NoError(t, err)
	require.Empty(t, found)
	config, found := settings.Configure(render.ReadConfig(fsys, ".", ""), app)
	require.Empty(t, found)
	return Request{App: app, Settings: settings, Input: render.Input{Config: config, Paths: []render.Place{{FS: fsys, Path: "."}}}}
}

const program = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site, annotations: {korender.dev/trigger: emit}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: site-config}
      inputs: {id: =parent.metadata.name, namespace: =parent.metadata.namespace, size: =parent.spec.size}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.id, namespace: =inputs.namespace}
  resource: {data: {"y": "no", size: =string(inputs.size)}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  names: {kind: Site}
  versions:
    - name: v1
      schema: {openAPIV3Schema: {properties: {spec: {properties: {size: {type: integer, default: 1}}}}}}
---
apiVersion: example.com/v1
kind: Site
metadata: {name: a, namespace: prod}
spec: {}
---
apiVersion: example.com/v1
kind: Site
metadata: {name: b, namespace: prod}
spec: {}
`

func TestGenerate(t *testing.T) {
	t.Parallel()
	r := request(t, App{Parameters: `[{"name":"a:spec.size","string":"5"},{"name":"Site/prod/b:spec.size","string":"6"}]`}, map[string]string{"all.yaml": program})
	var out bytes.Buffer
	warnings, err := Generate(t.Context(), r, &out)
	require.NoError(t, err)
	assert.Empty(t, warnings)
	lines := strings.SplitAfter(out.String(), "\n")
	assert.Equal(t, []string{
		`{"apiVersion":"example.com/v1","kind":"Site","metadata":{"name":"a","namespace":"prod"},"spec":{"size":5}}` + "\n",
		`{"apiVersion":"example.com/v1","kind":"Site","metadata":{"name":"b","namespace":"prod"},"spec":{"size":6}}` + "\n",
		`{"apiVersion":"v1","data":{"size":"5","y":"no"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"prod"}}` + "\n",
		`{"apiVersion":"v1","data":{"size":"6","y":"no"},"kind":"ConfigMap","metadata":{"name":"b","namespace":"prod"}}` + "\n", "",
	}, lines[1:], "the first is the definition")
}

func TestGenerateWrong(t *testing.T) {
	t.Parallel()
	two := "of which trigger: there are 2"
	tests := map[string]struct{ parameters, want string }{
		"of which trigger":  {`[{"name":"spec.size","string":"5"}]`, `error[KR0502]: parameter "spec.size" does not say ` + two},
		"no such trigger":   {`[{"name":"c:spec.size","string":"5"}]`, `error[KR0501]: parameter "c:spec.size" is for a trigger "c", which the folder does not hold`},
		"no such field":     {`[{"name":"a:spec.sice","string":"5"}]`, `error[KR0501]: parameter "a:spec.sice" sets a field that Site/prod/a does not have`},
		"no such parameter": {`[{"name":"size","string":"5"}]`, `error[KR0501]: parameter "size" does not exist`},
		"a wrong type":      {`[{"name":"a:spec.size","array":["5"]}]`, `error[KR0502]: parameter "a:spec.size" must be a whole number, not a list`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			_, err := Generate(t.Context(), request(t, App{Parameters: tt.parameters}, map[string]string{"all.yaml": program}), &out)
			require.Error(t, err)
			assert.Equal(t, tt.want, err.Error())
			assert.Empty(t, out.String())
		})
	}
}

// TestParametersOfMany announces no more fields of triggers than a form can show; all can be set.
func TestParametersOfMany(t *testing.T) {
	t.Parallel()
	text := &strings.Builder{}
	text.WriteString(program)
	for i := range 300 {
		fmt.Fprintf(text, "---\napiVersion: example.com/v1\nkind: Site\nmetadata: {name: s%d, namespace: prod}\nspec: {}\n", i)
	}
	files := map[string]string{"all.yaml": text.String()}
	var out bytes.Buffer
	found, err := Parameters(request(t, App{}, files), &out)
	require.NoError(t, err)
	assert.Empty(t, found)
	var announced []Announcement
	require.NoError(t, json.Unmarshal(out.Bytes(), &announced))
	fields := slices.DeleteFunc(announced, func(a Announcement) bool { return !isInput(a.Name) })
	require.Len(t, fields, mostAnnounced)
	assert.Equal(t, Announcement{
		Name: "a:spec.size", Title: "a: size", Tooltip: "Field spec.size of Site/prod/a.", ItemType: "number", CollectionType: "string", String: "1",
	}, fields[0])
	out.Reset()
	_, err = Generate(t.Context(), request(t, App{Parameters: `[{"name":"s299:spec.size","string":"7"}]`}, files), &out)
	require.NoError(t, err)
	assert.Contains(t, out.String(), `{"apiVersion":"v1","data":{"size":"7","y":"no"},"kind":"ConfigMap","metadata":{"name":"s299","namespace":"prod"}}`)
}

func TestGenerateCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	_, err := Generate(ctx, request(t, App{}, map[string]string{"all.yaml": program}), &out)
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, out.String())
}
