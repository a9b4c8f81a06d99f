// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
)

// A manifest may write a status and server metadata; a server takes neither, so a declared object does not know them.
func TestDeclaredRuntimeFieldsAreUnknown(t *testing.T) {
	t.Parallel()
	id := manifest.ID{APIVersion: "v1", Kind: "Service", Namespace: "prod", Name: "web"}
	resource := &Object{ID: id, Step: "web", Mode: Declared, Value: map[string]any{
		"metadata": map[string]any{"name": "web", "namespace": "prod", "uid": "1", "generation": int64(3), "labels": map[string]any{"a": "b"}},
		"spec":     map[string]any{"type": "ClusterIP"},
		"status":   map[string]any{"ip": "10.0.0.1"},
	}}
	unknownAt := func(path string) any { return NewUnknown(Wait{Step: "web", Object: id, Path: path}) }
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for text, want := range map[string]any{
		"resource.status":              unknownAt("status"),
		"resource.status.ip":           unknownAt("status.ip"),
		"has(resource.status.ip)":      unknownAt("status.ip"),
		"resource.metadata.uid":        unknownAt("metadata.uid"),
		"resource.metadata.generation": unknownAt("metadata.generation"),
		"resource.metadata.name":       "web",
		"resource.metadata.labels.a":   "b",
		"resource.spec.type":           "ClusterIP",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(text, []string{"resource"})
			require.Empty(t, problems)
			got, err := p.Eval(t.Context(), Vars{"resource": resource})
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}
