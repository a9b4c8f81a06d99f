// SPDX-License-Identifier: Apache-2.0

package change

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
)

// entry is an object of YAML that git applies; nil for none.
func entryIn(t *testing.T, text string, by Applier) *Entry {
	t.Helper()
	if text == "" {
		return nil
	}
	value := read(t, text)
	id, err := manifest.IDOf(value)
	require.NoError(t, err)
	return &Entry{id: id, value: value, applier: by}
}

const (
	deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
	service    = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
	claim      = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\n"
	configMap  = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	crd        = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
	role       = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n"
	binding    = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role, name: r}\n"
	namespace  = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
	digest     = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
)

func TestDangers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, after string
		want                []string // rule and path
	}{
		{"nothing dangerous", deployment + "spec: {replicas: 1}", deployment + "spec: {replicas: 3}", nil},
		{"a selector of Pods", deployment + "spec: {selector: {matchLabels: {a: b}}}", deployment + "spec: {selector: {matchLabels: {a: c}}}",
			[]string{"immutable-field spec.selector.matchLabels.a"}},
		{"a kind of that name of others", "apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: a}",
			"apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: b}", nil},
		{"no replicas", deployment + "spec: {replicas: 1}", deployment + "spec: {replicas: 0}", []string{"no-replicas spec.replicas"}},
		{"no replicas as before", deployment + "spec: {replicas: 0}", deployment + "spec: {replicas: 0, paused: true}", nil},
		{"a selector of a Service", service + "spec: {selector: {a: b}}", service + "spec: {selector: {a: c}}", []string{"selector spec.selector.a"}},
		{"the type of a Service", service + "spec: {ports: []}", service + "spec: {ports: [], type: NodePort}", []string{"service-type spec.type"}},
		{"the default type said", service + "spec: {ports: []}", service + "spec: {ports: [], type: ClusterIP}", nil},
		{"another address", service + "spec: {clusterIP: 10.0.0.1}", service + "spec: {clusterIP: 10.0.0.2}", []string{"immutable-field spec.clusterIP"}},
		{"a claim shrinks", claim + "spec: {resources: {requests: {storage: 1Gi}}}", claim + "spec: {resources: {requests: {storage: 1000M}}}",
			[]string{"volume-shrinks spec.resources.requests.storage"}},
		{"a claim grows", claim + "spec: {resources: {requests: {storage: 1024Mi}}}", claim + "spec: {resources: {requests: {storage: 1.5Gi}}}", nil},
		{"a claim goes", claim, "", []string{"removes-data "}},
		{"a claim stays behind", strings.Replace(claim, "{name: a}", `{name: a, annotations: {argocd.argoproj.io/sync-options: "Replace=true,Prune=false"}}`, 1), "",
			[]string{"stays-behind "}},
		{"a Namespace goes", namespace, "", []string{"removes-data "}},
		{"a ConfigMap goes", configMap, "", nil},
		{"immutable data", configMap + "immutable: true\ndata: {a: b}", configMap + "immutable: true\ndata: {a: c}", []string{"immutable-data data.a"}},
		{"a version of a CRD goes", crd + "spec: {versions: [{name: v1, served: true}, {name: v2, served: true}]}", crd + "spec: {versions: [{name: v2, served: true}]}",
			[]string{"crd-version spec.versions[name=v1]"}},
		{"a version is not served", crd + "spec: {versions: [{name: v1, served: true}]}", crd + "spec: {versions: [{name: v1, served: false}]}",
			[]string{"crd-version spec.versions[name=v1].served"}},
		{"a CRD changes its scope", crd + "spec: {scope: Cluster}", crd + "spec: {scope: Namespaced}", []string{"immutable-field spec.scope"}},
		{"more rights", role + `rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]`, role + `rules: [{apiGroups: ["", apps], resources: [pods], verbs: [get]}]`,
			[]string{"rbac-widens rules"}},
		{"rights by name, then for all", role + `rules: [{apiGroups: [""], resources: [pods], verbs: [get], resourceNames: [a]}]`,
			role + `rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]`, []string{"rbac-widens rules"}},
		{"the same rights, said otherwise", role + `rules: [{apiGroups: [""], resources: [pods], verbs: ["*"]}]`,
			role + `rules: [{apiGroups: [""], resources: [pods], verbs: [get]}, {apiGroups: [""], resources: [pods], verbs: [list]}]`, nil},
		{"a new role", "", role + `rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]`, []string{"rbac-new "}},
		{"a new role for everything", "", role + `rules: [{apiGroups: [""], resources: ["*"], verbs: [get]}]`, []string{"rbac-everything rules", "rbac-new "}},
		{"one subject more", binding + "subjects: [{kind: User, name: a}]", binding + "subjects: [{kind: User, name: b}, {kind: User, name: a}]",
			[]string{"rbac-widens subjects[0]"}},
		{"another role", binding, strings.Replace(binding, "name: r}", "name: q}", 1), []string{"immutable-field roleRef.name"}},
		{"an image by tag", deployment + "spec: {template: {spec: {containers: [{name: a, image: a:1}, {name: b, image: b:1}]}}}",
			deployment + "spec: {template: {spec: {containers: [{name: a, image: a:2}, {name: b, image: b:1}]}}}",
			[]string{"image-by-tag spec.template.spec.containers[name=a].image"}},
		{"an image by digest", deployment + "spec: {template: {spec: {containers: [{name: a, image: a:1}]}}}",
			deployment + "spec: {template: {spec: {containers: [{name: a, image: \"a:2" + digest + "\"}]}}}", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := compareOne(entryIn(t, test.before, Git), entryIn(t, test.after, Git), differ{}, Noise{})
			assert.Equal(t, test.want, said(t, &c))
		})
	}
}

// said lists rules and paths; every alarm says why and what to do.
func said(t *testing.T, c *Change) []string {
	t.Helper()
	var out []string
	for _, a := range dangersOf(c) {
		out = append(out, a.Rule+" "+a.Path)
		assert.NotEmpty(t, a.Why)
		assert.NotEmpty(t, a.Do)
	}
	return out
}

func TestDangersOfMoves(t *testing.T) {
	t.Parallel()
	marked := strings.Replace(configMap, "{name: a}", "{name: a, annotations: {korender.dev/rendered: x}}", 1)
	tests := []struct {
		name, before, after string
		from, to            Applier
		want                []string
	}{
		{"to live, with a mark", marked, configMap, Git, Live, []string{"left-to-live "}},
		{"to live, without", configMap, configMap, Git, Live, []string{"made-anew "}},
		{"to git, with a mark", configMap, marked, Live, Git, nil},
		{"to git, without", configMap, configMap, Live, Git, []string{"torn-down "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, changed := compareOne(entryIn(t, test.before, test.from), entryIn(t, test.after, test.to), differ{}, Noise{})
			assert.True(t, changed)
			assert.Equal(t, test.want, said(t, &c))
		})
	}
}

func TestQuantity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		less, more any
	}{
		{"1000m", "1.001"}, {"1Gi", "2G"}, {"999M", "1G"}, {int64(3), "4"}, {"1e3", "1Ki"}, {0.5, "501m"},
	}
	for _, test := range tests {
		a, ok := quantity(test.less)
		require.True(t, ok)
		b, ok := quantity(test.more)
		require.True(t, ok)
		assert.Negative(t, a.Cmp(b), "%v is less than %v", test.less, test.more)
	}
	for _, bad := range []any{"", "big", nil, "1..2", "1Zi", true} {
		_, ok := quantity(bad)
		assert.False(t, ok, "%v is no quantity", bad)
	}
}
