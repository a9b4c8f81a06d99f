// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"slices"
	"sync"
)

// CRDs is the Source of the kinds that CustomResourceDefinitions define. Objects that are none are passed over, and so
// is what is wrong with one. Of two that define a kind, the first counts. The objects must not be changed any more.
func CRDs(objects ...map[string]any) Source {
	out := &custom{schemas: map[kindKey]map[string]any{}, types: map[kindKey]*Type{}}
	for _, o := range objects {
		if IsCRD(o) {
			out.add(o)
		}
	}
	return out
}

// IsCRD tells whether an object is a CustomResourceDefinition.
func IsCRD(object map[string]any) bool {
	return object["apiVersion"] == "apiextensions.k8s.io/v1" && object["kind"] == "CustomResourceDefinition"
}

type kindKey struct{ apiVersion, kind string }

// custom reads the schema of a kind when it is asked for.
type custom struct {
	schemas map[kindKey]map[string]any

	mu    sync.Mutex
	types map[kindKey]*Type
}

func (c *custom) add(definition map[string]any) {
	spec := child(definition, "spec")
	group, _ := spec["group"].(string)
	kind, _ := child(spec, "names")["kind"].(string)
	versions, _ := spec["versions"].([]any)
	for _, v := range versions {
		version, _ := v.(map[string]any)
		name, _ := version["name"].(string)
		key := kindKey{group + "/" + name, kind}
		if root := child(version, "schema", "openAPIV3Schema"); root != nil && c.schemas[key] == nil {
			c.schemas[key] = root
		}
	}
}

// child is the map at a path; nil when there is none.
func child(m map[string]any, path ...string) map[string]any {
	for _, key := range path {
		m, _ = m[key].(map[string]any)
	}
	return m
}

// Kind is the type of a kind; nil when no definition defines it.
func (c *custom) Kind(apiVersion, kind string) *Type {
	key := kindKey{apiVersion, kind}
	root := c.schemas[key]
	if root == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.types[key] == nil {
		c.types[key] = wholeObject(root)
	}
	return c.types[key]
}

// wholeObject is the type of an object. Its metadata is described by no definition, and its status is nobody's to fill.
func wholeObject(root map[string]any) *Type {
	out := structural(root)
	out.values = nil
	out.fields = slices.DeleteFunc(out.fields, func(f field) bool {
		return f.name == "apiVersion" || f.name == "kind" || f.name == "metadata" || f.name == "status"
	})
	return out
}

// structural is the type that a schema of a definition describes. These schemas have no references, so they end.
func structural(schema map[string]any) *Type {
	out := &Type{preset: schema["default"]}
	out.nullable, _ = schema["nullable"].(bool)
	for name, of := range child(schema, "properties") {
		if of, ok := of.(map[string]any); ok {
			out.fields = append(out.fields, field{name, structural(of)})
		}
	}
	out.fields = sorted(out.fields)
	if of := child(schema, "additionalProperties"); of != nil {
		out.values = structural(of)
	}
	if of := child(schema, "items"); of != nil {
		out.items = structural(of)
	}
	return out
}
