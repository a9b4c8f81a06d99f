// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/render/manifest"
)

// TestRightsOfAccounts has an object given only to an account that may get it, as soon as it may.
func TestRightsOfAccounts(t *testing.T) {
	w := start(t)
	for _, name := range []string{"a", "b"} {
		require.NoError(t, server.Client.Create(t.Context(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, StringData: map[string]string{"password": "s3cr3t"},
		}))
	}
	a, b, none := w.id("v1", "Secret", "a"), w.id("v1", "Secret", "b"), w.id("v1", "Secret", "none")
	r := observe.Reader{Instance: w.instance("one"), Account: w.user("web")}
	denied := func(id manifest.ID) observe.Refusal {
		return observe.Refusal{ID: id, Reason: observe.AccessDenied, Message: r.Account + ` may not get secrets "` + id.Name + `" in namespace "` + w.namespace + `"`}
	}
	v := w.see(r, a, b, none)
	assert.Equal(t, []observe.Refusal{denied(a), denied(b), denied(none)}, v.Refusals(), "nor is it told whether they exist")
	assert.Empty(t, names(v))
	assert.Empty(t, v.Absent())
	assert.Empty(t, w.Kinds(), "nothing is listed on its behalf")

	w.allow("web", "secrets", "a", "none")
	w.within(8*time.Second, func() bool { return len(w.see(r, a, b, none).Refusals()) == 1 })
	v = w.see(r, a, b, none)
	assert.Equal(t, []observe.Refusal{denied(b)}, v.Refusals())
	assert.Equal(t, []string{"Secret/a"}, names(v))
	assert.Equal(t, []manifest.ID{none}, v.Absent())

	other := observe.Reader{Instance: w.instance("two"), Account: w.user("other")}
	assert.Empty(t, names(w.see(other, a)), "what one account may get, another may not")
	groups := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "all"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "admin"},
		Subjects:   []rbacv1.Subject{{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:" + w.namespace}},
	}
	require.NoError(t, server.Client.Create(t.Context(), groups))
	w.eventually(func() bool { return len(w.see(other, a).Refusals()) == 0 }) // rights of its groups count
	assert.Equal(t, []string{"Secret/a"}, names(w.see(other, a)))
}

// TestOnlyItsNamespace refuses what is elsewhere, whatever the account may get.
func TestOnlyItsNamespace(t *testing.T) {
	w := start(t)
	w.put("a", "1")
	r := w.reader("one")
	r.OnlyNamespace = w.namespace
	elsewhere := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "kube-system", Name: "a"}
	node := manifest.ID{APIVersion: "v1", Kind: "Node", Name: "a"}
	v := w.see(r, w.configMap("a"), elsewhere, node)
	assert.Equal(t, []string{"ConfigMap/a"}, names(v))
	assert.Equal(t, []observe.Refusal{
		{ID: elsewhere, Reason: observe.CrossNamespace, Message: "ConfigMap/kube-system/a is not in namespace " + w.namespace + ": references across namespaces are not allowed"},
		{ID: node, Reason: observe.CrossNamespace, Message: "Node/a is not in namespace " + w.namespace + ": references across namespaces are not allowed"},
	}, v.Refusals())
}

// TestRightsOfTheController says at once, in the server's words, that the controller itself may not list a kind; and it
// tells when it may.
func TestRightsOfTheController(t *testing.T) {
	config := rest.CopyConfig(server.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "weak"}
	role := func(name, group, resource string, verbs ...string) {
		r := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Rules:      []rbacv1.PolicyRule{{Verbs: verbs, APIGroups: []string{group}, Resources: []string{resource}}},
		}
		require.NoError(t, server.Client.Create(t.Context(), r))
		b := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
			Subjects:   []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "weak"}},
		}
		require.NoError(t, server.Client.Create(t.Context(), b))
		t.Cleanup(func() {
			assert.NoError(t, server.Client.Delete(withoutEnd(t.Context()), r))
			assert.NoError(t, server.Client.Delete(withoutEnd(t.Context()), b))
		})
	}
	role("weak-reviews", "authorization.k8s.io", "subjectaccessreviews", "create")
	role("weak-configmaps", "", "configmaps", "list", "watch")
	w := startWith(t, config)
	w.put("a", "1")
	r := w.reader("one")
	id := w.id("v1", "Secret", "none")

	before := time.Now()
	v := w.see(r, id, w.configMap("a"))
	assert.Less(t, time.Since(before), 3*time.Second)
	assert.Equal(t, []string{"ConfigMap/a"}, names(v))
	assert.Equal(t, []observe.Refusal{{
		ID: id, Reason: observe.Unavailable,
		Message: `watch secrets: secrets is forbidden: User "weak" cannot list resource "secrets" in API group "" at the cluster scope`,
	}}, v.Refusals())

	role("weak-secrets", "", "secrets", "list")
	w.eventually(func() bool {
		all := w.see(r, id).Refusals()
		return len(all) == 1 && all[0].Message == `watch secrets: secrets is forbidden: User "weak" cannot watch resource "secrets" in API group "" at the cluster scope`
	})
	role("weak-watch", "", "secrets", "watch")
	select {
	case told := <-w.Changes():
		assert.Equal(t, r.Instance, told)
	case <-time.After(time.Minute):
		assert.Fail(t, "not told that it may be read now")
	}
	v = w.see(r, id)
	assert.Equal(t, []manifest.ID{id}, v.Absent())
	assert.Empty(t, v.Refusals())
}
