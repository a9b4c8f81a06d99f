// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"encoding/json"

	"github.com/korender/korender/render/source"
)

// Schema is the JSON Schema (draft 2020-12) of kind Render, indented, with a line break at the end.
func Schema() ([]byte, error) {
	fields := objectSchema(settings())
	properties, _ := fields["properties"].(map[string]any)
	properties["apiVersion"] = map[string]any{"const": APIVersion}
	properties["kind"] = map[string]any{"const": Kind}
	properties["metadata"] = map[string]any{"type": "object"}
	fields["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	fields["$id"] = "https://korender.dev/schemas/render.v1alpha1.json"
	fields["title"] = Kind
	fields["description"] = "How korender renders a folder: the file korender.yaml, a KRM functionConfig, or spec.render in Flux."
	fields["required"] = []string{"apiVersion", "kind"}

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(fields); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func objectSchema(table []setting) map[string]any {
	properties := make(map[string]any, len(table))
	for i := range table {
		properties[table[i].name] = settingSchema(&table[i])
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func settingSchema(s *setting) map[string]any {
	var out map[string]any
	switch s.kind {
	case source.String:
		out = wordSchema(s.words)
	case source.Bool:
		out = map[string]any{"type": "boolean"}
	case source.Int:
		out = map[string]any{"type": "integer", "minimum": s.least}
	case source.List:
		out = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	default:
		out = mapSchema(s)
	}
	out["description"] = s.doc
	return out
}

func mapSchema(s *setting) map[string]any {
	if s.fields != nil {
		return objectSchema(s.fields)
	}
	free := map[string]any{"type": "object", "additionalProperties": wordSchema(s.words)}
	if !s.word {
		return free
	}
	return map[string]any{"oneOf": []any{wordSchema(s.words), free}}
}

func wordSchema(words []string) map[string]any {
	if len(words) == 0 {
		return map[string]any{"type": "string"}
	}
	return map[string]any{"type": "string", "enum": words}
}
