// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// prepared is one folder of one revision, ready to be rendered.
type prepared struct {
	input  render.Input
	absent bool
	failed *render.Failure // what is wrong with its korender.yaml
	digest string          // of all that the render reads; "" when it is not known
	notes  []string
	opened []*revision.Dir
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

// side is one folder of one revision, rendered.
type side struct {
	state    State
	failure  *render.Failure
	problems diag.List // warnings of a render that succeeded, everything of one that failed
	program  *render.Program
	left     change.Side
}

var errOutside = errors.New("the path does not lie below it")

// prepare opens what the render of a folder reads, as `korender render` does on disk.
func prepare(top *revision.Dir, name string, opts Options) (*prepared, error) {
	p := &prepared{}
	if err := p.prepare(top, name, opts); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// prepare opens everything, and says whether it could tell a change.
func (p *prepared) prepare(top *revision.Dir, name string, opts Options) error {
	stat, err := fs.Stat(top.Files, name)
	if errors.Is(err, fs.ErrNotExist) {
		p.absent = true
		return nil
	}
	if err != nil {
		return words.Problemf("", "%s cannot be read: %s", name, revision.ReasonOf(err))
	}
	folder, rest := name, "."
	if !stat.IsDir() {
		folder, rest = path.Dir(name), path.Base(name)
	}
	digests := []string{top.Digest(name)}
	more, err := p.open(top, folder, rest)
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

// open opens the folder, below the root that its korender.yaml gives, and the libraries that it names. The digests are
// those of the libraries.
func (p *prepared) open(top *revision.Dir, folder, rest string) ([]string, error) {
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
	p.input.Config = config
	wide, wider := folder, own
	if config != nil && config.Root != "" {
		wide = path.Join(folder, config.Root)
		if wider, at.FS, err = p.widened(top, wide, folder); err != nil {
			config.RootProblem(err)
			p.failed = &render.Failure{Stage: render.StageProgram, Problems: config.Problems()}
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

// libraries opens the libraries of a korender.yaml.
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
			var library *revision.Dir
			if library, err = p.keep(wider.Sub(rel)); err == nil {
				p.input.Libraries = append(p.input.Libraries, render.Place{FS: library.Files, Path: ".", Prefix: prefixOf(full)})
				digests = append(digests, top.Digest(full))
				p.submodules(top, full)
				continue
			}
		}
		p.input.Config.LibraryProblem(i, err)
		digests = append(digests, "")
	}
	return digests
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

// render renders what was prepared. What is wrong with the input is part of the side; the error is that of ctx or of
// reading.
func (p *prepared) render(ctx context.Context, opts render.Options) (*side, error) {
	switch {
	case p.absent:
		return &side{state: Absent}, nil
	case p.failed != nil:
		return failedSide(p.failed), nil
	}
	sources, err := render.Load(p.input, opts)
	if failure := asFailure(err); failure != nil {
		return failedSide(failure), nil
	} else if err != nil {
		return nil, err
	}
	program, warnings, err := render.Compile(sources)
	if failure := asFailure(err); failure != nil {
		return failedSide(failure), nil
	} else if err != nil {
		return nil, err
	}
	result, err := render.Evaluate(ctx, sources, program, opts)
	if failure := asFailure(err); failure != nil {
		s := failedSide(failure)
		s.program = program
		return s, nil
	} else if err != nil {
		return nil, err
	}
	s := &side{state: Rendered, program: program, problems: append(warnings, result.Warnings...).Sort()}
	s.left.Entries = change.Entries(result)
	for i := range sources.Objects {
		s.left.Secrets.Learn(sources.Objects[i].Object)
	}
	for i := range s.left.Entries {
		s.left.Secrets.Learn(s.left.Entries[i].Object())
	}
	return s, nil
}

func failedSide(f *render.Failure) *side {
	return &side{state: Failed, failure: f, problems: f.Problems}
}
