// SPDX-License-Identifier: Apache-2.0

package handover

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/live/api/v1alpha1"
)

func ctxWithout(t *testing.T) context.Context { return context.WithoutCancel(t.Context()) }

// byGit and byLive are who applies the Database and the ConfigMap.
func byGit(p *program)  { p.host = known }
func byLive(p *program) { p.host = "" }

// scenarios are the moves; each state is settled and checked before the next. From a program that defers nothing there is a
// state in between, in which git's manifests get the marks that keep tools from deleting what leaves git.
var scenarios = map[string][]program{
	"git to live to git":          {base.with(byGit), base.with(byLive), base.with(byGit)},
	"live to git to live":         {base.with(byLive), base.with(byGit), base.with(byLive)},
	"trigger edited and back":     {base.with(byLive), base.with(byGit), base.with(func(p *program) { p.host = "10.8.8.8" }), base.with(byLive), base.with(byGit)},
	"instance renamed under live": {base.with(byLive), base.with(func(p *program) { p.trigger = "two" })},
	"instance renamed under git":  {base.with(byGit), base.with(func(p *program) { byGit(p); p.trigger = "two" }), base.with(func(p *program) { p.trigger = "two" })},
	"instance renamed and moved":  {base.with(byGit), base.with(func(p *program) { p.trigger = "two" }), base.with(func(p *program) { byGit(p); p.trigger = "three" })},
	"workflow renamed":            {base.with(byLive), base.with(func(p *program) { p.workflow = "pile" }), base.with(func(p *program) { byGit(p); p.workflow = "heap" })},
	"step renamed":                {base.with(byLive), base.with(func(p *program) { p.label = "store" }), base.with(func(p *program) { byGit(p); p.label = "vault" })},
	"program changed":             {base.with(byLive), base.with(func(p *program) { p.extra = "more" }), base.with(byLive), base.with(func(p *program) { byGit(p); p.extra = "most" }), base.with(func(p *program) { p.extra = "most" }), base.with(func(p *program) { byGit(p); p.extra = "least" })},
	"last deferral gone":          {base.with(byLive), base.with(func(p *program) { byGit(p); p.never = true })},
	"deferral comes and goes":     {base.with(func(p *program) { byGit(p); p.never = true }), base.with(byGit), base.with(byLive), base.with(func(p *program) { byGit(p); p.never = true })},
}

var which = []string{"argocd-label", "argocd-annotation", "flux"}

// TestHandover walks through every scenario with every tool.
func TestHandover(t *testing.T) {
	t.Parallel()
	for name, states := range scenarios {
		for _, tool := range which {
			t.Run(name+"/"+tool, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, tool)
				for i, state := range states {
					w.settle(state)
					require.False(t, t.Failed(), "after state %d", i)
				}
			})
		}
	}
}

// TestMidway changes git while live is still at work on what git said before.
func TestMidway(t *testing.T) {
	t.Parallel()
	for _, tool := range which {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tool)
			w.sync(base.with(byLive)) // and nobody has given out an address
			w.sync(base.with(func(p *program) { p.extra = "more" }))
			w.settle(base.with(func(p *program) { p.extra = "most" }))
			require.False(t, t.Failed())
			for i := range 4 { // one change hard upon the other
				state := base.with(byGit)
				if i%2 == 0 {
					state = base.with(byLive)
				}
				w.sync(state)
			}
			w.settle(base.with(byLive))
			w.sync(base.with(func(p *program) { p.trigger = "two" }))
			w.sync(base.with(byGit))
			w.settle(base.with(func(p *program) { p.trigger = "three" }))
		})
	}
}

// TestDeleted deletes the application: what live made goes, except what its function abandons.
func TestDeleted(t *testing.T) {
	t.Parallel()
	for _, tool := range which {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tool)
			state := base.with(func(p *program) { p.abandon = true })
			w.settle(state)
			instance := w.names(v1alpha1.GroupVersion.String(), v1alpha1.Kind)[0]
			require.NoError(t, w.tool.Delete(t.Context()))
			server.AwaitGone(t, v1alpha1.GroupVersion.String(), v1alpha1.Kind, w.namespace, instance)
			server.AwaitGone(t, "v1", "ConfigMap", w.namespace, "main")
			server.AwaitGone(t, group, "Address", w.namespace, "main")
			database := w.get("Database")
			assert.Equal(t, w.database, database.GetUID())
			assert.Nil(t, database.GetDeletionTimestamp())
			assert.NotContains(t, database.GetAnnotations(), v1alpha1.InstanceAnnotation)
			w.undeleted()
		})
	}
}

// TestDeletedUnderGit deletes the application while git applies everything: nothing of it stays behind.
func TestDeletedUnderGit(t *testing.T) {
	t.Parallel()
	for _, tool := range which {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tool)
			w.settle(base.with(func(p *program) { byGit(p); p.abandon = true }))
			require.NoError(t, w.tool.Delete(t.Context()))
			server.AwaitGone(t, group, "Address", w.namespace, "main")
			server.AwaitGone(t, "v1", "ConfigMap", w.namespace, "main")
			assert.Equal(t, w.database, w.get("Database").GetUID())
			w.undeleted()
		})
	}
}
