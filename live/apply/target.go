// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// serverFields are fields of metadata that nobody but the server sets.
var serverFields = []string{
	"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
	"managedFields", "selfLink",
}

// bodyOf is a new object to be applied: the target without nulls, without what only a server sets and without the marks
// of GitOps tools. mark, when it is given, is the instance that it is to belong to.
func bodyOf(id manifest.ID, target map[string]any, mark types.NamespacedName) map[string]any {
	body := plainMap(target)
	body["apiVersion"], body["kind"] = id.APIVersion, id.Kind
	metadata := metadataOf(body)
	if metadata == nil {
		metadata = map[string]any{}
		body["metadata"] = metadata
	}
	for _, name := range serverFields {
		delete(metadata, name)
	}
	metadata["name"] = id.Name
	if id.Namespace != "" {
		metadata["namespace"] = id.Namespace
	}
	drop(metadata, "annotations", append(slices.Clone(toolAnnotations), v1alpha1.InstanceAnnotation))
	drop(metadata, "labels", toolLabels)
	if mark.Name != "" {
		set(metadata, "annotations", v1alpha1.InstanceAnnotation, mark.String())
	}
	return body
}

// set puts a text into a map of metadata, which is made when it is not there.
func set(metadata map[string]any, field, key, text string) {
	m, _ := metadata[field].(map[string]any)
	if m == nil {
		m = map[string]any{}
		metadata[field] = m
	}
	m[key] = text
}

// drop takes keys out of a map of metadata, and the map as well when it had nothing else.
func drop(metadata map[string]any, field string, keys []string) {
	m, _ := metadata[field].(map[string]any)
	before := len(m)
	for _, key := range keys {
		delete(m, key)
	}
	if before > 0 && len(m) == 0 {
		delete(metadata, field)
	}
}

// plainMap is a deep copy that a Kubernetes client takes: no nulls in maps, no unsigned numbers.
func plainMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, v := range m {
		if v != nil {
			out[key] = plain(v)
		}
	}
	return out
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return plainMap(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case uint64:
		return int64(v) //nolint:gosec // JSON numbers of Kubernetes are signed; a larger one is refused by any server
	case int:
		return int64(v)
	}
	return v
}

// hashOf is the hash by which two targets of one object are told apart: that of git's targets, of the target as it is
// wanted, without nulls and without the note of what was applied last. It is "" when there is no target.
func hashOf(target map[string]any) (string, error) {
	if target == nil {
		return "", nil
	}
	wanted := target
	if annotation(target, lastApplied) != "" {
		metadata := maps.Clone(metadataOf(target))
		annotations, _ := metadata["annotations"].(map[string]any)
		metadata["annotations"] = maps.Clone(annotations)
		drop(metadata, "annotations", []string{lastApplied})
		wanted = maps.Clone(target)
		wanted["metadata"] = metadata
	}
	return render.TargetHash(plainMap(wanted))
}

// gone is a JSON merge patch that removes the keys which a target sets to null and an object still has; nil when there
// are none.
func gone(target, live map[string]any) map[string]any {
	var out map[string]any
	put := func(key string, v any) {
		if out == nil {
			out = map[string]any{}
		}
		out[key] = v
	}
	for key, v := range target {
		have, found := live[key]
		if v == nil {
			if found && have != nil {
				put(key, nil)
			}
			continue
		}
		inner, isMap := v.(map[string]any)
		below, alike := have.(map[string]any)
		if !isMap || !alike {
			continue
		}
		if part := gone(inner, below); part != nil {
			put(key, part)
		}
	}
	return out
}
