// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fixed are a ConfigMap and a Job whose content the API server lets nobody change.
const fixed = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: fixed, annotations: {korender.dev/trigger: consume}}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: settings, ref: {kind: ResourceFunction, name: settings}, inputs: {namespace: =parent.metadata.namespace, hosts: =parent.spec.hosts}}
    - {label: migration, ref: {kind: ResourceFunction, name: migration}, inputs: {namespace: =parent.metadata.namespace, hosts: =parent.spec.hosts}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: settings}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: settings, namespace: =inputs.namespace}
  resource: {immutable: true, data: {hosts: '=inputs.hosts.join(" ")'}}
  update: {recreate: {}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: migration}
spec:
  apiConfig: {apiVersion: batch/v1, kind: Job, name: migration, namespace: =inputs.namespace}
  resource:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: migrate, args: =inputs.hosts}]
  update: {recreate: {}}
`

// TestRecreated changes what cannot be changed: with update.recreate, the real kustomize-controller makes it anew; without,
// it says that it cannot.
func TestRecreated(t *testing.T) {
	t.Parallel()
	a := newApp(t, map[string]string{"site/blog.yaml": site("blog", "one")}, map[string]string{"lib/fixed.k.yaml": fixed})
	a.ready(kustomizeVersion, "Kustomization", "site", "True", "")
	settings, job := a.get("v1", "ConfigMap", "settings"), a.get("batch/v1", "Job", "migration")
	require.NotNil(t, settings)
	require.NotNil(t, job)
	for _, o := range []*unstructured.Unstructured{settings, job} {
		assert.Equal(t, "enabled", o.GetAnnotations()["kustomize.toolkit.fluxcd.io/force"])
	}

	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "two")})
	a.pull("apps")
	a.data("settings", hosts("two"))
	a.until("a Job of two", func() bool { return argsOf(a.get("batch/v1", "Job", "migration")) == "two" },
		func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
	assert.NotEqual(t, settings.GetUID(), a.get("v1", "ConfigMap", "settings").GetUID())
	assert.NotEqual(t, job.GetUID(), a.get("batch/v1", "Job", "migration").GetUID())
	a.newest()
	a.ready(kustomizeVersion, "Kustomization", "site", "True", "")

	t.Log("without update.recreate")
	a.push(a.platform, map[string]string{"lib/fixed.k.yaml": strings.ReplaceAll(fixed, "  update: {recreate: {}}\n", "")})
	a.pull("platform")
	a.until("a ConfigMap that may not be made anew", func() bool {
		return a.get("v1", "ConfigMap", "settings").GetAnnotations()["kustomize.toolkit.fluxcd.io/force"] == ""
	}, func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
	a.push(a.apps, map[string]string{"site/blog.yaml": site("blog", "three")})
	a.pull("apps")
	failed := a.ready(kustomizeVersion, "Kustomization", "site", "False", "ReconciliationFailed")
	_, _, message := condition(failed, "Ready")
	assert.Contains(t, message, "immutable")
	a.data("settings", hosts("two"))
}

// argsOf are the arguments of a Job's container.
func argsOf(job *unstructured.Unstructured) string {
	containers, _, _ := unstructured.NestedSlice(objectOf(job), "spec", "template", "spec", "containers")
	if len(containers) == 0 {
		return ""
	}
	args, _, _ := unstructured.NestedStringSlice(containers[0].(map[string]any), "args")
	return strings.Join(args, " ")
}
