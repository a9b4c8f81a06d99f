// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/subject"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// unit is what is rendered on both sides: a folder, or what a GitOps tool is told to render.
type unit struct {
	base, head source
}

// source is one side of a unit.
type source struct {
	path    string
	subject *subject.Subject // nil: a folder as `korender render` would render it
	gone    bool             // this side has no such subject
	broken  diag.List        // nobody can tell whether this side has it: the file that names it on the other cannot be read
}

// latest is the side that tells what the unit is.
func (u *unit) latest() *source {
	if u.head.gone {
		return &u.base
	}
	return &u.head
}

func (u *unit) path() string { return u.latest().path }

// name tells units apart.
func (u *unit) name() string {
	s := u.latest()
	if s.subject == nil {
		return s.path
	}
	return s.path + " (" + s.subject.ID + ")"
}

// units lists what is rendered, by path: what GitOps tools are told to, and the other folders with a korender.yaml on either
// side; or of that what was asked for.
func (p *Preview) units(repo *revision.Repository, pair *revision.Pair, opts Options) ([]unit, error) {
	out, err := p.subjects(repo, pair, opts)
	if err != nil {
		return nil, err
	}
	paths, err := pathsOf(pair.Base.Dir, pair.Head.Dir, opts.Paths)
	if err != nil {
		return nil, err
	}
	if len(opts.Paths) > 0 {
		out = slices.DeleteFunc(out, func(u unit) bool {
			return !slices.Contains(paths, u.base.path) && !slices.Contains(paths, u.head.path)
		})
	}
	told := map[string]bool{}
	for _, u := range out {
		told[u.base.path], told[u.head.path] = true, true
	}
	for _, name := range paths {
		if !told[name] {
			out = append(out, unit{source{path: name}, source{path: name}})
		}
	}
	if len(out) == 0 {
		hint := "name what to render: --path FOLDER, or put a " + render.ConfigName + " into it"
		return nil, words.Problemf(strings.Join(append([]string{hint}, p.Notes...), "\n  "), "no folder of either revision has a %s", render.ConfigName)
	}
	slices.SortStableFunc(out, func(a, b unit) int { return strings.Compare(a.name(), b.name()) })
	return out, nil
}

// subjects pairs what GitOps tools are told to render on both sides.
func (p *Preview) subjects(repo *revision.Repository, pair *revision.Pair, opts Options) ([]unit, error) {
	if opts.Applications == nil {
		return nil, nil
	}
	finder := subject.NewFinder(subject.Here{URLs: append(repo.Remotes(), opts.URLs...), Branches: pair.Branches()})
	before, err := finder.Find(pair.Base.Dir)
	if err != nil {
		return nil, err
	}
	after, err := finder.Find(pair.Head.Dir)
	if err != nil {
		return nil, err
	}
	p.note(after.Notes...)
	units := map[string]*unit{}
	var order []string
	side := func(list []subject.Subject, of func(*unit) *source) {
		for i := range list {
			s := &list[i]
			if units[s.ID] == nil {
				units[s.ID] = &unit{source{gone: true}, source{gone: true}}
				order = append(order, s.ID)
			}
			*of(units[s.ID]) = source{path: s.Folder, subject: s}
		}
	}
	side(before.Subjects, func(u *unit) *source { return &u.base })
	side(after.Subjects, func(u *unit) *source { return &u.head })
	var out []unit
	for _, id := range order {
		u := units[id]
		u.head.mend(&u.base, after.Broken)
		u.base.mend(&u.head, before.Broken)
		if u.head.gone && after.Named[u.base.subject.Of] {
			p.note(id + " is not compared: in the head, something else than this repository or korender renders it")
			continue
		}
		out = append(out, *u)
	}
	return out, nil
}

// mend makes a side fail that only seems to have no such subject, as the file cannot be read that names it on the other.
func (s *source) mend(other *source, broken map[string]diag.List) {
	if !s.gone || other.gone {
		return
	}
	if problems := broken[other.subject.File]; len(problems) > 0 {
		*s = source{path: other.path, subject: other.subject, broken: problems}
	}
}

// pathsOf lists the folders that were asked for, or those with a korender.yaml on either side.
func pathsOf(base, head *revision.Dir, asked []string) ([]string, error) {
	for _, name := range asked {
		_, inBase := fs.Stat(base.Files, name)
		_, inHead := fs.Stat(head.Files, name)
		if inBase != nil && inHead != nil {
			return nil, words.Problemf("paths are seen from where preview runs, or from --repo", "there is no %q in either revision", name)
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	found := map[string]bool{}
	for _, p := range []*revision.Dir{base, head} {
		if err := configured(p.Files, found); err != nil {
			return nil, err
		}
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// configured notes the folders that have a korender.yaml. Hidden ones do not count.
func configured(fsys fs.FS, found map[string]bool) error {
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.IsDir() && e.Name() == render.ConfigName:
			found[path.Dir(name)] = true
		}
		return nil
	})
}
