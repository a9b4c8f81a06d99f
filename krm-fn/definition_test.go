// SPDX-License-Identifier: Apache-2.0

package krmfn_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/render"
)

const definitionFile = "function.yaml"

// TestDefinition holds function.yaml, which describes the function to catalogues, to the schema of its settings and to the
// shape that kustomize gives such descriptions.
func TestDefinition(t *testing.T) {
	t.Parallel()
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": framework.FunctionDefinitionGroupVersion,
		"kind":       framework.FunctionDefinitionKind,
		"metadata":   map[string]any{"name": "korender"},
		"spec": map[string]any{
			"group":       "korender.dev",
			"names":       map[string]any{"kind": render.Kind},
			"description": "Renders Koreo programs: Workflows of small functions, in YAML and CEL, turn triggers into manifests.",
			"tags":        []string{"generator", "mutator", "validator", "Koreo"},
			"versions": []any{map[string]any{
				"name":    "v1alpha1",
				"license": "Apache-2.0",
				"usage":   "https://github.com/korender/korender/blob/main/krm-fn/README.md",
				"runtime": map[string]any{
					"exec":      map[string]any{"path": "korender-fn"},
					"container": map[string]any{"image": "korender-fn"},
				},
				"schema": map[string]any{"openAPIV3Schema": openAPI(t)},
			}},
		},
	})
	require.NoError(t, err)
	text = append([]byte("# SPDX-License-Identifier: Apache-2.0\n"), text...)
	if *update {
		require.NoError(t, os.WriteFile(definitionFile, text, 0o600))
	}
	want, err := os.ReadFile(definitionFile)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(text), "-update rewrites it")
	var definition framework.KRMFunctionDefinition
	require.NoError(t, yaml.UnmarshalStrict(want, &definition))
	assert.Equal(t, "korender-fn", definition.Spec.Versions[0].Runtime.Exec.Path)
}

// openAPI is the schema of the settings without what OpenAPI does not have.
func openAPI(t *testing.T) map[string]any {
	t.Helper()
	text, err := render.Schema()
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(text, &schema))
	delete(schema, "$id")
	delete(schema, "$schema")
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range []string{"apiVersion", "kind"} {
		constant, _ := properties[name].(map[string]any)
		properties[name] = map[string]any{"type": "string", "enum": []any{constant["const"]}}
	}
	return schema
}
