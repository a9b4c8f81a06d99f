// SPDX-License-Identifier: Apache-2.0

// Package preview says what a change in git does to every manifest: it renders two revisions of a repository, or one and
// the working tree, and compares what came out. Revisions are read from the object database, so nothing is checked out and
// the working tree is never touched; no cluster is asked.
//
// Revisions come from package revision, changes from package change; package report writes a Preview for people, and its
// JSON shape is versioned. Same revisions, same bytes.
package preview

import (
	"context"
	"errors"
	"slices"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/subject"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// Options say what to compare. The zero value compares HEAD with where its branch left the main one.
type Options struct {
	Revisions revision.Options
	// Paths are what to render: folders or files, slash-separated, seen from the top of the repository. Without any, it is
	// every folder with a korender.yaml, and what GitOps tools are told in git to render.
	Paths []string
	// Applications reads what an Application of Argo CD sets; nil: what GitOps tools are told is not looked for.
	Applications func(subject.Application) (Applied, error)
	URLs         []string // of this repository, besides those of its remotes
	// Libraries are used besides those of korender.yaml, in all folders.
	Libraries []Library
	Render    render.Options
	Ignore    []string // fields whose changes do not count, as change.Field has paths; * stands for one key

	whole bool // render also what cannot have changed
	apart bool // evaluate everything for each side, also what is the same
}

// Library is a folder of definitions: in the repository (Path, from its top), or anywhere else, then the same for both
// revisions.
type Library struct {
	Path    string
	Outside *render.Place
}

// Preview is what a change does. Its JSON shape is versioned by APIVersion and Kind.
type Preview struct {
	APIVersion  string             `json:"apiVersion"`
	Kind        string             `json:"kind"`
	Base        revision.Revision  `json:"base"`
	Head        revision.Revision  `json:"head"`
	Notes       []string           `json:"notes"` // about the comparison itself
	Summary     Summary            `json:"summary"`
	Folders     []Folder           `json:"folders"`
	Changes     []change.Change    `json:"changes"`     // by folder, then as the objects are ordered
	Definitions []DefinitionChange `json:"definitions"` // of the language, by folder, kind and name
	Tests       Tests              `json:"tests"`
	Affected    []Affected         `json:"-"` // the Workflows that changes reach, drawn

	tested  map[string]bool // tests that were run
	defined definitions
}

// Kind of the JSON shape of a Preview.
const Kind = "Preview"

// Summary counts.
type Summary struct {
	Added     int `json:"added"`
	Removed   int `json:"removed"`
	Changed   int `json:"changed"`
	ToLive    int `json:"toLive"`
	ToGit     int `json:"toGit"`
	Dangers   int `json:"dangers"`
	Cautions  int `json:"cautions"`
	Unchanged int `json:"unchanged"` // objects of folders that were compared
	Failed    int `json:"failed"`    // folders that could not be compared
	Broken    int `json:"broken"`    // cases of tests that fail in the head, and did not in the base
}

// Any tells whether anything has changed.
func (s Summary) Any() bool { return s.Total() > 0 }

// Total counts what has changed, and what could not be compared.
func (s Summary) Total() int { return s.Added + s.Removed + s.Changed + s.ToLive + s.ToGit + s.Failed }

// State says what became of one side of a folder.
type State string

// The states of a side.
const (
	Rendered State = "rendered"
	Absent   State = "absent" // the revision has no such folder
	Same     State = "same"   // nothing that it uses has changed, so it was not rendered
	Failed   State = "failed"
)

// Folder is one render.
type Folder struct {
	Name    string    `json:"name"` // its own: the path, or, when a GitOps tool is told to render it, path (Kind/namespace/name)
	Path    string    `json:"path"`
	Base    State     `json:"base"`
	Head    State     `json:"head"`
	Objects int       `json:"objects"`  // of the head
	Problem diag.List `json:"problems"` // why the head fails, or what only its render warns of
	BaseBad diag.List `json:"baseProblems"`
	failure *render.Failure
}

// Failure is why the head, or one of its folders, cannot be rendered; nil when all can.
func (p *Preview) Failure() *render.Failure {
	for i := range p.Folders {
		if f := &p.Folders[i]; f.Head == Failed {
			return f.failure
		}
	}
	return nil
}

// Run compares. The error is a *words.Problem when the comparison cannot be made as asked, or that of ctx or of reading; a
// revision that fails to render is part of the Preview.
func Run(ctx context.Context, repo *revision.Repository, opts Options) (*Preview, error) {
	p := &Preview{APIVersion: render.APIVersion, Kind: Kind, Notes: []string{}, Folders: []Folder{}, Changes: []change.Change{}, Definitions: []DefinitionChange{}}
	p.Tests.Changes, p.tested = []TestChange{}, map[string]bool{}
	if !opts.apart && opts.Render.Memory == nil {
		opts.Render.Memory = &render.Memory{}
	}
	pair, err := repo.Pair(opts.Revisions)
	if err != nil {
		return nil, err
	}
	defer pair.Close()
	p.Base, p.Head = pair.Base, pair.Head
	p.note(pair.Notes...)
	units, err := p.units(repo, pair, opts)
	if err != nil {
		return nil, err
	}
	for i := range units {
		if err := p.compareFolder(ctx, &units[i], pair, opts); err != nil {
			return nil, err
		}
		if opts.Render.Memory != nil {
			opts.Render.Memory.Age()
		}
	}
	p.Summary.Broken = p.Tests.broken()
	return p, nil
}

// compareFolder renders one folder twice, and adds what differs.
func (p *Preview) compareFolder(ctx context.Context, u *unit, pair *revision.Pair, opts Options) error {
	old, err := prepare(pair.Base.Dir, u.base, opts)
	if err != nil {
		return err
	}
	defer old.close()
	young, err := prepare(pair.Head.Dir, u.head, opts)
	if err != nil {
		return err
	}
	defer young.close()
	p.note(young.notes...)
	name := u.name()
	f := Folder{Name: name, Path: u.path(), Base: Same, Head: Same, Problem: diag.List{}, BaseBad: diag.List{}}
	if !opts.whole && old.digest != "" && old.digest == young.digest {
		p.Folders = append(p.Folders, f)
		return nil
	}
	before, after, err := rendered(ctx, old, young, opts)
	if err != nil {
		return err
	}
	if err := p.testing(ctx, before, after, p.tested); err != nil {
		return err
	}
	f.Base, f.Head, f.failure = before.state, after.state, after.failure
	f.Problem, f.BaseBad = newProblems(before, after)
	if before.state == Failed || after.state == Failed {
		p.Summary.Failed++
		p.Folders = append(p.Folders, f)
		return nil
	}
	f.Objects = len(after.left.Entries)
	p.Folders = append(p.Folders, f)
	changes, same := change.Compare(&before.left, &after.left, change.NoiseOf(opts.Ignore))
	for i := range changes {
		changes[i].Folder = name
		p.Count(&changes[i])
	}
	p.Summary.Unchanged += same
	p.Changes = append(p.Changes, changes...)
	for _, d := range p.defined.changed(before, after) {
		d.Folder = name
		p.Definitions = append(p.Definitions, d)
	}
	if after.state != Same {
		p.affect(name, before, after, len(p.Changes)-len(changes))
	}
	return nil
}

func (p *Preview) note(notes ...string) {
	for _, n := range notes {
		if !slices.Contains(p.Notes, n) {
			p.Notes = append(p.Notes, n)
		}
	}
}

// Count counts a change.
func (p *Preview) Count(c *change.Change) {
	s := &p.Summary
	*map[change.Type]*int{
		change.Added: &s.Added, change.Removed: &s.Removed, change.Changed: &s.Changed, change.ToLive: &s.ToLive, change.ToGit: &s.ToGit,
	}[c.Type]++
	for _, d := range c.Dangers {
		if d.Level == change.Danger {
			s.Dangers++
		} else {
			s.Cautions++
		}
	}
}

// newProblems are what is wrong with the head, and was not in the base, whatever the lines; and what makes the base fail.
func newProblems(before, after *side) (young, old diag.List) {
	young, old = diag.List{}, diag.List{}
	known := map[string]bool{}
	for _, d := range before.problems {
		known[key(d)] = true
		if before.state == Failed && d.Severity == diag.Error {
			old = append(old, d)
		}
	}
	for _, d := range after.problems {
		if after.state == Failed && d.Severity == diag.Error || !known[key(d)] {
			young = append(young, d)
		}
	}
	return young, old
}

func key(d diag.Diagnostic) string { return d.Pos.File + "\n" + string(d.Code) + "\n" + d.Message }

// asFailure is the *render.Failure in an error; nil when there is none.
func asFailure(err error) *render.Failure {
	var failure *render.Failure
	if errors.As(err, &failure) {
		return failure
	}
	return nil
}
