// SPDX-License-Identifier: Apache-2.0

package converge

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/plane"
)

// played tells which kinds other systems answer for. Deployments, Jobs and Services have their real controllers, and
// ConfigMaps have none.
func played(o *unstructured.Unstructured) bool {
	return !slices.Contains([]string{"Deployment", "Job", "Service", "ConfigMap", "Tenant"}, o.GetKind())
}

// observed reads what a stage of an example observes.
func observed(t *testing.T, dir, stage string) []*unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "stages", stage, "observed.yaml"))
	require.NoError(t, err)
	objects, err := plane.Objects(text)
	require.NoError(t, err)
	return objects
}

// define makes the kinds of objects that the server does not have.
func define(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, o := range objects {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(o.GroupVersionKind())
		if err := server.Client.List(t.Context(), list, client.Limit(1)); err != nil {
			require.NoError(t, server.Define(t.Context(), o.GroupVersionKind()))
		}
	}
}

// play writes what other systems write in a stage: fields of the spec that they fill in or put into another form, the
// status, and objects that are theirs alone, such as Secrets.
func play(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, o := range objects {
		if !played(o) {
			continue
		}
		if o.GetKind() == "Secret" {
			create(t, o)
			continue
		}
		there := server.AwaitThere(t, o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName())
		spec := map[string]any{"spec": o.Object["spec"]}
		if labels := o.GetLabels(); len(labels) > 0 {
			spec["metadata"] = map[string]any{"labels": o.Object["metadata"].(map[string]any)["labels"]}
		}
		require.NoError(t, merge(t, there, spec))
		status, _ := o.Object["status"].(map[string]any)
		if _, told := status["observedGeneration"]; told {
			// As far behind as in the stage.
			seen, _, err := unstructured.NestedInt64(status, "observedGeneration")
			require.NoError(t, err)
			status["observedGeneration"] = there.GetGeneration() - o.GetGeneration() + seen
		}
		patch := mergePatch(t, map[string]any{"status": status})
		require.NoError(t, server.Client.Status().Patch(t.Context(), there, patch, client.FieldOwner("player")))
	}
}

func create(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	mine := o.DeepCopy()
	mine.SetUID("")
	err := server.Client.Create(t.Context(), mine, client.FieldOwner("player"))
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
}

func merge(t *testing.T, o *unstructured.Unstructured, patch map[string]any) error {
	t.Helper()
	return server.Client.Patch(t.Context(), o, mergePatch(t, patch), client.FieldOwner("player"))
}

func mergePatch(t *testing.T, patch map[string]any) client.Patch {
	t.Helper()
	text, err := json.Marshal(patch)
	require.NoError(t, err)
	return client.RawPatch(types.MergePatchType, text)
}
