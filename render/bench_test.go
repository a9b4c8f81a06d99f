// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// workloads is the web workload example with n triggers instead of its own.
func workloads(b *testing.B, n int) render.Input {
	b.Helper()
	fsys := fstest.MapFS{render.ConfigName: {Data: []byte("apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\n")}}
	for _, name := range []string{"deployment", "ingress", "service", "settings", "workflow"} {
		text, err := os.ReadFile("../examples/web-workload/definitions/" + name + ".k.yaml")
		require.NoError(b, err)
		fsys["definitions/"+name+".k.yaml"] = &fstest.MapFile{Data: text}
	}
	shop, err := os.ReadFile("../examples/web-workload/apps/shop.yaml")
	require.NoError(b, err)
	for i := range n {
		text := strings.ReplaceAll(string(shop), "name: shop", fmt.Sprintf("name: shop-%04d", i))
		fsys[fmt.Sprintf("apps/%04d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}, Config: render.ReadConfig(fsys, ".", "")}
}

// BenchmarkRender is everything from files to bytes: read, compile, evaluate, write.
func BenchmarkRender(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("workloads=%d", n), func(b *testing.B) {
			in := workloads(b, n)
			b.ReportAllocs()
			for b.Loop() {
				result, err := render.Render(b.Context(), in, render.Options{})
				require.NoError(b, err)
				require.NoError(b, result.WriteYAML(io.Discard))
			}
		})
	}
}

// BenchmarkEvaluate is the Workflows of 1,000 triggers alone.
func BenchmarkEvaluate(b *testing.B) {
	sources, err := render.Load(workloads(b, 1000), render.Options{})
	require.NoError(b, err)
	program, _, err := render.Compile(sources)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := render.Evaluate(b.Context(), sources, program, render.Options{})
		require.NoError(b, err)
	}
}
