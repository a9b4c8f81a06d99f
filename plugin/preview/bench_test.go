// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render"
)

// monorepo is a repository of 50 folders with 10 instances each, whose one function, in a library, changes in the last
// commit, and the commit before.
func monorepo(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	git(b, dir, "init", "-q", "-b", "main")
	files := map[string]string{"lib/site.koreo": siteProgram(0)}
	for i := range 50 {
		files[fmt.Sprintf("apps/%d/korender.yaml", i)] = "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nroot: ../..\nlibraries: [../../lib]\n"
		for j := range 10 {
			files[fmt.Sprintf("apps/%d/site%d.yaml", i, j)] = fmt.Sprintf("apiVersion: example.com/v1\nkind: Site\nmetadata: {name: s%d-%d, namespace: web}\nspec: {text: a}\n", i, j)
		}
	}
	write(b, dir, files)
	git(b, dir, "add", ".")
	git(b, dir, "commit", "-q", "-m", "base")
	write(b, dir, map[string]string{"lib/site.koreo": siteProgram(1)})
	git(b, dir, "commit", "-q", "-a", "-m", "function")
	git(b, dir, "gc", "-q")
	return dir
}

// BenchmarkOneFunctionChanged compares a preview in which one changed function reaches all instances with rendering these
// instances once, from disk.
func BenchmarkOneFunctionChanged(b *testing.B) {
	dir := monorepo(b)
	b.Run("render", func(b *testing.B) {
		for b.Loop() {
			top, err := revision.OpenDisk(dir)
			require.NoError(b, err)
			for i := range 50 {
				p, err := prepare(top, fmt.Sprintf("apps/%d", i), Options{})
				require.NoError(b, err)
				result, err := render.Render(context.Background(), p.input, render.Options{})
				require.NoError(b, err)
				require.Len(b, result.Objects, 10)
			}
			top.Close()
		}
	})
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			require.Equal(b, 500, previewed(b, dir, "HEAD~1", Options{}).Summary.Changed)
		}
	})
}

// BenchmarkNothingChanged compares a preview of no change with what git itself needs to read both trees.
func BenchmarkNothingChanged(b *testing.B) {
	dir := monorepo(b)
	b.Run("git", func(b *testing.B) {
		for b.Loop() {
			for range 2 {
				require.NoError(b, exec.Command("git", "-C", dir, "ls-tree", "-r", "HEAD").Run())
			}
		}
	})
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			require.False(b, previewed(b, dir, "HEAD", Options{}).Summary.Any())
		}
	})
}
