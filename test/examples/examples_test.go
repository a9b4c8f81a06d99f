// SPDX-License-Identifier: Apache-2.0

// Package examples runs the examples and the README's sample as users would: each renders to exactly its
// expected.yaml, its FunctionTests pass, and check has nothing to say. -update rewrites what they print.
package examples

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/functest"
)

var update = flag.Bool("update", false, "rewrite expected.yaml of every example")

// root is where the repository begins.
const root = "../.."

// TestExamples renders and tests every folder below examples/ that holds an expected.yaml.
func TestExamples(t *testing.T) {
	t.Parallel()
	fsys := os.DirFS(filepath.Join(root, "examples"))
	found, err := fs.Glob(fsys, "*/expected.yaml")
	require.NoError(t, err)
	nested, err := fs.Glob(fsys, "*/*/expected.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, file := range append(found, nested...) {
		dir := path.Dir(file)
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			run(t, fsys, dir, filepath.Join(root, "examples", filepath.FromSlash(file)))
		})
	}
}

func run(t *testing.T, fsys fs.FS, dir, expected string) {
	in := example(fsys, dir)
	result, err := render.Render(t.Context(), in, render.Options{})
	require.NoError(t, err)
	assert.Empty(t, result.Warnings)
	var got bytes.Buffer
	require.NoError(t, result.WriteYAML(&got))
	if *update {
		require.NoError(t, os.WriteFile(expected, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(expected)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
	assertTestsPass(t, in)
}

// example is a folder of fsys as the command line reads it: with its korender.yaml, and the libraries that this names.
func example(fsys fs.FS, dir string) render.Input {
	in := render.Input{
		Paths:  []render.Place{{FS: fsys, Path: dir}},
		Config: render.ReadConfig(fsys, dir, ""),
	}
	if in.Config != nil {
		for _, library := range in.Config.Libraries {
			in.Libraries = append(in.Libraries, render.Place{FS: fsys, Path: path.Join(dir, library)})
		}
	}
	return in
}

// assertTestsPass runs the FunctionTests and wants at least one case, and none that fails.
func assertTestsPass(t *testing.T, in render.Input) {
	t.Helper()
	sources, err := render.Load(in, render.Options{})
	require.NoError(t, err)
	program, _, err := render.Compile(sources)
	require.NoError(t, err)
	report := functest.Run(t.Context(), program, functest.Options{})
	assert.NotZero(t, report.Summary.Cases)
	for _, test := range report.Tests {
		for _, c := range test.Cases {
			assert.True(t, c.Pass, "%s, %s: %s %v", test.Name, c.Label, c.Message, c.Differences)
		}
	}
}

// TestReadme renders the program in the README and compares it with what the README says it prints.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	blocks := strings.Split(string(text), "```yaml\n")
	require.Len(t, blocks, 3)
	program, _, _ := strings.Cut(blocks[1], "```")
	want, _, _ := strings.Cut(blocks[2], "```")
	fsys := fstest.MapFS{"site.yaml": {Data: []byte(program)}}
	result, err := render.Render(t.Context(), render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}}, render.Options{})
	require.NoError(t, err)
	var got bytes.Buffer
	require.NoError(t, result.WriteYAML(&got))
	assert.Equal(t, want, got.String())
	assert.Empty(t, result.Warnings)
}
