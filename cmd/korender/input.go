// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// inputFlags are the flags of every command that reads PATHs.
func inputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "library", Aliases: []string{"l"}, Usage: "folder of definitions `DIR`, used after the PATHs; an earlier library overrides a later one (repeatable)"},
		&cli.StringFlag{Name: "root", Usage: "folder `DIR` below which everything must lie (default: the folder given, or what its korender.yaml says)"},
	}
}

// files opens what a command reads. Nothing outside of the folders named is ever read.
type files struct {
	streams
	opened map[string]*os.Root // by the name that the user gave
	input  render.Input
}

// openInput opens the PATHs and libraries of a command line; whoever gets them closes them.
func openInput(c *cli.Context, s streams) (*files, error) {
	return openPaths(c, s, c.Args().Slice())
}

// openPaths is openInput for PATHs that are not all arguments.
func openPaths(c *cli.Context, s streams, paths []string) (*files, error) {
	f := &files{streams: s, opened: map[string]*os.Root{}}
	if err := f.openAll(c, paths); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *files) openAll(c *cli.Context, paths []string) error {
	if len(paths) == 0 {
		return usagef("korender "+c.Command.Name+" . reads the working directory", "korender %s needs a PATH", c.Command.Name)
	}
	for _, p := range paths {
		if err := f.addPath(p, c.String("root")); err != nil {
			return err
		}
	}
	for _, dir := range c.StringSlice("library") {
		root, err := f.open(dir)
		if err != nil {
			return pathError(dir, err)
		}
		f.input.Libraries = append(f.input.Libraries, render.Place{FS: root.FS(), Path: ".", Prefix: prefixOf(dir)})
	}
	return nil
}

// Close closes every folder.
func (f *files) Close() {
	for _, root := range f.opened {
		_ = root.Close() // opened for reading: nothing can be lost
	}
}

func (f *files) open(dir string) (*os.Root, error) {
	if root := f.opened[dir]; root != nil {
		return root, nil
	}
	root, err := os.OpenRoot(dir)
	if err == nil {
		f.opened[dir] = root
	}
	return root, err
}

// addPath adds one PATH: a folder, a file, a pattern, or - for standard input.
func (f *files) addPath(arg, rootFlag string) error {
	if arg == "-" {
		f.input.Paths = append(f.input.Paths, render.Place{Path: "-", Stdin: f.in})
		return nil
	}
	dir, rest, err := splitPath(arg)
	if err != nil {
		return err
	}
	root, err := f.open(dir)
	if err != nil {
		return pathError(arg, err)
	}
	place := render.Place{FS: root.FS(), Path: rest, Prefix: prefixOf(dir)}
	config := (*render.ConfigFile)(nil)
	if rest == "." {
		config = render.ReadConfig(place.FS, ".", place.Prefix)
	}
	if config != nil {
		if f.input.Config != nil {
			config.SecondProblem()
		}
		f.input.Config = config
	}
	widen := rootFlag
	if widen == "" && config != nil && config.Root != "" {
		widen = filepath.Join(dir, filepath.FromSlash(config.Root))
	}
	if widen != "" {
		if place, root, err = f.widened(place, dir, widen); err != nil {
			return rootError(config, rootFlag, err)
		}
	}
	f.input.Paths = append(f.input.Paths, place)
	f.addLibraries(config, root, dir, widen)
	return nil
}

// splitPath cuts a PATH into the folder to open and what to read in it.
func splitPath(arg string) (dir, rest string, err error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return arg, ".", nil
	case err == nil:
		return filepath.Dir(arg), filepath.Base(arg), nil
	case strings.ContainsAny(arg, "*?["):
		slashed := filepath.ToSlash(arg)
		fixed := slashed[:strings.IndexAny(slashed, "*?[")]
		cut := strings.LastIndexByte(fixed, '/') + 1
		dir = slashed[:cut]
		if dir == "" {
			dir = "."
		}
		return filepath.FromSlash(dir), slashed[cut:], nil
	default:
		return "", "", pathError(arg, err)
	}
}

// widened is the same place below a wider root.
func (f *files) widened(place render.Place, dir, wide string) (render.Place, *os.Root, error) {
	root, err := f.open(wide)
	if err != nil {
		return place, nil, err
	}
	rel, err := below(wide, dir)
	if err != nil {
		return place, nil, err
	}
	sub, err := fs.Sub(root.FS(), rel)
	place.FS = sub
	return place, root, err
}

var errOutside = errors.New("the path does not lie below it")

// below is the slash-separated way from the folder wide down to dir.
func below(wide, dir string) (string, error) {
	from, err := filepath.Abs(wide)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, to)
	if err != nil {
		return "", err
	}
	if !filepath.IsLocal(rel) {
		return "", errOutside
	}
	return filepath.ToSlash(rel), nil
}

// addLibraries opens the libraries that a korender.yaml names; each is confined to its own folder, below the root.
func (f *files) addLibraries(config *render.ConfigFile, root *os.Root, dir, wide string) {
	if config == nil {
		return
	}
	if wide == "" {
		wide = dir
	}
	for i, name := range config.Libraries {
		rel, err := below(wide, filepath.Join(dir, filepath.FromSlash(name)))
		var library *os.Root
		if err == nil {
			library, err = root.OpenRoot(filepath.FromSlash(rel))
		}
		if err != nil {
			config.LibraryProblem(i, err)
			continue
		}
		f.opened[filepath.Join(wide, rel)] = library
		f.input.Libraries = append(f.input.Libraries, render.Place{
			FS: library.FS(), Path: ".", Prefix: prefixOf(filepath.Join(dir, filepath.FromSlash(name))),
		})
	}
}

// rootError tells about a root that cannot be used: the user's, or that of korender.yaml.
func rootError(config *render.ConfigFile, rootFlag string, err error) error {
	if rootFlag != "" || config == nil {
		return usagef("--root names a folder that holds the PATHs", "root %q cannot be used: %s", rootFlag, reasonOf(err))
	}
	config.RootProblem(err)
	return diag.List(config.Problems())
}

// prefixOf is how the names of files in dir begin, as the user would type them.
func prefixOf(dir string) string {
	if dir = path.Clean(filepath.ToSlash(dir)); dir == "." {
		return ""
	}
	return strings.TrimSuffix(dir, "/") + "/"
}

func reasonOf(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// pathError is the usage error of a path that cannot be opened, with the name that was probably meant.
func pathError(arg string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return usagef("", "%s cannot be read: %s", arg, reasonOf(err))
	}
	hint := ""
	entries, _ := os.ReadDir(filepath.Dir(arg))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if near := diag.Suggest(filepath.Base(arg), names); near != "" {
		hint = "did you mean " + filepath.Join(filepath.Dir(arg), near) + "?"
	}
	return usagef(hint, "%s does not exist", arg)
}
