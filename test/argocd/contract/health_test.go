// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/v2/common"
	"github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v2/util/lua"
	"github.com/argoproj/argo-cd/v2/util/settings"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// overrides reads an argocd-cm with Argo CD's own settings.
func overrides(t *testing.T, data map[string]string) map[string]v1alpha1.ResourceOverride {
	t.Helper()
	client := fake.NewClientset(
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: common.ArgoCDConfigMapName, Namespace: "argocd", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
		}, Data: data},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Name: common.ArgoCDSecretName, Namespace: "argocd", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
		}},
	)
	out, err := settings.NewSettingsManager(t.Context(), client, "argocd").GetResourceOverrides()
	require.NoError(t, err)
	return out
}

// installedData is the data that installing adds to argocd-cm.
func installedData(t *testing.T) map[string]string {
	t.Helper()
	out, errs, err := korender(t, t.TempDir(), nil, "argocd", "install", "--image", "registry.example.com/korender-argocd:v1", "-o", "helm")
	require.NoError(t, err, errs)
	var values struct {
		Configs struct {
			CM map[string]string `json:"cm"`
		} `json:"configs"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(out), &values))
	require.Len(t, values.Configs.CM, 2)
	return values.Configs.CM
}

// TestDifferences holds what is installed to Argo CD's settings: of every kind, what korender-live writes is ignored.
func TestDifferences(t *testing.T) {
	t.Parallel()
	assert.Equal(t, v1alpha1.OverrideIgnoreDiff{ManagedFieldsManagers: []string{"korender-live"}}, overrides(t, installedData(t))["*/*"].IgnoreDifferences)
}

func condition(kind, status, reason, message string) any {
	return map[string]any{"type": kind, "status": status, "reason": reason, "message": message}
}

// TestHealth runs the health script that is installed with Argo CD's own engine, on the statuses of every stage in the
// life of an instance.
func TestHealth(t *testing.T) {
	t.Parallel()
	const newest = 3
	vm := lua.VM{ResourceOverrides: overrides(t, installedData(t))}
	tests := map[string]struct {
		spec       map[string]any
		observed   int64
		conditions []any
		ending     bool
		want       health.HealthStatus
	}{
		"just applied": {want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "waiting for korender-live to run it: is it installed in this cluster?"}},
		"conditions of somebody else only": {
			observed: newest, conditions: []any{condition("Migrated", "Unknown", "Wait", "x")},
			want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "waiting for korender-live to run it: is it installed in this cluster?"},
		},
		"suspended": {
			spec: map[string]any{"suspend": true}, observed: newest, conditions: []any{condition("Ready", "True", "Ready", "all is well")},
			want: health.HealthStatus{Status: health.HealthStatusSuspended, Message: "runs are suspended (spec.suspend)"},
		},
		"an older generation": {
			observed: newest - 1, conditions: []any{condition("Ready", "True", "Ready", "all is well")},
			want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "waiting for korender-live to run the newest version of it"},
		},
		"waiting": {
			observed: newest, conditions: []any{
				condition("Ready", "Unknown", "Wait", "migration shop-migrate is running Waiting: migration (Job/prod/shop-migrate)."),
				condition("Reconciling", "True", "Progressing", "x"), condition("Migrated", "Unknown", "Wait", "y"),
			},
			want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "migration shop-migrate is running Waiting: migration (Job/prod/shop-migrate)."},
		},
		"waiting without a word": {
			observed: newest, conditions: []any{condition("Ready", "Unknown", "DepSkip", "")},
			want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "DepSkip"},
		},
		"ready": {
			observed: newest, conditions: []any{condition("Ready", "True", "Ready", "all is well"), condition("Migrated", "True", "Ready", "y")},
			want: health.HealthStatus{Status: health.HealthStatusHealthy, Message: "all is well"},
		},
		"skipped": {
			observed: newest, conditions: []any{condition("Ready", "True", "Skip", "nothing to do")},
			want: health.HealthStatus{Status: health.HealthStatusHealthy, Message: "nothing to do"},
		},
		"no rights": {
			observed: newest, conditions: []any{condition("Ready", "False", "AccessDenied", "may not get Secret/prod/s"), condition("Reconciling", "True", "ProgressingWithRetry", "x")},
			want: health.HealthStatus{Status: health.HealthStatusDegraded, Message: "may not get Secret/prod/s"},
		},
		"a server that does not answer": {
			observed: newest, conditions: []any{condition("Ready", "False", "ApplyFailed", "it did not answer"), condition("Reconciling", "True", "ProgressingWithRetry", "x")},
			want: health.HealthStatus{Status: health.HealthStatusProgressing, Message: "it did not answer"},
		},
		"stalled": {
			observed: newest, conditions: []any{condition("Ready", "False", "Failure", "migration failed"), condition("Stalled", "True", "Failure", "migration failed")},
			want: health.HealthStatus{Status: health.HealthStatusDegraded, Message: "migration failed"},
		},
		"stalled no more": {
			observed: newest, conditions: []any{condition("Ready", "True", "Ready", "all is well"), condition("Stalled", "False", "x", "x")},
			want: health.HealthStatus{Status: health.HealthStatusHealthy, Message: "all is well"},
		},
		"being torn down, though suspended": {
			spec: map[string]any{"suspend": true}, ending: true, observed: newest,
			conditions: []any{condition("Ready", "Unknown", "Terminating", "being torn down, in this order: Deployment/prod/shop")},
			want:       health.HealthStatus{Status: health.HealthStatusProgressing, Message: "being torn down, in this order: Deployment/prod/shop"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metadata := map[string]any{"name": "release-shop", "namespace": "prod", "generation": int64(newest)}
			if tt.ending {
				metadata["deletionTimestamp"] = "2026-01-02T03:04:05Z"
			}
			object := map[string]any{"apiVersion": "korender.dev/v1alpha1", "kind": "WorkflowInstance", "metadata": metadata, "spec": map[string]any{"workflow": "release"}}
			if tt.spec != nil {
				object["spec"] = tt.spec
			}
			if tt.conditions != nil {
				object["status"] = map[string]any{"observedGeneration": tt.observed, "conditions": tt.conditions}
			}
			u := &unstructured.Unstructured{Object: object}
			script, _, err := vm.GetHealthScript(u)
			require.NoError(t, err)
			got, err := vm.ExecuteHealthLua(u, script)
			require.NoError(t, err)
			assert.Equal(t, &tt.want, got)
		})
	}
}

// TestInstall builds Argo CD's own installation with the component over it, and says what has changed.
func TestInstall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	component, errs, err := korender(t, dir, nil, "argocd", "install", "--image", "registry.example.com/korender-argocd:v1")
	require.NoError(t, err, errs)
	plain := built(t, dir, "plain", "")
	with := built(t, dir, "with", component)
	inJSON, errs, err := korender(t, dir, nil, "argocd", "install", "--image", "registry.example.com/korender-argocd:v1", "-o", "json")
	require.NoError(t, err, errs)
	assert.Equal(t, with, built(t, dir, "json", inJSON))
	require.Equal(t, len(plain), len(with))
	var changed []string
	for i := range with {
		if !assert.Equal(t, plain[i].GetKind()+plain[i].GetName(), with[i].GetKind()+with[i].GetName()) || equal(plain[i], with[i]) {
			continue
		}
		changed = append(changed, with[i].GetKind()+"/"+with[i].GetName())
	}
	assert.Equal(t, []string{"ConfigMap/argocd-cm", "Deployment/argocd-repo-server"}, changed)

	data, _, err := unstructured.NestedStringMap(find(t, with, "argocd-cm", "ConfigMap").Object, "data")
	require.NoError(t, err)
	assert.Equal(t, installedData(t), data, "kustomize and helm install the same")
	deployment := find(t, with, "argocd-repo-server", "Deployment")
	containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	require.NoError(t, err)
	require.Len(t, containers, 2)
	volumes, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "volumes")
	require.NoError(t, err)
	named := map[string]bool{}
	for _, v := range volumes {
		name, _, _ := unstructured.NestedString(v.(map[string]any), "name")
		named[name] = true
	}
	for _, c := range containers {
		container := c.(map[string]any)
		mounts, _, _ := unstructured.NestedSlice(container, "volumeMounts")
		for _, m := range mounts {
			name, _, _ := unstructured.NestedString(m.(map[string]any), "name")
			assert.True(t, named[name], "the pod has no volume %s", name)
		}
		if container["name"] == "korender" {
			assert.Equal(t, []any{filepath.Join("/var/run/argocd", "argocd-cmp-server")}, container["command"])
			assert.Equal(t, "registry.example.com/korender-argocd:v1", container["image"])
		}
	}
}
