// SPDX-License-Identifier: Apache-2.0

package content

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/render"
)

// input opens the folder, the libraries that its korender.yaml names, and those of the request.
func (r *Request) input() (*render.Input, error) {
	own, err := r.Folder.open()
	if err != nil {
		return nil, err
	}
	shown := prefixOf(r.Folder.clean())
	in := &render.Input{
		Paths:  places(own, shown),
		Config: render.ReadConfig(own, ".", shown),
	}
	if in.Config == nil {
		in.Config = &render.ConfigFile{}
	}
	if err := r.configure(in.Config); err != nil {
		return nil, err
	}
	for _, name := range in.Config.Libraries {
		place, err := r.nearby(in.Config.Root, name)
		if err != nil {
			return nil, err
		}
		in.Libraries = append(in.Libraries, place)
	}
	for _, f := range r.Libraries {
		place, err := r.library(f)
		if err != nil {
			return nil, err
		}
		in.Libraries = append(in.Libraries, place)
	}
	return in, nil
}

// places are the folder; or the manifests in it, when it is itself an artifact of Build, whose kustomization.yaml says
// nothing else. Any other one is refused with the rest of what is no manifest: it may say more than a render would heed.
func places(folder fs.FS, shown string) []render.Place {
	all := render.Place{FS: folder, Path: ".", Prefix: shown}
	text, err := fs.ReadFile(folder, kustomizationFile)
	switch {
	case err == nil && string(text) == kustomizationOfNone:
		return nil
	case err == nil && string(text) == kustomizationOfAll:
		all.Path = manifestsFile
	}
	return []render.Place{all}
}

// configure lays the settings of the request over those of the file.
func (r *Request) configure(c *render.ConfigFile) error {
	if r.Settings == nil {
		return nil
	}
	tree, err := treeOf(r.Settings)
	if err != nil {
		return fmt.Errorf("read spec.render: %w", err)
	}
	if found := c.Lay("spec.render", tree); found.HasErrors() {
		return &StalledError{Reason: v1alpha1.InvalidSpecReason, Message: r.told(found)}
	}
	return nil
}

// treeOf is a value as kind Render has it.
func treeOf(settings *v1alpha1.RenderSettings) (map[string]any, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return plain(tree).(map[string]any), nil
}

// plain turns the numbers of a tree into int64s, where they are whole; kind Render has no others.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		return v.String()
	}
	return value
}

// nearby is a library that korender.yaml names: a folder of the same source, below root.
func (r *Request) nearby(root, name string) (render.Place, error) {
	own := r.Folder.clean()
	wide, folder := ".", path.Join(own, name)
	if root != "" {
		wide = path.Join(own, root)
	}
	if !fs.ValidPath(folder) || wide != "." && folder != wide && !strings.HasPrefix(folder, wide+"/") {
		return render.Place{}, &StalledError{Reason: v1alpha1.RenderFailedReason, Message: fmt.Sprintf(
			"library %q of %s%s does not lie below %s: the source itself is the widest root, so a library of another source belongs into spec.libraries",
			name, prefixOf(own), render.ConfigName, rootName(wide))}
	}
	place, err := r.library(Folder{FS: r.Folder.FS, Path: folder, Source: r.Folder.Source})
	var stalled *StalledError
	if errors.As(err, &stalled) {
		return place, &StalledError{Reason: v1alpha1.RenderFailedReason, Message: fmt.Sprintf(
			"library %q of %s%s: %s", name, prefixOf(own), render.ConfigName, stalled.Message)}
	}
	return place, err
}

func rootName(wide string) string {
	if wide == "." {
		return "the source"
	}
	return wide
}

// library is a place whose files have names of their own: a file is known by its name.
func (r *Request) library(f Folder) (render.Place, error) {
	fsys, err := f.open()
	if err != nil {
		return render.Place{}, err
	}
	prefix := prefixOf(f.clean())
	if f.Source != r.Folder.Source {
		prefix = f.Source + "//" + prefix
	}
	return render.Place{FS: fsys, Path: ".", Prefix: prefix}, nil
}

func prefixOf(folder string) string {
	if folder == "." {
		return ""
	}
	return folder + "/"
}
