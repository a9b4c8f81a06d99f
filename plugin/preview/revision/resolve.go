// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/diag"
)

// resolve finds the commit of a revision: a name, the beginning of a hash, and ~N or ^N behind either.
func (r *Repository) resolve(rev string) (*object.Commit, error) {
	if strings.Contains(rev, "..") {
		return nil, words.Problemf("give one with --base and the other with --head", "%q is no revision", rev)
	}
	name, steps := rev, ""
	if at := strings.IndexAny(rev, "~^"); at >= 0 {
		name, steps = rev[:at], rev[at:]
	}
	commit, err := r.named(name)
	if err != nil {
		return nil, err
	}
	for steps != "" {
		part := ancestry(steps)
		if part == "" {
			return nil, words.Problemf("names, hashes, and ~N or ^N behind them are understood", "revision %q is not understood", rev)
		}
		if steps = steps[len(part):]; part == "^0" {
			continue
		}
		if commit, err = r.step(commit, part); err != nil {
			return nil, r.unreachable(rev, err)
		}
	}
	return commit, nil
}

// ancestry is the first ~N or ^N of what stands behind a name; "" when there is something else.
func ancestry(steps string) string {
	if steps[0] != '~' && steps[0] != '^' {
		return ""
	}
	return steps[:1+len(steps[1:])-len(strings.TrimLeft(steps[1:], "0123456789"))]
}

// step follows ~N or ^N.
func (r *Repository) step(c *object.Commit, part string) (*object.Commit, error) {
	n := 1
	if len(part) > 1 {
		var err error
		if n, err = strconv.Atoi(part[1:]); err != nil {
			return nil, err
		}
	}
	if part[0] == '^' {
		return c.Parent(n - 1)
	}
	for range n {
		var err error
		if c, err = c.Parent(0); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// unreachable is the error of an ancestor that is not there.
func (r *Repository) unreachable(rev string, err error) error {
	if len(r.shallow) > 0 && errors.Is(err, plumbing.ErrObjectNotFound) {
		return words.Problemf(deeper, "revision %q is beyond the end of this shallow clone", rev)
	}
	if errors.Is(err, object.ErrParentNotFound) || errors.Is(err, plumbing.ErrObjectNotFound) || errors.Is(err, io.EOF) {
		return words.Problemf("", "there is no revision %q: its history is shorter", rev)
	}
	return err
}

const deeper = "fetch its history: git fetch --unshallow; in GitHub Actions, `fetch-depth: 0` of actions/checkout; in GitLab, GIT_DEPTH: 0"

// named finds what a name or the beginning of a hash stands for, as git does.
func (r *Repository) named(name string) (*object.Commit, error) {
	if name == "@" || name == "" {
		name = "HEAD"
	}
	for _, pattern := range plumbing.RefRevParseRules {
		if pattern == "%s" && !strings.HasPrefix(name, "refs/") && name != strings.ToUpper(name) {
			continue // other files of git are no revisions
		}
		ref, err := storer.ResolveReference(r.store, plumbing.ReferenceName(strings.Replace(pattern, "%s", name, 1)))
		if err == nil {
			return r.commit(name, ref.Hash())
		}
	}
	if hashes := r.beginning(name); len(hashes) == 1 {
		return r.commit(name, hashes[0])
	} else if len(hashes) > 1 {
		return nil, words.Problemf("write more of the hash", "revision %q is the beginning of %d commits", name, len(hashes))
	}
	hint := "git branch --all lists the branches that are here"
	if near := diag.DidYouMean(name, r.names()); near != "" {
		hint = near
	} else if len(r.shallow) > 0 {
		hint = deeper
	}
	if name == "HEAD" {
		return nil, words.Problemf("commit something first", "there is no revision HEAD: the repository is empty")
	}
	return nil, words.Problemf(hint, "there is no revision %q", name)
}

// names lists the short names of all branches and tags.
func (r *Repository) names() []string {
	var out []string
	if refs, err := r.store.IterReferences(); err == nil {
		_ = refs.ForEach(func(ref *plumbing.Reference) error { // a list that breaks off is good enough for a hint
			out = append(out, ref.Name().Short())
			return nil
		})
	}
	return out
}

// beginning lists the commits whose hash begins so.
func (r *Repository) beginning(text string) []plumbing.Hash {
	text = strings.ToLower(text)
	if len(text) < 4 || len(text) > 40 || strings.Trim(text, "0123456789abcdef") != "" {
		return nil
	}
	if len(text) == 40 {
		return []plumbing.Hash{plumbing.NewHash(text)}
	}
	bytes := plumbing.NewHash(text[:len(text)/2*2] + strings.Repeat("0", 40-len(text)/2*2))
	list, err := r.store.HashesWithPrefix(bytes[:len(text)/2])
	if err != nil {
		return nil
	}
	var out []plumbing.Hash
	for _, hash := range list {
		if _, err := object.GetCommit(r.store, hash); err == nil && strings.HasPrefix(hash.String(), text) {
			out = append(out, hash)
		}
	}
	return out
}

// commit is the commit that a hash names, itself or by a tag.
func (r *Repository) commit(name string, hash plumbing.Hash) (*object.Commit, error) {
	commit, err := object.GetCommit(r.store, hash)
	if err == nil {
		return commit, nil
	}
	if tag, err := object.GetTag(r.store, hash); err == nil {
		if commit, err := tag.Commit(); err == nil {
			return commit, nil
		}
	}
	if len(r.shallow) > 0 {
		return nil, words.Problemf(deeper, "commit %s is not in this shallow clone", name)
	}
	return nil, words.Problemf("git branch --all lists the branches that are here", "revision %q is no commit of this repository", name)
}

// mainBranch finds what a branch is compared with when nobody says.
func (r *Repository) mainBranch() (string, *object.Commit, error) {
	for _, name := range []string{"origin/HEAD", "origin/main", "origin/master", "main", "master"} {
		c, err := r.resolve(name)
		if err == nil {
			return name, c, nil
		}
		var unknown *words.Problem
		if !errors.As(err, &unknown) {
			return "", nil, err
		}
	}
	return "", nil, words.Problemf("say what to compare with: --base REVISION", "there is no branch main or master, here or in origin")
}
