// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// modeAnnotation on a functionConfig says what the function does; so does the key mode in the data of a ConfigMap.
const modeAnnotation = "korender.dev/mode"

// The modes.
const (
	modeRender   = "render"
	modeValidate = "validate"
)

const (
	renderGroup        = "korender.dev/"
	languageGroup      = "koreo.dev/"
	workflowAnnotation = "koreo.dev/workflow"
)

// settings are what the functionConfig comes to.
type settings struct {
	config   *render.ConfigFile // nil: the defaults
	trigger  bool               // the functionConfig is a trigger
	validate bool
}

// configure reads the functionConfig.
func (f *function) configure() error {
	f.settings.validate = f.opts.Validate
	d := f.config
	if d != nil {
		if err := f.setMode(d.annotation(modeAnnotation), "metadata", "annotations", modeAnnotation); err != nil {
			return err
		}
	}
	switch {
	case d == nil:
		f.settings.config = f.ownConfig()
		return nil
	case strings.HasPrefix(d.id.APIVersion, renderGroup) && d.id.Kind != render.Kind:
		return f.unknownConfig([]string{render.Kind})
	case d.id.Kind == render.Kind && !strings.Contains(d.id.APIVersion, "."), strings.HasPrefix(d.id.APIVersion, renderGroup):
		return f.readRender()
	case d.id.Kind == "ConfigMap" && d.annotation(workflowAnnotation) == "":
		return f.readConfigMap()
	default:
		f.settings.trigger = true
		f.settings.config = f.ownConfig()
		return d.read(notOfTrigger)
	}
}

// notOfTrigger tells whether an annotation of a functionConfig is no part of the trigger that it is.
func notOfTrigger(name string) bool {
	switch name {
	case functionAnnotation, oldFunctionAnnotation, localAnnotation, modeAnnotation:
		return true
	}
	return orchestrators(name)
}

// ownConfig is the korender.yaml of the folder, for a functionConfig that says nothing of the render; nil without one.
func (f *function) ownConfig() *render.ConfigFile {
	if f.opts.FS == nil {
		return nil
	}
	return render.ReadConfig(f.opts.FS, ".", "")
}

// readRender reads a functionConfig of kind Render.
func (f *function) readRender() error {
	if err := f.config.read(func(string) bool { return false }); err != nil {
		return err
	}
	return f.readSettings()
}

// readSettings reads the text of the functionConfig, which is a Render.
func (f *function) readSettings() error {
	f.config.name = configFolder + render.ConfigName
	f.settings.config = render.ReadConfig(files{render.ConfigName: f.config.text}, ".", configFolder)
	if found := f.settings.config.Problems(); found.HasErrors() {
		return &render.Failure{Stage: render.StageProgram, Problems: found}
	}
	return nil
}

// setMode takes the word that says what the function does; the path is where it stands.
func (f *function) setMode(word string, path ...string) error {
	modes := []string{modeRender, modeValidate}
	switch {
	case word == "":
	case slices.Contains(modes, word):
		f.settings.validate = f.settings.validate || word == modeValidate
	default:
		return f.configProblem(diag.BadSetting, fmt.Sprintf("mode must be %s, not %q", strings.Join(modes, " or "), word),
			diag.DidYouMean(word, modes), path...)
	}
	return nil
}

// configProblem is a failure because of a field of the functionConfig.
func (f *function) configProblem(code diag.Code, message, hint string, path ...string) error {
	if f.config.text == nil {
		if err := f.config.read(func(string) bool { return false }); err != nil {
			return err
		}
	}
	p := problemIn(f.config.name, f.config.text, path...)
	p.Code, p.Message, p.Hint = code, message, hint
	return &render.Failure{Stage: render.StageProgram, Problems: diag.List{p}}
}

// settingProblem is a problem with a setting, wherever it stands: in the functionConfig, or in the korender.yaml of the
// folder.
func (f *function) settingProblem(message, hint string, path ...string) diag.Diagnostic {
	name, text := render.ConfigName, []byte(nil)
	if f.config != nil && !f.settings.trigger {
		name, text = f.config.name, f.config.text
	} else if own, err := fs.ReadFile(f.opts.FS, render.ConfigName); err == nil {
		text = own
	}
	p := problemIn(name, text, path...)
	p.Code, p.Message, p.Hint = diag.LibraryProblem, message, hint
	return p
}

// unknownConfig is the failure of a functionConfig that is nothing the function knows.
func (f *function) unknownConfig(kinds []string) error {
	known := append([]string{render.Kind, "ConfigMap"}, kinds...)
	hint := diag.DidYouMean(f.config.id.Kind, known)
	if hint == "" {
		hint = fmt.Sprintf("it may be a %s of %s, a ConfigMap with the same settings, or an object that a Workflow runs for", render.Kind, render.APIVersion)
		if len(kinds) > 0 && kinds[0] != render.Kind {
			hint += ": " + strings.Join(kinds, ", ")
		}
	}
	message := fmt.Sprintf("functionConfig is a %s of %s, which says nothing to this function", f.config.id.Kind, f.config.id.APIVersion)
	return f.configProblem(diag.UnknownFunctionConfig, message, hint, "kind")
}
