// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

// Request is one call of the plugin. Input has the configuration of Settings.Configure; Problems is what is wrong with what
// the Application and korender.yaml say, and with the folders that they name.
type Request struct {
	App      App
	Input    render.Input
	Settings Settings
	Problems diag.List
}

// options are those of every render of this plugin.
func options() render.Options {
	return render.Options{Config: render.Config{Target: render.TargetArgoCD}}
}

// Generate renders the folder and writes one JSON object a line, which nobody can misread: as YAML, an unquoted key such
// as n: is a boolean to some readers. The list holds warnings. The error is a *render.Failure, or that of ctx; then
// nothing is written.
func Generate(ctx context.Context, r Request, w io.Writer) (diag.List, error) {
	if r.Problems.HasErrors() {
		return nil, failed(render.StageUsage, r.Problems)
	}
	s, p, warnings, err := r.compiled()
	if err != nil {
		return nil, err
	}
	if found := r.Settings.Apply(s, p, options()); found.HasErrors() {
		return nil, failed(render.StageUsage, found)
	}
	result, err := render.Evaluate(ctx, s, p, options())
	if err != nil {
		return nil, err
	}
	if err := r.App.accepts(result.Objects); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for i := range result.Objects {
		text, err := manifest.Canonical(result.Objects[i].Value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", result.Objects[i].ID, err)
		}
		out.Write(text)
		out.WriteByte('\n')
	}
	_, err = w.Write(out.Bytes())
	return append(warnings, result.Warnings...).Sort(), err
}

// compiled reads and compiles. A folder for which no Workflow can run is refused: its triggers would pass through, and
// all that was rendered for them before would be pruned.
func (r *Request) compiled() (*render.Sources, *render.Program, diag.List, error) {
	s, err := render.Load(r.Input, options())
	if err != nil {
		return nil, nil, nil, err
	}
	p, warnings, err := render.Compile(s)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(p.Workflows) == 0 {
		return nil, nil, nil, failed(render.StageProgram, diag.List{{
			Code:    diag.UnknownWorkflow,
			Message: "no Workflow was found in the folder of the Application, nor in its libraries",
			Hint: "is the path of the Application right? Folders of definitions elsewhere in the repository are named by `root` and `libraries` in " +
				render.ConfigName + ", those of the image lie below /libraries. Plain manifests need no plugin",
		}})
	}
	return s, p, warnings, nil
}

func failed(stage render.Stage, problems diag.List) error {
	return &render.Failure{Stage: stage, Problems: problems.Sort()}
}

// accepts refuses WorkflowInstances for a destination that does not serve them, unless the definition comes along.
func (a *App) accepts(objects []manifest.Object) error {
	const definition = "workflowinstances.korender.dev"
	brings := func(o manifest.Object) bool {
		return o.ID.Kind == "CustomResourceDefinition" && o.ID.Name == definition
	}
	if a.serves() || slices.ContainsFunc(objects, brings) {
		return nil
	}
	for i := range objects {
		if id := objects[i].ID; id.Kind == render.InstanceKind && id.APIVersion == render.APIVersion {
			return failed(render.StageEvaluate, diag.List{{
				Code:    diag.DeferredNotAllowed,
				Message: fmt.Sprintf("%s is to be applied, but the destination cluster does not know its kind: korender-live is not installed there", id),
				Hint:    "install it: kubectl apply -k 'https://github.com/korender/korender//live/config?ref=VERSION' with an image of yours (live/README.md); then refresh the Application. Or leave nothing to live: onDeferred: error",
			}})
		}
	}
	return nil
}

// Parameters writes the announcements of the folder as a JSON array. Whatever is wrong, those of kind Render are written,
// and nothing that the Application sets is held against it: on the page that they are for, it can be mended. The list says
// what is wrong.
func Parameters(r Request, w io.Writer) (diag.List, error) {
	announced := []Announcement{}
	s, p, found, err := r.compiled()
	switch problems, known := ProblemsOf(err); {
	case err == nil:
		announced = announceInputs(triggersOf(s, p, options()))
	case known:
		found = problems
	default:
		return nil, err
	}
	announced = append(announced, r.Settings.announceSettings()...)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(announced); err != nil {
		return nil, err
	}
	_, err = w.Write(out.Bytes())
	return append(found, r.Problems...).Sort(), err
}
