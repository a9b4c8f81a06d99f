// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeFunctions writes n functions, half of them ValueFunctions, half ResourceFunctions, all with distinct
// expressions, so that nothing is won by remembering texts; and Workflows of a hundred steps that use them all.
func writeFunctions(dir string, n int) error {
	if err := writeFiles(filepath.Join(dir, "workflows"), n/100, func(w int) string {
		var b strings.Builder
		fmt.Fprintf(&b, innerHead, w)
		for i := w * 100; i < (w+1)*100; i += 2 {
			fmt.Fprintf(&b, valueStep, i, firstValue)
			fmt.Fprintf(&b, resourceStep, i+1, i)
		}
		return b.String()
	}); err != nil {
		return err
	}
	return writeFiles(filepath.Join(dir, "functions"), n, func(i int) string {
		if i%2 == 0 {
			return fmt.Sprintf(valueFunction, i)
		}
		return fmt.Sprintf(resourceFunction, i, "apps/v1", "Deployment")
	})
}

// writeWorkflow writes one Workflow of ten steps, six of which render an object, and n triggers.
func writeWorkflow(dir string, n int) error {
	if err := writeFiles(filepath.Join(dir, "functions"), 10, func(i int) string {
		if i < 4 {
			return fmt.Sprintf(valueFunction, i)
		}
		return fmt.Sprintf(resourceFunction, i, "v1", "ConfigMap")
	}); err != nil {
		return err
	}
	if err := writeFiles(filepath.Join(dir, "definitions"), 1, func(int) string { return workflow() }); err != nil {
		return err
	}
	return writeFiles(filepath.Join(dir, "triggers"), n, func(i int) string { return fmt.Sprintf(trigger, i, i%50, i%9) })
}

func writeFiles(dir string, n int, text func(int) string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.yaml", i)), []byte(text(i)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// workflow is the text of the Workflow: values first, then objects, each fed by the step before it.
func workflow() string {
	var b strings.Builder
	b.WriteString(workflowHead)
	for i := range 10 {
		switch {
		case i == 0:
			fmt.Fprintf(&b, valueStep, i, firstValue)
		case i < 4:
			fmt.Fprintf(&b, valueStep, i, fmt.Sprintf("steps.s%03d", i-1))
		default:
			fmt.Fprintf(&b, resourceStep, i, i%4)
		}
	}
	return b.String()
}

const valueFunction = `apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata:
  name: value-%[1]d
spec:
  preconditions:
    - assert: =has(inputs.name) && size(inputs.name) > 0
      permFail:
        message: ="value %[1]d needs a name, got " + inputs.name
  locals:
    full: =inputs.name + "-%[1]d"
  return:
    name: =locals.full
    tier: "=inputs.previous.tier == 'web' ? 'web' : 'tier-%[1]d'"
    count: =int(inputs.previous.count) + %[1]d
    labels:
      app.kubernetes.io/name: =inputs.name
      index: "%[1]d"
`

const resourceFunction = `apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata:
  name: resource-%[1]d
spec:
  locals:
    name: =inputs.name + "-%[1]d"
    labels:
      app.kubernetes.io/name: =inputs.name
      app.kubernetes.io/component: ="component-%[1]d"
  apiConfig:
    apiVersion: %[2]s
    kind: %[3]s
    name: =locals.name
    namespace: =inputs.namespace
  resource:
    metadata:
      labels: =locals.labels
    data:
      index: "%[1]d"
      tier: =inputs.previous.tier
      hosts: =inputs.hosts.map(h, h + ".v%[1]d.example.com").to_json()
      size: =string(size(inputs.hosts) + %[1]d)
  overlays:
    - skipIf: =size(inputs.hosts) > %[1]d + 100
      overlay:
        metadata:
          annotations:
            example.com/count: =string(inputs.previous.count)
  return:
    name: =resource.metadata.name
    tier: =inputs.previous.tier
`

// firstValue is what the first function of a chain is given.
const firstValue = "{'tier': 'web', 'count': 1}"

const innerHead = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata:
  name: bench-%d
spec:
  steps:
`

const workflowHead = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata:
  name: bench
  annotations:
    korender.dev/trigger: consume
spec:
  crdRef:
    apiGroup: bench.example.com
    version: v1
    kind: Bench
  steps:
`

const valueStep = `    - label: s%03[1]d
      ref:
        kind: ValueFunction
        name: value-%[1]d
      inputs:
        name: =parent.metadata.name
        previous: "=%[2]s"
`

const resourceStep = `    - label: s%03[1]d
      ref:
        kind: ResourceFunction
        name: resource-%[1]d
      inputs:
        name: =parent.metadata.name
        namespace: =parent.metadata.namespace
        hosts: =parent.spec.hosts
        previous: =steps.s%03[2]d
`

const trigger = `apiVersion: bench.example.com/v1
kind: Bench
metadata:
  name: bench-%05[1]d
  namespace: ns-%02[2]d
spec:
  hosts: [a%[3]d, b%[1]d, c]
`
