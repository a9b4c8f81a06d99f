// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/korender/korender/render"
)

// plugin is the name by which an Application asks for the plugin, and settingPrefix what its environment has before the
// names of settings.
const (
	plugin        = "korender"
	settingPrefix = "KORENDER_"
)

// application finds the sources of an Application, or of what an ApplicationSet makes, that the plugin renders.
func (s *search) application(d *document, spec any, name string) {
	sources, _ := at(spec, "sources").([]any)
	if len(sources) == 0 {
		sources = []any{at(spec, "source")}
	}
	for i, source := range sources {
		if text(source, "plugin", "name") != plugin {
			continue
		}
		id := d.id()
		if len(sources) > 1 {
			id = fmt.Sprintf("%s, source %d", id, i+1)
		}
		s.source(d, id, source, Application{Name: name, Namespace: text(spec, "destination", "namespace")})
	}
}

// source is one source that the plugin renders.
func (s *search) source(d *document, id string, source any, app Application) {
	app.Path = path.Clean("./" + text(source, "path"))
	switch reason := s.elsewhere(text(source, "repoURL"), text(source, "targetRevision")); {
	case reason != "":
		s.note(d, reason)
		return
	case app.Path == ".." || strings.HasPrefix(app.Path, "../"):
		s.note(d, fmt.Sprintf("its path %s leads out of the repository", app.Path))
		return
	}
	parameters, _ := at(source, "plugin", "parameters").([]any)
	if len(parameters) > 0 {
		list, err := json.Marshal(parameters)
		if err != nil {
			s.note(d, fmt.Sprintf("its parameters cannot be read: %s", err))
			return
		}
		app.Parameters = string(list)
	}
	app.Settings = map[string]string{}
	env, _ := at(source, "plugin", "env").([]any)
	for _, e := range env {
		if name, ours := strings.CutPrefix(text(e, "name"), settingPrefix); ours && text(e, "value") != "" {
			app.Settings[name] = text(e, "value")
		}
	}
	if strings.Contains(app.Path+app.Namespace+app.Parameters+fmt.Sprint(app.Settings), "{{") {
		s.note(d, "its path, namespace or parameters depend on a generator")
		return
	}
	s.found = append(s.found, Subject{ID: id, Of: d.id(), Folder: app.Path, Target: render.TargetArgoCD, Application: &app, File: d.file})
}
