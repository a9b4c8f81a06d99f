// SPDX-License-Identifier: Apache-2.0

package whole

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	cacheutil "github.com/argoproj/argo-cd/v2/util/cache"
	"github.com/argoproj/argo-cd/v2/util/cache/appstate"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var (
	byGit  = program{trigger: "one", host: known}
	byLive = program{trigger: "one"}
)

func (p program) with(change func(*program)) program {
	change(&p)
	return p
}

func named(name string) func(*program)    { return func(p *program) { p.trigger = name } }
func extended(text string) func(*program) { return func(p *program) { p.extra = text } }
func never(p *program)                    { p.never = true }

// scenarios are the moves; each state is settled and checked before the next.
var scenarios = map[string][]program{
	"git to live to git":          {byGit, byLive, byGit},
	"live to git to live":         {byLive, byGit, byLive},
	"trigger edited and back":     {byLive, byGit, byGit.with(func(p *program) { p.host = "10.8.8.8" }), byLive},
	"instance renamed under live": {byLive, byLive.with(named("two"))},
	"instance renamed under git":  {byGit, byGit.with(named("two")), byLive.with(named("two"))},
	"instance renamed and moved":  {byGit, byLive.with(named("two")), byGit.with(named("three"))},
	"program changed":             {byLive, byLive.with(extended("more")), byGit.with(extended("most")), byGit.with(extended("least"))},
	"last deferral gone":          {byLive, byGit.with(never)},
	"deferral comes and goes":     {byGit.with(never), byGit, byLive, byGit.with(never)},
}

// TestHandover walks through every scenario, with both ways in which Argo CD tracks objects.
func TestHandover(t *testing.T) {
	for _, method := range []string{"label", "annotation"} {
		require.NoError(t, cluster.Track(t.Context(), method, installed(t)))
		t.Run(method, func(t *testing.T) {
			for name, states := range scenarios {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					began := time.Now()
					a := newApp(t, states[0])
					for i, state := range states {
						a.settle(state)
						require.False(t, t.Failed(), "after state %d", i)
					}
					t.Logf("%s, tracked by %s: %d states in %s; no delete request for a Database or ConfigMap", name, method, len(states), time.Since(began).Round(time.Second))
				})
			}
			t.Run("owner references", testOwners)
			t.Run("application deleted", testDeleted)
		})
	}
}

// testOwners shows what live creates in the resource tree, below its instance, where owner references are asked for. Without
// them it is not there.
func testOwners(t *testing.T) {
	t.Parallel()
	a := newApp(t, byLive)
	a.settle(byLive)
	assert.Equal(t, map[string]string{"Address": "", "WorkflowInstance": ""}, a.tree())
	state := byLive.with(func(p *program) { p.owner = true })
	a.settle(state)
	want := map[string]string{"Address": "", "WorkflowInstance": "", "Database": "WorkflowInstance", "ConfigMap": "WorkflowInstance"}
	a.eventually("the tree", func() (bool, string) {
		got := a.tree()
		text, _ := json.Marshal(got)
		return assert.ObjectsAreEqual(want, got), string(text)
	})
	a.check(state)
}

// testDeleted deletes the Application: what live has made goes, except what its function abandons.
func testDeleted(t *testing.T) {
	t.Parallel()
	state := byLive.with(func(p *program) { p.abandon = true })
	a := newApp(t, state)
	a.settle(state)
	require.NoError(t, a.applications().Delete(t.Context(), a.name, metav1.DeleteOptions{}))
	a.eventually("the end of the Application", func() (bool, string) {
		_, err := a.applications().Get(t.Context(), a.name, metav1.GetOptions{})
		list, failed := cluster.Client.Resource(instances).Namespace(a.name).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, failed)
		return apierrors.IsNotFound(err) && len(list.Items) == 0 && a.get(configMaps) == nil && a.get(addresses) == nil, "it is still there"
	})
	database := a.get(databases)
	require.NotNil(t, database)
	assert.Equal(t, a.database, database.GetUID())
	assert.Nil(t, database.GetDeletionTimestamp())
	assert.Empty(t, deletions(t, a.name, "databases"))
	assert.NotEmpty(t, deletions(t, a.name, "configmaps"), "what is not abandoned was deleted, and the log shows it")
}

// tree is the resource tree of the Application as its page shows it: kinds, each with the kind that it hangs below.
func (a *app) tree() map[string]string {
	a.t.Helper()
	redisCache := cacheutil.NewRedisCache(redis.NewClient(&redis.Options{Addr: cluster.Redis()}), time.Hour, cacheutil.RedisCompressionGZip)
	var tree v1alpha1.ApplicationTree
	require.NoError(a.t, appstate.NewCache(cacheutil.NewCache(redisCache), time.Hour).GetAppResourcesTree(a.name, &tree))
	out := map[string]string{}
	for _, node := range tree.Nodes {
		parent := ""
		if len(node.ParentRefs) > 0 {
			parent = node.ParentRefs[0].Kind
		}
		out[node.Kind] = parent
	}
	return out
}

// installed is what `korender argocd install` adds to argocd-cm.
func installed(t *testing.T) map[string]string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), cluster.Binary, "argocd", "install", "--image", "any", "-o", "helm")
	cmd.Stdout = &out
	require.NoError(t, cmd.Run())
	var values struct {
		Configs struct {
			CM map[string]string `json:"cm"`
		} `json:"configs"`
	}
	require.NoError(t, yaml.Unmarshal(out.Bytes(), &values))
	require.Len(t, values.Configs.CM, 2)
	return values.Configs.CM
}
