// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render/expr"
)

func TestParse(t *testing.T) {
	t.Parallel()
	object := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "a", "app.kubernetes.io/name": "web", "a b": "c"}},
		"spec": map[string]any{
			"ports":  []any{map[string]any{"port": int64(80)}, int64(1)},
			"status": expr.NewUnknown(expr.Wait{Step: "a"}),
		},
	}
	tests := []struct {
		name, text string
		want       path
		wrong      *fieldError
	}{
		{name: "nothing", text: ""},
		{name: "keys", text: "metadata.labels.app", want: path{"metadata", "labels", "app"}},
		{name: "a dot in front", text: ".metadata.labels", want: path{"metadata", "labels"}},
		{name: "a key with dots", text: "metadata.labels.app.kubernetes.io/name", want: path{"metadata", "labels", "app.kubernetes.io/name"}},
		{name: "a quoted key", text: `metadata.labels["a b"]`, want: path{"metadata", "labels", "a b"}},
		{name: "a key in single quotes", text: `metadata.labels['app.kubernetes.io/name']`, want: path{"metadata", "labels", "app.kubernetes.io/name"}},
		{name: "an index", text: "spec.ports[0].port", want: path{"spec", "ports", 0, "port"}},
		{name: "an index with a dot", text: "spec.ports.1", want: path{"spec", "ports", 1}},
		{name: "below an unknown", text: "spec.status.ip", want: path{"spec", "status"}},
		{name: "a slip", text: "spec.prots", wrong: &fieldError{path{"spec"}, "prots", []string{"ports", "status"}}},
		{name: "an index too large", text: "spec.ports[7]", wrong: &fieldError{path{"spec", "ports"}, "[7]", []string{"[0]", "[1]"}}},
		{name: "a negative index", text: "spec.ports[-1]", wrong: &fieldError{path{"spec", "ports"}, "[-1]", []string{"[0]", "[1]"}}},
		{name: "an open bracket", text: "spec.ports[0", wrong: &fieldError{path{"spec", "ports"}, "[0", []string{"[0]", "[1]"}}},
		{name: "below a scalar", text: "metadata.labels.app.x", wrong: &fieldError{path{"metadata", "labels", "app"}, "x", nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, wrong := parse(tt.text, object)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.wrong, wrong)
		})
	}
}

func TestPathString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		path path
		want string
	}{
		{"nothing", nil, ""},
		{"keys and indexes", path{"spec", "ports", 0, "port"}, "spec.ports[0].port"},
		{"a key that is no name", path{"data", "a.json"}, `data["a.json"]`},
		{"an empty key", path{"data", ""}, `data[""]`},
		{"an index first", path{1, "a"}, "[1].a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, tt.path.String())
		})
	}
}

// TestPathAt reads on where the compiler's paths end, at indexes, and stops before functions.
func TestPathAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		known      []string
		want       path
		whole      bool
	}{
		{"a name", "=inputs", []string{"inputs"}, path{"inputs"}, true},
		{"a path", "= inputs.a.b ", []string{"inputs", "a", "b"}, path{"inputs", "a", "b"}, true},
		{"an index", "=inputs.a[2].b", []string{"inputs", "a"}, path{"inputs", "a", 2, "b"}, true},
		{"a quoted key", `=inputs['a.b'].c`, []string{"inputs", "a.b", "c"}, path{"inputs", "a.b", "c"}, true},
		{"a function", "=inputs.a.map(x, x.b)", []string{"inputs", "a"}, path{"inputs", "a"}, false},
		{"a computed index", "=inputs.a[inputs.b]", []string{"inputs", "a"}, path{"inputs", "a"}, false},
		{"an operator", "=inputs.a + 1", []string{"inputs", "a"}, path{"inputs", "a"}, false},
		{"a negative index", "=inputs.a[-1]", []string{"inputs", "a"}, path{"inputs", "a"}, false},
		{"an escaped key", `=inputs["a\"b"].c`, []string{"inputs", `a"b`, "c"}, path{"inputs", `a"b`, "c"}, false},
		{"blanks inside", "=inputs\n  .a", []string{"inputs", "a"}, path{"inputs", "a"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from := strings.Index(tt.text, "inputs")
			got, end := pathAt(tt.text, from, tt.known)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.whole, isWhole(tt.text, from, end))
		})
	}
}
