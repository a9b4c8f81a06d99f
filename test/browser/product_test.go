// SPDX-License-Identifier: Apache-2.0

// Package browser looks at the pages of the product with a real headless Chromium, as people do: what a click filters, what
// a phone shows, how it scrolls, and that nothing is asked of any network.
package browser

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// screenshots is where pictures of the pages go, for people.
var screenshots = flag.String("screenshots", "", "write screenshots to this folder")

// product is the command; TestMain builds it once.
var product string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "korender-browser-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	product = filepath.Join(dir, "korender")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", product, "./cmd/korender")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build korender: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// repository is a git repository with a commit on main, and a branch with another one on top of it.
func repository(t *testing.T, base, head map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	for i, files := range []map[string]string{base, head} {
		for name, text := range files {
			file := filepath.Join(dir, filepath.FromSlash(name))
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		}
		git(t, dir, "add", ".")
		git(t, dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "commit")
		if i == 0 {
			git(t, dir, "switch", "-q", "-c", "feature")
		}
	}
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// trees are the files of the two commits in an archive.
func trees(t *testing.T, archive string) (base, head map[string]string) {
	t.Helper()
	read, err := txtar.ParseFile(filepath.Join("testdata", archive))
	require.NoError(t, err)
	base, head = map[string]string{}, map[string]string{}
	for _, f := range read.Files {
		if name, ok := strings.CutPrefix(f.Name, "base/"); ok {
			base[name] = string(f.Data)
		}
		if name, ok := strings.CutPrefix(f.Name, "head/"); ok {
			head[name] = string(f.Data)
		}
	}
	return base, head
}

// rich is a repository with one of everything.
func rich(t *testing.T) string {
	t.Helper()
	base, head := trees(t, "rich.txtar")
	return repository(t, base, head)
}

// many is a repository of n objects, of which each changes two fields: n/2 sites, and a function that all of them use.
func many(t *testing.T, n int) string {
	t.Helper()
	const program = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: settings, ref: {kind: ValueFunction, name: settings}}
    - {label: config, ref: {kind: ResourceFunction, name: config}, inputs: {name: =parent.metadata.name, level: =steps.settings.level}}
    - {label: deployment, ref: {kind: ResourceFunction, name: deployment}, inputs: {name: =parent.metadata.name, level: =steps.settings.level}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: settings}
spec: {return: {level: LEVEL}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {metadata: {labels: {level: =inputs.level}}, data: {level: =inputs.level, text: "first line\nlog LEVEL\nlast line\n"}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: deployment}
spec:
  apiConfig: {apiVersion: apps/v1, kind: Deployment, name: =inputs.name, namespace: web}
  resource:
    metadata: {labels: {level: =inputs.level}}
    spec:
      selector: {matchLabels: {app: =inputs.name}}
      template:
        metadata: {labels: {app: =inputs.name}}
        spec: {containers: [{name: web, image: "web:LEVEL", env: [{name: LEVEL, value: =inputs.level}]}]}
`
	var sites strings.Builder
	for i := range n / 2 {
		fmt.Fprintf(&sites, "---\napiVersion: example.com/v1\nkind: Site\nmetadata: {name: site-%d, namespace: web}\nspec: {}\n", i)
	}
	base := map[string]string{
		"korender.yaml":  "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nlimits: {objects: 100000}\n",
		"sites.yaml":     sites.String(),
		"program.k.yaml": strings.ReplaceAll(program, "LEVEL", "info"),
	}
	return repository(t, base, map[string]string{"program.k.yaml": strings.ReplaceAll(program, "LEVEL", "debug")})
}

// run runs the product in a folder and gives what it prints; it must end with that code.
func run(t *testing.T, dir string, code int, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(product, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if code == 0 {
		require.NoError(t, err, stderr.String())
	}
	require.Equal(t, code, cmd.ProcessState.ExitCode(), stderr.String())
	return out
}

// page writes what the product prints to a file and gives its address.
func page(t *testing.T, html []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, html, 0o600))
	return "file://" + file
}

// previewed is what `preview -o json` says, as far as pages are held to it.
type previewed struct {
	Summary map[string]int
	Changes []struct {
		Type    string
		Folder  string
		Step    string
		Dangers []struct{ Level string }
	}
}

// preview is the page of a repository, and its JSON.
func preview(t *testing.T, dir string, code int) (string, previewed) {
	t.Helper()
	var out previewed
	require.NoError(t, json.Unmarshal(run(t, dir, code, "preview", "-o", "json"), &out))
	return page(t, run(t, dir, code, "preview", "-o", "html")), out
}
