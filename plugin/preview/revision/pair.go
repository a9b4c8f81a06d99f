// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/korender/korender/plugin/preview/words"
)

// Options name two revisions. The zero value is HEAD, and where its branch left the main one.
type Options struct {
	Base, Head  string // "": the main branch, and HEAD
	NoMergeBase bool   // the base is Base itself, not where Head left it
	Uncommitted bool   // the head is the working tree as it is now
}

// Revision is one side of a comparison.
type Revision struct {
	Name   string `json:"name"`   // as it was asked for
	Commit string `json:"commit"` // "" for the working tree

	Dir *Dir `json:"-"` // all of it
}

// Short is the beginning of the hash, as people write it; "" for the working tree.
func (r Revision) Short() string { return r.Commit[:min(shortHash, len(r.Commit))] }

// Pair is what is compared.
type Pair struct {
	Base, Head Revision
	Notes      []string // on how the base was found

	branches []string // that HEAD stands for: its own, and the main one
}

// Branches are the names of the two, as far as they are branches, without that of a remote.
func (p *Pair) Branches() []string {
	var out []string
	for _, name := range []string{p.Base.Name, p.Head.Name} {
		for _, prefix := range []string{"refs/heads/", "refs/remotes/", "origin/"} {
			name = strings.TrimPrefix(name, prefix)
		}
		out = append(out, name)
	}
	return append(out, p.branches...)
}

// Close closes what was opened of the two; the repository stays open.
func (p *Pair) Close() { p.Head.Dir.Close() }

// Pair finds and opens two revisions.
func (r *Repository) Pair(opts Options) (*Pair, error) {
	if opts.Uncommitted && opts.Head != "" {
		return nil, words.Problemf("leave --head out", "--uncommitted compares with the working tree, --head with a revision")
	}
	if opts.Uncommitted && r.Top == "" {
		return nil, words.Problemf("compare two revisions: --base and --head", "a bare repository has no working tree")
	}
	young, err := r.resolve(opts.Head)
	if err != nil {
		return nil, err
	}
	name, old, err := r.base(opts.Base)
	if err != nil {
		return nil, err
	}
	p := &Pair{branches: r.headBranches()}
	if old, err = r.parted(p, old, young, opts); err != nil {
		return nil, err
	}
	p.Base = Revision{Name: name, Commit: old.Hash.String(), Dir: r.dir(old)}
	if opts.Uncommitted {
		disk, err := OpenDisk(r.Top)
		p.Head = Revision{Name: "working tree", Dir: disk}
		return p, err
	}
	p.Head = Revision{Name: "HEAD", Commit: young.Hash.String(), Dir: r.dir(young)}
	if opts.Head != "" {
		p.Head.Name = opts.Head
	}
	return p, nil
}

// headBranches are the branches that HEAD, here and of origin, stands for.
func (r *Repository) headBranches() []string {
	var out []string
	for _, name := range []plumbing.ReferenceName{"HEAD", "refs/remotes/origin/HEAD"} {
		if ref, err := r.store.Reference(name); err == nil && ref.Type() == plumbing.SymbolicReference {
			out = append(out, strings.TrimPrefix(ref.Target().Short(), "origin/"))
		}
	}
	return out
}

// dir is all of a commit.
func (r *Repository) dir(c *object.Commit) *Dir {
	return dirOf(&tree{objects: r.objects, root: c.TreeHash})
}

// base is the revision that was asked for, or the main branch.
func (r *Repository) base(name string) (string, *object.Commit, error) {
	if name == "" {
		return r.mainBranch()
	}
	commit, err := r.resolve(name)
	return name, commit, err
}

// parted is where the head left the base, or the base itself if that is asked for.
func (r *Repository) parted(p *Pair, base, head *object.Commit, opts Options) (*object.Commit, error) {
	if opts.NoMergeBase {
		return base, nil
	}
	list, err := r.mergeBases(base, head)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		p.Notes = append(p.Notes, "the branches were merged into each other and have several merge bases: compared with the newest, "+short(list[0]))
	}
	return list[0], nil
}
