// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"container/heap"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/korender/korender/plugin/preview/words"
)

// ofBase, ofHead and beyond say of a commit which sides reach it, and whether a common ancestor does.
const (
	ofBase = 1 << iota
	ofHead
	beyond
)

// mergeBases lists the best common ancestors of two commits, the newest first: commits that both reach, and that no other
// such commit reaches. As git does, commits are visited by date, each with the marks of its children. A shallow clone
// ends where it was cut; the error is a *words.Problem when there is no common ancestor.
func (r *Repository) mergeBases(base, head *object.Commit) ([]*object.Commit, error) {
	w := &walk{marks: map[plumbing.Hash]int{}, queued: map[plumbing.Hash]bool{}}
	w.reach(base, ofBase)
	w.reach(head, ofHead)
	var common []*object.Commit
	for w.interesting() {
		c := heap.Pop(w).(*object.Commit)
		delete(w.queued, c.Hash)
		marks := w.marks[c.Hash]
		if marks&(ofBase|ofHead) == ofBase|ofHead {
			if marks&beyond == 0 {
				common = append(common, c)
			}
			marks |= beyond
		}
		if r.shallow[c.Hash] {
			w.cut = true
			continue
		}
		for _, hash := range c.ParentHashes {
			parent, err := object.GetCommit(r.store, hash)
			if err != nil {
				return nil, err
			}
			w.reach(parent, marks)
		}
	}
	return w.best(common, base, head)
}

// best drops what another common ancestor reaches.
func (w *walk) best(common []*object.Commit, base, head *object.Commit) ([]*object.Commit, error) {
	out := common[:0]
	for _, c := range common {
		if w.marks[c.Hash]&beyond == 0 {
			out = append(out, c)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case w.cut:
		return nil, words.Problemf(deeper+"; or compare with the base itself: --no-merge-base",
			"where %s and %s parted is beyond the end of this shallow clone", short(base), short(head))
	default:
		return nil, words.Problemf("compare them as they are: --no-merge-base", "%s and %s have no common ancestor", short(base), short(head))
	}
}

func short(c *object.Commit) string { return c.Hash.String()[:shortHash] }

const shortHash = 10

// walk is a queue of commits, the newest first, with the marks of all that were reached.
type walk struct {
	queue  []*object.Commit
	queued map[plumbing.Hash]bool
	marks  map[plumbing.Hash]int
	cut    bool // history went on where a shallow clone ends
}

// reach adds marks to a commit, and visits it again when that tells anything new.
func (w *walk) reach(c *object.Commit, marks int) {
	if w.marks[c.Hash]&marks == marks {
		return
	}
	w.marks[c.Hash] |= marks
	if !w.queued[c.Hash] {
		w.queued[c.Hash] = true
		heap.Push(w, c)
	}
}

// interesting tells whether a commit in the queue may still lead to a common ancestor.
func (w *walk) interesting() bool {
	for _, c := range w.queue {
		if w.marks[c.Hash]&beyond == 0 {
			return true
		}
	}
	return false
}

func (w *walk) Len() int      { return len(w.queue) }
func (w *walk) Swap(i, j int) { w.queue[i], w.queue[j] = w.queue[j], w.queue[i] }
func (w *walk) Push(c any)    { w.queue = append(w.queue, c.(*object.Commit)) }
func (w *walk) Pop() any {
	last := w.queue[len(w.queue)-1]
	w.queue = w.queue[:len(w.queue)-1]
	return last
}

// Less puts newer commits first; of one date, those with the lesser hash.
func (w *walk) Less(i, j int) bool {
	a, b := w.queue[i], w.queue[j]
	if !a.Committer.When.Equal(b.Committer.When) {
		return a.Committer.When.After(b.Committer.When)
	}
	return a.Hash.String() < b.Hash.String()
}
