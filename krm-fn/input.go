// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// input is what the engine reads.
func (f *function) input() (render.Input, error) {
	in := render.Input{Config: f.settings.config}
	libraries, err := f.libraries()
	if err != nil {
		return in, err
	}
	in.Libraries = libraries
	texts := files{}
	for _, d := range f.items {
		if f.unread(d) {
			continue
		}
		if err := d.read(orchestrators); err != nil {
			return in, fmt.Errorf("write %s: %w", d, err)
		}
		texts[d.name] = d.text
		in.Paths = append(in.Paths, render.Place{FS: texts, Path: d.name})
	}
	if f.settings.trigger {
		texts[f.config.name] = f.config.text
		in.Paths = append(in.Paths, render.Place{FS: texts, Path: f.config.name, Consume: true})
	}
	return in, nil
}

// libraries are the folders of definitions, those of the command first. Each lies in the folder of the kustomization or
// package.
func (f *function) libraries() ([]render.Place, error) {
	var out []render.Place
	var found diag.List
	for _, name := range f.opts.Libraries {
		place, problem := f.library(name)
		if problem != "" {
			found = append(found, diag.Diagnostic{Code: diag.LibraryProblem, Message: problem, Hint: libraryHint})
		}
		out = append(out, place)
	}
	if c := f.settings.config; c != nil {
		if c.Root != "" && path.Clean(c.Root) != "." {
			found = append(found, f.settingProblem(fmt.Sprintf("root %q cannot be used: a function reads nothing outside of the folder that it runs in", c.Root),
				"remove root; libraries lie below the folder of the kustomization or package", "root"))
		}
		for i, name := range c.Libraries {
			place, problem := f.library(name)
			if problem != "" {
				found = append(found, f.settingProblem(problem, libraryHint, "libraries", strconv.Itoa(i)))
			}
			out = append(out, place)
		}
	}
	if len(found) > 0 {
		return nil, &render.Failure{Stage: render.StageProgram, Problems: found}
	}
	return out, nil
}

const libraryHint = "paths are relative to the folder of the kustomization or package, and lie in it; in a container, that folder must be mounted at /workspace"

// library opens one library. The text says what is wrong with it, if something is.
func (f *function) library(name string) (render.Place, string) {
	clean := path.Clean(name)
	if !fs.ValidPath(clean) {
		return render.Place{}, fmt.Sprintf("library %q does not lie in the folder that the function runs in", name)
	}
	if f.opts.FS == nil {
		return render.Place{}, fmt.Sprintf("library %q cannot be read: this function is given no folder", name)
	}
	stat, err := fs.Stat(f.opts.FS, clean)
	switch {
	case err != nil:
		return render.Place{}, fmt.Sprintf("library %q cannot be used: %s", name, reasonOf(err))
	case !stat.IsDir():
		return render.Place{}, fmt.Sprintf("library %q is not a folder", name)
	}
	sub, err := fs.Sub(f.opts.FS, clean)
	if err != nil {
		return render.Place{}, fmt.Sprintf("library %q cannot be used: %s", name, reasonOf(err))
	}
	prefix := clean + "/"
	if clean == "." {
		prefix = ""
	}
	return render.Place{FS: sub, Path: ".", Prefix: prefix}, ""
}

func reasonOf(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
