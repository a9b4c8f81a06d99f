// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// source is a program, how it is rendered, and what for. NAMESPACE in all of it is the namespace.
type source struct {
	settings string // after the lines that all have
	program  string
	spec     string // of the trigger
	label    string // tenancy=…, on the instance; none when it is empty
}

// app is an instance.
type app struct {
	*testing.T
	namespace, instance string
	source
}

// deploy renders a program for a Tenant named one in a namespace, and applies all that comes out.
func deploy(t *testing.T, namespace string, s source) *app {
	t.Helper()
	a := &app{T: t, namespace: namespace, source: s}
	a.apply()
	return a
}

func (a *app) apply() {
	a.Helper()
	spec := a.spec
	if spec == "" {
		spec = "{}"
	}
	dir := product.Folder(a.T, a.namespace, map[string]string{
		"korender.yaml":  "apiVersion: korender.dev/v1alpha1\nkind: Render\nonDeferred: instance\n" + a.settings,
		"program.k.yaml": a.program,
		"trigger.yaml": "apiVersion: tenancy.example.com/v1\nkind: Tenant\nmetadata: {name: one, namespace: NAMESPACE}\n" +
			"spec: " + spec + "\n",
	})
	manifests := server.Render(a.T, dir)
	instances := product.Instances(manifests)
	require.Len(a, instances, 1)
	if a.label != "" {
		instances[0].SetLabels(map[string]string{"tenancy": a.label})
	}
	a.instance = instances[0].GetName()
	for _, o := range manifests {
		require.NoError(a, server.Apply(a.Context(), o))
	}
}

// await waits until the instance says this of itself.
func (a *app) await(status, reason string) *v1alpha1.WorkflowInstance {
	a.Helper()
	return server.Await(a.T, a.namespace, a.instance, "Ready", status, reason)
}

// eventually is as await, for what comes only when somebody looks again: it takes minutes.
func (a *app) eventually(status, reason string) *v1alpha1.WorkflowInstance {
	a.Helper()
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		w := server.Instance(a.T, a.namespace, a.instance)
		if slices.Contains(product.Conditions(w), "Ready="+status+" "+reason) {
			return w
		}
	}
	require.Fail(a, "never "+status+" "+reason, product.Describe(server.Instance(a.T, a.namespace, a.instance)))
	return nil
}

// message is what a condition of an instance says.
func message(t *testing.T, w *v1alpha1.WorkflowInstance, condition string) string {
	t.Helper()
	at := slices.IndexFunc(w.Status.Conditions, func(c metav1.Condition) bool { return c.Type == condition })
	require.GreaterOrEqual(t, at, 0, product.Describe(w))
	return w.Status.Conditions[at].Message
}

// secret makes a Secret.
func secret(t *testing.T, namespace, name string, data map[string]string) {
	t.Helper()
	require.NoError(t, server.Client.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, StringData: data,
	}))
}

// rule allows verbs on resources of the core group.
func rule(resource string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: verbs}
}

// data is the data of a ConfigMap; nil when there is none.
func data(t *testing.T, namespace, name string) map[string]any {
	t.Helper()
	o := &unstructured.Unstructured{}
	o.SetAPIVersion("v1")
	o.SetKind("ConfigMap")
	err := server.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, o)
	require.NoError(t, client.IgnoreNotFound(err))
	out, _, err := unstructured.NestedMap(o.Object, "data")
	require.NoError(t, err)
	return out
}

// wrote lists what controllers wrote in a namespace since a mark.
func wrote(t *testing.T, from plane.Mark, namespace string) []plane.Request {
	t.Helper()
	found, err := server.Audit.Since(t.Context(), from, func(r plane.Request) bool {
		return r.UserAgent == "korender-live" && r.Writes() && r.Object.Namespace == namespace
	})
	require.NoError(t, err)
	return found
}

// asAccount holds all writes to objects of a namespace, other than what the controller says of its instances, to one
// account.
func asAccount(t *testing.T, namespace, account string) {
	t.Helper()
	for _, r := range wrote(t, 0, namespace) {
		own := r.Object.Resource == "workflowinstances" || r.Object.Resource == "events"
		want := "system:serviceaccount:" + namespace + ":" + account
		if own {
			want = "system:serviceaccount:korender-system:korender-live"
		}
		assert.Equal(t, want, r.User, "%s %s", r.Verb, r.Object)
	}
}
