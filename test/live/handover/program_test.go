// SPDX-License-Identifier: Apache-2.0

package handover

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/product"
)

// program is a Workflow whose Database and ConfigMap git knows as soon as the trigger names a host; otherwise they wait
// for the address that another system gives out. The names of objects depend on nothing but spec.name.
type program struct {
	workflow, trigger string // names
	label             string // of the step that makes the Database
	host              string // in the trigger; empty: what the address says
	extra             string // a field of the Database; empty: none
	never             bool   // no step can be deferred
	abandon           bool   // the Database outlives the instance
}

// base is where scenarios begin, but for the host.
var base = program{workflow: "stack", trigger: "one", label: "database"}

func (p program) with(change func(*program)) program {
	change(&p)
	return p
}

const definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: WORKFLOW}
spec:
  crdRef: {apiGroup: handover.example.com, version: v1, kind: Stack}
  steps:
    - label: address
      ref: {kind: ResourceFunction, name: address}
      inputs: {name: =parent.spec.name, namespace: =parent.metadata.namespace}
    - label: LABEL
      ref: {kind: ResourceFunction, name: database}
      inputs:
        name: =parent.spec.name
        namespace: =parent.metadata.namespace
        host: HOST
    - label: files
      ref: {kind: ResourceFunction, name: files}
      inputs:
        name: =parent.spec.name
        namespace: =parent.metadata.namespace
        host: HOST
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: address}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Address, name: =inputs.name, namespace: =inputs.namespace}
  resource: {spec: {pool: main}}
  return: {ip: =resource.status.ip}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: database}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Database, name: =inputs.name, namespace: =inputs.namespace}
  resource: {spec: {host: =inputs.host, size: 3, nodes: [{name: a, zone: east}, {name: b, zone: west}]EXTRA}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
DELETE
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: files}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: =inputs.namespace}
  resource: {data: {host: =inputs.host}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
`

const config = `
apiVersion: korender.dev/v1alpha1
kind: Render
triggers: consume
onDeferred: instance
`

// render gives the manifests for a tool.
func (p program) render(t *testing.T, namespace, target string) []*unstructured.Unstructured {
	t.Helper()
	host := `"=has(parent.spec.host) ? parent.spec.host : steps.address.ip"`
	if p.never {
		host = "=parent.spec.host"
	}
	extra, deletion, spec := "", "", "{name: main}"
	if p.extra != "" {
		extra = ", extra: " + p.extra
	}
	if p.abandon {
		deletion = "  delete: {abandon: {}}"
	}
	if p.host != "" {
		spec = "{name: main, host: " + p.host + "}"
	}
	dir := product.Folder(t, namespace, map[string]string{
		"korender.yaml": config,
		"definitions.k.yaml": strings.NewReplacer(
			"WORKFLOW", p.workflow, "LABEL", p.label, "HOST", host, "EXTRA", extra, "DELETE", deletion).Replace(definitions),
		"trigger.yaml": "apiVersion: handover.example.com/v1\nkind: Stack\nmetadata: {name: " + p.trigger + ", namespace: NAMESPACE}\nspec: " + spec + "\n",
	})
	return server.Render(t, dir, "--target", target)
}
