// SPDX-License-Identifier: Apache-2.0

// Package content makes what an artifact holds of the folders of sources. It is pure: folders in, files out, the same
// bytes for the same folders. It fails closed: what cannot be rendered whole, or of which Flux would make something else, is
// a *StalledError, because a Kustomization prunes what an artifact leaves out.
package content

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Folder is a folder of an unpacked source.
type Folder struct {
	FS     fs.FS  // the whole source; it follows no link that leads out of it
	Path   string // of the folder in it, slash-separated; "" and "." are all of it
	Source string // what messages call the source: Kind/namespace/name
}

// Request says what to render.
type Request struct {
	Folder    Folder
	Libraries []Folder                 // after those that the korender.yaml of Folder names
	Settings  *v1alpha1.RenderSettings // laid over that korender.yaml; nil lays nothing
}

// Rendered is what a render came to: the files of an artifact.
type Rendered struct {
	Files     []File // in the order of their names
	Objects   int    // in all files
	Instances int    // those of them that are WorkflowInstances
	Warnings  []string
}

// File is one file of an artifact.
type File struct {
	Name string
	Data []byte
}

// The files of every artifact. The kustomization.yaml is explicit, so that nothing else is ever taken.
const (
	kustomizationFile = "kustomization.yaml"
	manifestsFile     = "manifests.yaml"

	kustomizationOfNone = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"
	kustomizationOfAll  = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- " + manifestsFile + "\n"
)

// Build renders a folder. It is pure: the same request gives the same bytes. The error is a *StalledError when nothing but
// a change of the request can help, that of ctx, or one of reading files.
func Build(ctx context.Context, r Request) (*Rendered, error) {
	in, err := r.input()
	if err != nil {
		return nil, err
	}
	result, err := render.Render(ctx, *in, render.Options{Config: render.Config{Target: render.TargetFlux}})
	var failure *render.Failure
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("render %s: %w; spec.timeout allows more", r.Folder, context.Cause(ctx))
	case errors.As(err, &failure):
		return nil, r.failed(failure)
	case err != nil:
		return nil, fmt.Errorf("render %s: %w", r.Folder, err)
	}
	if err := accepts(result.Objects, in.Config.AllowEmpty); err != nil {
		return nil, &StalledError{Reason: v1alpha1.RenderFailedReason, Message: fmt.Sprintf("%s: %s", r.Folder, err)}
	}
	return files(result)
}

// files are those of an artifact.
func files(result *render.Result) (*Rendered, error) {
	out := &Rendered{Objects: len(result.Objects)}
	for i := range result.Objects {
		if id := result.Objects[i].ID; id.Kind == render.InstanceKind && id.APIVersion == render.APIVersion {
			out.Instances++
		}
	}
	for _, w := range result.Warnings {
		out.Warnings = append(out.Warnings, w.Error())
	}
	if out.Objects == 0 {
		out.Files = []File{{kustomizationFile, []byte(kustomizationOfNone)}}
		return out, nil
	}
	out.Files = []File{{kustomizationFile, []byte(kustomizationOfAll)}}
	var text bytes.Buffer
	if err := result.WriteYAML(&text); err != nil {
		return nil, fmt.Errorf("write manifests: %w", err)
	}
	out.Files = append(out.Files, File{manifestsFile, text.Bytes()})
	return out, nil
}

// localConfig marks objects that kustomize leaves out without a word.
const localConfig = "config.kubernetes.io/local-config"

// accepts refuses what kustomize-controller would make something else of than the render says: it would fail, or apply
// less than everything, and prune the rest.
func accepts(objects []manifest.Object, allowEmpty bool) error {
	seen := map[manifest.Key]manifest.Object{}
	applied := 0
	for _, o := range objects {
		key := o.ID.Key()
		if key.Namespace == "" {
			key.Namespace = "default"
		}
		if first, twice := seen[key]; twice {
			return fmt.Errorf("%s (%s) and %s (%s) are one object to kustomize, which takes no namespace for default: give both their namespace, or one another name",
				first.ID, first.From, o.ID, o.From)
		}
		seen[key] = o
		if _, list := o.Value["items"].([]any); list && strings.HasSuffix(o.ID.Kind, "List") {
			return fmt.Errorf("%s (%s) is a list, whose items would be applied in its place: render its items", o.ID, o.From)
		}
		if !isLocal(o.Value) {
			applied++
		}
	}
	if applied == 0 && len(objects) > 0 && !allowEmpty {
		return fmt.Errorf("every object has the annotation %s, so that nothing would be applied and all that was would be pruned: take it away, or say allowEmpty: true in spec.render", localConfig)
	}
	return nil
}

func isLocal(value map[string]any) bool {
	metadata, _ := value["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, _ := annotations[localConfig].(string)
	return text != "" && text != "false"
}

// String names the folder for people.
func (f Folder) String() string {
	if p := f.clean(); p != "." {
		return f.Source + " path " + p
	}
	return f.Source
}

func (f Folder) clean() string { return path.Clean("./" + f.Path) }

// open gives the folder as a file system.
func (f Folder) open() (fs.FS, error) {
	name := f.clean()
	stalled := func(format string, args ...any) error {
		return &StalledError{Reason: v1alpha1.InvalidSpecReason, Message: fmt.Sprintf(format, args...)}
	}
	if !fs.ValidPath(name) {
		return nil, stalled("path %q leads out of %s: it must be a folder of the source", f.Path, f.Source)
	}
	info, err := fs.Stat(f.FS, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, stalled("path %q does not exist in %s: is it misspelled, or ignored by the source (spec.ignore, .sourceignore)?", f.Path, f.Source)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", f, err)
	case !info.IsDir():
		return nil, stalled("path %q in %s is a file: name its folder", f.Path, f.Source)
	}
	return fs.Sub(f.FS, name)
}
