// SPDX-License-Identifier: Apache-2.0

package content

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

const definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: site-config}
      inputs: {site: =parent.metadata.name, namespace: =parent.metadata.namespace, text: =parent.spec.text}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: site-config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.site, namespace: =inputs.namespace}
  resource: {data: {text: =inputs.text}}
`

const trigger = "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a, namespace: web}\nspec: {text: hello}\n"

const kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- manifests.yaml\n"

// tree is a source.
func tree(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

const apps, platform = "GitRepository/flux-system/apps", "GitRepository/flux-system/platform"

// consume is the setting by which triggers leave the output.
var consume = &v1alpha1.RenderSettings{Triggers: &apiextensionsv1.JSON{Raw: []byte(`"consume"`)}}

func TestBuild(t *testing.T) {
	t.Parallel()
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: web\ndata:\n  text: hello\n"
	for name, c := range map[string]struct {
		request Request
		want    string // manifests
	}{
		"a library of another source": {
			request: Request{
				Folder:    Folder{FS: tree(map[string]string{"site/a.yaml": trigger}), Path: "./site", Source: apps},
				Libraries: []Folder{{FS: tree(map[string]string{"lib/site.k.yaml": definitions}), Path: "lib/", Source: platform}},
				Settings:  consume,
			},
			want: manifest,
		},
		"a library that korender.yaml names, anywhere in the source": {
			request: Request{
				Folder: Folder{FS: tree(map[string]string{
					"apps/site/a.yaml": trigger, "lib/site.k.yaml": definitions,
					"apps/site/korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nlibraries: [../../lib]\n",
				}), Path: "apps/site", Source: apps},
			},
			want: manifest,
		},
		"what another render has published": {
			request: Request{
				Folder:    Folder{FS: tree(map[string]string{"kustomization.yaml": kustomization, "manifests.yaml": trigger}), Source: "ExternalArtifact/flux-system/base"},
				Libraries: []Folder{{FS: tree(map[string]string{"lib/site.k.yaml": definitions}), Path: "lib/", Source: platform}},
				Settings:  consume,
			},
			want: manifest,
		},
		"settings over korender.yaml, whose other settings stay": {
			request: Request{
				Folder: Folder{FS: tree(map[string]string{
					"a.yaml": strings.Replace(trigger, ", namespace: web", "", 1), "site.k.yaml": definitions,
					"korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: emit\nnamespace: web\ntarget: argocd\n",
				}), Source: apps},
				Settings: consume,
			},
			want: manifest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Build(t.Context(), c.request)
			require.NoError(t, err)
			want := &Rendered{Files: []File{{"kustomization.yaml", []byte(kustomization)}, {"manifests.yaml", []byte(c.want)}}, Objects: 1}
			assert.Equal(t, want, got)
		})
	}
}

// TestBuildFailsClosed: what kustomize-controller would apply in part, or not at all, is never built.
func TestBuildFailsClosed(t *testing.T) {
	t.Parallel()
	object := func(name, more string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + more + "}\n"
	}
	allow := true
	for name, c := range map[string]struct {
		files    map[string]string
		path     string
		settings *v1alpha1.RenderSettings
		reason   string
		message  string
	}{
		"nothing":                             {files: map[string]string{"a.yaml": "# nothing\n"}, reason: "RenderFailed", message: apps + " cannot be rendered: error[KR0510]: the output is empty: the input holds no manifests and no triggers"},
		"an empty artifact of another render": {files: map[string]string{"kustomization.yaml": strings.Replace(kustomization, "resources:\n- manifests.yaml", "resources: []", 1)}, reason: "RenderFailed", message: "the output is empty"},
		"a folder of kustomize": {files: map[string]string{"kustomization.yaml": kustomization + "namePrefix: x-\n", "manifests.yaml": object("a", "")}, reason: "RenderFailed",
			message: "kustomization.yaml:1:1: error[KR0508]: this is no manifest: it configures kustomize"},
		"a path that is not there": {files: map[string]string{"a.yaml": object("a", "")}, path: "./site", reason: "InvalidSpec", message: `path "./site" does not exist in ` + apps},
		"a path that leads out":    {files: map[string]string{"a.yaml": object("a", "")}, path: "../..", reason: "InvalidSpec", message: `path "../.." leads out of ` + apps},
		"a path that is a file":    {files: map[string]string{"a.yaml": object("a", "")}, path: "a.yaml", reason: "InvalidSpec", message: `path "a.yaml" in ` + apps + " is a file"},
		"a name to be generated":   {files: map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n"}, reason: "RenderFailed", message: "metadata.generateName cannot be rendered"},
		"no name":                  {files: map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n"}, reason: "RenderFailed", message: "metadata.name must be a non-empty string"},
		"one object twice":         {files: map[string]string{"a.yaml": object("a", ""), "b.yaml": object("a", "")}, reason: "RenderFailed", message: "ConfigMap/a is in the input twice"},
		"one object twice to kustomize": {files: map[string]string{"a.yaml": object("a", ""), "b.yaml": object("a", ", namespace: default")}, reason: "RenderFailed",
			message: apps + ": ConfigMap/a (a.yaml:1) and ConfigMap/default/a (b.yaml:1) are one object to kustomize"},
		"nothing that is applied": {files: map[string]string{"a.yaml": object("a", ", annotations: {config.kubernetes.io/local-config: \"true\"}")}, reason: "RenderFailed", message: "every object has the annotation config.kubernetes.io/local-config"},
		"a list":                  {files: map[string]string{"a.yaml": "apiVersion: example.com/v1\nkind: ThingList\nmetadata: {name: a}\nitems: []\n"}, reason: "RenderFailed", message: "ThingList/a (a.yaml:1) is a list"},
		"a wrong setting":         {files: map[string]string{"a.yaml": object("a", "")}, settings: &v1alpha1.RenderSettings{Triggers: &apiextensionsv1.JSON{Raw: []byte(`"eat"`)}}, reason: "InvalidSpec", message: "spec.render:"},
		"a library above the source": {files: map[string]string{"a.yaml": object("a", ""), "korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\nlibraries: [../lib]\n"}, reason: "RenderFailed",
			message: `library "../lib" of korender.yaml does not lie below the source: the source itself is the widest root`},
		"a library below no root": {files: map[string]string{"site/a.yaml": object("a", ""), "lib/l.k.yaml": definitions, "site/korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\nroot: .\nlibraries: [../lib]\n"}, path: "site", reason: "RenderFailed",
			message: `library "../lib" of site/korender.yaml does not lie below site`},
		"a library that is not there": {files: map[string]string{"a.yaml": object("a", "")}, settings: &v1alpha1.RenderSettings{Libraries: []string{"lib"}}, reason: "RenderFailed", message: `library "lib" of korender.yaml: path "lib" does not exist in ` + apps},
		"a trigger without a fate":    {files: map[string]string{"a.yaml": trigger, "site.k.yaml": definitions}, settings: &v1alpha1.RenderSettings{AllowEmpty: &allow}, reason: "RenderFailed", message: "a.yaml:2:7: error[KR0505]: nobody said whether Site/web/a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Build(t.Context(), Request{Folder: Folder{FS: tree(c.files), Path: c.path, Source: apps}, Settings: c.settings})
			var stalled *StalledError
			require.ErrorAs(t, err, &stalled)
			assert.Equal(t, c.reason, stalled.Reason)
			assert.Contains(t, stalled.Message, c.message)
		})
	}
}

func TestBuildAllowsEmptyWhenTold(t *testing.T) {
	t.Parallel()
	allow := true
	got, err := Build(t.Context(), Request{Folder: Folder{FS: tree(map[string]string{"a.yaml": "# nothing\n"}), Source: apps}, Settings: &v1alpha1.RenderSettings{AllowEmpty: &allow}})
	require.NoError(t, err)
	text := strings.Replace(kustomization, "resources:\n- manifests.yaml", "resources: []", 1)
	assert.Equal(t, &Rendered{Files: []File{{"kustomization.yaml", []byte(text)}}}, got)
}

// TestBuildTellsTheFirstProblems: conditions hold a paragraph.
func TestBuildTellsTheFirstProblems(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, name := range strings.Split("a b c d e f g", " ") {
		files["site/"+name+".yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"
	}
	_, err := Build(t.Context(), Request{Folder: Folder{FS: tree(files), Path: "site", Source: apps}})
	require.Error(t, err)
	assert.Equal(t, mostProblems, strings.Count(err.Error(), "KR"), err)
	assert.Contains(t, err.Error(), "; and 2 more: `korender render --target flux site` in a checkout lists them")
}

// TestBuildStopsInTime: what takes too long may take less the next time, so it is no StalledError.
func TestBuildStopsInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 0, errors.New("stopped after 0s"))
	defer cancel()
	<-ctx.Done()
	_, err := Build(ctx, Request{Folder: Folder{FS: tree(map[string]string{"a.yaml": trigger, "site.k.yaml": definitions}), Source: apps}, Settings: consume})
	require.Error(t, err)
	assert.Equal(t, "render "+apps+": stopped after 0s; spec.timeout allows more", err.Error())
	var stalled *StalledError
	assert.False(t, errors.As(err, &stalled))
}

func TestArchiveIsReproducible(t *testing.T) {
	t.Parallel()
	request := Request{Folder: Folder{FS: tree(map[string]string{"a.yaml": trigger, "site.k.yaml": definitions}), Source: apps}, Settings: consume}
	first, err := Build(t.Context(), request)
	require.NoError(t, err)
	second, err := Build(t.Context(), request)
	require.NoError(t, err)
	one, err := first.Archive()
	require.NoError(t, err)
	two, err := second.Archive()
	require.NoError(t, err)
	assert.Equal(t, one, two)
	assert.Equal(t, first.Revision(), second.Revision())
	assert.Equal(t, "latest@sha256:", first.Revision()[:14])

	zipped, err := gzip.NewReader(bytes.NewReader(one))
	require.NoError(t, err)
	entries := tar.NewReader(zipped)
	for _, f := range first.Files {
		header, err := entries.Next()
		require.NoError(t, err)
		got := tar.Header{Typeflag: header.Typeflag, Name: header.Name, Size: header.Size, Mode: header.Mode, ModTime: header.ModTime.UTC()}
		assert.Equal(t, tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: int64(len(f.Data)), Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}, got)
		data, err := io.ReadAll(entries)
		require.NoError(t, err)
		assert.Equal(t, f.Data, data)
	}
	_, err = entries.Next()
	assert.Equal(t, io.EOF, err)
}

// TestRevisionFollowsContent: no content has the revision of another, whatever the names of files are.
func TestRevisionFollowsContent(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i, files := range [][]File{
		nil, {{"a", nil}}, {{"b", nil}}, {{"a", []byte("b")}}, {{"ab", nil}}, {{"a", nil}, {"b", nil}}, {{"a", []byte("b\x000\x00")}},
	} {
		revision := (&Rendered{Files: files}).Revision()
		first, twice := seen[revision]
		assert.False(t, twice, "%d and %d have one revision", first, i)
		seen[revision] = i
	}
}
