// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"fmt"
	"path"
	"slices"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/subject"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// This file is about what a GitOps tool is told besides a folder: settings, and fields of triggers.

// Applied is what an Application of Argo CD sets.
type Applied struct {
	Problems  diag.List
	Configure func(*render.ConfigFile) (*render.ConfigFile, diag.List)         // lays its settings over korender.yaml
	Trigger   func(*render.Sources, *render.Program, render.Options) diag.List // sets fields of triggers
}

// settings is all that the subject says, as a text.
func (p *prepared) settings() string {
	if p.subject == nil {
		return "none"
	}
	s := map[string]any{"target": string(p.subject.Target), "settings": p.subject.Settings, "libraries": fmt.Sprint(p.subject.Libraries)}
	if app := p.subject.Application; app != nil {
		s["application"] = fmt.Sprintf("%q", []string{app.Name, app.Namespace, app.Parameters, fmt.Sprint(app.Settings)})
	}
	return change.Canonical(s)
}

// target is the tool that is told to render it; "" when none is.
func (p *prepared) target() render.Target {
	if p.subject == nil {
		return ""
	}
	return p.subject.Target
}

// configured lays what the subject says over korender.yaml.
func (p *prepared) configured(config *render.ConfigFile, opts Options) (*render.ConfigFile, error) {
	if p.subject == nil {
		return config, nil
	}
	if config == nil {
		config = &render.ConfigFile{}
	}
	var found diag.List
	switch app := p.subject.Application; {
	case app != nil:
		var err error
		if p.applied, err = opts.Applications(*app); err != nil {
			return nil, err
		}
		config, found = p.applied.Configure(config)
		found = append(found, p.applied.Problems...)
	case p.subject.Settings != nil:
		found = config.Lay("spec.render", p.subject.Settings)
	}
	if found.HasErrors() {
		p.fail(found...)
	}
	return config, nil
}

// fail notes that the settings cannot be used; without problems it notes nothing.
func (p *prepared) fail(found ...diag.Diagnostic) {
	if len(found) == 0 {
		return
	}
	if p.failed == nil {
		p.failed = &render.Failure{Stage: render.StageProgram}
	}
	p.failed.Problems = append(p.failed.Problems, found...).Sort()
}

// wide is the folder below which everything must lie. For Flux, that is the repository unless somebody says less.
func (p *prepared) wide(config *render.ConfigFile, folder string) string {
	switch {
	case config != nil && config.Root != "":
		return path.Join(folder, config.Root)
	case p.subject != nil && p.subject.Target == render.TargetFlux:
		return "."
	default:
		return folder
	}
}

// rootProblem tells about a root that cannot be used: that of korender.yaml, or of the subject.
func (p *prepared) rootProblem(config *render.ConfigFile, err error) {
	if config.Root == p.file.Root {
		config.RootProblem(err)
		p.fail(config.Problems()...)
		return
	}
	p.fail(p.blamed("root %q: %s", config.Root, revision.ReasonOf(err)))
}

// libraryProblem tells about a library that cannot be used.
func (p *prepared) libraryProblem(i int, err error) {
	config := p.input.Config
	if slices.Equal(config.Libraries, p.file.Libraries) {
		config.LibraryProblem(i, err)
		return
	}
	p.fail(p.blamed("library %q: %s", config.Libraries[i], revision.ReasonOf(err)))
}

// blamed is a problem with what the subject says.
func (p *prepared) blamed(format string, args ...any) diag.Diagnostic {
	of := subject.Subject{}
	if p.subject != nil {
		of = *p.subject
	}
	return diag.Diagnostic{Code: diag.LibraryProblem, Message: of.ID + ": " + fmt.Sprintf(format, args...), Hint: "paths are relative to " + of.Folder}
}
