// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// built is Argo CD's own installation, as kustomize builds it, with a component over it if there is one.
func built(t *testing.T, dir, name, component string) []*unstructured.Unstructured {
	t.Helper()
	module, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v2").Output()
	require.NoError(t, err)
	install, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "manifests", "install.yaml"))
	require.NoError(t, err)
	folder := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "korender"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "install.yaml"), install, 0o600))
	text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [install.yaml]\n"
	if component != "" {
		text += "components: [korender]\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, "korender", "kustomization.yaml"), []byte(component), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600))
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	require.NoError(t, err)
	out, err := resources.AsYaml()
	require.NoError(t, err)
	objects, err := kube.SplitYAML(out)
	require.NoError(t, err)
	return objects
}

func equal(a, b *unstructured.Unstructured) bool { return reflect.DeepEqual(a.Object, b.Object) }

func find(t *testing.T, objects []*unstructured.Unstructured, name, kind string) *unstructured.Unstructured {
	t.Helper()
	for _, o := range objects {
		if o.GetName() == name && o.GetKind() == kind {
			return o
		}
	}
	require.Fail(t, "there is no "+kind+"/"+name)
	return nil
}
