// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// What an entry's Hash says, besides the hash itself. A hash alone is that of a target that the whole object was applied
// with, and that live has been seen to agree with.
const (
	// bornWith precedes the hash of a target that an object was created with, and that no evaluation has seen yet: what
	// of its fields the next target does not have, create.overlay set, and nobody is to take away.
	bornWith = "created:"
	// remadeFor precedes the hash of a target for which an object was deleted, to be created anew.
	remadeFor = "recreated:"
	// byGit precedes the hash of an object that git applies and only live deletes: the tool is told to keep it. Nothing of
	// it is live's own but the duty to delete it. It is not as git left it any more when it carries another hash, or none.
	byGit = "git:"
)

// gitsHash is the hash that git rendered an object with, of an entry for one that only live deletes.
func gitsHash(e *v1alpha1.InventoryEntry) (string, bool) { return strings.CutPrefix(e.Hash, byGit) }

// bareHash is the hash in an entry's Hash.
func bareHash(text string) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, bornWith), remadeFor)
}

// inventory is the list of objects that an instance answers for, in the order of their creation.
type inventory struct {
	entries []v1alpha1.InventoryEntry
	at      map[manifest.Key]int
}

func newInventory(entries []v1alpha1.InventoryEntry) *inventory {
	v := &inventory{entries: slices.Clone(entries)}
	v.index()
	return v
}

func (v *inventory) index() {
	v.at = make(map[manifest.Key]int, len(v.entries))
	for i := range v.entries {
		v.at[keyOf(&v.entries[i])] = i
	}
}

func keyOf(e *v1alpha1.InventoryEntry) manifest.Key { return idOf(e.ObjectReference).Key() }

// get is a copy of the entry of an object; nil when there is none.
func (v *inventory) get(k manifest.Key) *v1alpha1.InventoryEntry {
	i, found := v.at[k]
	if !found {
		return nil
	}
	e := v.entries[i]
	return &e
}

// put replaces the entry of an object, or appends it: an object that is made anew keeps its place, since what depends on
// it still comes after it.
func (v *inventory) put(e v1alpha1.InventoryEntry) {
	k := keyOf(&e)
	if i, found := v.at[k]; found {
		v.entries[i] = e
		return
	}
	v.at[k] = len(v.entries)
	v.entries = append(v.entries, e)
}

func (v *inventory) remove(k manifest.Key) {
	if i, found := v.at[k]; found {
		v.entries = slices.Delete(v.entries, i, i+1)
		v.index()
	}
}

// entryOf is what the inventory says of an object after an action. owned tells whether live created it or took it over.
func entryOf(a *render.Action, uid types.UID, owned bool, hash string) v1alpha1.InventoryEntry {
	e := v1alpha1.InventoryEntry{
		ObjectReference: v1alpha1.ObjectReference{
			APIVersion: a.ID.APIVersion, Kind: a.ID.Kind, Namespace: a.ID.Namespace, Name: a.ID.Name,
		},
		UID: uid, Step: a.Step, Hash: hash,
	}
	e.Policy, e.Explicit = policyOf(a, owned)
	return e
}

// policyOf is what becomes of an object when it is no longer wanted: what the function says, else what live created or
// took over is destroyed. What is not live's own is never destroyed, and neither is what its function never creates,
// unless it says so.
func policyOf(a *render.Action, owned bool) (policy string, explicit bool) {
	switch {
	case !owned, a.Delete == render.DeleteAbandon:
		return v1alpha1.PolicyAbandon, false
	case a.Delete == render.DeleteDestroy:
		return v1alpha1.PolicyDestroy, true
	case a.Foreign:
		return v1alpha1.PolicyAbandon, false
	default:
		return v1alpha1.PolicyDestroy, false
	}
}
