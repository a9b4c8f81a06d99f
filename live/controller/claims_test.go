// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

func object(name string) manifest.ID {
	return manifest.ID{APIVersion: "example.com/v1", Kind: "Thing", Namespace: "prod", Name: name}
}

func reference(name string) v1alpha1.ObjectReference {
	id := object(name)
	return v1alpha1.ObjectReference{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}
}

func instance(name string, inventory ...string) *v1alpha1.WorkflowInstance {
	w := &v1alpha1.WorkflowInstance{ObjectMeta: metav1.ObjectMeta{Namespace: "prod", Name: name, UID: types.UID("uid-" + name)}}
	for _, n := range inventory {
		w.Status.Inventory = append(w.Status.Inventory, v1alpha1.InventoryEntry{ObjectReference: reference(n)})
	}
	return w
}

func named(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "prod", Name: name}
}

func keys(names ...string) map[manifest.Key]bool {
	out := map[manifest.Key]bool{}
	for _, name := range names {
		out[object(name).Key()] = true
	}
	return out
}

// An instance claims what it answers for, what git applies for it, and what its steps build, even those that wait.
func TestClaimOf(t *testing.T) {
	t.Parallel()
	w := instance("a", "kept")
	w.Spec.Applied = []v1alpha1.AppliedObject{{ObjectReference: reference("applied")}}
	built, deferred, read := object("built"), object("deferred"), object("read")
	plan := &render.Plan{Steps: []render.Step{
		{Path: "built", Object: &built, Outcome: render.Outcome{Type: render.Ok}},
		{Path: "deferred", Object: &deferred, Outcome: render.Outcome{Type: render.Deferred}},
		{Path: "read", Object: &read, Guest: true, Outcome: render.Outcome{Type: render.Ok}},
		{Path: "value", Outcome: render.Outcome{Type: render.Ok}},
	}}
	assert.Equal(t, &claim{keys: keys("kept", "applied", "built", "deferred"), trigger: object("trigger").Key()},
		claimOf(w, object("trigger"), nil, plan))

	now := metav1.NewTime(time.Unix(0, 0))
	w.DeletionTimestamp = &now
	nameless := &render.Plan{Steps: []render.Step{{Path: "nameless", Outcome: render.Outcome{Type: render.Deferred}}}}
	assert.Equal(t, &claim{keys: keys("kept", "applied"), trigger: object("trigger").Key(), open: true, dying: true},
		claimOf(w, object("trigger"), nameless))
	assert.False(t, claimOf(w, object("trigger"), nameless, plan).open, "the last plan knows most")
}

// Nobody's object is lost to another instance while it claims it; who is being deleted claims nothing any more.
func TestClaimsOthers(t *testing.T) {
	t.Parallel()
	c := newClaims()
	c.set(named("a"), &claim{keys: keys("x", "y")})
	c.set(named("b"), &claim{keys: keys("y", "z")})
	c.set(named("c"), &claim{keys: keys("x"), dying: true})
	assert.Equal(t, map[manifest.Key]types.NamespacedName{object("y").Key(): named("b")}, c.others(named("a"), keys("x", "y")))
	assert.Equal(t, map[types.NamespacedName]bool{named("c"): true}, c.dying())
	assert.ElementsMatch(t, []types.NamespacedName{named("b"), named("c")}, c.claimants(named("a")))
	assert.True(t, c.known([]types.NamespacedName{named("a"), named("b"), named("c")}))
	assert.False(t, c.known([]types.NamespacedName{named("a"), named("d")}))

	c.set(named("b"), &claim{keys: keys("z")})
	assert.Empty(t, c.others(named("a"), keys("x", "y")), "what it claimed before is free")
	c.forget(named("b"))
	c.forget(named("b"))
	assert.Empty(t, c.others(named("a"), keys("z")))
	assert.Len(t, c.byKey, 2, "nothing is kept of what nobody claims")
}

// A successor runs for the same trigger, is not being deleted, and may still build what it cannot name.
func TestClaimsSuccessor(t *testing.T) {
	t.Parallel()
	trigger := object("trigger").Key()
	for _, tc := range []struct {
		name  string
		other claim
		want  bool
	}{
		{"open", claim{trigger: trigger, open: true}, true},
		{"all named", claim{trigger: trigger}, false},
		{"dying", claim{trigger: trigger, open: true, dying: true}, false},
		{"another trigger", claim{trigger: object("else").Key(), open: true}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClaims()
			c.set(named("old"), &claim{trigger: trigger, dying: true})
			c.set(named("new"), &tc.other)
			_, found := c.successor(named("old"))
			assert.Equal(t, tc.want, found)
		})
	}
	_, found := newClaims().successor(named("nobody"))
	assert.False(t, found)
}
