// SPDX-License-Identifier: Apache-2.0

package whole

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is a Workflow whose Database and ConfigMap git knows as soon as the trigger names a host; otherwise they wait for
// the address that another system gives out.
type program struct {
	trigger string // name
	host    string // in the trigger; empty: what the address says
	extra   string // a field of the Database; empty: none
	never   bool   // no step can be deferred
	abandon bool   // the Database outlives the instance
	owner   bool   // live makes its instance the owner of what it creates
}

const (
	known = "10.9.9.9"
	ip    = "10.0.0.7"
)

const definitions = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: stack}
spec:
  crdRef: {apiGroup: handover.example.com, version: v1, kind: Stack}
  steps:
    - label: address
      ref: {kind: ResourceFunction, name: address}
      inputs: {namespace: =parent.metadata.namespace}
    - label: database
      ref: {kind: ResourceFunction, name: database}
      inputs: {namespace: =parent.metadata.namespace, host: HOST}
    - label: files
      ref: {kind: ResourceFunction, name: files}
      inputs: {namespace: =parent.metadata.namespace, host: HOST}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: address}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Address, name: main, namespace: =inputs.namespace}
  resource: {spec: {pool: main}}
  return: {ip: =resource.status.ip}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: database}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Database, name: main, namespace: =inputs.namespace}
  resource: {spec: {host: =inputs.host, size: 3EXTRA}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
DELETE
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: files}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: main, namespace: =inputs.namespace}
  resource: {data: {host: =inputs.host}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
`

// files are those of the Application's folder. The trigger takes its namespace from the destination.
func (p program) files() map[string]string {
	host := `"=has(parent.spec.host) ? parent.spec.host : steps.address.ip"`
	if p.never {
		host = "=parent.spec.host"
	}
	extra, deletion, spec, instance := "", "", "{}", ""
	if p.extra != "" {
		extra = ", extra: " + p.extra
	}
	if p.abandon {
		deletion = "  delete: {abandon: {}}"
	}
	if p.host != "" {
		spec = "{host: " + p.host + "}"
	}
	if p.owner {
		instance = "instance: {ownerReferences: true}\n"
	}
	return map[string]string{
		"korender.yaml":      "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nonDeferred: instance\n" + instance,
		"definitions.k.yaml": strings.NewReplacer("HOST", host, "EXTRA", extra, "DELETE", deletion).Replace(definitions),
		"trigger.yaml":       "apiVersion: handover.example.com/v1\nkind: Stack\nmetadata: {name: " + p.trigger + "}\nspec: " + spec + "\n",
	}
}

// commit writes the program into a repository, and returns the revision.
func (p program) commit(t *testing.T, repository string) string {
	t.Helper()
	folder := filepath.Join(repository, "app")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	for name, text := range p.files() {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	if _, err := os.Stat(filepath.Join(repository, ".git")); err != nil {
		git(t, repository, "init", "--quiet", "--initial-branch=main")
	}
	git(t, repository, "add", "--all")
	git(t, repository, "commit", "--quiet", "--allow-empty", "--message", "change")
	return strings.TrimSpace(git(t, repository, "rev-parse", "HEAD"))
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}
