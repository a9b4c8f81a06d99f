// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
	"github.com/korender/korender/render"
)

// kustomization is what we use of one.
type kustomization struct {
	metav1.TypeMeta `json:",inline"`
	Resources       []string `json:"resources"`
}

// kinds says what each kind is decoded into.
var kinds = map[string]func() any{
	"ServiceAccount":           func() any { return &corev1.ServiceAccount{} },
	"Service":                  func() any { return &corev1.Service{} },
	"ClusterRole":              func() any { return &rbacv1.ClusterRole{} },
	"ClusterRoleBinding":       func() any { return &rbacv1.ClusterRoleBinding{} },
	"Role":                     func() any { return &rbacv1.Role{} },
	"RoleBinding":              func() any { return &rbacv1.RoleBinding{} },
	"Deployment":               func() any { return &appsv1.Deployment{} },
	"NetworkPolicy":            func() any { return &networkingv1.NetworkPolicy{} },
	"CustomResourceDefinition": func() any { return &apiextensionsv1.CustomResourceDefinition{} },
	"Kustomization":            func() any { return &kustomization{} },
}

// documents decodes every document of a file; a field that its kind does not have is an error.
func documents(t *testing.T, file string) []any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []any
	for _, doc := range strings.Split("\n"+string(text), "\n---\n") {
		var head metav1.TypeMeta
		require.NoError(t, yaml.Unmarshal([]byte(doc), &head), file)
		if head.Kind == "" { // a comment alone
			continue
		}
		empty, known := kinds[head.Kind]
		require.True(t, known, "%s: kind %s", file, head.Kind)
		o := empty()
		require.NoError(t, yaml.UnmarshalStrict([]byte(doc), o), "%s: %s", file, head.Kind)
		out = append(out, o)
	}
	return out
}

// first is the first object of a type in a file.
func first[T any](t *testing.T, file string) T {
	t.Helper()
	for _, o := range documents(t, file) {
		if typed, ok := o.(T); ok {
			return typed
		}
	}
	var none T
	require.Failf(t, "not found", "%T in %s", none, file)
	return none
}

func TestEveryFileIsUsedAndDecodes(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	more, err := filepath.Glob("*/*.yaml")
	require.NoError(t, err)
	files = append(files, more...)
	require.Len(t, files, 8)
	for _, file := range files {
		for _, o := range documents(t, file) {
			if k, ok := o.(*kustomization); ok {
				used[file] = true
				for _, name := range k.Resources {
					used[filepath.Join(filepath.Dir(file), name)] = true
				}
			}
		}
	}
	for _, file := range files {
		assert.True(t, used[file], "%s is in no kustomization", file)
	}
}

// TestRights holds the rules to what the code asks for; who needs more has to say why, here and there.
func TestRights(t *testing.T) {
	t.Parallel()
	const own, sources = "korender.dev", "source.toolkit.fluxcd.io"
	assert.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{own}, Resources: []string{"renderedartifacts"}, Verbs: []string{"get", "list", "watch", "patch"}},
		{APIGroups: []string{own}, Resources: []string{"renderedartifacts/status"}, Verbs: []string{"patch"}},
		{APIGroups: []string{own}, Resources: []string{"renderedartifacts/finalizers"}, Verbs: []string{"update"}},
		{APIGroups: []string{sources}, Resources: []string{"gitrepositories", "ocirepositories", "buckets"}, Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{sources}, Resources: []string{"externalartifacts"}, Verbs: []string{"get", "list", "watch", "create", "patch", "delete"}},
		{APIGroups: []string{sources}, Resources: []string{"externalartifacts/status"}, Verbs: []string{"patch"}},
		{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}, Verbs: []string{"create"}},
		{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create", "patch"}},
	}, first[*rbacv1.ClusterRole](t, filepath.Join("rbac", "rbac.yaml")).Rules)
}

// TestEveryRuleSaysWhy: each verb of a rule is explained in the comment above it.
func TestEveryRuleSaysWhy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("rbac", "rbac.yaml"))
	require.NoError(t, err)
	rule := regexp.MustCompile(`(?m)((?:^  # .*\n)*)^  - apiGroups: .*\n    resources: (.*)\n    verbs: \[(.*)\]\n`)
	found := rule.FindAllStringSubmatch(string(text), -1)
	require.Len(t, found, 11)
	for _, m := range found {
		for _, verb := range strings.Split(m[3], ", ") {
			assert.Contains(t, m[1], verb, "%s %s", verb, m[2])
		}
	}
}

// TestDeployment: one pod at a time, restricted, that is ready when it serves, at the address that it advertises.
func TestDeployment(t *testing.T) {
	t.Parallel()
	d, service := first[*appsv1.Deployment](t, "deployment.yaml"), first[*corev1.Service](t, "service.yaml")
	assert.Equal(t, appsv1.RecreateDeploymentStrategyType, d.Spec.Strategy.Type)
	pod := d.Spec.Template.Spec
	yes, no, user := true, false, int64(65532)
	assert.Equal(t, &corev1.PodSecurityContext{
		RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}, pod.SecurityContext)
	require.Len(t, pod.Containers, 1)
	c := pod.Containers[0]
	assert.Equal(t, &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}, c.SecurityContext)
	assert.Contains(t, c.Args, "--controllers=flux")
	assert.Contains(t, c.Args, "--storage-adv-addr="+service.Name+".$(RUNTIME_NAMESPACE).svc.cluster.local.")
	assert.Equal(t, service.Spec.Ports[0].TargetPort, c.ReadinessProbe.HTTPGet.Port, "readiness is that it serves")
	assert.Equal(t, d.Spec.Template.Labels, service.Spec.Selector)
	assert.Equal(t, d.Spec.Template.Labels, first[*networkingv1.NetworkPolicy](t, "networkpolicy.yaml").Spec.PodSelector.MatchLabels)
	mounts := map[string]string{}
	for _, m := range c.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	assert.Equal(t, map[string]string{"data": "/data", "tmp": "/tmp"}, mounts)
}

// TestSettingsAreThoseOfRender: spec.render has the fields of kind Render, all of them and no others.
func TestSettingsAreThoseOfRender(t *testing.T) {
	t.Parallel()
	crd := first[*apiextensionsv1.CustomResourceDefinition](t, filepath.Join("crd", "korender.dev_renderedartifacts.yaml"))
	require.Len(t, crd.Spec.Versions, 1)
	assert.Equal(t, v1alpha1.GroupVersion.Version, crd.Spec.Versions[0].Name)
	assert.NotNil(t, crd.Spec.Versions[0].Subresources.Status)
	text, err := render.Schema()
	require.NoError(t, err)
	var schema struct {
		Properties map[string]node `json:"properties"`
	}
	require.NoError(t, yaml.Unmarshal(text, &schema))
	delete(schema.Properties, "apiVersion")
	delete(schema.Properties, "kind")
	delete(schema.Properties, "metadata")
	spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	ours := names(spec.Properties["render"])
	assert.Equal(t, node{Properties: schema.Properties}.names(), ours)
}

// node is what we read of a JSON Schema.
type node struct {
	Properties map[string]node `json:"properties"`
}

// names are the paths of all properties.
func (n node) names() map[string]bool {
	out := map[string]bool{}
	for name, below := range n.Properties {
		out[name] = true
		for inner := range below.names() {
			out[name+"."+inner] = true
		}
	}
	return out
}

func names(s apiextensionsv1.JSONSchemaProps) map[string]bool {
	out := map[string]bool{}
	for name, below := range s.Properties {
		out[name] = true
		for inner := range names(below) {
			out[name+"."+inner] = true
		}
	}
	return out
}
