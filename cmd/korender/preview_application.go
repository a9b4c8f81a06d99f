// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/korender/korender/plugin/argocd"
	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/subject"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// applied reads what an Application in git sets as the plugin does when Argo CD renders it. The two do not know each other.
func applied(a subject.Application) (preview.Applied, error) {
	app := argocd.App{Name: a.Name, Namespace: a.Namespace, Path: a.Path, Parameters: a.Parameters, Settings: a.Settings}
	settings, found, err := argocd.ReadSettings(app)
	if err != nil {
		return preview.Applied{}, err
	}
	return preview.Applied{
		Problems:  found,
		Configure: func(file *render.ConfigFile) (*render.ConfigFile, diag.List) { return settings.Configure(file, app) },
		Trigger: func(s *render.Sources, p *render.Program, opts render.Options) diag.List {
			return settings.Apply(s, p, opts)
		},
	}, nil
}
