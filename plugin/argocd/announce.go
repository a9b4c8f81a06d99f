// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render"
)

// Announcement tells Argo CD of one parameter, with the value that it has when the Application does not set it.
type Announcement struct {
	Name           string            `json:"name"`
	Title          string            `json:"title,omitempty"`
	Tooltip        string            `json:"tooltip,omitempty"`
	Required       bool              `json:"required,omitempty"`
	ItemType       string            `json:"itemType,omitempty"`
	CollectionType string            `json:"collectionType,omitempty"`
	String         string            `json:"string,omitempty"`
	Array          []string          `json:"array,omitempty"`
	Map            map[string]string `json:"map,omitempty"`
}

// inputField is a field of a trigger that a parameter can set.
type inputField struct {
	keys     []string // below spec
	shape    *shape
	required bool
}

func (f *inputField) path() string { return strings.Join(f.keys, ".") }

// fields lists the fields of a trigger's spec: scalars, and lists and maps, which are not looked into.
func (t *trigger) fields() []inputField {
	if t.spec == nil {
		return nil
	}
	return t.spec.leaves(nil, true)
}

func (s *shape) leaves(keys []string, required bool) []inputField {
	var out []inputField
	for _, name := range s.names() {
		of := s.Properties[name]
		must := required && slices.Contains(s.Required, name)
		at := append(slices.Clone(keys), name)
		if of.Type == "object" && len(of.Properties) > 0 {
			out = append(out, of.leaves(at, must)...)
			continue
		}
		out = append(out, inputField{keys: at, shape: of, required: must})
	}
	return out
}

// parameter is the name of the parameter that sets a field.
func (t *trigger) parameter(path string) string {
	if t.name == "" {
		return specPrefix + path
	}
	return t.name + ":" + specPrefix + path
}

// mostAnnounced bounds the fields of triggers that are announced: a form with thousands of fields helps nobody. Those
// that are not announced can be set all the same.
const mostAnnounced = 200

// announceInputs announces the fields of the triggers.
func announceInputs(triggers []trigger) []Announcement {
	out := []Announcement{}
	for i := range triggers {
		t := &triggers[i]
		fields := t.fields()
		if len(out)+len(fields) > mostAnnounced {
			break
		}
		for _, f := range fields {
			out = append(out, t.announce(&f))
		}
	}
	return out
}

func (t *trigger) announce(f *inputField) Announcement {
	tooltip := strings.TrimSpace(f.shape.Description)
	if tooltip == "" {
		tooltip = fmt.Sprintf("Field %s%s of %s.", specPrefix, f.path(), t.object.ID)
	}
	out := f.shape.announcement(t.parameter(f.path()), tooltip)
	out.Title = f.path()
	if t.name != "" {
		out.Title = t.name + ": " + out.Title
	}
	if words := f.shape.words(); len(words) > 0 {
		out.Tooltip += " One of " + strings.Join(words, ", ") + "."
	}
	value := at(t.object.Value, append([]string{"spec"}, f.keys...))
	if value == nil {
		value = f.shape.Default
	}
	out.preset(value)
	out.Required = f.required && value == nil
	return out
}

// announcement is one without a value. What Argo CD has no form for is JSON in a string.
func (s *shape) announcement(name, tooltip string) Announcement {
	out := Announcement{Name: name, Tooltip: tooltip, CollectionType: s.form(), ItemType: s.itemType()}
	switch {
	case out.CollectionType == formArray:
		out.ItemType = s.Items.itemType()
	case out.CollectionType == formMap:
		out.ItemType = s.Values.of.itemType()
	case !s.scalar():
		out.ItemType = "string"
		out.Tooltip += " As JSON."
	}
	return out
}

// preset gives an announcement its value.
func (a *Announcement) preset(value any) {
	if value == nil {
		return
	}
	switch a.CollectionType {
	case formArray:
		a.Array = textsOf(value)
	case formMap:
		a.Map = textMapOf(value)
	default:
		a.String = textOf(value)
	}
}

// announceSettings announces the settings of kind Render, with what korender.yaml says or else the defaults.
func (s *Settings) announceSettings() []Announcement {
	presets := presetsOf(&s.base)
	out := make([]Announcement, 0, len(s.schema.Properties))
	for _, name := range s.schema.names() {
		of := s.schema.Properties[name]
		a := of.announcement(name, "")
		a.Tooltip, a.Title = of.Description, title(name)
		if name == "namespace" {
			a.Tooltip += " Default: that of the destination."
		}
		if words := of.words(); len(words) > 0 {
			a.Tooltip += " One of " + strings.Join(words, ", ") + "."
		}
		if len(of.Properties) > 0 { // a map with keys of its own
			a.CollectionType, a.Tooltip = formMap, a.Tooltip+" Keys: "+strings.Join(of.names(), ", ")+"."
		}
		if len(of.OneOf) > 0 { // one word, or a map
			a.CollectionType, a.Tooltip = formString, of.Description
			if _, isMap := presets[name].(map[string]any); isMap {
				a.CollectionType = formMap
			}
		}
		a.preset(presets[name])
		out = append(out, a)
	}
	return out
}

// presetsOf is a configuration as a tree; what is not set is left out, where it has no default.
func presetsOf(c *render.Config) map[string]any {
	settled := render.Config{}.Settled(*c)
	out := map[string]any{
		"gate": string(settled.Gate), "onDeferred": string(settled.OnDeferred), "allowEmpty": strconv.FormatBool(c.AllowEmpty),
	}
	for name, text := range map[string]string{"root": c.Root, "namespace": c.Namespace, "triggers": string(c.Triggers.All)} {
		if text != "" {
			out[name] = text
		}
	}
	if len(c.Triggers.ByKind) > 0 {
		kinds := map[string]any{}
		for kind, fate := range c.Triggers.ByKind {
			kinds[kind] = string(fate)
		}
		out["triggers"] = kinds
	}
	if len(c.Libraries) > 0 {
		libraries := make([]any, 0, len(c.Libraries))
		for _, library := range c.Libraries {
			libraries = append(libraries, library)
		}
		out["libraries"] = libraries
	}
	nested := map[string]map[string]any{"policies": {}, "instance": instancePresets(&c.Instance), "limits": limitPresets(&c.Limits)}
	for name, word := range c.Policies {
		nested["policies"][name] = word
	}
	for name, entries := range nested {
		if len(entries) > 0 {
			out[name] = entries
		}
	}
	return out
}

func instancePresets(i *render.Instance) map[string]any {
	out := map[string]any{}
	for name, text := range map[string]string{"serviceAccountName": i.ServiceAccountName, "interval": i.Interval, "export": i.Export} {
		if text != "" {
			out[name] = text
		}
	}
	for name, set := range map[string]bool{"suspend": i.Suspend, "ownerReferences": i.OwnerReferences} {
		if set {
			out[name] = true
		}
	}
	return out
}

func limitPresets(l *render.Limits) map[string]any {
	out := map[string]any{}
	for name, n := range map[string]int{
		"bytes": l.Bytes, "documents": l.Documents, "nodes": l.Nodes, "depth": l.Depth, "steps": l.Steps, "alloc": l.Alloc,
		"forEachItems": l.ForEachItems, "subWorkflows": l.SubWorkflows, "objects": l.Objects, "seconds": l.Seconds,
	} {
		if n != 0 {
			out[name] = int64(n)
		}
	}
	return out
}
