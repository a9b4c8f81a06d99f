// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// monorepo is a repository of 50 folders with 10 instances each, whose one function, in a library, changes in the last
// commit, and the commit before.
func monorepo(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	run := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s", out)
	}
	put := func(name, text string) {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(b, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(b, os.WriteFile(full, []byte(text), 0o600))
	}
	run("init", "-q", "-b", "main")
	put("lib/site.koreo", siteProgram(0))
	for i := range 50 {
		put(fmt.Sprintf("apps/%d/korender.yaml", i), "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nroot: ../..\nlibraries: [../../lib]\n")
		for j := range 10 {
			put(fmt.Sprintf("apps/%d/site%d.yaml", i, j),
				fmt.Sprintf("apiVersion: example.com/v1\nkind: Site\nmetadata: {name: s%d-%d, namespace: web}\nspec: {text: a}\n", i, j))
		}
	}
	run("add", ".")
	run("commit", "-q", "-m", "base")
	put("lib/site.koreo", siteProgram(1))
	run("commit", "-q", "-a", "-m", "function")
	run("gc", "-q")
	return dir
}

// previewed compares two revisions, as the command does.
func previewed(b *testing.B, dir, base string) *Preview {
	b.Helper()
	r, err := Open(dir)
	require.NoError(b, err)
	p, err := Run(context.Background(), r, Options{Base: base})
	require.NoError(b, err)
	require.NoError(b, r.Close())
	return p
}

// BenchmarkOneFunctionChanged compares a preview in which one changed function reaches all instances with rendering these
// instances once, from disk.
func BenchmarkOneFunctionChanged(b *testing.B) {
	dir := monorepo(b)
	b.Run("render", func(b *testing.B) {
		for b.Loop() {
			root, err := os.OpenRoot(dir)
			require.NoError(b, err)
			for i := range 50 {
				p, err := prepare(disk{root}, fmt.Sprintf("apps/%d", i), Options{})
				require.NoError(b, err)
				result, err := render.Render(context.Background(), p.input, render.Options{})
				require.NoError(b, err)
				require.Len(b, result.Objects, 10)
			}
			require.NoError(b, root.Close())
		}
	})
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			require.Equal(b, 500, previewed(b, dir, "HEAD~1").Summary.Changed)
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
			require.False(b, previewed(b, dir, "HEAD").Summary.Any())
		}
	})
}
