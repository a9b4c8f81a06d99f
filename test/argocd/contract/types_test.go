// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v2/cmpserver/plugin"
	"github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v2/reposerver/apiclient"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// korender runs the command in a folder with these variables and no others, and returns what it prints.
func korender(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, failed error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &errs
	failed = cmd.Run()
	return out.String(), errs.String(), failed
}

// TestPluginConfig reads our plugin.yaml with Argo CD's own loader.
func TestPluginConfig(t *testing.T) {
	t.Parallel()
	config, err := plugin.ReadPluginConfig(filepath.Join(top, "plugin/argocd"))
	require.NoError(t, err)
	assert.Equal(t, &plugin.PluginConfig{
		TypeMeta: metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "ConfigManagementPlugin"},
		Metadata: metav1.ObjectMeta{Name: "korender"},
		Spec: plugin.PluginConfigSpec{
			Generate: plugin.Command{Command: []string{"/korender", "argocd", "generate", "--libraries", "/libraries"}},
			Parameters: plugin.Parameters{
				Dynamic: plugin.Command{Command: []string{"/korender", "argocd", "parameters", "--libraries", "/libraries"}},
			},
		},
	}, config)
	assert.False(t, config.Spec.Discover.IsDefined(), "discovery costs every Application a copy of its repository")
}

// TestAnnouncements reads our announcements into Argo CD's type, strictly, and writes them again: nothing is lost.
func TestAnnouncements(t *testing.T) {
	t.Parallel()
	out, errs, err := korender(t, shop, []string{"ARGOCD_APP_SOURCE_PATH=sites/shop"}, "argocd", "parameters")
	require.NoError(t, err, errs)
	var announced []*apiclient.ParameterAnnouncement
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&announced))
	again, err := json.Marshal(announced)
	require.NoError(t, err)
	assert.JSONEq(t, out, string(again))
	assert.Greater(t, len(announced), 10)
}

// TestParameters hands parameters over as Argo CD writes them: of every form, and present but empty.
func TestParameters(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	tests := map[string]struct {
		parameters v1alpha1.ApplicationSourcePluginParameters
		want       map[string]any
	}{
		"none": {nil, map[string]any{"replicas": "2", "hosts": "www", "labels": "{}"}},
		"every form": {
			v1alpha1.ApplicationSourcePluginParameters{
				{Name: "spec.replicas", String_: text("5")},
				{Name: "spec.hosts", OptionalArray: &v1alpha1.OptionalArray{Array: []string{"a", "b"}}},
				{Name: "spec.labels", OptionalMap: &v1alpha1.OptionalMap{Map: map[string]string{"tier": "web"}}},
			},
			map[string]any{"replicas": "5", "hosts": "a b", "labels": `{"tier": "web"}`},
		},
		"present but empty": {
			v1alpha1.ApplicationSourcePluginParameters{
				{Name: "spec.replicas", String_: text("")},
				{Name: "spec.hosts", OptionalArray: &v1alpha1.OptionalArray{}},
				{Name: "spec.labels", OptionalMap: &v1alpha1.OptionalMap{}},
			},
			map[string]any{"replicas": "2", "hosts": "", "labels": "{}"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, err := tt.parameters.Environ()
			require.NoError(t, err)
			out, errs, err := korender(t, shop,
				append(env, "ARGOCD_APP_NAMESPACE=prod", "ARGOCD_APP_SOURCE_PATH=sites/shop"), "argocd", "generate")
			require.NoError(t, err, errs)
			var object map[string]any
			require.NoError(t, json.Unmarshal([]byte(out), &object))
			assert.Equal(t, tt.want, object["data"])
		})
	}
}

// TestReadable renders every example as YAML and for Argo CD: both hold the same objects.
func TestReadable(t *testing.T) {
	t.Parallel()
	for _, dir := range examples(t) {
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(top, "examples", dir)
			lines, errs, err := korender(t, folder, []string{"ARGOCD_APP_SOURCE_PATH=examples/" + filepath.ToSlash(dir)}, "argocd", "generate")
			require.NoError(t, err, errs)
			array, errs, err := korender(t, folder, nil, "render", ".", "--target", "argocd", "-o", "json")
			require.NoError(t, err, errs)
			joined := "[" + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", ",") + "]"
			assert.JSONEq(t, array, joined)
		})
	}
}

// examples are the folders below examples that render, relative to it.
func examples(t *testing.T) []string {
	t.Helper()
	var out []string
	root := filepath.Join(top, "examples")
	require.NoError(t, filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.Name() == "korender.yaml" {
			rel, failed := filepath.Rel(root, filepath.Dir(name))
			out, err = append(out, rel), failed
		}
		return err
	}))
	require.GreaterOrEqual(t, len(out), 12)
	return out
}
