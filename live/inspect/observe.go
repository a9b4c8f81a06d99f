// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// maxRounds bounds how often an evaluation may ask for more objects.
const maxRounds = 200

// view is an instance with everything that its evaluation reads.
type view struct {
	instance *v1alpha1.WorkflowInstance
	trigger  manifest.Object
	program  *render.Program
	plan     *render.Plan
	objects  render.Objects
	absent   []manifest.ID
	refused  map[manifest.Key]string // why an object could not be read
}

// look evaluates an instance with what the user may read, as live would with what its account may read.
func look(ctx context.Context, c client.Reader, w *v1alpha1.WorkflowInstance) (*view, error) {
	v := &view{instance: w, refused: map[manifest.Key]string{}}
	if err := v.open(); err != nil {
		return nil, err
	}
	if err := v.fetchTrigger(ctx, c); err != nil {
		return nil, err
	}
	asked := map[manifest.Key]bool{v.trigger.ID.Key(): true}
	for range maxRounds {
		plan, err := render.Reconcile(ctx, v.program, v.reconciliation())
		if err != nil {
			return nil, fmt.Errorf("evaluate %s/%s: %w", w.Namespace, w.Name, err)
		}
		v.plan = plan
		fresh := false
		for _, id := range plan.Wants {
			if asked[id.Key()] {
				continue
			}
			asked[id.Key()], fresh = true, true
			if err := v.fetch(ctx, c, id); err != nil {
				return nil, err
			}
		}
		if !fresh {
			return v, nil
		}
	}
	return nil, fmt.Errorf("evaluate %s/%s: the Workflow asks for ever more objects", w.Namespace, w.Name)
}

// open reads what the instance itself holds.
func (v *view) open() error {
	spec := &v.instance.Spec
	text := []byte(spec.Program.Source)
	if found := render.Digest(text); found != spec.Program.Digest {
		return fmt.Errorf("spec.program of %s/%s has the digest %s, not %s", v.instance.Namespace, v.instance.Name, found, spec.Program.Digest)
	}
	program, err := render.CompileProgram("spec.program.source", text)
	if err != nil {
		return fmt.Errorf("compile spec.program: %w", err)
	}
	v.program = program
	var value map[string]any
	if err := utiljson.Unmarshal(spec.Trigger.Object.Raw, &value); err != nil {
		return fmt.Errorf("read spec.trigger.object: %w", err)
	}
	id, err := manifest.IDOf(value)
	if err != nil {
		return fmt.Errorf("read spec.trigger.object: %w", err)
	}
	v.trigger = manifest.Object{ID: id, Value: value}
	return nil
}

// fetchTrigger gets status and server metadata of the trigger: from the cluster, or, of one that exists only in the
// instance, from the instance.
func (v *view) fetchTrigger(ctx context.Context, c client.Reader) error {
	if v.instance.Spec.Trigger.Fate == v1alpha1.Emitted {
		return v.fetch(ctx, c, v.trigger.ID)
	}
	text, err := json.Marshal(v.instance.Status)
	if err != nil {
		return fmt.Errorf("read the status: %w", err)
	}
	var status map[string]any
	if err := utiljson.Unmarshal(text, &status); err != nil {
		return fmt.Errorf("read the status: %w", err)
	}
	metadata := map[string]any{
		"name": v.trigger.ID.Name, "uid": string(v.instance.UID), "generation": v.instance.Generation,
		"creationTimestamp": v.instance.CreationTimestamp.UTC().Format(time.RFC3339),
	}
	if v.trigger.ID.Namespace != "" {
		metadata["namespace"] = v.trigger.ID.Namespace
	}
	v.objects.Replace(manifest.Object{ID: v.trigger.ID, Value: map[string]any{
		"apiVersion": v.trigger.ID.APIVersion, "kind": v.trigger.ID.Kind, "metadata": metadata, "status": status,
	}})
	return nil
}

// fetch gets one object. An error is that of ctx; whatever else is in the way is noted.
func (v *view) fetch(ctx context.Context, c client.Reader, id manifest.ID) error {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(id.APIVersion)
	o.SetKind(id.Kind)
	err := c.Get(ctx, client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, o)
	switch {
	case err == nil:
		v.objects.Replace(manifest.Object{ID: id, Value: o.Object})
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("get %s: %w", id, err)
	case apierrors.IsNotFound(err):
		v.absent = append(v.absent, id)
	case apierrors.IsForbidden(err):
		v.refused[id.Key()] = "you may not get it"
	case meta.IsNoMatchError(err):
		v.refused[id.Key()] = "the cluster does not serve " + id.Kind + " of " + id.APIVersion
	default:
		v.refused[id.Key()] = "it cannot be read: " + string(apierrors.ReasonForError(err))
	}
	return nil
}

func (v *view) reconciliation() render.Reconciliation {
	r := render.Reconciliation{
		Workflow: v.instance.Spec.Workflow, Trigger: v.trigger, Owners: v.instance.Spec.OwnerReferences,
		Observed: render.Observed{Objects: v.objects, Absent: v.absent},
		Applied:  make(map[manifest.Key]render.AppliedByGit, len(v.instance.Spec.Applied)),
	}
	for i := range v.instance.Spec.Applied {
		a := &v.instance.Spec.Applied[i]
		r.Applied[idOf(&a.ObjectReference).Key()] = render.AppliedByGit{Hash: a.Hash, Consumed: a.Consumed}
	}
	return r
}

func idOf(o *v1alpha1.ObjectReference) manifest.ID {
	return manifest.ID{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}
}
