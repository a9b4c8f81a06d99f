// SPDX-License-Identifier: Apache-2.0

package krmfn_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	krmfn "github.com/korender/korender/krm-fn"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A trigger that is the functionConfig, and a library that says what to make of it.
func ExampleRun() {
	in := strings.NewReader(`apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: example.com/v1
  kind: Site
  metadata: {name: blog, namespace: web}
`)
	platform := fstest.MapFS{"platform/site.k.yaml": {Data: []byte(`
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
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
`)}}
	err := krmfn.Run(context.Background(), in, os.Stdout, krmfn.Options{FS: platform, Libraries: []string{"platform"}})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// apiVersion: config.kubernetes.io/v1
	// kind: ResourceList
	// items:
	// - apiVersion: v1
	//   kind: ConfigMap
	//   metadata:
	//     name: blog
	//     namespace: web
	//   data:
	//     host: blog.example.com
	// functionConfig:
	//   apiVersion: example.com/v1
	//   kind: Site
	//   metadata: {name: blog, namespace: web}
}

// TestGoldens runs the function on each file of testdata: on what its part "input" holds, in a folder with its other parts
// that are none of "options", "output", and "problems". Output and problems are what must come of it.
func TestGoldens(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			g := readGolden(t, file)
			output, problems := g.run(t)
			if *update {
				g.write(t, file, output, problems)
			}
			want := readGolden(t, file)
			assert.Equal(t, want.part("output"), output, "-update rewrites it")
			assert.Equal(t, want.part("problems"), problems, "-update rewrites it")
		})
	}
}

// golden is one file of testdata.
type golden struct{ *txtar.Archive }

func readGolden(t *testing.T, file string) golden {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	require.NoError(t, err)
	return golden{archive}
}

func (g golden) part(name string) string {
	for _, f := range g.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func (g golden) write(t *testing.T, file, output, problems string) {
	t.Helper()
	kept := g.Files[:0]
	for _, f := range g.Files {
		if f.Name != "output" && f.Name != "problems" {
			kept = append(kept, f)
		}
	}
	g.Files = append(kept, txtar.File{Name: "output", Data: []byte(output)}, txtar.File{Name: "problems", Data: []byte(problems)})
	require.NoError(t, os.WriteFile(file, txtar.Format(g.Archive), 0o600))
}

// run gives the output, and how the run ended with everything that people are told.
func (g golden) run(t *testing.T) (output, problems string) {
	t.Helper()
	var out, told bytes.Buffer
	opts := g.options(t)
	opts.Warnings = &told
	err := krmfn.Run(t.Context(), strings.NewReader(g.part("input")), &out, opts)
	list, how := endOf(err)
	if err != nil {
		told.WriteString(how + "\n")
	}
	require.NoError(t, diag.Fprint(&told, list, diag.PrintOptions{}))
	return out.String(), told.String()
}

// endOf is what a run came to.
func endOf(err error) (diag.List, string) {
	var failure *render.Failure
	var tests *krmfn.TestFailure
	switch {
	case errors.As(err, &failure):
		return failure.Problems, fmt.Sprintf("failed in stage %d", failure.Stage)
	case errors.As(err, &tests):
		return tests.Problems, "tests failed"
	case err != nil:
		return nil, "failed otherwise: " + err.Error()
	}
	return nil, ""
}

func (g golden) options(t *testing.T) krmfn.Options {
	t.Helper()
	opts := krmfn.Options{FS: g.folder()}
	for _, word := range strings.Fields(g.part("options")) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "validate":
			opts.Validate = true
		case "library":
			opts.Libraries = append(opts.Libraries, value)
		case "namespace":
			opts.Render.Namespace = value
		case "bytes":
			opts.Render.Limits.Bytes = len(value)
		case "no-folder":
			opts.FS = nil
		default:
			require.Fail(t, "unknown option "+word)
		}
	}
	return opts
}

func (g golden) folder() fs.FS {
	out := fstest.MapFS{}
	for _, f := range g.Files {
		switch f.Name {
		case "input", "output", "options", "problems":
		default:
			out[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return out
}
