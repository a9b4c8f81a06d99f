// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

// Fields of triggers are set by parameters named spec.PATH, or OBJECT:spec.PATH where there are several triggers. OBJECT is
// NAME, Kind/NAME or Kind/NAMESPACE/NAME.
const specPrefix = "spec."

// isInput tells whether a name is that of a field of a trigger.
func isInput(name string) bool {
	return strings.HasPrefix(name, specPrefix) || strings.Contains(name, ":"+specPrefix)
}

// split cuts such a name into the object, which may be empty, and the path below spec.
func split(name string) (object, path string) {
	if rest, ok := strings.CutPrefix(name, specPrefix); ok {
		return "", rest
	}
	object, path, _ = strings.Cut(name, ":"+specPrefix)
	return object, path
}

// trigger is an object of the input that a Workflow runs for.
type trigger struct {
	at     int // in Sources.Objects
	object manifest.Object
	name   string // the shortest that is its own among the triggers; empty when it is the only one
	spec   *shape // of its kind's definition; nil when there is none
}

// triggersOf lists the triggers with what the CustomResourceDefinitions say of their spec.
func triggersOf(s *render.Sources, p *render.Program, opts render.Options) []trigger {
	var out []trigger
	specs := map[string]*shape{}
	for _, i := range render.TriggersOf(s, p, opts) {
		o := s.Objects[i].Object
		key := o.ID.APIVersion + "/" + o.ID.Kind
		spec, known := specs[key]
		if !known {
			spec = specOf(s.Kinds(), o.ID)
			specs[key] = spec
		}
		out = append(out, trigger{at: i, object: o, spec: spec})
	}
	if len(out) == 1 {
		return out
	}
	count := map[string]int{}
	for i := range out {
		for _, name := range namesOf(out[i].object.ID) {
			count[name]++
		}
	}
	for i := range out {
		names := namesOf(out[i].object.ID)
		at := slices.IndexFunc(names, func(n string) bool { return count[n] == 1 })
		out[i].name = names[max(at, 0)]
	}
	return out
}

// namesOf are the names by which an object can be called, the shortest first.
func namesOf(id manifest.ID) []string {
	out := []string{id.Name, id.Kind + "/" + id.Name}
	if id.Namespace != "" {
		out = append(out, id.Kind+"/"+id.Namespace+"/"+id.Name)
	}
	return out
}

// specOf is the shape of spec in the definition of a kind; nil when there is none.
func specOf(definitions []map[string]any, id manifest.ID) *shape {
	for _, d := range definitions {
		group, _ := at(d, []string{"spec", "group"}).(string)
		kind, _ := at(d, []string{"spec", "names", "kind"}).(string)
		if group != id.Group() || kind != id.Kind {
			continue
		}
		versions, _ := at(d, []string{"spec", "versions"}).([]any)
		for _, v := range versions {
			version, _ := v.(map[string]any)
			if version["name"] == id.Version() {
				return shapeOf(at(version, []string{"schema", "openAPIV3Schema", "properties", "spec"}))
			}
		}
	}
	return nil
}

// shapeOf reads a schema; nil when it is none.
func shapeOf(schema any) *shape {
	m, ok := schema.(map[string]any)
	if !ok {
		return nil
	}
	text, err := manifest.Canonical(m)
	if err != nil {
		return nil
	}
	out := &shape{}
	if json.Unmarshal(text, out) != nil {
		return nil
	}
	return out
}

// field finds a field by its path; names of fields may hold dots. It is nil when there is none.
func (s *shape) field(path string) ([]string, *shape) {
	for _, name := range s.names() {
		if path == name {
			return []string{name}, s.Properties[name]
		}
		rest, below := strings.CutPrefix(path, name+".")
		if !below {
			continue
		}
		if keys, found := s.Properties[name].field(rest); found != nil {
			return append([]string{name}, keys...), found
		}
	}
	return nil, nil
}

// Apply sets the fields of triggers that the parameters name, in sources that were compiled. The list holds what cannot be
// set.
func (s *Settings) Apply(sources *render.Sources, p *render.Program, opts render.Options) diag.List {
	return s.applyInputs(sources, triggersOf(sources, p, opts))
}

// applyInputs sets the fields of triggers that the parameters name, in s. The list holds what cannot be set.
func (s *Settings) applyInputs(sources *render.Sources, triggers []trigger) diag.List {
	var found diag.List
	for i := range s.triggers {
		p := &s.triggers[i]
		if p.empty() && p.String == nil {
			continue
		}
		object, path := split(p.Name)
		t, problem := chosen(p, object, path, triggers)
		if t == nil {
			found = append(found, problem)
			continue
		}
		if problem := t.set(sources, p, path); problem != nil {
			found = append(found, *problem)
		}
	}
	for i := range s.unknown {
		p := &s.unknown[i]
		found = append(found, p.problem(diag.UnknownSetting, s.meant(p.Name, triggers), "does not exist"))
	}
	return found
}

// chosen is the trigger that a parameter is for.
func chosen(p *Parameter, object, path string, triggers []trigger) (*trigger, diag.Diagnostic) {
	var names []string
	var out []*trigger
	for i := range triggers {
		t := &triggers[i]
		if object == "" || slices.Contains(namesOf(t.object.ID), object) {
			out = append(out, t)
		}
		if name := t.name; name != "" {
			names = append(names, name)
		} else {
			names = append(names, t.object.ID.Name)
		}
	}
	switch {
	case len(out) == 1:
		return out[0], diag.Diagnostic{}
	case len(triggers) == 0:
		return nil, p.problem(diag.UnknownSetting, "a Workflow runs for the objects of its crdRef's kind", "sets a field of a trigger, but the folder holds no trigger")
	case object == "":
		return nil, p.problem(diag.BadSetting, "name one of them: "+few(names, ":"+specPrefix+path), "does not say of which trigger: there are %d", len(triggers))
	case len(out) == 0:
		hint := "the triggers are " + few(names, "")
		if len(names) == 1 {
			hint = "the only trigger is " + names[0]
		}
		if near := diag.DidYouMean(object, names); near != "" {
			hint = near
		}
		return nil, p.problem(diag.UnknownSetting, hint, "is for a trigger %q, which the folder does not hold", object)
	default:
		return nil, p.problem(diag.BadSetting, "name its kind, or kind and namespace: Kind/NAME or Kind/NAMESPACE/NAME", "fits %d triggers", len(out))
	}
}

// few are the first of many names.
func few(names []string, suffix string) string {
	const most = 5
	var out []string
	for i, name := range names {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		out = append(out, name+suffix)
	}
	return strings.Join(out, ", ")
}

// set sets one field of the trigger.
func (t *trigger) set(sources *render.Sources, p *Parameter, path string) *diag.Diagnostic {
	var problem diag.Diagnostic
	if t.spec == nil {
		problem = p.problem(diag.UnknownSetting, fmt.Sprintf("add the CustomResourceDefinition of %s to the folder or to a library, or edit the object in git", t.object.ID.Kind),
			"cannot be read: the type of its value is not known without a definition of kind %s", t.object.ID.Kind)
		return &problem
	}
	keys, field := t.spec.field(path)
	if field == nil {
		problem = p.problem(diag.UnknownSetting, t.near(path), "sets a field that %s does not have", t.object.ID)
		return &problem
	}
	if p.empty() && field.Type != "string" {
		return nil // Argo CD cannot tell an empty string from none
	}
	value, bad := field.convert(p)
	if bad != nil {
		problem = bad.problem(p, diag.BadSetting)
		return &problem
	}
	changed, ok := put(sources.Objects[t.at].Value, append([]string{"spec"}, keys...), value)
	if !ok {
		problem = p.problem(diag.BadSetting, "mend the object in git", "cannot be set: something on its way in %s is no map", t.object.ID)
		return &problem
	}
	sources.Replace(t.at, changed)
	return nil
}

// near suggests a field for a path that does not exist.
func (t *trigger) near(path string) string {
	fields := t.fields()
	names := make([]string, 0, len(fields))
	for i := range fields {
		names = append(names, specPrefix+fields[i].path())
	}
	if near := diag.DidYouMean(specPrefix+path, names); near != "" {
		return near
	}
	return "its fields are " + few(names, "")
}

// meant suggests what an unknown name may have meant: a setting, or a field of a trigger.
func (s *Settings) meant(name string, triggers []trigger) string {
	names := s.schema.paths("")
	for i := range triggers {
		t := &triggers[i]
		for _, f := range t.fields() {
			full := t.parameter(f.path())
			if f.path() == name || f.keys[len(f.keys)-1] == name {
				return fmt.Sprintf("did you mean %q?", full)
			}
			names = append(names, full)
		}
	}
	if near := diag.DidYouMean(name, names); near != "" {
		return near
	}
	return "`korender argocd parameters` lists all"
}
