// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/argocd"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// checkout is the copy of a repository that the working directory lies in. Argo CD may send a part of the repository
// only: what the annotation manifest-generate-paths of the Application has in common.
type checkout struct {
	dir    string // the top folder of the copy
	within string // the top folder in the repository: "." unless only a part was sent
	folder string // the working directory in the repository, slash-separated
}

// findCheckout finds the copy around a folder. source is the folder's path in the repository as Argo CD says it; without
// one, the folder with .git above is the top, or else the folder itself.
func findCheckout(folder, source string) checkout {
	if source == "" {
		return clonedAround(folder)
	}
	if clean := path.Clean(filepath.ToSlash(source)); clean != "." && filepath.IsLocal(clean) {
		return sentAround(folder, clean)
	}
	return checkout{dir: folder, within: ".", folder: "."}
}

// clonedAround looks for .git in the folders above.
func clonedAround(folder string) checkout {
	for dir := folder; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			if rel, err := below(dir, folder); err == nil {
				return checkout{dir: dir, within: ".", folder: rel}
			}
		}
		if dir == filepath.Dir(dir) {
			return checkout{dir: folder, within: ".", folder: "."}
		}
	}
}

// sentAround takes as many folders above as have the names that the path says: the one above the copy has a random name.
func sentAround(folder, source string) checkout {
	names := strings.Split(source, "/")
	dir, left := folder, len(names)
	for left > 0 && filepath.Base(dir) == names[left-1] {
		dir, left = filepath.Dir(dir), left-1
	}
	return checkout{dir: dir, within: path.Join(append([]string{"."}, names[:left]...)...), folder: source}
}

// The reasons for which a folder of a repository cannot be read.
var (
	errAbove   = errors.New("it leads above the repository")
	errNotSent = errors.New("it was not sent by Argo CD")
)

// path is where a folder of the repository is. One that holds all that was sent is the top of the copy.
func (c *checkout) path(folder string) (string, error) {
	switch rel, err := filepath.Rel(c.within, folder); {
	case folder == ".." || strings.HasPrefix(folder, "../") || path.IsAbs(folder):
		return "", errAbove
	case err != nil:
		return "", err
	case c.within == folder || strings.HasPrefix(c.within, folder+"/") || folder == ".":
		return c.dir, nil
	case !filepath.IsLocal(rel):
		return "", errNotSent
	default:
		return filepath.Join(c.dir, rel), nil
	}
}

// appFolder is the folder of an Application, opened with all that its render reads.
type appFolder struct {
	files
	checkout
	settings argocd.Settings
	problems diag.List
	names    []string // of the libraries in the repository
}

// openApp opens the working directory. What is wrong with what it, or the Application, says is in the problems.
func openApp(app argocd.App, libraries string) (*appFolder, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	f := &appFolder{files: files{opened: map[string]*os.Root{}}, checkout: findCheckout(dir, app.Path)}
	if err := f.openAll(app, dir, libraries); err != nil {
		f.Close()
		return nil, err
	}
	f.problems = f.problems.Sort()
	return f, nil
}

func (f *appFolder) openAll(app argocd.App, dir, libraries string) error {
	own, err := f.open(dir)
	if err != nil {
		return err
	}
	linked, err := newLinkedFS(own)
	if err != nil {
		return err
	}
	if f.settings, f.problems, err = argocd.ReadSettings(app); err != nil {
		return err
	}
	shown := prefixOf(f.folder)
	config, found := f.settings.Configure(render.ReadConfig(linked, ".", shown), app)
	f.problems = append(f.problems, found...)
	f.input.Config = config
	place := render.Place{FS: linked, Path: ".", Prefix: shown}
	root, wide := own, f.folder
	if config.Root != "" {
		wide = path.Join(f.folder, filepath.ToSlash(config.Root))
		if root, place.FS, err = f.widenedTo(wide); err != nil {
			f.rootProblem(config, err)
			return nil
		}
	}
	f.input.Paths = []render.Place{place}
	for i, name := range config.Libraries {
		if err := f.openLibrary(root, wide, path.Join(f.folder, filepath.ToSlash(name))); err != nil {
			f.libraryProblem(config, i, err)
		}
	}
	f.problems = append(f.problems, config.Problems()...)
	return f.openBaked(libraries)
}

// widenedTo opens the folder below which everything must lie, and the Application's own folder in it.
func (f *appFolder) widenedTo(wide string) (*os.Root, fs.FS, error) {
	dir, err := f.path(wide)
	if err != nil {
		return nil, nil, err
	}
	own, err := f.path(f.folder)
	if err != nil {
		return nil, nil, err
	}
	rel, err := below(dir, own)
	if err != nil {
		return nil, nil, err
	}
	root, err := f.open(dir)
	if err != nil {
		return nil, nil, err
	}
	linked, err := newLinkedFS(root)
	if err != nil {
		return nil, nil, err
	}
	fsys, err := fs.Sub(linked, rel)
	return root, fsys, err
}

// openLibrary opens a library of the repository, below the folder wide, which is open as root.
func (f *appFolder) openLibrary(root *os.Root, wide, name string) error {
	dir, err := f.path(name)
	if err != nil {
		return err
	}
	if name != wide && wide != "." && !strings.HasPrefix(name, wide+"/") {
		return errOutside
	}
	top, err := f.path(wide)
	if err != nil {
		return err
	}
	rel, err := below(top, dir)
	if err != nil {
		return err
	}
	library, err := root.OpenRoot(filepath.FromSlash(rel))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && f.within != "." {
			return errNotSent
		}
		return err
	}
	f.opened["library "+name] = library
	linked, err := newLinkedFS(library)
	if err != nil {
		return err
	}
	f.names = append(f.names, name)
	f.input.Libraries = append(f.input.Libraries, render.Place{FS: linked, Path: ".", Prefix: prefixOf(name)})
	return nil
}

// sentHint explains what Argo CD sends.
const sentHint = "the annotation manifest-generate-paths of the Application decides what Argo CD sends: `korender argocd paths` prints what it must say"

func (f *appFolder) rootProblem(config *render.ConfigFile, err error) {
	if f.settings.Says("root") {
		f.blame("root", f.rootHint(), "root %q: %s", config.Root, reasonOf(err))
		return
	}
	config.RootProblem(err)
	f.problems = append(f.problems, config.Problems()...)
	for i := range f.problems {
		if f.problems[i].Code == diag.LibraryProblem && f.problems[i].Hint == "" {
			f.problems[i].Hint = f.rootHint()
		}
	}
}

// rootHint says how far up there is something.
func (f *appFolder) rootHint() string {
	if f.folder == "." {
		return "the folder of the Application is the repository itself: leave root out"
	}
	up := strings.Repeat("../", strings.Count(f.folder, "/")+1)
	return fmt.Sprintf("the repository itself is `root: %s`, seen from %s", strings.TrimSuffix(up, "/"), f.folder)
}

func (f *appFolder) libraryProblem(config *render.ConfigFile, i int, err error) {
	name := config.Libraries[i]
	switch {
	case errors.Is(err, errNotSent):
		f.blame("libraries", sentHint, "library %q is not there: %s", name, err)
	case errors.Is(err, errAbove):
		f.blame("libraries", "copy the library into the repository, or have the operator put it into the image", "library %q: %s", name, err)
	case f.settings.Says("libraries"):
		f.blame("libraries", "paths are relative to the folder of the Application, and lie below root", "library %q: %s", name, reasonOf(err))
	default:
		config.LibraryProblem(i, err)
	}
}

// blame notes a problem with a setting.
func (f *appFolder) blame(setting, hint, format string, args ...any) {
	f.problems = append(f.problems, f.settings.Blame(setting, diag.Diagnostic{
		Code: diag.LibraryProblem, Pos: diag.Pos{File: prefixOf(f.folder) + render.ConfigName}, Message: fmt.Sprintf(format, args...), Hint: hint,
	}))
}

// openBaked opens the libraries that an operator has put into a folder, each a folder of its own.
func (f *appFolder) openBaked(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return usagef("--libraries names a folder whose folders are libraries", "the libraries in %s cannot be read: %s", dir, reasonOf(err))
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		info, err := os.Stat(name)
		switch {
		case strings.HasPrefix(e.Name(), "."):
			continue
		case err != nil:
			return usagef("", "the library %s cannot be read: %s", name, reasonOf(err))
		case !info.IsDir():
			if slices.Contains([]string{".koreo", ".k", ".yaml", ".yml", ".json"}, filepath.Ext(name)) {
				return usagef("move it into a folder of its own there, such as "+filepath.Join(dir, "platform"), "%s lies in no library: every folder in %s is one", name, dir)
			}
			continue
		}
		library, err := f.open(name)
		if err != nil {
			return usagef("", "the library %s cannot be read: %s", name, reasonOf(err))
		}
		f.input.Libraries = append(f.input.Libraries, render.Place{FS: library.FS(), Path: ".", Prefix: prefixOf(name)})
	}
	return nil
}
