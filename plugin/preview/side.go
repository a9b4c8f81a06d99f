// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// prepared is one folder of one revision, ready to be rendered.
type prepared struct {
	source
	input   render.Input
	absent  bool
	failed  *render.Failure // what is wrong with its settings
	digest  string          // of all that the render reads; "" when it is not known
	notes   []string
	opened  []*revision.Dir
	applied Applied
	file    render.Config // what its korender.yaml itself says
}

// keep remembers a place that was opened, so that it is closed.
func (p *prepared) keep(opened *revision.Dir, err error) (*revision.Dir, error) {
	if err == nil {
		p.opened = append(p.opened, opened)
	}
	return opened, err
}

// close closes what was opened.
func (p *prepared) close() {
	for _, o := range p.opened {
		o.Close()
	}
}

var errOutside = errors.New("the path does not lie below it")

// prepare opens what the render of a folder reads, as `korender render`, or the tool that is told to render it, does.
func prepare(top *revision.Dir, from source, opts Options) (*prepared, error) {
	p := &prepared{source: from, absent: from.gone}
	if p.fail(p.broken...); p.absent || p.failed != nil {
		return p, nil
	}
	if err := p.prepare(top, opts); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// prepare opens everything, and says whether it could tell a change.
func (p *prepared) prepare(top *revision.Dir, opts Options) error {
	stat, err := fs.Stat(top.Files, p.path)
	if errors.Is(err, fs.ErrNotExist) {
		if p.absent = p.subject == nil; !p.absent {
			p.fail(diag.Diagnostic{Code: diag.NoSuchPath, Message: "there is no folder " + p.path + ", which " + p.subject.ID + " names"})
		}
		return nil
	}
	if err != nil {
		return words.Problemf("", "%s cannot be read: %s", p.path, revision.ReasonOf(err))
	}
	folder, rest := p.path, "."
	if !stat.IsDir() {
		folder, rest = path.Dir(p.path), path.Base(p.path)
	}
	digests := []string{top.Digest(p.path), p.settings()}
	more, err := p.open(top, folder, rest, opts)
	if err != nil {
		return words.Problemf("", "%s cannot be read: %s", folder, revision.ReasonOf(err))
	}
	for _, library := range opts.Libraries {
		d, err := p.add(top, library)
		if err != nil {
			return err
		}
		more = append(more, d)
	}
	p.digest = digestOf(append(digests, more...))
	return nil
}

// digestOf joins digests; it is "" when one is not known.
func digestOf(list []string) string {
	for _, d := range list {
		if d == "" {
			return ""
		}
	}
	return strings.Join(list, " ")
}

// open opens the folder, below the root that its settings give, and the libraries that they name. The digests are those of
// the libraries.
func (p *prepared) open(top *revision.Dir, folder, rest string, opts Options) ([]string, error) {
	own, err := p.keep(top.Sub(folder))
	if err != nil {
		return nil, err
	}
	at := render.Place{FS: own.Files, Path: rest, Prefix: prefixOf(folder)}
	p.submodules(top, folder)
	if rest != "." {
		p.input.Paths = []render.Place{at}
		return nil, nil
	}
	config := render.ReadConfig(at.FS, ".", at.Prefix)
	if config != nil {
		p.file = config.Config
	}
	if config, err = p.configured(config, opts); err != nil || p.failed != nil {
		return nil, err
	}
	p.input.Config = config
	wide, wider := p.wide(config, folder), own
	if wide != folder {
		if wider, at.FS, err = p.widened(top, wide, folder); err != nil {
			p.rootProblem(config, err)
			return nil, nil
		}
	}
	p.input.Paths = []render.Place{at}
	digests := p.libraries(top, wider, wide, folder)
	if config != nil && len(config.Problems()) > 0 {
		digests = append(digests, "") // it may not say all that is read
	}
	return digests, nil
}

// widened opens the folder below which everything must lie, and the folder as it is seen from there.
func (p *prepared) widened(top *revision.Dir, wide, folder string) (*revision.Dir, fs.FS, error) {
	if wide == ".." || strings.HasPrefix(wide, "../") {
		return nil, nil, errors.New("it leads above the repository")
	}
	rel, below := relative(wide, folder)
	if !below {
		return nil, nil, errOutside
	}
	wider, err := p.keep(top.Sub(wide))
	if err != nil {
		return nil, nil, err
	}
	sub, err := fs.Sub(wider.Files, rel)
	return wider, sub, err
}

// relative is the way from a folder down to another.
func relative(wide, folder string) (string, bool) {
	switch rest, below := strings.CutPrefix(folder, wide+"/"); {
	case wide == folder:
		return ".", true
	case wide == ".":
		return folder, !strings.HasPrefix(folder, "../") && folder != ".."
	default:
		return rest, below
	}
}

// libraries opens the libraries that the settings name, and those of a RenderedArtifact.
func (p *prepared) libraries(top, wider *revision.Dir, wide, folder string) []string {
	if p.input.Config == nil {
		return nil
	}
	var digests []string
	for i, name := range p.input.Config.Libraries {
		full := path.Join(folder, name)
		rel, below := relative(wide, full)
		err := errOutside
		if below {
			if err = p.library(wider, rel, full); err == nil {
				digests = append(digests, top.Digest(full))
				p.submodules(top, full)
				continue
			}
		}
		p.libraryProblem(i, err)
		digests = append(digests, "")
	}
	if p.subject == nil {
		return digests
	}
	for _, name := range p.subject.Libraries {
		if err := p.library(top, name, name); err != nil {
			p.fail(diag.Diagnostic{Code: diag.LibraryProblem, Message: fmt.Sprintf("the library %s of %s cannot be used: %s", name, p.subject.ID, revision.ReasonOf(err))})
		}
		digests = append(digests, top.Digest(name))
	}
	return digests
}

// library opens one library.
func (p *prepared) library(in *revision.Dir, name, full string) error {
	opened, err := p.keep(in.Sub(name))
	if err == nil {
		p.input.Libraries = append(p.input.Libraries, render.Place{FS: opened.Files, Path: ".", Prefix: prefixOf(full)})
	}
	return err
}

// add opens a library that was named for all folders. Its digest counts for nothing when it lies outside.
func (p *prepared) add(top *revision.Dir, library Library) (string, error) {
	if library.Outside != nil {
		p.input.Libraries = append(p.input.Libraries, *library.Outside)
		return "outside", nil
	}
	opened, err := p.keep(top.Sub(library.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return "absent", nil
	}
	if err != nil {
		return "", words.Problemf("", "the library %s cannot be read: %s", library.Path, revision.ReasonOf(err))
	}
	p.input.Libraries = append(p.input.Libraries, render.Place{FS: opened.Files, Path: ".", Prefix: prefixOf(library.Path)})
	return top.Digest(library.Path), nil
}

func (p *prepared) submodules(top *revision.Dir, folder string) {
	for _, name := range top.Submodules(folder) {
		p.notes = append(p.notes, name+" is a submodule: what it holds is not read")
	}
}

func prefixOf(folder string) string {
	if folder == "." {
		return ""
	}
	return folder + "/"
}
