// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// manyFunctions is n definitions: four fifths ResourceFunctions with three expressions that no other has, the rest
// ValueFunctions.
func manyFunctions(n int) string {
	var b strings.Builder
	for i := range n {
		if i%5 == 0 {
			fmt.Fprintf(&b, `---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: value-%[1]d}
spec:
  preconditions:
    - {assert: =inputs.size > %[1]d, permFail: {message: '="too small: " + string(inputs.size)'}}
  return: {labels: {app: '=inputs.name + "-%[1]d"'}}
`, i)
			continue
		}
		fmt.Fprintf(&b, `---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: resource-%[1]d}
spec:
  apiConfig: {apiVersion: apps/v1, kind: Deployment, name: '=inputs.name + "-%[1]d"', namespace: =inputs.namespace}
  resource:
    metadata: {labels: =inputs.labels}
    spec:
      replicas: "=has(inputs.replicas) ? inputs.replicas : %[1]d"
      template:
        spec:
          containers:
            - {name: app, image: =inputs.image, ports: [{name: http, containerPort: 8080}]}
  overlays:
    - {overlay: {spec: {paused: =inputs.number == %[1]d}}}
  postconditions:
    - {assert: "=resource.status.readyReplicas > 0", retry: {message: waiting, delay: 5}}
  return: {ref: =resource.self_ref()}
`, i)
	}
	return b.String()
}

func BenchmarkCompile200(b *testing.B) {
	docs, problems := source.Parse("many.yaml", []byte(manyFunctions(200)), 0, source.Limits{})
	require.Empty(b, problems)
	b.ReportAllocs()
	for b.Loop() {
		env, err := expr.NewEnv(expr.Limits{})
		require.NoError(b, err)
		if p, found := Compile(docs, env); p == nil {
			b.Fatal(found)
		}
	}
}

func BenchmarkBodyOverlay(b *testing.B) {
	body := bodyOf(b, "{metadata: {labels: =inputs.labels}, spec: {replicas: =inputs.n, template: {spec: {containers: [{name: app}]}}}}", "inputs")
	base := map[string]any{"metadata": map[string]any{"name": "x"}, "spec": map[string]any{"paused": false}}
	vars := expr.Vars{"inputs": map[string]any{"n": int64(1), "labels": map[string]any{"a": "b"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := body.Overlay(context.Background(), base, vars); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzCompile compiles any text: it never panics, its list is sorted, and a Program comes out exactly when no error does.
func FuzzCompile(f *testing.F) {
	f.Add(everyField)
	f.Add(manyFunctions(2))
	f.Fuzz(func(t *testing.T, text string) {
		docs, _ := source.Parse("f.yaml", []byte(text), 0, source.Limits{})
		p, found := Compile(docs, newEnv(t))
		if (p == nil) != found.HasErrors() {
			t.Fatalf("program: %v, problems: %v", p != nil, found)
		}
		for i := 1; i < len(found); i++ {
			if found[i-1].Pos.Compare(found[i].Pos) > 0 {
				t.Fatalf("not sorted: %v", found)
			}
		}
	})
}
