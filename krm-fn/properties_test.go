// SPDX-License-Identifier: Apache-2.0

package krmfn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	krmfn "github.com/korender/korender/krm-fn"
	"github.com/korender/korender/render"
)

const header = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

// listOf is a ResourceList.
func listOf(t testing.TB, config *yaml.Node, items []*yaml.Node) string {
	t.Helper()
	root := struct {
		APIVersion, Kind string       `yaml:",omitempty"`
		Items            []*yaml.Node `yaml:"items"`
		FunctionConfig   *yaml.Node   `yaml:"functionConfig,omitempty"`
	}{Items: items, FunctionConfig: config}
	text, err := yaml.Marshal(root)
	require.NoError(t, err)
	return header + string(text)
}

// documents reads the documents of YAML texts.
func documents(t testing.TB, texts ...[]byte) []*yaml.Node {
	t.Helper()
	var out []*yaml.Node
	for _, text := range texts {
		dec := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var doc yaml.Node
			err := dec.Decode(&doc)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			out = append(out, doc.Content[0])
		}
	}
	return out
}

// itemsOf are the items of a ResourceList.
func itemsOf(t testing.TB, list string) []any {
	t.Helper()
	var parsed struct {
		Items   []any
		Results []map[string]any
	}
	require.NoError(t, yaml.Unmarshal([]byte(list), &parsed))
	return parsed.Items
}

func run(t testing.TB, in string, opts krmfn.Options) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, krmfn.Run(t.Context(), strings.NewReader(in), &out, opts))
	return out.String()
}

// TestExamples renders every example by the function, which must give the same objects in the same order as a render of its
// folder.
func TestExamples(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "examples")
	files, err := filepath.Glob(filepath.Join(root, "*", "expected.yaml"))
	require.NoError(t, err)
	teams, err := filepath.Glob(filepath.Join(root, "shared-library", "*", "expected.yaml"))
	require.NoError(t, err)
	require.Len(t, append(files, teams...), 13)
	for _, expected := range append(files, teams...) {
		dir := filepath.Dir(expected)
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			t.Parallel()
			config, inputs := exampleFiles(t, dir)
			folder := os.DirFS(filepath.Dir(dir)) // of the libraries of shared-library
			want, err := os.ReadFile(expected)
			require.NoError(t, err)
			got := run(t, listOf(t, config, documents(t, inputs...)), krmfn.Options{FS: folder})
			assert.Equal(t, itemsOf(t, listOf(t, nil, documents(t, want))), itemsOf(t, got))
		})
	}
}

// exampleFiles are the configuration and the other files of an example, in the order in which a render reads them.
func exampleFiles(t testing.TB, dir string) (*yaml.Node, [][]byte) {
	t.Helper()
	var config *yaml.Node
	var out [][]byte
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "stages":
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(file) == ".md" || e.Name() == "expected.yaml" || strings.HasPrefix(e.Name(), "."):
			return nil
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if e.Name() == render.ConfigName {
			// A function runs in the folder above: its libraries are relative to that, and it cannot go further up.
			own := strings.NewReplacer("root: ..\n", "", "../library", "library").Replace(string(text))
			config = documents(t, []byte(own))[0]
			return nil
		}
		out = append(out, text)
		return nil
	})
	require.NoError(t, err)
	return config, out
}

// TestDeterministic runs the largest example fifty times.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	config, inputs := exampleFiles(t, filepath.Join("..", "examples", "crossplane-database"))
	in := listOf(t, config, documents(t, inputs...))
	first := run(t, in, krmfn.Options{})
	for range 49 {
		require.Equal(t, first, run(t, in, krmfn.Options{}))
	}
}

// TestPatchTwice gives the function what it has patched already.
func TestPatchTwice(t *testing.T) {
	t.Parallel()
	config, inputs := exampleFiles(t, filepath.Join("..", "examples", "patch-deployment"))
	once := run(t, listOf(t, config, documents(t, inputs...)), krmfn.Options{})
	var patched struct{ Items []yaml.Node }
	require.NoError(t, yaml.Unmarshal([]byte(once), &patched))
	var sources []*yaml.Node // definitions, and what has left as a trigger
	for _, doc := range documents(t, inputs...) {
		if id := yaml.NewRNode(doc); strings.Contains(id.GetApiVersion(), "koreo.dev") || id.GetKind() == "Tuning" {
			sources = append(sources, doc)
		}
	}
	require.NotEmpty(t, sources)
	for i := range patched.Items {
		sources = append(sources, &patched.Items[i])
	}
	twice := run(t, listOf(t, config, sources), krmfn.Options{})
	assert.Equal(t, itemsOf(t, once), itemsOf(t, twice))
}

// many are n items that pass through, a trigger, and its definitions.
func many(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: ConfigMap # %d\nmetadata:\n  name: c%d\n  namespace: web\n  labels: {app: shop, tier: front}\ndata:\n  a: \"1\"\n  b: text\n---\n", i, i)
	}
	config, inputs := exampleFiles(t, filepath.Join("..", "examples", "web-workload"))
	return listOf(t, config, documents(t, append(inputs, []byte(b.String()))...))
}

// TestMany runs on 10,000 items, which all come out again beside what is rendered.
func TestMany(t *testing.T) {
	t.Parallel()
	got := run(t, many(t, 10_000), krmfn.Options{})
	assert.Len(t, itemsOf(t, got), 10_005)
}

// failing is a writer or reader that fails.
type failing struct{}

var errBroken = errors.New("broken pipe")

func (failing) Write([]byte) (int, error) { return 0, errBroken }
func (failing) Read([]byte) (int, error)  { return 0, errBroken }

// TestBroken runs with streams that fail, and with a context that has ended: nothing is written.
func TestBroken(t *testing.T) {
	t.Parallel()
	in := many(t, 0)
	require.ErrorIs(t, krmfn.Run(t.Context(), strings.NewReader(in), failing{}, krmfn.Options{}), errBroken)
	require.ErrorIs(t, krmfn.Run(t.Context(), failing{}, io.Discard, krmfn.Options{}), errBroken)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	require.ErrorIs(t, krmfn.Run(ctx, strings.NewReader(in), &out, krmfn.Options{}), context.Canceled)
	assert.Empty(t, out.String())
}

// Whatever comes in: no panic, and either a ResourceList goes out or nothing. Without an error, no item is lost but
// definitions and triggers.
func FuzzRun(f *testing.F) {
	f.Add(header + "items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n")
	f.Add(many(f, 2))
	f.Add(header + "items:\n- &a {apiVersion: v1, kind: List, items: [*a]}\n- {<<: *a, kind: x}\nfunctionConfig: {kind: ConfigMap, data: {a.b: c, a: d, \".\": e}}\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		err := krmfn.Run(t.Context(), strings.NewReader(in), &out, krmfn.Options{})
		if out.Len() == 0 {
			require.Error(t, err)
			return
		}
		var list map[string]any
		if err == nil {
			require.NoError(t, yaml.Unmarshal(out.Bytes(), &list), "%s", &out)
			assert.Equal(t, "ResourceList", list["kind"])
		}
	})
}

func BenchmarkRun(b *testing.B) {
	in := many(b, 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, krmfn.Run(b.Context(), strings.NewReader(in), io.Discard, krmfn.Options{}))
	}
}
