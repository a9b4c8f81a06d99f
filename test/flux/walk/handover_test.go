// SPDX-License-Identifier: Apache-2.0

package walk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/plane"
)

const (
	handoverVersion = "handover.example.com/v1"
	addressIP       = "10.0.0.7"
	knownHost       = "10.9.9.9"
)

// state is what git says of a stack: a Database and a ConfigMap that need a host, which git knows, or which waits for the
// address that another system gives out.
type state struct {
	workflow, trigger, label string
	host                     string // empty: what the address says
	extra                    string // a field of the Database
	never                    bool   // no step can be deferred
	abandon                  bool   // the Database outlives its application
}

var base = state{workflow: "stack", trigger: "one", label: "database"}

func (s state) with(change func(*state)) state {
	change(&s)
	return s
}

func byGit(s *state) { s.host = knownHost }

// nothing is a platform without a library.
var nothing = map[string]string{"lib/none.yaml": "# nothing yet\n"}

// definitions are a Workflow and its functions.
const definitions = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: WORKFLOW}
spec:
  crdRef: {apiGroup: handover.example.com, version: v1, kind: Stack}
  steps:
    - label: address
      ref: {kind: ResourceFunction, name: address}
      inputs: {name: =parent.spec.name, namespace: =parent.metadata.namespace}
      state: {host: =value.ip}
    - label: LABEL
      ref: {kind: ResourceFunction, name: database}
      inputs: {name: =parent.spec.name, namespace: =parent.metadata.namespace, host: HOST}
    - label: files
      ref: {kind: ResourceFunction, name: files}
      inputs: {name: =parent.spec.name, namespace: =parent.metadata.namespace, host: HOST}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: address}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Address, name: =inputs.name, namespace: =inputs.namespace}
  resource: {spec: {pool: main}}
  return: {ip: =resource.status.ip}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: database}
spec:
  apiConfig: {apiVersion: handover.example.com/v1, kind: Database, name: =inputs.name, namespace: =inputs.namespace}
  resource: {spec: {host: =inputs.host, size: 3EXTRA}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
DELETE
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: files}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: =inputs.namespace}
  resource: {data: {host: =inputs.host}}
  create: {delay: 1}
  update: {patch: {delay: 1}}
`

// files are those of the repository in this state.
func (s state) files() map[string]string {
	host := `"=has(parent.spec.host) ? parent.spec.host : steps.address.ip"`
	if s.never {
		host = "=parent.spec.host"
	}
	extra, deletion, spec := "", "", "{name: main}"
	if s.extra != "" {
		extra = ", extra: " + s.extra
	}
	if s.abandon {
		deletion = "  delete: {abandon: {}}"
	}
	if s.host != "" {
		spec = "{name: main, host: " + s.host + "}"
	}
	return map[string]string{
		"site/korender.yaml":      "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nonDeferred: instance\ninstance: {export: stack-values}\n",
		"site/definitions.k.yaml": strings.NewReplacer("WORKFLOW", s.workflow, "LABEL", s.label, "HOST", host, "EXTRA", extra, "DELETE", deletion).Replace(definitions),
		"site/trigger.yaml":       "apiVersion: handover.example.com/v1\nkind: Stack\nmetadata: {name: " + s.trigger + ", namespace: NAMESPACE}\nspec: " + spec + "\n",
	}
}

// scenarios are the moves of the live core's own proof; each state is settled before the next.
var scenarios = map[string][]state{
	"git to live to git":      {base.with(byGit), base, base.with(byGit)},
	"live to git to live":     {base, base.with(byGit), base},
	"instance renamed":        {base, base.with(func(s *state) { s.trigger = "two" }), base.with(func(s *state) { byGit(s); s.trigger = "three" })},
	"workflow renamed":        {base, base.with(func(s *state) { s.workflow = "pile" }), base.with(func(s *state) { byGit(s); s.workflow = "heap" })},
	"step renamed":            {base, base.with(func(s *state) { s.label = "store" }), base.with(func(s *state) { byGit(s); s.label = "vault" })},
	"program changed":         {base, base.with(func(s *state) { s.extra = "more" }), base.with(func(s *state) { byGit(s); s.extra = "most" }), base},
	"deferral comes and goes": {base.with(func(s *state) { byGit(s); s.never = true }), base.with(byGit), base, base.with(func(s *state) { byGit(s); s.never = true })},
}

// all are the resources that no move may delete.
var all = []string{"databases", "addresses", "configmaps"}

// TestHandover walks through every scenario by commits, with the real kustomize-controller and prune on.
func TestHandover(t *testing.T) {
	t.Parallel()
	for name, states := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, err := flux.Audit.Now(t.Context())
			require.NoError(t, err)
			a := newApp(t, states[0].files(), nothing)
			var database types.UID
			for i, s := range states {
				if i > 0 {
					a.moves(s)
				}
				found := a.settle(s)
				if i == 0 {
					database = found
				}
				assert.Equal(t, database, found, "state %d: the database is another one", i)
			}
			a.undeleted(from, all...)
		})
	}
}

// moves commits a state and has Flux look at it.
func (a *app) moves(s state) {
	a.t.Helper()
	a.push(a.apps, s.files())
	a.pull("apps")
}

// settle waits until the state is in the cluster: applied by whoever has to, and Ready. It returns which database is there.
func (a *app) settle(s state) types.UID {
	a.t.Helper()
	a.newest()
	a.until("Address main", func() bool { return a.get(handoverVersion, "Address", "main") != nil },
		func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
	a.address(addressIP)
	host := s.host
	if host == "" {
		host = addressIP
	}
	want := map[string]any{"host": host, "size": int64(3)}
	if s.extra != "" {
		want["extra"] = s.extra
	}
	var got map[string]any
	a.until(fmt.Sprintf("a database with %v", want), func() bool {
		got, _, _ = unstructured.NestedMap(objectOf(a.get(handoverVersion, "Database", "main")), "spec")
		return assert.ObjectsAreEqual(want, got)
	}, func() any { return got })
	a.data("main", map[string]string{"host": host})
	a.until("a Kustomization that is Ready about it", func() bool {
		o := a.get(kustomizeVersion, "Kustomization", "site")
		revision, _, _ := artifact(a.get(sourceVersion, "ExternalArtifact", "site"))
		applied, _, _ := unstructured.NestedString(objectOf(o), "status", "lastAppliedRevision")
		status, _, _ := condition(o, "Ready")
		return status == "True" && applied == revision
	}, func() any { return objectOf(a.get(kustomizeVersion, "Kustomization", "site"))["status"] })
	o := a.get(handoverVersion, "Database", "main")
	require.NotNil(a.t, o)
	assert.Nil(a.t, o.GetDeletionTimestamp(), "the database is being deleted")
	return o.GetUID()
}

// newest waits for the artifact of the last commit, and returns its revision.
func (a *app) newest() string {
	a.t.Helper()
	commit, revision := a.head(), ""
	a.until("the artifact of "+commit, func() bool {
		o := a.get(sourceVersion, "ExternalArtifact", "site")
		revision, _, _ = artifact(o)
		return strings.HasSuffix(origin(o), commit)
	}, func() any { return objectOf(a.get(ownVersion, "RenderedArtifact", "site"))["status"] })
	return revision
}

// head is the last commit of the application.
func (a *app) head() string {
	a.t.Helper()
	commit, err := a.apps.Head()
	require.NoError(a.t, err)
	return commit
}

// address plays the system that gives out addresses.
func (a *app) address(ip string) {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{"status": map[string]any{"ip": ip}})
	require.NoError(a.t, err)
	o := a.object(handoverVersion, "Address", "main")
	require.NoError(a.t, flux.Client.Status().Patch(a.t.Context(), o, client.RawPatch(types.MergePatchType, text)))
}

// undeleted checks that nobody ever asked for the deletion of what should live: main of these kinds.
func (a *app) undeleted(from plane.Mark, resources ...string) {
	a.t.Helper()
	found, err := flux.Audit.Since(a.t.Context(), from, func(r plane.Request) bool {
		return r.Deletes() && r.Object.Namespace == a.namespace && slices.Contains(resources, r.Object.Resource) &&
			(r.Object.Name == "main" || r.Object.Name == "") && !strings.HasPrefix(r.UserAgent, "kube-controller-manager")
	})
	require.NoError(a.t, err)
	var lines []string
	for _, r := range found {
		lines = append(lines, fmt.Sprintf("%s by %s (%s): %d", r.Object, r.User, r.UserAgent, r.Code))
	}
	assert.Empty(a.t, lines, "deletions were asked for")
}
