// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// fixed are the settings that an Application cannot have, each with the reason.
var fixed = map[string]string{
	"apiVersion": "it belongs to the file only",
	"kind":       "it belongs to the file only",
	"metadata":   "it belongs to the file only",
	"target":     "it is always argocd here",
	"substitute": "Flux substitutes variables, Argo CD does not",
}

// Settings is what an Application sets by its parameters and environment: fields of kind Render, and fields of triggers.
type Settings struct {
	render   []Parameter // the environment last, because it wins
	triggers []Parameter
	unknown  []Parameter // neither
	schema   *shape
	base     render.Config // what holds without them
}

// ReadSettings sorts out what an Application sets. The list holds what is wrong with that.
func ReadSettings(app App) (Settings, diag.List, error) {
	s := Settings{}
	var err error
	if s.schema, err = renderShape(); err != nil {
		return s, nil, err
	}
	given, found := readParameters(app.Parameters)
	for _, p := range given {
		switch {
		case isInput(p.Name):
			s.triggers = append(s.triggers, p)
		case s.schema.lookup(p.Name) != nil || fixed[p.Name] != "":
			s.render = append(s.render, p)
		default:
			s.unknown = append(s.unknown, p)
		}
	}
	names := map[string]string{}
	for _, path := range s.schema.paths("") {
		names[variable(path)] = path
	}
	for _, name := range settingNames(app.Settings) {
		text, known := app.Settings[name], names[name] != ""
		p := Parameter{Name: names[name], String: &text, variable: settingPrefix + name}
		if known {
			s.render = append(s.render, p)
			continue
		}
		hint := "the settings are " + settingPrefix + strings.Join(slices.Sorted(maps.Keys(names)), ", "+settingPrefix)
		if near := diag.Suggest(name, slices.Sorted(maps.Keys(names))); near != "" {
			hint = fmt.Sprintf("did you mean %s%s?", settingPrefix, near)
		}
		found = append(found, p.problem(diag.UnknownSetting, hint, "is no setting"))
	}
	return s, found, nil
}

// renderShape is the schema of kind Render, without what an Application cannot set.
func renderShape() (*shape, error) {
	text, err := render.Schema()
	if err != nil {
		return nil, err
	}
	out := &shape{}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, fmt.Errorf("read the schema of kind %s: %w", render.Kind, err)
	}
	for name := range fixed {
		delete(out.Properties, name)
	}
	return out, nil
}

// lookup is the shape at a path with dots; nil when there is none.
func (s *shape) lookup(path string) *shape {
	for _, key := range strings.Split(path, ".") {
		if s = s.Properties[key]; s == nil {
			return nil
		}
	}
	return s
}

// paths lists the properties at every depth, sorted.
func (s *shape) paths(prefix string) []string {
	var out []string
	for _, name := range s.names() {
		out = append(out, prefix+name)
		out = append(out, s.Properties[name].paths(prefix+name+".")...)
	}
	return out
}

// variable is the name of a setting in the environment: limits.forEachItems is LIMITS_FOR_EACH_ITEMS.
func variable(path string) string {
	var out strings.Builder
	for _, r := range path {
		switch {
		case r == '.':
			out.WriteByte('_')
		case unicode.IsUpper(r):
			out.WriteByte('_')
			out.WriteRune(r)
		default:
			out.WriteRune(unicode.ToUpper(r))
		}
	}
	return out.String()
}

// title is a name as a title: forEachItems is "For each items".
func title(name string) string {
	text := strings.ToLower(strings.ReplaceAll(variable(name), "_", " "))
	return strings.ToUpper(text[:1]) + text[1:]
}

// Configure lays the settings over what korender.yaml says (nil: there is none), each name by itself. Without any word
// on it, the namespace is the destination's. The list holds what is wrong with the settings.
func (s *Settings) Configure(file *render.ConfigFile, app App) (*render.ConfigFile, diag.List) {
	out := &render.ConfigFile{}
	if file != nil {
		out = file
	}
	if out.Namespace == "" {
		out.Namespace = app.Namespace
	}
	s.base = out.Config
	var found diag.List
	for i := range s.render {
		found = append(found, s.lay(&out.Config, &s.render[i])...)
	}
	return out, found
}

func (s *Settings) lay(c *render.Config, p *Parameter) diag.List {
	if reason := fixed[p.Name]; reason != "" {
		return diag.List{p.problem(diag.BadSetting, "remove it", "cannot be set: %s", reason)}
	}
	if p.empty() {
		return nil
	}
	value, bad := s.schema.lookup(p.Name).convert(p)
	if bad != nil {
		return diag.List{bad.problem(p, diag.BadSetting)}
	}
	tree, _ := put(nil, strings.Split(p.Name, "."), value)
	found := c.Lay(render.ConfigName, tree)
	for i := range found { // the place is one in a text that nobody has written
		found[i] = p.problem(found[i].Code, found[i].Hint, "is not valid: %s", found[i].Message)
	}
	return found
}

// problem is what is wrong with the value of a parameter.
func (w *wrong) problem(p *Parameter, code diag.Code) diag.Diagnostic {
	if w.at != "" {
		return p.problem(code, w.hint, "is not valid: %s %s", strings.TrimPrefix(w.at, "."), w.must)
	}
	return p.problem(code, w.hint, "%s", w.must)
}

// Says tells whether the settings themselves name the root or the libraries, and not korender.yaml.
func (s *Settings) Says(name string) bool {
	return slices.ContainsFunc(s.render, func(p Parameter) bool { return p.Name == name && !p.empty() })
}

// Blame is a problem with what is said of a setting. When a parameter says it, and not korender.yaml, the problem names
// that in place of the file.
func (s *Settings) Blame(name string, d diag.Diagnostic) diag.Diagnostic {
	for i := len(s.render) - 1; i >= 0; i-- {
		if p := &s.render[i]; p.Name == name && !p.empty() {
			d.Pos, d.Message = diag.Pos{}, p.where()+" cannot be used: "+d.Message
			return d
		}
	}
	return d
}
