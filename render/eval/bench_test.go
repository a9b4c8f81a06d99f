// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// tenSteps is a Workflow of ten steps, six of which make an object.
func tenSteps() string {
	var b strings.Builder
	b.WriteString(`
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: main}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
    - label: names
      ref: {kind: ValueFunction, name: names}
      inputs: {name: =parent.metadata.name, namespace: =parent.metadata.namespace, spec: =parent.spec}
    - label: sizes
      ref: {kind: ValueFunction, name: sizes}
      inputs: {size: =parent.spec.size}
    - label: ports
      forEach: {itemIn: =parent.spec.ports, inputKey: port}
      ref: {kind: ValueFunction, name: port}
    - label: skipped
      skipIf: =parent.spec.size > 0
      ref: {kind: ValueFunction, name: sizes}
      inputs: {size: =parent.spec.size}
`)
	for i := range 6 {
		fmt.Fprintf(&b, `
    - label: object%d
      ref: {kind: ResourceFunction, name: deployment}
      inputs:
        name: =steps.names.name + "-%d"
        namespace: =steps.names.namespace
        labels: =steps.names.labels
        image: =parent.spec.image
        replicas: =steps.sizes.replicas
        ports: =steps.ports
      condition: {type: Object%d, name: Object %d}
      state: {ref%d: =value.ref}
`, i, i, i, i, i)
	}
	b.WriteString(`
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: names}
spec:
  preconditions:
    - assert: =inputs.name.size() < 60
      permFail: {message: the name is too long}
  locals:
    base: =inputs.name.lower()
  return:
    name: =locals.base
    namespace: =inputs.namespace
    labels: {app: =locals.base, team: =inputs.spec.team}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: sizes}
spec:
  return:
    replicas: "=inputs.size > 2 ? 3 : 1"
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: port}
spec:
  return:
    containerPort: =inputs.port
    name: ="p" + string(inputs.port)
---
apiVersion: koreo.dev/v1beta1
kind: ResourceTemplate
metadata: {name: deployment}
spec:
  template:
    apiVersion: apps/v1
    kind: Deployment
    metadata: {labels: {managed-by: platform}}
    spec:
      strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
      template:
        spec:
          securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
          terminationGracePeriodSeconds: 30
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: deployment}
spec:
  preconditions:
    - assert: =has(inputs.image)
      skip: {message: no image}
  locals:
    labels: =inputs.labels
  apiConfig: {apiVersion: apps/v1, kind: Deployment, plural: deployments, name: =inputs.name, namespace: =inputs.namespace}
  resourceTemplateRef: {name: deployment}
  overlays:
    - overlay:
        metadata: {labels: =locals.labels}
        spec:
          replicas: =inputs.replicas
          selector: {matchLabels: =locals.labels}
          template:
            metadata: {labels: =locals.labels}
            spec:
              containers:
                - name: main
                  image: =inputs.image
                  ports: =inputs.ports
                  resources: {requests: {cpu: 100m, memory: 64Mi}}
    - skipIf: =inputs.replicas == 1
      overlay:
        spec: {revisionHistoryLimit: 3}
  return:
    ref: =resource.self_ref()
`)
	return b.String()
}

func benchTrigger(t testing.TB, i int) manifest.Object {
	return object(t, fmt.Sprintf(`
apiVersion: example.com/v1
kind: App
metadata: {name: app-%d, namespace: prod}
spec: {size: 3, team: shop, image: "registry.example.com/app:%d", ports: [8080, 9090]}
`, i, i))
}

// BenchmarkEvaluate is one trigger after another, of 1,000 different ones; the time is that of one instance.
func BenchmarkEvaluate(b *testing.B) {
	p := compile(b, tenSteps())
	triggers := make([]manifest.Object, 1000)
	for i := range triggers {
		triggers[i] = benchTrigger(b, i)
	}
	benchmark(b, p, triggers, Observed{})
}

func benchmark(b *testing.B, p *program.Program, triggers []manifest.Object, o Observed) {
	b.Helper()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		plan, err := Evaluate(b.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: triggers[i%len(triggers)]}, o, Options{})
		if err != nil || len(plan.Actions) != 6 {
			b.Fatal(err, plan)
		}
		i++
	}
}

// BenchmarkEvaluateObserved compares six objects with what the cluster holds.
func BenchmarkEvaluateObserved(b *testing.B) {
	p := compile(b, tenSteps())
	trigger := benchTrigger(b, 0)
	plan, err := Evaluate(b.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: trigger}, Observed{}, Options{})
	require.NoError(b, err)
	var o Observed
	for _, a := range plan.Actions {
		require.NoError(b, o.Objects.Add(manifest.Object{ID: a.ID, Value: a.Target}))
	}
	benchmark(b, p, []manifest.Object{trigger}, o)
}

// BenchmarkEvaluateDeferred is the same Workflow with an image that only the cluster can tell: all six objects are
// deferred. Compare it with BenchmarkEvaluate.
func BenchmarkEvaluateDeferred(b *testing.B) {
	text := strings.ReplaceAll(tenSteps(), "image: =parent.spec.image", `image: ="registry.example.com/app:" + parent.metadata.uid`)
	p := compile(b, text)
	trigger := benchTrigger(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		plan, err := Evaluate(b.Context(), p, Trigger{Workflow: p.Workflows["main"], Object: trigger}, Observed{}, Options{})
		if err != nil || len(plan.Actions) != 0 {
			b.Fatal(err, len(plan.Actions))
		}
	}
}
