// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
)

// modeKey is the key in the data of a ConfigMap that says what the function does.
const modeKey = "mode"

// readConfigMap reads a functionConfig of kind ConfigMap: its data are the settings of kind Render, as texts. A setting
// inside of another one is written with a dot: instance.interval.
func (f *function) readConfigMap() error {
	if err := f.setMode(textAt(f.config.node, "data", modeKey), "data", modeKey); err != nil {
		return err
	}
	kinds, err := settingKinds()
	if err != nil {
		return err
	}
	root := mapOf("apiVersion", text(render.APIVersion), "kind", text(render.Kind))
	f.config.fields = map[string]string{}
	data := fieldOf(f.config.node, "data")
	for i := 0; data != nil && i+1 < len(data.Content); i += 2 {
		if key := data.Content[i].Value; key != modeKey {
			f.setting(root, kinds, key, data.Content[i+1])
		}
	}
	if f.config.text, err = encode(root); err != nil {
		return fmt.Errorf("read the functionConfig: %w", err)
	}
	return f.readSettings()
}

// setting adds one key of a ConfigMap to a Render. What is after the first dot is the name of a setting inside.
func (f *function) setting(root *yaml.Node, kinds map[string]string, key string, value *yaml.Node) {
	outer, inner, nested := strings.Cut(key, ".")
	if !nested || inner == "" {
		root.Content = append(root.Content, text(key), f.valued(kinds[key], value.Value))
		f.config.fields[join("", key)] = join("data", key)
		return
	}
	group := fieldOf(root, outer)
	if group == nil || group.Kind != yaml.MappingNode {
		group = mapOf()
		root.Content = append(root.Content, text(outer), group)
	}
	group.Content = append(group.Content, text(inner), f.valued(kinds[key], value.Value))
	f.config.fields[join(outer, inner)] = join("data", key)
	if f.config.fields[outer] == "" {
		f.config.fields[outer] = join("data", key)
	}
}

// valued is a text as a value of a kind of JSON Schema; a text that is none stays a text, and is refused as such.
func (f *function) valued(kind, value string) *yaml.Node {
	trimmed := strings.TrimSpace(value)
	switch kind {
	case "boolean":
		if b, err := strconv.ParseBool(strings.ToLower(trimmed)); err == nil {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: boolTag, Value: strconv.FormatBool(b)}
		}
	case "integer":
		if _, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: intTag, Value: trimmed}
		}
	case "array":
		items := listOf()
		for _, item := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '\n' }) {
			if item = strings.TrimSpace(item); item != "" {
				items.Content = append(items.Content, text(item))
			}
		}
		return items
	}
	return text(value)
}

// settingKinds are the kinds of the settings of kind Render, by the keys of a ConfigMap; those that are not listed are
// texts.
func settingKinds() (map[string]string, error) {
	schema, err := render.Schema()
	if err != nil {
		return nil, err
	}
	type property struct {
		Type       string
		Properties map[string]property
	}
	var root property
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", render.Kind, err)
	}
	kinds := map[string]string{}
	for name, outer := range root.Properties {
		kinds[name] = outer.Type
		for inner, p := range outer.Properties {
			kinds[name+"."+inner] = p.Type
		}
	}
	return kinds, nil
}
