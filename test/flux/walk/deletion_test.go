// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestMidway changes git while kustomize-controller waits for the state before, and live is still at work on it.
func TestMidway(t *testing.T) {
	t.Parallel()
	from, err := flux.Audit.Now(t.Context())
	require.NoError(t, err)
	a := newApp(t, base.files(), nothing)
	a.patch(kustomizeVersion, "Kustomization", "site", map[string]any{"spec": map[string]any{"timeout": "4s"}}) // of its wait for health
	a.attempted()
	more, most := base.with(func(s *state) { s.extra = "more" }), base.with(func(s *state) { s.extra = "most" })

	t.Log("nobody gives out an address, and the program changes, twice")
	a.moves(more)
	a.attempted()
	a.moves(most)
	database := a.settle(most)

	t.Log("from live to git and back, each applied and none settled")
	for _, s := range []state{base, base.with(byGit), base, base.with(byGit)} {
		a.moves(s)
		a.attempted()
	}
	a.moves(base)
	assert.Equal(t, database, a.settle(base))

	t.Log("one change so hard upon the other that some are never applied")
	last := base.with(func(s *state) { byGit(s); s.workflow = "pile" })
	for _, s := range []state{base.with(byGit), base, base.with(func(s *state) { s.label = "store" }), last} {
		a.moves(s)
	}
	assert.Equal(t, database, a.settle(last))

	t.Log("another instance, and git, and another instance again")
	for _, s := range []state{base.with(func(s *state) { s.trigger = "two" }), base.with(byGit)} {
		a.moves(s)
		a.attempted()
	}
	last = base.with(func(s *state) { s.trigger = "three" })
	a.moves(last)
	assert.Equal(t, database, a.settle(last))
	a.undeleted(from, all...)
}

// attempted waits until kustomize-controller is at work on the last commit: what it begins, it applies.
func (a *app) attempted() {
	a.t.Helper()
	revision, attempted := a.newest(), ""
	a.until("a Kustomization at work on "+revision, func() bool {
		attempted, _, _ = unstructured.NestedString(objectOf(a.get(kustomizeVersion, "Kustomization", "site")), "status", "lastAttemptedRevision")
		return attempted == revision
	}, func() any { return attempted })
}

// TestDeletion lets an application go, while live applies the database and while git does: by deleting its Kustomization,
// and by a commit without its trigger. What live made goes, and so does what git made; what its function abandons stays.
func TestDeletion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host   func(*state)
		remove func(*app)
	}{
		"the Kustomization, under live": {func(*state) {}, (*app).deleteKustomization},
		"the Kustomization, under git":  {byGit, (*app).deleteKustomization},
		"the trigger, under live":       {func(*state) {}, (*app).removeTrigger},
		"the trigger, under git":        {byGit, (*app).removeTrigger},
		"without an instance":           {func(s *state) { byGit(s); s.never = true }, (*app).deleteKustomization},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, err := flux.Audit.Now(t.Context())
			require.NoError(t, err)
			s := base.with(c.host).with(func(s *state) { s.abandon = true })
			a := newApp(t, s.files(), nothing)
			database := a.settle(s)
			c.remove(a)
			for kind, version := range map[string]string{"WorkflowInstance": ownVersion, "Address": handoverVersion} {
				a.none(version, kind)
			}
			a.data("main", nil)
			a.abandoned(database)
			a.undeleted(from, "databases")
		})
	}
}

func (a *app) deleteKustomization() {
	a.t.Helper()
	require.NoError(a.t, flux.Client.Delete(a.t.Context(), a.object(kustomizeVersion, "Kustomization", "site")))
	a.until("the end of the Kustomization", func() bool { return a.get(kustomizeVersion, "Kustomization", "site") == nil },
		func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
}

// removeTrigger leaves something in git, so that the render is not empty.
func (a *app) removeTrigger() {
	a.t.Helper()
	a.push(a.apps, map[string]string{
		"site/trigger.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stays, namespace: NAMESPACE}\ndata: {why: empty renders are refused}\n",
	})
	a.pull("apps")
	a.data("stays", map[string]string{"why": "empty renders are refused"})
}

// none waits until no object of a kind is left.
func (a *app) none(version, kind string) {
	a.t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(version)
	list.SetKind(kind + "List")
	a.until("the end of every "+kind, func() bool {
		require.NoError(a.t, flux.Client.List(a.t.Context(), list, client.InNamespace(a.namespace)))
		return len(list.Items) == 0
	}, func() any { return list.Items })
}

// abandoned checks that the database is the one that was there, and nobody's.
func (a *app) abandoned(database types.UID) {
	a.t.Helper()
	o := a.get(handoverVersion, "Database", "main")
	require.NotNil(a.t, o, "the database is gone")
	assert.Equal(a.t, database, o.GetUID())
	assert.Nil(a.t, o.GetDeletionTimestamp())
	assert.NotContains(a.t, o.GetAnnotations(), "korender.dev/instance")
}
