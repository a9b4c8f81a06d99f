// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/fstest"

	"github.com/korender/korender/render"
)

// FuzzRender renders arbitrary bytes as one file: whatever they are, it ends, does not panic, and gives either a
// *Failure that says something or an output.
func FuzzRender(f *testing.F) {
	for _, file := range []string{"deployment", "ingress", "service", "settings", "workflow"} {
		text, err := os.ReadFile("../examples/web-workload/definitions/" + file + ".k.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(small))
	f.Add([]byte("a: &a [*a]\n---\n{{{{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := render.Input{Paths: []render.Place{{FS: fstest.MapFS{"fuzz.yaml": {Data: data}}, Path: "."}}}
		opts := render.Options{Config: render.Config{
			Triggers: render.Triggers{All: render.Emit}, Namespace: "fuzz",
			Limits: render.Limits{Steps: 10_000, Alloc: 1 << 20, ForEachItems: 100, Objects: 1000, Seconds: 5},
		}}
		result, err := render.Render(t.Context(), in, opts)
		var failure *render.Failure
		switch {
		case errors.As(err, &failure):
			if !failure.Problems.HasErrors() {
				t.Fatal("a failure without an error")
			}
		case err != nil:
			t.Fatal(err)
		default:
			var first, second bytes.Buffer
			if err := errors.Join(result.WriteYAML(&first), result.Report().Write(&second), result.WriteJSON(&second)); err != nil {
				t.Fatal(err)
			}
			if first.Len() == 0 {
				t.Fatal("an empty output")
			}
		}
	})
}

// small is a whole program with its trigger.
const small = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: app}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
    - label: each
      skipIf: =has(parent.spec.off)
      ref: {kind: ResourceFunction, name: config}
      forEach: {itemIn: =parent.spec.names, inputKey: name}
      inputs: {namespace: =parent.metadata.namespace}
      state: {names: =value}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  preconditions:
    - {assert: =inputs.name != "", skip: {message: no name}}
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: =inputs.namespace}
  resource: {data: {name: =inputs.name.split("-").map(p, p.toUpper())[0]}}
  return: {name: =resource.metadata.name}
---
apiVersion: example.com/v1
kind: App
metadata: {name: shop}
spec: {names: [a-b, c]}
`
