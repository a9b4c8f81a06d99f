// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
)

var (
	self  = types.NamespacedName{Namespace: "ns", Name: "one"}
	other = types.NamespacedName{Namespace: "ns", Name: "two"}
	oneID = manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "cm"}
)

// m and l keep the tables short.
type (
	m = map[string]any
	l = []any
)

// wanted is a target with one field.
func wanted(value string) m {
	return m{"apiVersion": "v1", "kind": "ConfigMap", "metadata": m{"name": "cm", "namespace": "ns"}, "data": m{"a": value}}
}

// hashWanted is the hash of a target.
func hashWanted(t *testing.T, target m) string {
	t.Helper()
	hash, err := hashOf(target)
	require.NoError(t, err)
	return hash
}

// ownFields are the managed fields that applying wanted leaves behind.
func ownFields(more ...string) l {
	data := m{"f:a": m{}}
	for _, name := range more {
		data["f:"+name] = m{}
	}
	return l{m{"manager": Manager, "operation": "Apply", "fieldsV1": m{
		"f:data": data, "f:metadata": m{"f:annotations": m{"f:" + v1alpha1.InstanceAnnotation: m{}}},
	}}}
}

// there is an object in the cluster, changed as a test wants it.
func there(change func(metadata, annotations m)) m {
	annotations := m{}
	metadata := m{"name": "cm", "namespace": "ns", "uid": "u", "resourceVersion": "5", "annotations": annotations}
	change(metadata, annotations)
	return m{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": m{"a": "1"}}
}

func marked(by types.NamespacedName) func(metadata, annotations m) {
	return func(metadata, annotations m) {
		annotations[v1alpha1.InstanceAnnotation] = by.String()
		metadata["managedFields"] = ownFields()
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	hash := hashWanted(t, wanted("1"))
	entry := func(uid types.UID, hash string) *v1alpha1.InventoryEntry {
		return &v1alpha1.InventoryEntry{UID: uid, Hash: hash, Policy: v1alpha1.PolicyDestroy}
	}
	free := there(func(m, m) {})
	owned := there(marked(self))
	unmarked := there(func(metadata, _ m) { metadata["managedFields"] = ownFields() })
	bare := there(func(_, annotations m) { annotations[v1alpha1.InstanceAnnotation] = self.String() })
	overlaid := there(func(metadata, annotations m) {
		marked(self)(metadata, annotations)
		metadata["managedFields"] = ownFields("first")
	})
	git := there(func(_, annotations m) { annotations[render.RenderedHash] = "sha256:x" })
	gitAgain := there(func(metadata, annotations m) {
		marked(self)(metadata, annotations)
		annotations[render.RenderedHash] = "sha256:x"
	})
	gitTracks := there(func(metadata, annotations m) {
		marked(self)(metadata, annotations)
		metadata["labels"] = m{fluxName: "apps"}
	})
	arrives := decision{do: await, owned: true, hash: hash, message: "git has applied it, and is to say so in the instance"}
	gitOfOther := there(func(metadata, annotations m) {
		marked(other)(metadata, annotations)
		annotations[render.RenderedHash] = "sha256:x"
	})
	leaving := func(o m) m {
		return there(func(metadata, annotations m) {
			old := metadataOf(o)
			for k, v := range old {
				metadata[k] = v
			}
			metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
		})
	}
	kept := &v1alpha1.AppliedObject{Hash: "sha256:x", Delete: v1alpha1.DeletedByLive}
	due := "'data' -> 'a' -> <target:[1], resource:[0]>"
	for name, c := range map[string]struct {
		verb    render.Verb
		live    m
		entry   *v1alpha1.InventoryEntry
		foreign bool
		nothing bool // the action has no target
		applied *v1alpha1.AppliedObject
		claimed bool
		dying   bool
		due     string // instead of the usual one
		keeps   render.DeletePolicy
		want    decision
	}{
		// What git applies is never touched.
		"create of what git applies":   {verb: render.Create, applied: &v1alpha1.AppliedObject{Hash: "sha256:x"}},
		"patch of what git applies":    {verb: render.Patch, live: owned, applied: &v1alpha1.AppliedObject{Hash: "sha256:x"}},
		"recreate of what git applies": {verb: render.Recreate, live: owned, applied: &v1alpha1.AppliedObject{Hash: "sha256:x"}},
		"delete of what git applies":   {verb: render.Delete, live: owned, applied: &v1alpha1.AppliedObject{Hash: "sha256:x"}},

		"create":                         {verb: render.Create, want: decision{do: create, owned: true, hash: hash}},
		"create of what is there":        {verb: render.Create, live: free},
		"create of what is never made":   {verb: render.Create, foreign: true},
		"create of what another claims":  {verb: render.Create, claimed: true, want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"patch of what is not there":     {verb: render.Patch},
		"leave alone what is not there":  {verb: render.Leave},
		"what nobody could look at":      {verb: eval.Render},
		"what nobody could look at, yet": {verb: eval.Render, live: owned},
		"deleteIfExists":                 {verb: render.Delete, live: free, want: decision{do: remove, message: "the function deletes it if it exists"}},
		"deleteIfExists of our own":      {verb: render.Delete, live: owned, want: decision{do: remove, message: "the function deletes it if it exists"}},
		"deleteIfExists of another's":    {verb: render.Delete, live: there(marked(other)), want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"deleteIfExists of claimed":      {verb: render.Delete, live: free, claimed: true, want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"deleteIfExists of what is gone": {verb: render.Delete, live: leaving(free)},

		// Ours.
		"ours, as wanted, first seen":      {verb: render.Leave, live: owned, entry: entry("u", bornWith+hash), want: decision{do: note, owned: true, hash: hash, keep: hash}},
		"ours, as wanted, seen before":     {verb: render.Leave, live: owned, entry: entry("u", hash), want: decision{do: note, owned: true, hash: hash, keep: hash}},
		"ours, as wanted, after a remake":  {verb: render.Leave, live: owned, entry: entry("u", remadeFor+hash), want: decision{do: note, owned: true, hash: hash, keep: remadeFor + hash}},
		"ours, lost from the inventory":    {verb: render.Leave, live: owned, want: decision{do: note, owned: true, hash: hash, keep: hash}},
		"ours, with another uid":           {verb: render.Leave, live: owned, entry: entry("old", "sha256:old"), want: decision{do: note, owned: true, hash: hash, keep: hash}},
		"ours, the target has changed":     {verb: render.Leave, live: owned, entry: entry("u", "sha256:old"), want: decision{do: write, owned: true, hash: hash, keep: "sha256:old", message: "the target has changed"}},
		"ours, changed after a remake":     {verb: render.Leave, live: owned, entry: entry("u", remadeFor+"sha256:old"), want: decision{do: write, owned: true, hash: hash, keep: remadeFor + "sha256:old", message: "the target has changed"}},
		"ours, born with more":             {verb: render.Leave, live: overlaid, entry: entry("u", bornWith+"sha256:born"), want: decision{do: disown, owned: true, hash: hash, keep: hash, message: "the fields of create.overlay"}},
		"ours, born with less":             {verb: render.Leave, live: owned, entry: entry("u", bornWith+"sha256:born"), want: decision{do: write, owned: true, hash: hash, keep: bornWith + "sha256:born", message: "the target has changed"}},
		"ours, made anew with more":        {verb: render.Leave, live: overlaid, entry: entry("u", remadeFor+hash), want: decision{do: disown, owned: true, hash: hash, keep: remadeFor + hash, message: "the fields of create.overlay"}},
		"ours, more than wanted, settled":  {verb: render.Leave, live: overlaid, entry: entry("u", "sha256:old"), want: decision{do: write, owned: true, hash: hash, keep: "sha256:old", message: "the target has changed"}},
		"ours, differs, born with more":    {verb: render.Patch, live: overlaid, entry: entry("u", bornWith+"sha256:born"), want: decision{do: disownAnd, owned: true, hash: hash, keep: bornWith + "sha256:born", message: "due to 'data' -> 'a'"}},
		"ours, differs":                    {verb: render.Patch, live: owned, entry: entry("u", hash), want: decision{do: write, owned: true, hash: hash, keep: hash, message: "due to 'data' -> 'a'"}},
		"ours, its fields are not":         {verb: render.Leave, live: bare, entry: entry("u", ""), want: decision{do: write, owned: true, hash: hash, message: "to own its fields"}},
		"ours, never updated":              {verb: render.Leave, live: owned, nothing: true, entry: entry("u", bornWith+hash), want: decision{do: note, owned: true, keep: bornWith + hash}},
		"ours, the mark was taken away":    {verb: render.Patch, live: unmarked, entry: entry("u", hash), want: decision{do: write, owned: true, hash: hash, keep: hash, message: "due to 'data' -> 'a'"}},
		"ours, claimed by another":         {verb: render.Patch, live: owned, claimed: true, entry: entry("u", hash), want: decision{do: write, owned: true, hash: hash, keep: hash, message: "due to 'data' -> 'a'"}},
		"ours, to be made anew":            {verb: render.Recreate, live: owned, entry: entry("u", hash), want: decision{do: remake, owned: true, hash: hash, keep: hash, message: "due to 'data' -> 'a'"}},
		"ours, to be made anew once more":  {verb: render.Recreate, live: owned, entry: entry("u", remadeFor+hash), want: decision{do: refuse, owned: true, hash: hash, keep: remadeFor + hash, message: "it was made anew for this target once, and differs again: 'data' -> 'a'"}},
		"ours, made anew for another":      {verb: render.Recreate, live: owned, entry: entry("u", remadeFor+"sha256:old"), want: decision{do: remake, owned: true, hash: hash, keep: remadeFor + "sha256:old", message: "due to 'data' -> 'a'"}},
		"ours, on its way out":             {verb: render.Patch, live: leaving(owned), entry: entry("u", hash), want: decision{do: refuse, message: "it is being deleted"}},
		"ours, as wanted, on its way out":  {verb: render.Leave, live: leaving(owned), entry: entry("u", hash)},
		"ours, no longer made, differs":    {verb: render.Patch, live: owned, foreign: true, entry: entry("u", hash), want: decision{do: write, owned: true, hash: hash, keep: hash, message: "due to 'data' -> 'a'"}},
		"ours, no longer made, not remade": {verb: render.Recreate, live: owned, foreign: true, want: decision{do: refuse, message: "it would have to be made anew, and its function never creates it"}},
		"ours, lacks an owner":             {verb: render.Patch, live: owned, due: "ownerReferences", entry: entry("u", hash), want: decision{do: write, owned: true, hash: hash, keep: hash, message: "due to ownerReferences"}},
		"ours, lacks an owner it is to outlive": {verb: render.Patch, live: owned, due: "ownerReferences", keeps: render.DeleteAbandon, entry: entry("u", hash),
			want: decision{do: note, owned: true, hash: hash, keep: hash}},

		// Git's, and no longer applied by it.
		"git's, as wanted":          {verb: render.Leave, live: git, want: decision{do: takeOver, owned: true, hash: hash, message: "from git"}},
		"git's, differs":            {verb: render.Patch, live: git, want: decision{do: takeOver, owned: true, hash: hash, message: "from git"}},
		"git's, never updated":      {verb: render.Leave, live: git, nothing: true, want: decision{do: takeOver, owned: true, message: "from git"}},
		"git's, to be made anew":    {verb: render.Recreate, live: git, want: decision{do: takeOver, owned: true, message: "from git"}},
		"ours, and git applied it":  {verb: render.Patch, live: gitAgain, entry: entry("u", hash), want: arrives},
		"ours, and git tracks it":   {verb: render.Leave, live: gitTracks, entry: entry("u", hash), want: arrives},
		"git's, claimed":            {verb: render.Leave, live: git, claimed: true, want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"git's and another's":       {verb: render.Leave, live: gitOfOther, want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"git's, on its way out":     {verb: render.Leave, live: leaving(git), want: decision{do: refuse, message: "it is being deleted"}},
		"git's, only to be patched": {verb: render.Patch, live: git, foreign: true, want: decision{do: write, hash: hash, message: "due to 'data' -> 'a'"}},

		// Another instance's.
		"another's":                     {verb: render.Patch, live: there(marked(other)), want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"another's, as wanted":          {verb: render.Leave, live: there(marked(other)), want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"another's, to be made anew":    {verb: render.Recreate, live: there(marked(other)), want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"another's, only patched":       {verb: render.Patch, live: there(marked(other)), foreign: true, want: decision{do: write, hash: hash, message: "due to 'data' -> 'a'"}},
		"a dying one's":                 {verb: render.Leave, live: there(marked(other)), dying: true, want: decision{do: takeOver, owned: true, hash: hash, message: "from instance ns/two"}},
		"a dying one's, to be remade":   {verb: render.Recreate, live: there(marked(other)), dying: true, want: decision{do: takeOver, owned: true, message: "from instance ns/two"}},
		"a dying one's and git's":       {verb: render.Leave, live: gitOfOther, dying: true, want: decision{do: takeOver, owned: true, hash: hash, message: "from git"}},
		"a dying one's, on its way out": {verb: render.Leave, live: leaving(there(marked(other))), dying: true, want: decision{do: refuse, message: "it is being deleted"}},

		// Nobody's.
		"nobody's, differs":                            {verb: render.Patch, live: free, want: decision{do: write, hash: hash, message: "due to 'data' -> 'a'"}},
		"nobody's, as wanted":                          {verb: render.Leave, live: free},
		"nobody's, as wanted, patched":                 {verb: render.Leave, live: free, entry: entry("u", hash), want: decision{do: note, hash: hash, keep: hash}},
		"nobody's, the target changed":                 {verb: render.Leave, live: free, entry: entry("u", "sha256:old"), want: decision{do: write, hash: hash, message: "the target has changed"}},
		"nobody's, where ours was":                     {verb: render.Leave, live: free, entry: entry("old", "sha256:old")},
		"nobody's, never updated":                      {verb: render.Leave, live: free, nothing: true},
		"nobody's, to be made anew":                    {verb: render.Recreate, live: free, want: decision{do: refuse, message: "it would have to be made anew, and this instance did not make it"}},
		"nobody's, claimed":                            {verb: render.Patch, live: free, claimed: true, want: decision{do: refuse, message: "it belongs to instance ns/two"}},
		"nobody's, on its way out":                     {verb: render.Patch, live: leaving(free), want: decision{do: refuse, message: "it is being deleted"}},
		"nobody's, lacks an owner":                     {verb: render.Patch, live: free, due: "ownerReferences"},
		"nobody's, only patched, claimed":              {verb: render.Patch, live: free, foreign: true, claimed: true, want: decision{do: write, hash: hash, message: "due to 'data' -> 'a'"}},
		"git's to apply, live's to delete":             {verb: render.Leave, live: git, nothing: true, applied: kept, want: decision{do: note, owned: true, keep: "git:sha256:x"}},
		"git's to apply, live's to delete, given back": {verb: render.Leave, live: gitAgain, nothing: true, applied: kept, want: decision{do: note, owned: true, keep: "git:sha256:x"}},
		"git's to apply, not there":                    {verb: render.Leave, nothing: true, applied: kept},
		"git's to apply, and has not":                  {verb: render.Leave, live: free, nothing: true, applied: kept},
		"git's to apply, as of another time":           {verb: render.Leave, live: git, nothing: true, applied: &v1alpha1.AppliedObject{Hash: "sha256:y", Delete: v1alpha1.DeletedByLive}},
		"git's to apply, of another instance":          {verb: render.Leave, live: gitOfOther, nothing: true, applied: kept},
		"git's to patch, foreign":                      {verb: render.Leave, live: git, nothing: true, foreign: true, applied: kept},
		"foreign, on its way out":                      {verb: render.Patch, live: leaving(free), foreign: true, want: decision{do: refuse, message: "it is being deleted"}},
		"foreign, wanted, on its way out":              {verb: render.Leave, live: leaving(free), foreign: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := render.Action{Verb: c.verb, ID: oneID, Target: wanted("1"), Due: due, Foreign: c.foreign, Delete: c.keeps}
			if c.due != "" {
				a.Due = c.due
			}
			if c.nothing {
				a.Target = nil
			}
			s := &situation{self: self, action: &a, live: c.live, entry: c.entry, applied: c.applied, dying: map[types.NamespacedName]bool{other: c.dying}}
			if c.claimed {
				s.claim = other
			}
			got, err := decide(s)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestDecideOfWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	target := wanted("1")
	target["n"] = math.NaN()
	_, err := decide(&situation{self: self, action: &render.Action{Verb: render.Create, ID: oneID, Target: target}})
	assert.Error(t, err)
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		delete   render.DeletePolicy
		owned    bool
		foreign  bool
		want     string
		explicit bool
	}{
		"made":                     {render.DeleteDefault, true, false, v1alpha1.PolicyDestroy, false},
		"made, destroy":            {render.DeleteDestroy, true, false, v1alpha1.PolicyDestroy, true},
		"made, abandon":            {render.DeleteAbandon, true, false, v1alpha1.PolicyAbandon, false},
		"made, not made any more":  {render.DeleteDefault, true, true, v1alpha1.PolicyAbandon, false},
		"not made":                 {render.DeleteDefault, false, false, v1alpha1.PolicyAbandon, false},
		"not made, destroy":        {render.DeleteDestroy, false, false, v1alpha1.PolicyAbandon, false},
		"not made, never, destroy": {render.DeleteDestroy, false, true, v1alpha1.PolicyAbandon, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, explicit := policyOf(&render.Action{Delete: c.delete, Foreign: c.foreign}, c.owned)
			assert.Equal(t, c.want, policy)
			assert.Equal(t, c.explicit, explicit)
		})
	}
}
