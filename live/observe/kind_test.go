// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestTransform(t *testing.T) {
	t.Parallel()
	field := func(manager string) any {
		return map[string]any{"manager": manager, "operation": "Apply", "fieldsV1": map[string]any{"f:data": map[string]any{}}}
	}
	meta := func(m map[string]any) map[string]any {
		return map[string]any{"kind": "ConfigMap", "metadata": m, "data": map[string]any{"n": int64(1), "f": 1.5}}
	}
	for name, test := range map[string]struct{ in, want map[string]any }{
		"nothing to remove": {meta(map[string]any{"name": "a"}), meta(map[string]any{"name": "a"})},
		"no metadata":       {map[string]any{"kind": "ConfigMap"}, map[string]any{"kind": "ConfigMap"}},
		"managed fields of others": {
			meta(map[string]any{"name": "a", "managedFields": []any{field("kubectl"), field("korender-live"), field("argocd")}}),
			meta(map[string]any{"name": "a", "managedFields": []any{field("korender-live")}}),
		},
		"none of them ours": {meta(map[string]any{"managedFields": []any{field("kubectl")}}), meta(map[string]any{})},
		"kubectl's copy": {
			meta(map[string]any{"annotations": map[string]any{lastApplied: "{…}", "a": "b"}}),
			meta(map[string]any{"annotations": map[string]any{"a": "b"}}),
		},
		"an annotation of ours stays": {
			meta(map[string]any{"annotations": map[string]any{"korender.dev/last-applied": "{}"}}),
			meta(map[string]any{"annotations": map[string]any{"korender.dev/last-applied": "{}"}}),
		},
		"fields of wrong types": {
			meta(map[string]any{"annotations": "a", "managedFields": []any{"b", map[string]any{}}}),
			meta(map[string]any{"annotations": "a"}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // it may be called again
				out, err := transform(&unstructured.Unstructured{Object: test.in})
				require.NoError(t, err)
				assert.Equal(t, &unstructured.Unstructured{Object: test.want}, out)
			}
		})
	}
	odd, err := transform("something else")
	assert.NoError(t, err)
	assert.Equal(t, "something else", odd)
}
