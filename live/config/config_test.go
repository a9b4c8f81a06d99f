// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/korender/korender/live/api/v1alpha1"
)

// kustomization is what we use of one.
type kustomization struct {
	metav1.TypeMeta `json:",inline"`
	Resources       []string `json:"resources"`
	Patches         []struct {
		Path   string            `json:"path"`
		Target map[string]string `json:"target,omitempty"`
	} `json:"patches,omitempty"`
}

// kinds says what each kind is decoded into.
var kinds = map[string]func() any{
	"Namespace":                func() any { return &corev1.Namespace{} },
	"ServiceAccount":           func() any { return &corev1.ServiceAccount{} },
	"ClusterRole":              func() any { return &rbacv1.ClusterRole{} },
	"ClusterRoleBinding":       func() any { return &rbacv1.ClusterRoleBinding{} },
	"Role":                     func() any { return &rbacv1.Role{} },
	"RoleBinding":              func() any { return &rbacv1.RoleBinding{} },
	"Deployment":               func() any { return &appsv1.Deployment{} },
	"CustomResourceDefinition": func() any { return &apiextensionsv1.CustomResourceDefinition{} },
	"Kustomization":            func() any { return &kustomization{} },
	"Component":                func() any { return &kustomization{} },
}

// documents decodes every document of a file; a field that its kind does not have is an error.
func documents(t *testing.T, file string) []any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []any
	for _, doc := range strings.Split("\n"+string(text), "\n---\n") {
		doc = strings.Replace(doc, "\n$patch: delete\n", "\n", 1)
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

// one is the only object of a type in a file.
func one[T any](t *testing.T, file string) T {
	t.Helper()
	var found []T
	for _, o := range documents(t, file) {
		if typed, ok := o.(T); ok {
			found = append(found, typed)
		}
	}
	require.Len(t, found, 1, file)
	return found[0]
}

func TestEveryFileIsUsedAndDecodes(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	more, err := filepath.Glob("*/*.yaml")
	require.NoError(t, err)
	files = append(files, more...)
	for _, file := range files {
		for _, o := range documents(t, file) {
			k, ok := o.(*kustomization)
			if !ok {
				continue
			}
			used[file] = true
			for _, name := range k.Resources {
				used[filepath.Join(filepath.Dir(file), name)] = true
			}
			for _, p := range k.Patches {
				used[filepath.Join(filepath.Dir(file), p.Path)] = true
			}
		}
	}
	for _, file := range files {
		assert.True(t, used[file], "%s is in no kustomization", file)
		delete(used, file)
	}
	assert.Equal(t, map[string]bool{"crd": true, "rbac": true}, used, "folders that kustomizations name")
	assert.Len(t, files, 10)
}

// TestRights holds the rules to what the code asks for; who needs more has to say why, here and there.
func TestRights(t *testing.T) {
	t.Parallel()
	file := filepath.Join("rbac", "rbac.yaml")
	assert.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"korender.dev"}, Resources: []string{"workflowinstances"}, Verbs: []string{"get", "list", "watch", "patch"}},
		{APIGroups: []string{"korender.dev"}, Resources: []string{"workflowinstances/status"}, Verbs: []string{"patch"}},
		{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, Verbs: []string{"impersonate"}},
		{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}, Verbs: []string{"create"}},
		{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create", "patch"}},
		{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"list", "watch"}},
	}, one[*rbacv1.ClusterRole](t, file).Rules)
	assert.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "create", "update"}},
	}, one[*rbacv1.Role](t, file).Rules)

	account := one[*corev1.ServiceAccount](t, file)
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Name: account.Name, Namespace: account.Namespace}}
	cluster, own := one[*rbacv1.ClusterRoleBinding](t, file), one[*rbacv1.RoleBinding](t, file)
	assert.Equal(t, subjects, cluster.Subjects)
	assert.Equal(t, subjects, own.Subjects)
	assert.Equal(t, one[*rbacv1.ClusterRole](t, file).Name, cluster.RoleRef.Name)
	assert.Equal(t, one[*rbacv1.Role](t, file).Name, own.RoleRef.Name)
}

// TestEveryRuleSaysWhy: each verb of a rule is explained in the comment above it.
func TestEveryRuleSaysWhy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("rbac", "rbac.yaml"))
	require.NoError(t, err)
	rule := regexp.MustCompile(`(?m)((?:^  # .*\n)*)^  - apiGroups: .*\n    resources: (.*)\n    verbs: \[(.*)\]\n`)
	found := rule.FindAllStringSubmatch(string(text), -1)
	require.Len(t, found, 7)
	for _, m := range found {
		for _, verb := range strings.Split(m[3], ", ") {
			assert.Contains(t, m[1], verb, "%s %s", verb, m[2])
		}
	}
}

// TestPodsAreRestricted asks for what the standard for restricted pods does, and for a file system that is only read.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	own := one[*appsv1.Deployment](t, "deployment.yaml").Spec.Template.Spec
	sidecar := one[*appsv1.Deployment](t, filepath.Join("sidecar", "container.yaml")).Spec.Template.Spec
	yes, no, user := true, false, int64(65532)
	profile := &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}
	container := &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	require.Len(t, own.Containers, 1)
	assert.Equal(t, container, own.Containers[0].SecurityContext)
	assert.Equal(t, &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user, SeccompProfile: profile}, own.SecurityContext)

	alone := container.DeepCopy() // it cannot rely on the pod that it is put into
	alone.RunAsNonRoot, alone.RunAsUser, alone.RunAsGroup, alone.SeccompProfile = &yes, &user, &user, profile
	require.Len(t, sidecar.Containers, 1)
	assert.Equal(t, alone, sidecar.Containers[0].SecurityContext)
	assert.Equal(t, own.Containers[0].Env, sidecar.Containers[0].Env)
	assert.Equal(t, own.Containers[0].Resources, sidecar.Containers[0].Resources)
	assert.Equal(t, one[*corev1.ServiceAccount](t, filepath.Join("rbac", "rbac.yaml")).Name, own.ServiceAccountName)
}

func TestPortsAreThoseOfTheArguments(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][]string{
		"deployment.yaml":                          {"--metrics-addr=:8080", "--health-addr=:9440"},
		filepath.Join("sidecar", "container.yaml"): {"--metrics-addr=:18080", "--health-addr=:19440"},
	} {
		c := one[*appsv1.Deployment](t, file).Spec.Template.Spec.Containers[0]
		assert.Equal(t, append([]string{"--enable-leader-election"}, want...), c.Args, file)
		require.Len(t, c.Ports, 2, file)
		for i, flag := range []string{"--metrics-addr=:", "--health-addr=:"} {
			assert.Equal(t, c.Args[i+1], flag+strconv.Itoa(int(c.Ports[i].ContainerPort)), file)
		}
		assert.Equal(t, c.Ports[1].Name, c.LivenessProbe.HTTPGet.Port.StrVal, file)
	}
}

func TestDefinitionIsThatOfTheAPI(t *testing.T) {
	t.Parallel()
	crd := one[*apiextensionsv1.CustomResourceDefinition](t, filepath.Join("crd", "korender.dev_workflowinstances.yaml"))
	require.Len(t, crd.Spec.Versions, 1)
	v := crd.Spec.Versions[0]
	assert.Equal(t, v1alpha1.GroupVersion.Group, crd.Spec.Group)
	assert.Equal(t, v1alpha1.GroupVersion.Version, v.Name)
	assert.Equal(t, v1alpha1.Kind, crd.Spec.Names.Kind)
	assert.NotNil(t, v.Subresources.Status)
	var columns []string
	for _, c := range v.AdditionalPrinterColumns {
		columns = append(columns, c.Name)
	}
	assert.Equal(t, []string{"Workflow", "Ready", "Reason", "Steps", "Message", "Age"}, columns)
}
