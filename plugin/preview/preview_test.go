// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blind is a place that cannot tell whether anything has changed.
type blind struct{ place }

func (blind) digest(string) string { return "" }

func (b blind) open(folder string) (place, error) {
	p, err := b.place.open(folder)
	return blind{p}, err
}

// TestUnchangedFoldersNeedNoRender edits a repository of folders, libraries and links at random, and compares a preview
// that renders only what may have changed with one that renders everything.
func TestUnchangedFoldersNeedNoRender(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	dir := repositoryIn(t)
	write(t, dir, startFiles())
	git(t, dir, "", "add", ".")
	git(t, dir, "", "commit", "-q", "-m", "start")
	skipped, linked := 0, 0
	for range 12 {
		write(t, dir, edit(random))
		git(t, dir, "", "add", ".")
		git(t, dir, "", "commit", "-q", "--allow-empty", "-m", "edit")
		r := opened(t, dir)
		base, head := treeOf(t, r, "HEAD~1"), treeOf(t, r, "HEAD")
		clever, thorough := compared(t, base, head), compared(t, blind{base}, blind{head})
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

func compared(t *testing.T, base, head place) *Preview {
	t.Helper()
	p := &Preview{tested: map[string]bool{}}
	paths, err := pathsOf(base, head, nil)
	require.NoError(t, err)
	for _, path := range paths {
		require.NoError(t, p.compareFolder(context.Background(), path, base, head, Options{}))
	}
	return p
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
