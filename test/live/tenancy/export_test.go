// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExport publishes a state, and refuses to when a value of a Secret gets into it: what was published stays as it was.
func TestExport(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	p := plant(t, namespace)
	l := leak{use: "  return: {url: ='postgres://u@db/' + string(size(inputs.password) > 0)}", state: "{db: =value}"}
	s := source{settings: "triggers: consume\ninstance: {export: published}\n", program: l.program()}
	a := deploy(t, namespace, s)
	a.await("True", "Ready")
	server.AwaitThere(t, "v1", "ConfigMap", namespace, "published")
	assert.Equal(t, map[string]any{"db_url": "postgres://u@db/true"}, data(t, namespace, "published"))

	for _, text := range []string{"inputs.password", "inputs.raw", "from_json(inputs.document).deep", "'postgres://u:' + inputs.handle + '@db'"} {
		l.use = "  return: {url: \"=" + text + "\"}"
		a.program = l.program()
		a.apply()
		w := a.await("False", "ExportFailed")
		assert.Equal(t, "export state.db.url: it holds a value of a Secret; take it out of the state of its step", message(t, w, "Ready"), text)
		assert.Equal(t, map[string]any{"db_url": "postgres://u@db/true"}, data(t, namespace, "published"), text)
		hidden(t, a, p.all()...)
	}
	asAccount(t, namespace, "default")
}

// TestTwoNamespaces runs one program in two namespaces, for triggers of one name: each sees its own Secret and its own
// objects, and nothing that happens to one is noticed in the other.
func TestTwoNamespaces(t *testing.T) {
	t.Parallel()
	one, two := server.Tenant(t), server.Tenant(t)
	pass := map[string]string{one: "first-" + one, two: "second-" + two}
	var apps []*app
	for _, namespace := range []string{one, two} {
		secret(t, namespace, "credentials", map[string]string{"password": pass[namespace]})
		apps = append(apps, deploy(t, namespace, source{settings: "triggers: consume\n", program: copying}))
	}
	for _, a := range apps {
		a.await("True", "Ready")
		assert.Equal(t, map[string]any{"password": pass[a.namespace]}, data(t, a.namespace, "made"))
	}
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	o := server.Get(t, "v1", "Secret", one, "credentials")
	o.Object["stringData"] = map[string]any{"password": "changed-" + one}
	require.NoError(t, server.Client.Update(t.Context(), o))
	apps[0].eventually("True", "Ready")
	gone := server.Get(t, "korender.dev/v1alpha1", "WorkflowInstance", one, apps[0].instance)
	require.NoError(t, server.Client.Delete(t.Context(), gone))
	server.AwaitGone(t, "korender.dev/v1alpha1", "WorkflowInstance", one, apps[0].instance)
	assert.Nil(t, data(t, one, "made"))

	for _, r := range wrote(t, from, two) {
		assert.Equal(t, "events", r.Object.Resource, "%s %s", r.Verb, r.Object) // of before: they are written later
	}
	assert.Equal(t, map[string]any{"password": pass[two]}, data(t, two, "made"))
	apps[1].await("True", "Ready")
	kept(t, apps[1], pass[two], "changed-"+one)
	asAccount(t, one, "default")
	asAccount(t, two, "default")
}

// TestOthersSecret has an instance name a Secret of another namespace: its own account may not get it.
func TestOthersSecret(t *testing.T) {
	t.Parallel()
	one, two := server.Tenant(t), server.Tenant(t)
	secret(t, two, "credentials", map[string]string{"password": "others-" + two})
	program := replace(copying, "namespace: =inputs.namespace, readonly", "namespace: "+two+", readonly")
	a := deploy(t, one, source{settings: "triggers: consume\n", program: program})
	w := a.await("False", "AccessDenied")
	assert.Equal(t, "ServiceAccount/"+one+"/default may not get Secret/"+two+"/credentials: grant it, or name another account", message(t, w, "Ready"))
	assert.Nil(t, data(t, one, "made"))
	hidden(t, a, "others-"+two)
}
