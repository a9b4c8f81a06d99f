// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// noVersion is a resourceVersion that no stored object has. A server-side apply that asks for it creates an object, or is
// refused with a conflict: it never writes to one that somebody else has made meanwhile.
const noVersion = "1"

// read gets an object as it is now; nil when it is not there.
func (r *run) read(ctx context.Context, id manifest.ID) (map[string]any, error) {
	o := object(id)
	err := r.c.Get(ctx, types.NamespacedName{Namespace: id.Namespace, Name: id.Name}, o)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) && !r.serves(id) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return o.Object, nil
}

// serves tells whether the cluster knows a kind in any version. When it does not, its objects went with it.
func (r *run) serves(id manifest.ID) bool {
	_, err := r.c.RESTMapper().RESTMapping(schema.GroupKind{Group: id.Group(), Kind: id.Kind})
	return !meta.IsNoMatchError(err)
}

// tries is how often a write is made that holds only for the object as it was read, when others write to it meanwhile.
const tries = 4

// afresh does what reads, decides and writes once more when the object has changed in between.
func afresh[T any](do func() (T, error)) (out T, err error) {
	for range tries {
		if out, err = do(); !apierrors.IsConflict(err) || conflicts(err) != "" {
			break
		}
	}
	return out, err
}

func object(id manifest.ID) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(id.APIVersion)
	o.SetKind(id.Kind)
	o.SetNamespace(id.Namespace)
	o.SetName(id.Name)
	return o
}

// body is what is applied for an action. Owner references are for what is destroyed with its owner.
func (r *run) body(a *render.Action, owned bool) map[string]any {
	var mark types.NamespacedName
	if owned {
		mark = r.self
	}
	body := bodyOf(a.ID, a.Target, mark)
	if policy, _ := policyOf(a, owned); policy == v1alpha1.PolicyAbandon {
		disinherit(body, r.Instance)
	}
	return body
}

// disinherit takes the references to an instance, and to its trigger, out of a body.
func disinherit(body map[string]any, instance *v1alpha1.WorkflowInstance) {
	metadata := metadataOf(body)
	list, _ := metadata["ownerReferences"].([]any)
	if len(list) == 0 {
		return
	}
	var trigger struct {
		Kind     string
		Metadata struct{ Name string }
	}
	_ = json.Unmarshal(instance.Spec.Trigger.Object.Raw, &trigger) // an empty one names nobody
	rest := slices.DeleteFunc(list, func(reference any) bool {
		m, _ := reference.(map[string]any)
		return m["uid"] == string(instance.UID) ||
			trigger.Kind != "" && m["kind"] == trigger.Kind && m["name"] == trigger.Metadata.Name
	})
	metadata["ownerReferences"] = rest
	if len(rest) == 0 {
		delete(metadata, "ownerReferences")
	}
}

// apply is a server-side apply of a whole body. It gives the object as the server returns it.
func (r *run) apply(ctx context.Context, body map[string]any, manager string, force bool) (map[string]any, error) {
	o := &unstructured.Unstructured{Object: body}
	opts := []client.ApplyOption{client.FieldOwner(manager)}
	if force {
		opts = append(opts, client.ForceOwnership)
	}
	if err := r.c.Apply(ctx, client.ApplyConfigurationFromUnstructured(o), opts...); err != nil {
		return nil, err
	}
	r.written(o)
	return o.Object, nil
}

// patch sends a JSON merge patch that holds only for the object as it was read: by its resourceVersion, and so by its
// uid. It gives the object as the server returns it.
func (r *run) patch(ctx context.Context, id manifest.ID, live, change map[string]any) (map[string]any, error) {
	metadata := metadataOf(change)
	if metadata == nil {
		metadata = map[string]any{}
		change["metadata"] = metadata
	}
	metadata["resourceVersion"] = versionOf(live)
	text, err := json.Marshal(change)
	if err != nil {
		return nil, err
	}
	o := object(id)
	if err := r.c.Patch(ctx, o, client.RawPatch(types.MergePatchType, text), client.FieldOwner(Manager)); err != nil {
		return nil, err
	}
	r.written(o)
	return o.Object, nil
}

// update applies an action to an object that is there: the uid in the body holds the server to this very object. Keys
// that the target sets to null are removed then.
// One that moves from an owner to another is held to the version that was read.
func (r *run) update(ctx context.Context, a *render.Action, live map[string]any, owned, moves bool) (map[string]any, error) {
	body := r.body(a, owned)
	metadataOf(body)["uid"] = string(uidOf(live))
	if note := annotation(live, lastApplied); note != "" && a.Verb == render.Leave && owns(live, Manager, "metadata", "annotations", lastApplied) {
		set(metadataOf(body), "annotations", lastApplied, note)
	}
	if moves {
		metadataOf(body)["resourceVersion"] = versionOf(live)
	}
	manager := managerFor(r.self)
	if owned {
		manager = Manager
	}
	return afresh(func() (map[string]any, error) {
		out, err := r.apply(ctx, plainMap(body), manager, owned)
		if err != nil {
			return nil, err
		}
		change := gone(a.Target, out)
		if change == nil {
			return out, nil
		}
		return r.patch(ctx, a.ID, out, change)
	})
}

// strip takes marks off an object, and the managed fields that drop tells, in one patch. Without anything to take, nothing
// is sent.
func (r *run) strip(ctx context.Context, id manifest.ID, live map[string]any, m marks, drop func(entry any) bool) error {
	metadata := map[string]any{}
	if len(m.annotations) > 0 || m.heir.Name != "" {
		annotations := nulls(m.annotations)
		if m.heir.Name != "" {
			annotations[v1alpha1.InstanceAnnotation] = m.heir.String()
		}
		metadata["annotations"] = annotations
	}
	if len(m.labels) > 0 {
		metadata["labels"] = nulls(m.labels)
	}
	if rest, changed := without(live, drop); changed {
		metadata["managedFields"] = rest
	}
	if len(metadata) == 0 {
		return nil
	}
	_, err := r.patch(ctx, id, live, map[string]any{"metadata": metadata})
	return err
}

func nulls(keys []string) map[string]any {
	out := make(map[string]any, len(keys))
	for _, key := range keys {
		out[key] = nil
	}
	return out
}

// letGo takes what is ours off an object: the mark, if it is ours, and our managed fields. Those that all instances
// share are ours when nobody else's mark is there. An heir, if it has a name, gets the mark: it answers for the object from
// now on, and owns its fields with its next run.
func (r *run) letGo(ctx context.Context, id manifest.ID, live map[string]any, heir types.NamespacedName) error {
	var m marks
	mark := markOf(live)
	switch {
	case mark != r.self:
	case heir.Name != "":
		m.heir = heir
	default:
		m.annotations = []string{v1alpha1.InstanceAnnotation}
	}
	mine := managerFor(r.self)
	return r.strip(ctx, id, live, m, func(entry any) bool {
		by := managerOf(entry)
		return by == mine || by == Manager && (mark == r.self || mark.Name == "")
	})
}

// delete asks the server to delete an object as it was read, in the background. It tells whether the object is gone; one
// with finalizers stays for a while.
func (r *run) delete(ctx context.Context, id manifest.ID, live map[string]any) (bool, error) {
	uid, version := uidOf(live), versionOf(live)
	err := r.c.Delete(ctx, object(id), client.PropagationPolicy("Background"),
		client.Preconditions{UID: &uid, ResourceVersion: &version})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, err
	}
	after, err := r.read(ctx, id)
	switch {
	case err != nil: // it was accepted; the next look tells
		return false, nil
	case after == nil || uidOf(after) != uid:
		r.removed(id, uid)
		return true, nil
	default:
		r.written(&unstructured.Unstructured{Object: after})
		return false, nil
	}
}

func (r *run) removed(id manifest.ID, uid types.UID) {
	r.result.Removed = append(r.result.Removed, Removed{ID: id, UID: uid})
}

// fail notes a failure, and when to try again.
func (r *run) fail(id manifest.ID, step, doing, what string, err error, least time.Duration) {
	h := r.record.of(id.Key())
	f := failed(id, doing, err, h.failures)
	f.After = max(f.After, least)
	c := Change{ID: id, Step: step, Verb: Failed, Message: f.Error(), Err: f}
	h.failedAt(r.Now, what, &c, f.After)
	r.result.Changes = append(r.result.Changes, c)
	r.again(f.After)
}
