// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

// webs defines kind Web with the given schema of its spec, in version v1; v2 has none.
func webs(t *testing.T, spec string) Source {
	t.Helper()
	return CRDs(decoded(t, `{"apiVersion": "v1", "kind": "ConfigMap"}`), decoded(t, `{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"spec": {"group": "example.com", "names": {"kind": "Web"}, "versions": [
			{"name": "v2"},
			{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {
				"metadata": {"properties": {"name": {"default": "no"}}},
				"status": {"default": {"no": true}},
				"spec": `+spec+`}}}}]}}`))
}

func TestWithDefaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, schema, spec, want string }{
		{"an absent field", `{"properties": {"a": {"default": 1}}}`, `{}`, `{"a": 1}`},
		{"a field that is there", `{"properties": {"a": {"default": 1}}}`, `{"a": 2}`, `{"a": 2}`},
		{"an empty one is there", `{"properties": {"a": {"default": "x"}, "b": {"default": true}}}`, `{"a": "", "b": false}`, `{"a": "", "b": false}`},
		{"below an absent field", `{"properties": {"a": {"properties": {"b": {"default": 1}}}}}`, `{}`, `{}`},
		{"below one that is there", `{"properties": {"a": {"properties": {"b": {"default": 1}}}}}`, `{"a": {}}`, `{"a": {"b": 1}}`},
		{"below one that has a default", `{"properties": {"a": {"default": {"c": 2}, "properties": {"b": {"default": 1}}}}}`, `{}`, `{"a": {"b": 1, "c": 2}}`},
		{"in items", `{"properties": {"l": {"items": {"properties": {"a": {"default": 1}}}}}}`, `{"l": [{}, {"a": 2}, {"b": 3}]}`, `{"l": [{"a": 1}, {"a": 2}, {"a": 1, "b": 3}]}`},
		{"in lists of lists", `{"properties": {"l": {"items": {"items": {"properties": {"a": {"default": 1}}}}}}}`, `{"l": [[{}], []]}`, `{"l": [[{"a": 1}], []]}`},
		{"in entries", `{"properties": {"m": {"additionalProperties": {"properties": {"a": {"default": 1}}}}}}`, `{"m": {"x": {}, "y": {"a": 2}}}`, `{"m": {"x": {"a": 1}, "y": {"a": 2}}}`},
		{"a null that may not be", `{"properties": {"a": {"default": 1}}}`, `{"a": null}`, `{"a": 1}`},
		{"a null that may be", `{"properties": {"a": {"default": 1, "nullable": true}}}`, `{"a": null}`, `{"a": null}`},
		{"a null without a default", `{"properties": {"a": {"type": "string"}}}`, `{"a": null, "b": null}`, `{"b": null}`},
		{"a null that may be, without a default", `{"properties": {"a": {"nullable": true}}}`, `{"a": null}`, `{"a": null}`},
		{"a null entry", `{"properties": {"m": {"additionalProperties": {"default": 1}}, "n": {"additionalProperties": {"type": "string"}}}}`, `{"m": {"x": null}, "n": {"x": null}}`, `{"m": {"x": 1}, "n": {}}`},
		{"a null item", `{"properties": {"l": {"items": {"default": 1}}, "k": {"items": {"type": "string"}}}}`, `{"l": [null, 2], "k": [null]}`, `{"l": [1, 2], "k": [null]}`},
		{"other types than described", `{"properties": {"a": {"items": {"default": 1}}, "b": {"properties": {"c": {"default": 1}}}}}`, `{"a": {"x": 1}, "b": [1], "c": 3}`, `{"a": {"x": 1}, "b": [1], "c": 3}`},
		{"empty list", `{"properties": {"l": {"items": {"default": 1}}}}`, `{"l": []}`, `{"l": []}`},
		{"a default of the spec itself", `{"default": {"a": 1}}`, `{}`, `{}`},
		{"a schema that makes no sense", `{"properties": {"a": 1}, "items": [], "additionalProperties": true}`, `{"a": null}`, `{"a": null}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			web := webs(t, tt.schema).Kind("example.com/v1", "Web")
			text := `{"apiVersion": "example.com/v1", "kind": "Web", "metadata": {}, "spec": ` + tt.spec + `}`
			object, untouched := decoded(t, text), decoded(t, text)
			got := web.WithDefaults(object)
			untouched["spec"] = decoded(t, tt.want)
			assert.Equal(t, untouched, got)
			assert.Equal(t, decoded(t, text), object, "the object that was given is changed")
			assert.Equal(t, got, web.WithDefaults(got), "defaults have defaults")
		})
	}
}

func TestDefaultOfSpec(t *testing.T) {
	t.Parallel()
	web := webs(t, `{"default": {}, "properties": {"a": {"default": 1}}}`).Kind("example.com/v1", "Web")
	assert.Equal(t, decoded(t, `{"kind": "Web", "spec": {"a": 1}}`), web.WithDefaults(decoded(t, `{"kind": "Web"}`)))
}

func TestCRDs(t *testing.T) {
	t.Parallel()
	source := webs(t, `{"properties": {"at": {"type": "string", "format": "date-time"}}}`)
	web := source.Kind("example.com/v1", "Web")
	assert.NotNil(t, web)
	assert.Same(t, web, source.Kind("example.com/v1", "Web"))
	assert.False(t, at(web, "spec.at").Rewritten(), "a server checks it, and stores it as it is")
	assert.Nil(t, source.Kind("example.com/v2", "Web"), "no schema")
	assert.Nil(t, source.Kind("example.com/v1", "Webs"))
	assert.Nil(t, source.Kind("v1", "ConfigMap"))
}

func TestTwoDefinitions(t *testing.T) {
	t.Parallel()
	first, second := decoded(t, `{"kind": "Web"}`), decoded(t, `{"kind": "Web"}`)
	first["spec"], second["spec"] = decoded(t, `{"a": 1}`), decoded(t, `{"a": 2}`)
	definition := func(value string) map[string]any {
		return decoded(t, `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
			"spec": {"group": "example.com", "names": {"kind": "Web"}, "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {
				"properties": {"spec": {"default": {"a": `+value+`}}}}}}]}}`)
	}
	web := CRDs(definition("1"), definition("2")).Kind("example.com/v1", "Web")
	assert.Equal(t, first, web.WithDefaults(decoded(t, `{"kind": "Web"}`)), "the first one counts")
	web = CRDs(definition("2"), definition("1")).Kind("example.com/v1", "Web")
	assert.Equal(t, second, web.WithDefaults(decoded(t, `{"kind": "Web"}`)))
}
