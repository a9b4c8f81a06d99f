// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/korender/korender/render/manifest"
)

// lastAppliedKey is the annotation that keeps what was applied last, for x-koreo-compare-last-applied.
const lastAppliedKey = "koreo.dev/last-applied-configuration"

// isSecret tells whether the values of an object must stay out of texts and annotations.
func isSecret(id manifest.ID) bool { return id.Kind == "Secret" && id.Group() == "" }

// lastApplied reads what was applied last from a live object; nil when there is nothing, or nothing that can be read.
func lastApplied(live map[string]any) any {
	metadata, _ := live["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, _ := annotations[lastAppliedKey].(string)
	if text == "" {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return natural(v)
}

// natural turns json.Number into int64 or float64, in place.
func natural(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for key, e := range v {
			v[key] = natural(e)
		}
	case []any:
		for i, e := range v {
			v[i] = natural(e)
		}
	}
	return v
}

// withLastApplied adds the annotation that records body. raw is the target with its directives: of a Secret nothing is
// recorded but what x-koreo-compare-last-applied names.
func withLastApplied(body, raw map[string]any, secret bool) (map[string]any, error) {
	recorded := any(body)
	if secret {
		part, found := named(raw)
		if !found {
			return body, nil
		}
		recorded, _ = (&finisher{keepNulls: true}).value(part)
	}
	text, err := jsonText(recorded)
	if err != nil {
		return nil, err
	}
	metadata, _ := body["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	more := make(map[string]any, len(annotations)+1)
	maps.Copy(more, annotations)
	more[lastAppliedKey] = text
	return withMetadata(body, "annotations", more), nil
}

// named is the part of a target that x-koreo-compare-last-applied names, in its place; false when it names nothing.
func named(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if lists(v[byLastApplied], key) {
				out[key] = value
			} else if part, found := named(value); found {
				out[key] = part
			}
		}
		return out, len(out) > 0
	case []any:
		out := make([]any, len(v))
		some := false
		for i, value := range v {
			if part, found := named(value); found {
				out[i], some = part, true
			}
		}
		return out, some
	}
	return nil, false
}

// owns tells whether an object of this identity gets an owner reference: owner references are asked for, the trigger's
// uid is known, and both are in one namespace.
func (r *resourceRun) owns() bool {
	o := r.e.owner
	return r.e.opts.Owners && o != nil && r.f.API.Owned && r.id.Namespace != "" && r.id.Namespace == o.Namespace
}

// ownerMissing tells whether a live object lacks the owner reference that it should have.
func (r *resourceRun) ownerMissing(live map[string]any) bool {
	if !r.owns() {
		return false
	}
	metadata, _ := live["metadata"].(map[string]any)
	return !holdsOwner(metadata["ownerReferences"], r.e.owner.UID)
}

func holdsOwner(references any, uid string) bool {
	list, _ := references.([]any)
	for _, reference := range list {
		if m, _ := reference.(map[string]any); m["uid"] == uid {
			return true
		}
	}
	return false
}

// withOwner adds the trigger to the owner references of a target, once. References of others on the live object stay
// theirs: they are merged by uid when the target is applied.
func (r *resourceRun) withOwner(body map[string]any) map[string]any {
	if !r.owns() {
		return body
	}
	metadata, _ := body["metadata"].(map[string]any)
	if holdsOwner(metadata["ownerReferences"], r.e.owner.UID) {
		return body
	}
	own, _ := metadata["ownerReferences"].([]any)
	o := r.e.owner
	all := append(own[:len(own):len(own)], map[string]any{
		"apiVersion": o.APIVersion, "kind": o.Kind, "name": o.Name, "uid": o.UID,
		"blockOwnerDeletion": true, "controller": false,
	})
	return withMetadata(body, "ownerReferences", all)
}
