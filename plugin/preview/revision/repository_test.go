// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// git runs git in a folder, with text as its input.
func git(t *testing.T, dir, text string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// repositoryIn is a new repository in a temporary folder.
func repositoryIn(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "", "init", "-q", "-b", "main")
	return dir
}

func opened(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// TestMergeBases compares with git itself, on histories in which branches are merged at random.
func TestMergeBases(t *testing.T) {
	t.Parallel()
	const commits = 40
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			dir := repositoryIn(t)
			git(t, dir, history(random, commits), "fast-import", "--quiet")
			r := opened(t, dir)
			for range 20 {
				a, b := fmt.Sprintf("b%d", random.IntN(commits)), fmt.Sprintf("b%d", random.IntN(commits))
				want := mergeBasesOf(dir, a, b)
				slices.Sort(want)
				assert.Equal(t, want, hashesOf(t, r, a, b), "%s and %s", a, b)
			}
		})
	}
}

// history is a history for git fast-import: a branch for each commit, most with one parent, some with two or none.
func history(random *rand.Rand, commits int) string {
	var b strings.Builder
	for i := range commits {
		message := fmt.Sprintf("commit %d", i)
		fmt.Fprintf(&b, "commit refs/heads/b%d\nmark :%d\ncommitter a <a@example.com> %d +0000\ndata %d\n%s\n", i, i+1, 1_700_000_000+i/3*60, len(message), message)
		if i > 0 && random.IntN(15) > 0 {
			first := max(0, i-1-random.IntN(6))
			fmt.Fprintf(&b, "from :%d\n", first+1)
			if second := max(0, i-1-random.IntN(6)); second != first && random.IntN(2) == 0 {
				fmt.Fprintf(&b, "merge :%d\n", second+1)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func mergeBasesOf(dir, a, b string) []string {
	out, err := exec.Command("git", "-C", dir, "merge-base", "--all", a, b).Output()
	if err != nil { // there is none
		return nil
	}
	return strings.Fields(string(out))
}

func hashesOf(t *testing.T, r *Repository, a, b string) []string {
	t.Helper()
	base, err := r.resolve(a)
	require.NoError(t, err)
	head, err := r.resolve(b)
	require.NoError(t, err)
	list, err := r.mergeBases(base, head)
	if err != nil {
		assert.ErrorContains(t, err, "have no common ancestor")
		return nil
	}
	var out []string
	for _, c := range list {
		out = append(out, c.Hash.String())
	}
	slices.Sort(out)
	return out
}

// write puts files into a folder; a value that begins with -> is a link.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		_ = os.Remove(full) // it may not be there
		if to, link := strings.CutPrefix(text, "->"); link {
			require.NoError(t, os.Symlink(to, full))
			continue
		}
		require.NoError(t, os.WriteFile(full, []byte(text), 0o600))
	}
}

func treeOf(t *testing.T, r *Repository, rev string) *Dir {
	t.Helper()
	c, err := r.resolve(rev)
	require.NoError(t, err)
	return r.dir(c)
}

// TestTree holds a revision to what the standard library expects of a file system, and links to what os.Root does.
func TestTree(t *testing.T) {
	t.Parallel()
	dir := repositoryIn(t)
	write(t, dir, map[string]string{
		"a/b/c.yaml": "c", "a-b": "1", "a.b": "2", "a/z": "", "file": "->a/b/c.yaml", "folder": "->a", "a/up": "->../a-b", "out": "->../elsewhere",
		"absolute": "->/etc/passwd", "round": "->about", "about": "->round", "nothing": "->missing",
	})
	git(t, dir, "", "add", ".")
	git(t, dir, "", "commit", "-q", "-m", "all")
	fsys := treeOf(t, opened(t, dir), "HEAD")
	sub, err := fsys.Sub("a")
	require.NoError(t, err)
	assert.NoError(t, fstest.TestFS(mustSub(t, fsys, "a/b"), "c.yaml"))

	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	below, err := root.OpenRoot("a")
	require.NoError(t, err)
	defer below.Close()
	for _, name := range []string{"a/b/c.yaml", "file", "folder/b/c.yaml", "folder/up", "a/up", "out", "absolute", "round", "nothing", "a/b/c.yaml/x", "missing"} {
		assertSameRead(t, root.FS(), fsys.Files, name)
	}
	for _, name := range []string{"b/c.yaml", "z", "up"} { // the last one leads out of the folder that was opened
		assertSameRead(t, below.FS(), sub.Files, name)
	}
	to, err := fs.ReadLink(fsys.Files, "file")
	require.NoError(t, err)
	assert.Equal(t, "a/b/c.yaml", to)
}

func mustSub(t *testing.T, p *Dir, folder string) fs.FS {
	t.Helper()
	sub, err := p.Sub(folder)
	require.NoError(t, err)
	return sub.Files
}

// assertSameRead compares what reading a file gives: its bytes, or whether there is none.
func assertSameRead(t *testing.T, disk, revision fs.FS, name string) {
	t.Helper()
	want, wrong := fs.ReadFile(disk, name)
	got, err := fs.ReadFile(revision, name)
	assert.Equal(t, string(want), string(got), name)
	assert.Equal(t, wrong == nil, err == nil, "%s: %v, %v", name, wrong, err)
}
