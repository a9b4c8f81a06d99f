// SPDX-License-Identifier: Apache-2.0

// Package argocd is the config management plugin of Argo CD. In come the folder of an Application (package render opens
// nothing: the command hands over file systems) and what Argo CD says of the call; out go manifests, announcements of
// parameters, the paths that a render depends on, and what an operator has to install. Its types are its own: nothing of
// Argo CD is linked, because a plugin is started several times for each render. The tests in test/argocd hold them to
// Argo CD's.
//
// The package reads no environment, opens no file and starts nothing. It writes once, at the end, and nothing on stdout
// when anything is wrong: Argo CD takes an empty output for an Application without objects. No value of an object and no
// line of a file is in a message, because messages are stored in the Application.
package argocd

import (
	"slices"
	"strings"

	"github.com/korender/korender/render"
)

// App is what Argo CD says of a call. All of it may be empty: Argo CD leaves out what has no value, and tells less when it
// asks for parameters.
type App struct {
	Name        string
	Namespace   string // of the destination
	Revision    string
	Path        string            // of the Application's folder in its repository
	APIVersions []string          // of the destination's API; empty when it is not known
	Parameters  string            // the JSON array of spec.source.plugin.parameters
	Settings    map[string]string // of spec.source.plugin.env, without KORENDER_ before their names
}

// The prefixes of names in the environment.
const (
	userPrefix    = "ARGOCD_ENV_" // Argo CD puts it before the names in spec.source.plugin.env
	settingPrefix = "KORENDER_"
)

// ReadApp finds what Argo CD says in the environment of a call. The variables PARAM_* are not read: different parameters
// can have one such name.
func ReadApp(env map[string]string) App {
	app := App{
		Name: env["ARGOCD_APP_NAME"], Namespace: env["ARGOCD_APP_NAMESPACE"], Revision: env["ARGOCD_APP_REVISION"],
		Path: env["ARGOCD_APP_SOURCE_PATH"], Parameters: env["ARGOCD_APP_PARAMETERS"], Settings: map[string]string{},
	}
	if versions := env["KUBE_API_VERSIONS"]; versions != "" {
		app.APIVersions = strings.Split(versions, ",")
	}
	for name, value := range env {
		if setting, ok := strings.CutPrefix(name, userPrefix+settingPrefix); ok && value != "" {
			app.Settings[setting] = value
		}
	}
	return app
}

// serves tells whether the destination serves WorkflowInstances; it does when nothing is known of its API.
func (a *App) serves() bool {
	return len(a.APIVersions) == 0 || slices.ContainsFunc(a.APIVersions, func(v string) bool {
		return v == render.APIVersion || v == render.APIVersion+"/"+render.InstanceKind
	})
}

// String names the Application, its folder and its revision, as far as they are known.
func (a *App) String() string {
	out := "this folder"
	if a.Name != "" {
		out = "Application " + a.Name
	}
	var at []string
	if a.Path != "" {
		at = append(at, a.Path)
	}
	if a.Revision != "" {
		at = append(at, "revision "+a.Revision[:min(len(a.Revision), 8)])
	}
	if len(at) > 0 {
		out += " (" + strings.Join(at, ", ") + ")"
	}
	return out
}
