// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
)

func object(value map[string]any) manifest.Object {
	id, _ := manifest.IDOf(value)
	return manifest.Object{ID: id, Value: value}
}

func written(t *testing.T, objects ...manifest.Object) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, manifest.WriteYAML(&out, objects))
	return out.String()
}

func TestWriteYAML(t *testing.T) {
	t.Parallel()
	o := object(map[string]any{
		"spec": map[string]any{
			"zeta": []any{}, "alpha": map[string]any{}, "replicas": int64(3), "ratio": 0.5, "whole": 2.0, "huge": 1e20,
			"tiny": 1e-7, "none": nil, "yes": true, "script": "#!/bin/sh\nexec true\n", "note": "one\n\ntwo",
			"list":       []any{map[string]any{"value": "on", "name": "A"}, []any{"x", int64(1)}, nil},
			"expression": "=inputs.a", "colon": "a: b", "hash": "a #b", "long": strings.Repeat("word ", 40) + "end",
		},
		"kind": "Thing", "apiVersion": "v1", "metadata": map[string]any{"namespace": "b", "labels": map[string]any{"v": "1.0"}, "name": "a"},
	})
	assert.Equal(t, `apiVersion: v1
kind: Thing
metadata:
  name: a
  namespace: b
  labels:
    v: "1.0"
spec:
  alpha: {}
  colon: 'a: b'
  expression: =inputs.a
  hash: 'a #b'
  huge: 1.0e+20
  list:
  - name: A
    value: "on"
  - - x
    - 1
  - null
  long: `+strings.Repeat("word ", 40)+`end
  none: null
  note: |-
    one

    two
  ratio: 0.5
  replicas: 3
  script: |
    #!/bin/sh
    exec true
  tiny: 1.0e-07
  whole: 2
  "yes": true
  zeta: []
`, written(t, o))
}

func TestWriteYAMLKeepsRawBytes(t *testing.T) {
	t.Parallel()
	plain := object(map[string]any{"apiVersion": "v1", "kind": "A", "metadata": map[string]any{"name": "x"}})
	raw := func(text string, value map[string]any) manifest.Object {
		return manifest.Object{Raw: []byte(text), Value: value}
	}
	a := "apiVersion: v1\nkind: A\nmetadata:\n  name: x\n"
	for _, c := range []struct {
		name    string
		objects []manifest.Object
		want    string
	}{
		{"nothing", nil, ""},
		{"rendered twice", []manifest.Object{plain, plain}, a + "---\n" + a},
		{"comments and order", []manifest.Object{raw("# head\nkind:   'A' # x\na: 1\n", nil), plain}, "# head\nkind:   'A' # x\na: 1\n---\n" + a},
		{"between", []manifest.Object{plain, raw("b: 1\n", nil), plain}, a + "---\nb: 1\n---\n" + a},
		{"without a last line feed", []manifest.Object{raw("b: 1", nil), raw("c: 1", nil)}, "b: 1\n---\nc: 1\n"},
		{"with a marker of its own", []manifest.Object{plain, raw("--- {b: 1}\n", nil)}, a + "--- {b: 1}\n"},
		{"block without a last line feed", []manifest.Object{raw("b: |\n  x", map[string]any{"b": "x"})}, "b: x\n"},
		{"strip block without a last line feed", []manifest.Object{raw("b: |-\n  x", nil)}, "b: |-\n  x\n"},
		{"windows", []manifest.Object{raw("b: 1\r\n", nil)}, "b: 1\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, written(t, c.objects...))
		})
	}
}

func TestWritersRefuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"infinity":       {math.Inf(1), "write A/x: a number is infinite or not a number, which JSON cannot hold"},
		"not a number":   {math.NaN(), "write A/x: a number is infinite or not a number, which JSON cannot hold"},
		"foreign type":   {[]any{struct{}{}}, "write A/x: a value of type struct {} is no manifest's"},
		"not text":       {"a\xff", "write A/x: a text is not valid UTF-8"},
		"key is no text": {map[string]any{"a\xff": nil}, "write A/x: a text is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := object(map[string]any{"apiVersion": "v1", "kind": "A", "metadata": map[string]any{"name": "x"}, "v": c.value})
			good := object(map[string]any{"apiVersion": "v1", "kind": "B", "metadata": map[string]any{"name": "x"}})
			var out bytes.Buffer
			require.EqualError(t, manifest.WriteYAML(&out, []manifest.Object{good, o}), c.want)
			require.EqualError(t, manifest.WriteJSON(&out, []manifest.Object{good, o}), c.want)
			assert.Empty(t, out.String())
		})
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	o := object(map[string]any{"kind": "A", "b": []any{}, "apiVersion": "v1", "metadata": map[string]any{"name": "x"},
		"a": []any{int64(1), 2.0, 0.5, nil, "<é\"\n>", map[string]any{}}})
	var out bytes.Buffer
	require.NoError(t, manifest.WriteJSON(&out, []manifest.Object{o, o}))
	one := `  {
    "apiVersion": "v1",
    "kind": "A",
    "metadata": {
      "name": "x"
    },
    "a": [
      1,
      2,
      0.5,
      null,
      "<é\"\n>",
      {}
    ],
    "b": []
  }`
	assert.Equal(t, "[\n"+one+",\n"+one+"\n]\n", out.String())
	out.Reset()
	require.NoError(t, manifest.WriteJSON(&out, nil))
	assert.Equal(t, "[]\n", out.String())
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	got, err := manifest.Canonical(map[string]any{"name": "b", "a": []any{1.0, "x", nil, true}, "apiVersion": map[string]any{}})
	require.NoError(t, err)
	assert.Equal(t, `{"a":[1,"x",null,true],"apiVersion":{},"name":"b"}`, string(got))
	_, err = manifest.Canonical(math.NaN())
	require.Error(t, err)
}

func TestStrip(t *testing.T) {
	t.Parallel()
	kept := map[string]any{"b": []any{map[string]any{"c": int64(1)}}}
	value := map[string]any{"x": int64(1), "kept": kept, "list": []any{map[string]any{"y": nil, "z": "x"}, "x"}}
	got := manifest.Strip(value, "x", "y")
	assert.Equal(t, map[string]any{"kept": kept, "list": []any{map[string]any{"z": "x"}, "x"}}, got)
	assert.Equal(t, map[string]any{"x": int64(1), "kept": kept, "list": []any{map[string]any{"y": nil, "z": "x"}, "x"}}, value)
	assert.Nil(t, manifest.Strip(nil, "x"))
	assert.Equal(t, kept, manifest.Strip(kept, "x"))
}

func workloads(n int) []manifest.Object {
	var out []manifest.Object
	for i := range n {
		name := fmt.Sprintf("app-%d", i)
		labels := map[string]any{"app.kubernetes.io/name": name, "app.kubernetes.io/version": "1.2.3", "app.kubernetes.io/part-of": "shop"}
		out = append(out, object(map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": name, "namespace": "prod", "labels": labels},
			"spec": map[string]any{"replicas": int64(3), "selector": map[string]any{"matchLabels": labels}, "template": map[string]any{
				"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{map[string]any{
					"name": "app", "image": "registry.example.com/" + name + ":1.2.3", "ports": []any{map[string]any{"name": "http", "containerPort": int64(8080)}},
					"env":       []any{map[string]any{"name": "A", "value": "yes"}, map[string]any{"name": "B", "value": "two words"}},
					"resources": map[string]any{"limits": map[string]any{"memory": "128Mi"}, "requests": map[string]any{"cpu": "100m", "memory": "128Mi"}},
				}}}}},
		}))
	}
	return out
}

func BenchmarkWriteYAML(b *testing.B) {
	objects := workloads(1000)
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		require.NoError(b, manifest.WriteYAML(&out, objects))
		b.SetBytes(int64(out.Len()))
	}
}

func BenchmarkWriteJSON(b *testing.B) {
	objects := workloads(1000)
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		require.NoError(b, manifest.WriteJSON(&out, objects))
		b.SetBytes(int64(out.Len()))
	}
}
