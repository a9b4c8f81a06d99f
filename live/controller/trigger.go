// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render/manifest"
)

// triggerOf is the trigger of an instance as git has it.
func triggerOf(w *v1alpha1.WorkflowInstance) (manifest.Object, error) {
	var value map[string]any
	if err := json.Unmarshal(w.Spec.Trigger.Object.Raw, &value); err != nil {
		return manifest.Object{}, &status.StalledError{Reason: "InvalidTrigger", Message: fmt.Sprintf("spec.trigger.object: %v", err)}
	}
	metadata, _ := value["metadata"].(map[string]any)
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	id := manifest.ID{
		APIVersion: text(value, "apiVersion"), Kind: text(value, "kind"),
		Namespace: text(metadata, "namespace"), Name: text(metadata, "name"),
	}
	if id.APIVersion == "" || id.Kind == "" || id.Name == "" {
		return manifest.Object{}, &status.StalledError{
			Reason: "InvalidTrigger", Message: "spec.trigger.object needs apiVersion, kind and metadata.name: render and apply it again, unchanged",
		}
	}
	return manifest.Object{ID: id, Value: value}, nil
}

// consumed is what there is to observe of a trigger that has no life of its own: its server metadata and its status are
// those of the instance.
func consumed(w *v1alpha1.WorkflowInstance, trigger manifest.Object) (manifest.Object, error) {
	text, err := json.Marshal(w.Status)
	if err != nil {
		return manifest.Object{}, fmt.Errorf("encode the status: %w", err)
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		return manifest.Object{}, fmt.Errorf("decode the status: %w", err)
	}
	metadata := map[string]any{
		"name": trigger.ID.Name, "uid": string(w.UID), "generation": w.Generation,
		"creationTimestamp": w.CreationTimestamp.UTC().Format(time.RFC3339),
	}
	if trigger.ID.Namespace != "" {
		metadata["namespace"] = trigger.ID.Namespace
	}
	return manifest.Object{ID: trigger.ID, Value: map[string]any{
		"apiVersion": trigger.ID.APIVersion, "kind": trigger.ID.Kind, "metadata": metadata, "status": state,
	}}, nil
}

// asMap is a decoded JSON object; nil when there is none.
func asMap(raw []byte) map[string]any {
	if len(raw) == 0 {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return runtime.DeepCopyJSON(out)
}
