// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
)

// fieldOwner is the manager of what people set by these commands.
const fieldOwner = client.FieldOwner("korender-live-cli")

// pollInterval is the time between two looks while waiting.
const pollInterval = 250 * time.Millisecond

// SuspendedError says that an instance runs only after it was resumed.
type SuspendedError struct{ Namespace, Name string }

func (e *SuspendedError) Error() string {
	return fmt.Sprintf("WorkflowInstance %s/%s is suspended", e.Namespace, e.Name)
}

// Request asks live to run an instance now; at goes into the request. It gives the token of the request. The error is a
// *SuspendedError when nothing would come of it.
func Request(ctx context.Context, c client.Client, namespace, name string, at time.Time) (string, error) {
	w, err := find(ctx, c, namespace, name)
	if err != nil {
		return "", err
	}
	if w.Spec.Suspend {
		return "", &SuspendedError{namespace, name}
	}
	token := at.UTC().Format(time.RFC3339Nano)
	return token, patch(ctx, c, w, map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{v1alpha1.ReconcileRequestAnnotation: token}},
	})
}

// Await waits until live has run the instance upon a request, and gives what the instance says then. The error is that of
// ctx or of the server.
func Await(ctx context.Context, c client.Reader, namespace, name, token string) (Instance, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		w, err := find(ctx, c, namespace, name)
		if err != nil {
			return Instance{}, err
		}
		if w.Status.LastHandledReconcileAt == token && w.Status.ObservedGeneration == w.Generation {
			return lineOf(w), nil
		}
		select {
		case <-ctx.Done():
			return Instance{}, fmt.Errorf("wait for the run of %s/%s: %w", namespace, name, ctx.Err())
		case <-tick.C:
		}
	}
}

// Suspend stops all runs of an instance, and tells whether that changed anything.
func Suspend(ctx context.Context, c client.Client, namespace, name string) (bool, error) {
	return setSuspend(ctx, c, namespace, name, true)
}

// Resume lets an instance run again, and tells whether that changed anything.
func Resume(ctx context.Context, c client.Client, namespace, name string) (bool, error) {
	return setSuspend(ctx, c, namespace, name, false)
}

func setSuspend(ctx context.Context, c client.Client, namespace, name string, suspend bool) (bool, error) {
	w, err := find(ctx, c, namespace, name)
	if err != nil || w.Spec.Suspend == suspend {
		return false, err
	}
	value := any(nil) // the field goes
	if suspend {
		value = true
	}
	return true, patch(ctx, c, w, map[string]any{"spec": map[string]any{"suspend": value}})
}

func patch(ctx context.Context, c client.Client, w *v1alpha1.WorkflowInstance, change map[string]any) error {
	text, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode the patch: %w", err)
	}
	if err := c.Patch(ctx, w, client.RawPatch(types.MergePatchType, text), fieldOwner); err != nil {
		return fmt.Errorf("patch WorkflowInstance %s/%s: %w", w.Namespace, w.Name, err)
	}
	return nil
}
