// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
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

// triggerTries is how often the status of a trigger is written when others write to it meanwhile.
const triggerTries = 3

// writeTrigger writes conditions and state into the status of a trigger that was live when it was read. It returns it as
// written, nil when there was nothing to write. A merge patch replaces the whole list of conditions, those of others too, so
// it holds only for what was read.
func writeTrigger(ctx context.Context, c client.Client, run *status.Run, live map[string]any) (*unstructured.Unstructured, error) {
	o := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(live)}
	for try := 1; ; try++ {
		old, _ := o.Object["status"].(map[string]any)
		patch := status.OfTrigger(*run, old)
		if patch == nil {
			return nil, nil // somebody has written just that
		}
		body := map[string]any{"status": patch}
		if _, list := patch["conditions"]; list {
			body["metadata"] = map[string]any{"resourceVersion": o.GetResourceVersion()}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the status: %w", err)
		}
		if err = patchTrigger(ctx, c, o, text); !apierrors.IsConflict(err) || try == triggerTries {
			return o, err
		}
		if err := c.Get(ctx, client.ObjectKeyFromObject(o), o); err != nil {
			return nil, client.IgnoreNotFound(err)
		}
	}
}

// patchTrigger patches the status subresource, or, where a kind has none, the object.
func patchTrigger(ctx context.Context, c client.Client, o *unstructured.Unstructured, text []byte) error {
	patch := client.RawPatch(types.MergePatchType, text)
	err := c.Status().Patch(ctx, o, patch, client.FieldOwner(apply.Manager))
	if apierrors.IsNotFound(err) {
		err = c.Patch(ctx, o, patch, client.FieldOwner(apply.Manager))
	}
	return client.IgnoreNotFound(err)
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
