// SPDX-License-Identifier: Apache-2.0

package change

import (
	"bytes"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// Keys knows the fields by which the items of lists are told apart, where somebody says so: a program, by the directive
// x-koreo-compare-as-map, or a CustomResourceDefinition, by x-kubernetes-list-map-keys.
type Keys struct {
	definitions []map[string]any
	told        map[kindKey]map[string][]string // by the directives: the path of a list, without its items
	schemas     map[manifest.ID]map[string][]string
}

// kindKey names a kind in one version.
type kindKey struct{ apiVersion, kind string }

const (
	asMapDirective = "x-koreo-compare-as-map"
	listMapKeys    = "x-kubernetes-list-map-keys"
)

// KeysOf gathers what a program and CustomResourceDefinitions say.
func KeysOf(p *render.Program, definitions []map[string]any) *Keys {
	k := &Keys{definitions: definitions, told: map[kindKey]map[string][]string{}, schemas: map[manifest.ID]map[string][]string{}}
	for _, f := range p.ResourceFunctions {
		if !directed(f.Node) {
			continue
		}
		of := kindKey{f.API.APIVersion, f.API.Kind}
		k.directives(of, "", f.Node.At("spec", "resource").Native())
		if overlays := f.Node.At("spec", "overlays"); overlays != nil {
			for _, o := range overlays.Items {
				k.directives(of, "", o.Get("overlay").Native())
			}
		}
	}
	for _, t := range p.Templates {
		if directed(t.Node) {
			template := t.Node.At("spec", "template")
			k.directives(kindKey{template.Get("apiVersion").Text(), template.Get("kind").Text()}, "", template.Native())
		}
	}
	return k
}

// directed tells whether a definition holds the directive at all; most do not.
func directed(n *source.Node) bool {
	return n != nil && bytes.Contains(n.Document().Raw, []byte(asMapDirective))
}

// directives notes those in a value.
func (k *Keys) directives(of kindKey, path string, v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			k.directives(of, path, item)
		}
	case map[string]any:
		lists, _ := v[asMapDirective].(map[string]any)
		for name, fields := range lists {
			if k.told[of] == nil {
				k.told[of] = map[string][]string{}
			}
			k.told[of][joined(path, name)] = textsIn(fields)
		}
		for name, inner := range v {
			k.directives(of, joined(path, name), inner)
		}
	}
}

func joined(path, name string) string {
	if path == "" {
		return name
	}
	return path + "\n" + name
}

func textsIn(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// at is what is said of a list; nil when nothing is.
func (k *Keys) at(id manifest.ID, segments []string) []string {
	if k == nil {
		return nil
	}
	path := ""
	for _, s := range segments {
		if !strings.HasPrefix(s, "[") {
			path = joined(path, s)
		}
	}
	if told := k.told[kindKey{id.APIVersion, id.Kind}][path]; told != nil {
		return told
	}
	return k.schema(id)[path]
}

// schema is what the CustomResourceDefinition of a kind says.
func (k *Keys) schema(id manifest.ID) map[string][]string {
	of := manifest.ID{APIVersion: id.APIVersion, Kind: id.Kind}
	if known, ok := k.schemas[of]; ok {
		return known
	}
	found := map[string][]string{}
	for _, d := range k.definitions {
		if textAt(d, "spec", "group") != id.Group() || textAt(d, "spec", "names", "kind") != id.Kind {
			continue
		}
		versions, _ := valueAt(d, "spec", "versions").([]any)
		for _, v := range versions {
			if textAt(v, "name") == id.Version() {
				listKeys(found, "", valueAt(v, "schema", "openAPIV3Schema"))
			}
		}
	}
	k.schemas[of] = found
	return found
}

// listKeys notes the keys of the lists in a schema.
func listKeys(found map[string][]string, path string, schema any) {
	if keys := textsIn(valueAt(schema, listMapKeys)); len(keys) > 0 {
		found[path] = keys
	}
	if items := valueAt(schema, "items"); items != nil {
		listKeys(found, path, items)
	}
	properties, _ := valueAt(schema, "properties").(map[string]any)
	for name, inner := range properties {
		listKeys(found, joined(path, name), inner)
	}
}
