// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/product"
)

// TestPushed takes the way without our controller: a pipeline renders into a folder and pushes it, here into a repository.
// Annotations and ${…} mean to the real kustomize-controller what they are rendered for.
func TestPushed(t *testing.T) {
	t.Parallel()
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "www")}, map[string]string{"lib/site.k.yaml": library})
	dir := product.Folder(t, a.namespace, map[string]string{
		"programs.k.yaml": programs,
		"app.yaml":        "apiVersion: example.com/v1\nkind: App\nmetadata: {name: shop, namespace: NAMESPACE}\nspec: {host: \"www.${domain}\", size: 1}\n",
	})
	a.pushRendered(dir)
	a.pull("platform")
	a.install(`
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pushed, namespace: NAMESPACE}
spec:
  interval: 1h
  retryInterval: 1s
  prune: true
  path: ./rendered
  sourceRef: {kind: GitRepository, name: platform}
  postBuild: {substitute: {domain: example.com, HOME: wrong}}
`)
	a.data("copied", map[string]string{"host": "www.example.com"})
	a.data("script", map[string]string{"run.sh": "echo ${HOME}"})
	a.data("once", map[string]string{"size": "1"})
	a.data("kept", map[string]string{"size": "1"})
	a.data("pruned", map[string]string{"size": "1"})

	t.Log("what is made once stays as it was; what is abandoned stays when it leaves git")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app.yaml"), []byte(a.filled(
		"apiVersion: example.com/v1\nkind: App\nmetadata: {name: shop, namespace: NAMESPACE}\nspec: {host: \"www.${domain}\", size: 2, gone: true}\n")), 0o600))
	commit := a.pushRendered(dir)
	a.pull("platform")
	a.until("the Kustomization at "+commit, func() bool {
		applied, _, _ := unstructured.NestedString(objectOf(a.get(kustomizeVersion, "Kustomization", "pushed")), "status", "lastAppliedRevision")
		return strings.HasSuffix(applied, commit)
	}, func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "pushed"))["status"] })
	a.data("pruned", nil)
	a.data("kept", map[string]string{"size": "1"})
	a.data("once", map[string]string{"size": "1"})
}

// pushRendered renders a folder as a pipeline does, and pushes what comes out.
func (a *app) pushRendered(dir string) string {
	a.t.Helper()
	out := a.renderTo(dir)
	entries, err := os.ReadDir(out)
	require.NoError(a.t, err)
	files := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(out, e.Name()))
		require.NoError(a.t, err)
		files["rendered/"+e.Name()] = string(text)
	}
	assert.NotEmpty(a.t, files)
	require.NoError(a.t, a.platform.Remove("rendered"))
	commit, err := a.platform.Push(files)
	require.NoError(a.t, err)
	return commit
}

// renderTo renders a folder into another one, as a pipeline does.
func (a *app) renderTo(dir string, flags ...string) string {
	a.t.Helper()
	out := filepath.Join(a.t.TempDir(), "rendered")
	args := append([]string{"render", dir, "--target", "flux", "-o", "dir:" + out}, flags...)
	text, err := exec.CommandContext(a.t.Context(), filepath.Join(os.Getenv(product.Commands), "korender"), args...).CombinedOutput()
	require.NoError(a.t, err, string(text))
	return out
}

// programs make a ConfigMap of every sort.
const programs = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: app, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
    - {label: copied, ref: {kind: ResourceFunction, name: copied}, inputs: {namespace: =parent.metadata.namespace, host: =parent.spec.host}}
    - {label: script, ref: {kind: ResourceFunction, name: script}, inputs: {namespace: =parent.metadata.namespace}}
    - {label: once, ref: {kind: ResourceFunction, name: once}, inputs: {namespace: =parent.metadata.namespace, size: =string(parent.spec.size)}}
    - label: kept
      ref: {kind: ResourceFunction, name: kept}
      skipIf: =has(parent.spec.gone)
      inputs: {namespace: =parent.metadata.namespace, size: =string(parent.spec.size)}
    - label: pruned
      ref: {kind: ResourceFunction, name: pruned}
      skipIf: =has(parent.spec.gone)
      inputs: {namespace: =parent.metadata.namespace, size: =string(parent.spec.size)}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: copied}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: copied, namespace: =inputs.namespace}
  resource: {data: {host: =inputs.host}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: script}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: script, namespace: =inputs.namespace}
  resource: {data: {run.sh: "echo ${HOME}"}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: once}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: once, namespace: =inputs.namespace}
  resource: {data: {size: =inputs.size}}
  update: {never: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: kept}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: kept, namespace: =inputs.namespace}
  resource: {data: {size: =inputs.size}}
  delete: {abandon: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: pruned}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: pruned, namespace: =inputs.namespace}
  resource: {data: {size: =inputs.size}}
`
