// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

// operation is what is to be done to one object.
type operation uint8

const (
	nothing   operation = iota
	refuse              // and say why
	note                // nothing to write, but the inventory is to hold the object
	create              // only if it is not there
	write               // apply
	disown              // give up the fields that create.overlay set, so that applying does not take them away
	disownAnd           // and apply then
	takeOver            // apply, and take the marks of the former owner away
	await               // git has just applied what is ours: what the instance has to say of it will follow
	remake              // delete, so that a later evaluation creates it anew
	remove              // delete, because the function says so
)

// ownership is whose an object is, as far as its marks and the inventory tell.
type ownership uint8

const (
	nobodys ownership = iota
	ours
	gits     // rendered, and no longer applied by git
	arriving // ours, and git has applied it since
	others   // of an instance that lives
	orphaned // of an instance that does not
)

// situation is all that decides about one action.
type situation struct {
	self    types.NamespacedName
	action  *render.Action
	live    map[string]any           // nil: not there
	entry   *v1alpha1.InventoryEntry // nil: none
	applied *v1alpha1.AppliedObject  // that git applies; nil: git does not
	claim   types.NamespacedName     // another instance that answers for it; the zero value: none
	dying   map[types.NamespacedName]bool
}

// decision is what is to be done, and how.
type decision struct {
	do      operation
	message string // of the Change
	owned   bool   // live created it or took it over: it carries the mark, and other managers give way
	hash    string // of the target; "" without one
	late    bool   // git's word was awaited in vain
	keep    string // what the entry's Hash is to be when nothing, or only a note, is written
}

// decide says what an action comes to. The rules are in the order in which they win.
func decide(given *situation) (decision, error) {
	situation := *given
	s := &situation
	s.action = withoutOwnerPatch(s)
	hash, err := hashOf(s.action.Target)
	if err != nil {
		return decision{}, err
	}
	switch {
	case s.applied != nil: // git applies it: live never writes it
		return s.followed(), nil
	case s.action.Verb == render.Create:
		return s.creation(hash), nil
	case s.live == nil:
		return decision{}, nil
	case s.action.Verb == render.Delete:
		return s.removal(), nil
	case s.action.Verb != render.Leave && s.action.Verb != render.Patch && s.action.Verb != render.Recreate:
		return decision{}, nil // whether the object exists is not known
	case s.action.Foreign && (s.owner() != ours || s.action.Verb == render.Recreate):
		return s.foreign(hash), nil
	default:
		return s.change(hash), nil
	}
}

// followed is an object that git applies. The inventory holds it from when git has, if only live deletes it.
func (s *situation) followed() decision {
	if s.applied.Delete != v1alpha1.DeletedByLive || s.live == nil || s.action.Foreign || s.action.Verb == render.Delete ||
		!renderedAs(s.live, s.applied.Hash) || s.owner() == others {
		return decision{}
	}
	return decision{do: note, owned: true, keep: byGit + s.applied.Hash}
}

// withoutOwnerPatch is the action, save that nothing is to be patched for a missing owner reference alone when the object
// is to outlive its owner.
func withoutOwnerPatch(s *situation) *render.Action {
	if s.action.Verb != render.Patch || s.action.Due != "ownerReferences" || s.live == nil {
		return s.action
	}
	if policy, _ := policyOf(s.action, s.owner() == ours); policy != v1alpha1.PolicyAbandon {
		return s.action
	}
	a := *s.action
	a.Verb = render.Leave
	return &a
}

// creation is a Create.
func (s *situation) creation(hash string) decision {
	switch {
	case s.action.Foreign, s.action.Target == nil, s.live != nil:
		return decision{}
	case s.claimed():
		return blocked(belongsTo(s.claim))
	default:
		return decision{do: create, owned: true, hash: hash}
	}
}

// removal is deleteIfExists: the function asks for it in so many words, whoever made the object.
func (s *situation) removal() decision {
	switch owner := s.owner(); {
	case terminating(s.live):
		return decision{}
	case owner == others:
		return blocked(belongsTo(markOf(s.live)))
	case s.claimed():
		return blocked(belongsTo(s.claim))
	default:
		return decision{do: remove, message: "the function deletes it if it exists"}
	}
}

// foreign is an object that its function never creates: it is patched, and nothing else.
func (s *situation) foreign(hash string) decision {
	if s.action.Verb == render.Recreate {
		return blocked("it would have to be made anew, and its function never creates it")
	}
	return s.guest(hash)
}

// change is a Patch, a Recreate or a Leave of an object that is there.
func (s *situation) change(hash string) decision {
	switch owner := s.owner(); {
	case owner == others:
		return blocked(belongsTo(markOf(s.live)))
	case owner != ours && s.claimed():
		return blocked(belongsTo(s.claim))
	case terminating(s.live) && (owner == gits || owner == arriving || owner == orphaned || s.action.Verb != render.Leave):
		return blocked("it is being deleted")
	case terminating(s.live):
		return decision{}
	case owner == arriving:
		return decision{do: await, message: "git has applied it, and is to say so in the instance", owned: true, hash: s.takes(hash)}
	case owner == gits:
		return decision{do: takeOver, message: "from git", owned: true, hash: s.takes(hash)}
	case owner == orphaned:
		return decision{do: takeOver, message: "from instance " + markOf(s.live).String(), owned: true, hash: s.takes(hash)}
	case owner == ours:
		return s.own(hash)
	case s.action.Verb == render.Recreate:
		return blocked("it would have to be made anew, and this instance did not make it")
	default:
		return s.guest(hash)
	}
}

// takes is the hash of the target that a take-over applies. What has to be made anew is only marked, and remade later.
func (s *situation) takes(hash string) string {
	if s.action.Verb == render.Recreate {
		return ""
	}
	return hash
}

// own is an object that live created or took over.
func (s *situation) own(hash string) decision {
	before := s.hashBefore()
	d := decision{do: note, owned: true, hash: hash, keep: before}
	switch {
	case s.action.Verb == render.Recreate && before == remadeFor+hash:
		d.do = refuse
		d.message = "it was made anew for this target once, and differs again: " + fieldOf(s.action.Due)
	case s.action.Verb == render.Recreate:
		d.do, d.message = remake, because(s.action.Due)
	case s.action.Target == nil: // never updated
	case s.action.Verb == render.Patch && s.overlaid(before, hash):
		d.do, d.message = disownAnd, because(s.action.Due)
	case s.action.Verb == render.Patch:
		d.do, d.message = write, because(s.action.Due)
	case managedBy(s.live, Manager) < 0: // somebody has taken our fields away
		d.do, d.message = write, "to own its fields"
	case s.overlaid(before, hash):
		d.do, d.message, d.keep = disown, "the fields of create.overlay", settled(before, hash)
	case before != "" && bareHash(before) != hash:
		d.do, d.message = write, "the target has changed"
	default:
		d.keep = settled(before, hash)
	}
	return d
}

// guest is an object that is not ours: its fields are patched where nobody minds, it gets no mark, and it is never
// deleted.
func (s *situation) guest(hash string) decision {
	d := decision{do: write, hash: hash}
	if s.action.Target == nil {
		return decision{}
	}
	if terminating(s.live) {
		if s.action.Verb == render.Leave {
			return decision{}
		}
		return blocked("it is being deleted")
	}
	if s.action.Verb == render.Patch {
		d.message = because(s.action.Due)
		return d
	}
	before := s.hashBefore()
	switch {
	case s.entry == nil || s.entry.UID != uidOf(s.live):
		return decision{}
	case before == "" || bareHash(before) == hash:
		return decision{do: note, hash: hash, keep: before}
	default:
		d.message = "the target has changed"
		return d
	}
}

// owner tells whose the object is.
func (s *situation) owner() ownership {
	mark := markOf(s.live)
	switch {
	case mark.Name != "" && mark != s.self && !s.dying[mark]:
		return others
	case mark == s.self && (rendered(s.live) || tracked(s.live)):
		return arriving
	case rendered(s.live):
		return gits
	case mark == s.self:
		return ours
	case mark.Name != "":
		return orphaned
	case s.entry != nil && s.entry.UID == uidOf(s.live) && managedBy(s.live, Manager) >= 0:
		return ours // somebody has taken the mark away
	default:
		return nobodys
	}
}

func (s *situation) claimed() bool { return s.claim.Name != "" && s.claim != s.self }

// hashBefore is the Hash of the entry, if it is about this very object.
func (s *situation) hashBefore() string {
	if s.entry == nil || s.entry.UID != uidOf(s.live) {
		return ""
	}
	return s.entry.Hash
}

// overlaid tells whether the object has just been born with fields that its target does not have: those of
// create.overlay. Of an object that is adopted nobody knows what it was created with.
func (s *situation) overlaid(before, hash string) bool {
	if !isBirth(before) && before != "" && before != remadeFor+hash {
		return false
	}
	_, less := s.kept()
	return less
}

// kept is the part of our managed fields that the target has, and whether that is less than all.
func (s *situation) kept() (fields map[string]any, less bool) {
	i := managedBy(s.live, Manager)
	if i < 0 {
		return nil, false
	}
	body := bodyOf(s.action.ID, s.action.Target, s.self)
	set(metadataOf(body), "annotations", lastApplied, "")
	return within(fieldsOf(managed(s.live)[i]), body)
}

// isBirth tells whether an entry's Hash is that of an object which no evaluation has seen yet.
func isBirth(hash string) bool { return bareHash(hash) != hash && hash[:len(bornWith)] == bornWith }

// settled is an entry's Hash once an evaluation has found the object as it is wanted.
func settled(before, hash string) string {
	if before == remadeFor+hash {
		return before
	}
	return hash
}

func blocked(message string) decision { return decision{do: refuse, message: message} }

func belongsTo(n types.NamespacedName) string { return "it belongs to instance " + n.String() }

func because(due string) string { return "due to " + fieldOf(due) }
