// SPDX-License-Identifier: Apache-2.0

// Package observe_test holds what live/observe promises to a real API server: which kinds are watched, who is told of
// what, whose rights count, and that nothing is left behind.
package observe_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/korender/korender/live/observe"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/test/live/plane"
)

var (
	server   *plane.Plane
	observer *rest.Config // of an account that may do everything; what the administrator reads is not logged
)

func TestMain(m *testing.M) {
	plane.Main(m, func(ctx context.Context, p *plane.Plane) (_ func() error, err error) {
		server = p
		observer, err = another(ctx, p)
		return nil, err
	})
}

// another makes an account that may do everything.
func another(ctx context.Context, p *plane.Plane) (*rest.Config, error) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "observer"}}
	rights := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: account.Namespace, Name: account.Name}},
	}
	for _, o := range []client.Object{account, rights} {
		if err := client.IgnoreAlreadyExists(p.Client.Create(ctx, o)); err != nil {
			return nil, err
		}
	}
	token := &authenticationv1.TokenRequest{}
	err := p.Client.SubResource("token").Create(ctx, account, token)
	config := rest.CopyConfig(p.Config)
	config.BearerToken = token.Status.Token
	return config, err
}

// world is a Cluster that runs for one test, and a namespace.
type world struct {
	*observe.Cluster
	t         *testing.T
	namespace string
	agent     string // under which its requests are logged
}

func start(t *testing.T) *world {
	t.Helper()
	return startWith(t, observer)
}

// startWith starts a Cluster that reads with the rights of a config, and ends it with the test.
func startWith(t *testing.T, config *rest.Config) *world {
	t.Helper()
	w := &world{t: t, namespace: server.Namespace(t), agent: t.Name()}
	config = rest.CopyConfig(config)
	config.UserAgent = w.agent
	transport, err := rest.HTTPClientFor(config)
	require.NoError(t, err)
	mapper, err := apiutil.NewDynamicRESTMapper(config, transport)
	require.NoError(t, err)
	w.Cluster, err = observe.New(config, mapper, observe.Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			assert.NoError(t, err)
		case <-time.After(10 * time.Second):
			assert.Fail(t, "the cluster does not stop")
		}
		if c, ok := transport.Transport.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	})
	return w
}

func (w *world) id(apiVersion, kind, name string) manifest.ID {
	return manifest.ID{APIVersion: apiVersion, Kind: kind, Namespace: w.namespace, Name: name}
}

func (w *world) configMap(name string) manifest.ID { return w.id("v1", "ConfigMap", name) }

func (w *world) instance(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: w.namespace, Name: name}
}

// allow makes a service account that may get these resources in the namespace; by name, unless there is none.
func (w *world) allow(account, resource string, names ...string) string {
	w.t.Helper()
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, GenerateName: account + "-"},
		Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{"*"}, Resources: []string{resource}, ResourceNames: names}},
	}
	require.NoError(w.t, server.Client.Create(w.t.Context(), role))
	require.NoError(w.t, server.Client.Create(w.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: w.namespace, Name: account}},
	}))
	return w.user(account)
}

func (w *world) user(account string) string {
	return "system:serviceaccount:" + w.namespace + ":" + account
}

// reader is an instance whose account, reader, may get everything in the namespace from the first call on.
func (w *world) reader(instance string) observe.Reader {
	w.t.Helper()
	if !server.Exists(w.t, "v1", "ServiceAccount", w.namespace, "reader") {
		require.NoError(w.t, server.Client.Create(w.t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "reader"}}))
		w.allow("reader", "*")
		w.eventually(func() bool {
			v := w.View(observe.Reader{Instance: w.instance("first"), Account: w.user("reader")})
			require.NoError(w.t, v.Fetch(w.t.Context(), []manifest.ID{w.configMap("kube-root-ca.crt")}))
			return len(v.Refusals()) == 0
		})
		w.Forget(w.instance("first"))
	}
	return observe.Reader{Instance: w.instance(instance), Account: w.user("reader")}
}

// see reads, and is done.
func (w *world) see(r observe.Reader, ids ...manifest.ID) *observe.View {
	w.t.Helper()
	v := w.View(r)
	require.NoError(w.t, v.Fetch(w.t.Context(), ids))
	v.Done()
	return v
}

// names are the objects that a view has found.
func names(v *observe.View) []string {
	out := []string{}
	for _, o := range v.Objects().All() {
		out = append(out, o.ID.Kind+"/"+o.ID.Name)
	}
	return out
}

// put makes or changes a ConfigMap, and returns it as the server has it.
func (w *world) put(name, value string) *unstructured.Unstructured {
	w.t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": w.namespace, "name": name},
		"data": map[string]any{"value": value},
	}}
	require.NoError(w.t, server.Apply(w.t.Context(), o))
	return server.Get(w.t, "v1", "ConfigMap", w.namespace, name)
}

// eventually waits for what must become true within some seconds.
func (w *world) eventually(is func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			require.Fail(w.t, "it does not become true")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// told lists who is told of changes, until nobody is for a moment.
func (w *world) told(moment time.Duration) []string {
	w.t.Helper()
	var out []string
	for {
		select {
		case instance := <-w.Changes():
			assert.Equal(w.t, w.namespace, instance.Namespace)
			out = append(out, instance.Name)
		case <-time.After(moment):
			return out
		}
	}
}

// requests lists what the cluster has asked of the server, but for reviews, as verb and object, each once.
func (w *world) requests() []string {
	w.t.Helper()
	all, err := server.Audit.Since(w.t.Context(), 0, func(r plane.Request) bool {
		return r.UserAgent == w.agent && r.Object.Resource != "" && !strings.Contains(r.Object.Resource, "subjectaccessreviews")
	})
	require.NoError(w.t, err)
	var out []string
	for _, r := range all {
		out = append(out, r.Verb+" "+r.Object.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// withoutEnd is for what a test does when it is over.
func withoutEnd(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func kind(group, version, name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: name}
}
