// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview/revision"
)

// git runs git in a folder.
func git(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
}

// write puts files into a folder; a value that begins with -> is a link, an empty one removes the file.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.RemoveAll(full))
		if to, link := strings.CutPrefix(text, "->"); link {
			require.NoError(t, os.Symlink(to, full))
		} else if text != "" {
			require.NoError(t, os.WriteFile(full, []byte(text), 0o600))
		}
	}
}

// previewed compares a revision with HEAD, as the command does.
func previewed(t testing.TB, dir, base string, opts Options) *Preview {
	t.Helper()
	r, err := revision.Open(dir)
	require.NoError(t, err)
	opts.Revisions.Base = base
	p, err := Run(context.Background(), r, opts)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return p
}

// TestUnchangedFoldersNeedNoRender edits a repository of folders, libraries and links at random, and compares a preview
// that renders only what may have changed with one that renders everything.
func TestUnchangedFoldersNeedNoRender(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	write(t, dir, startFiles())
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "start")
	skipped, linked := 0, 0
	for range 12 {
		write(t, dir, edit(random))
		git(t, dir, "add", ".")
		git(t, dir, "commit", "-q", "--allow-empty", "-m", "edit")
		clever, thorough := previewed(t, dir, "HEAD~1", Options{}), previewed(t, dir, "HEAD~1", Options{whole: true})
		assert.Equal(t, thorough.Changes, clever.Changes)
		assert.Equal(t, thorough.Definitions, clever.Definitions)
		for _, c := range clever.Changes {
			if c.Object.Name == "linked" {
				linked++
			}
		}
		for _, f := range clever.Folders {
			if f.Head == Same {
				skipped++
			}
		}
	}
	assert.Positive(t, linked, "what a link leads to has changed")
	assert.Greater(t, skipped, 12, "most folders are not rendered")
}

const folders = 6

// startFiles are folders with a site each; two libraries, of which each folder uses one; and a folder that reads what
// links lead to.
func startFiles() map[string]string {
	out := map[string]string{"values/linked.yaml": manifestOf("linked", 0), "lib0/site.koreo": siteProgram(0), "lib1/site.koreo": siteProgram(0)}
	for i := range folders {
		folder := fmt.Sprintf("apps/%d/", i)
		out[folder+"korender.yaml"] = fmt.Sprintf(
			"apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nroot: ../..\nlibraries: [../../lib%d]\n", i%2)
		out[folder+"site.yaml"] = fmt.Sprintf("apiVersion: example.com/v1\nkind: Site\nmetadata: {name: s%d, namespace: web}\nspec: {text: a}\n", i)
	}
	out["apps/0/link.yaml"] = "->../../values/linked.yaml"
	return out
}

func manifestOf(name string, value int) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: web}\ndata: {value: \"%d\"}\n", name, value)
}

func siteProgram(value int) string {
	return fmt.Sprintf(`apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name, text: =parent.spec.text}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {data: {text: =inputs.text, value: "%d"}}
`, value)
}

// edit changes one thing, or nothing.
func edit(random *rand.Rand) map[string]string {
	value, folder := random.IntN(1000), random.IntN(folders)
	switch random.IntN(5) {
	case 0:
		return map[string]string{fmt.Sprintf("lib%d/site.koreo", random.IntN(2)): siteProgram(value)}
	case 1:
		return map[string]string{"values/linked.yaml": manifestOf("linked", value)}
	case 2:
		return map[string]string{fmt.Sprintf("apps/%d/more.yaml", folder): manifestOf(fmt.Sprintf("more%d", folder), value)}
	case 3:
		return map[string]string{"README.md": fmt.Sprint(value)}
	default:
		return map[string]string{fmt.Sprintf("apps/%d/site.yaml", folder): fmt.Sprintf(
			"apiVersion: example.com/v1\nkind: Site\nmetadata: {name: s%d, namespace: web}\nspec: {text: \"%d\"}\n", folder, value)}
	}
}
