// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"maps"
	"reflect"
	"strconv"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// identify evaluates name and namespace, and writes down which object this is about.
func (r *resourceRun) identify() (Outcome, bool) {
	api := &r.f.API
	name, out, ended := r.part(api.Name, "spec.apiConfig.name", "`spec.apiConfig.name` must be a non-empty string or an int")
	if ended {
		return out, true
	}
	r.name = name
	r.id = manifest.ID{APIVersion: api.APIVersion, Kind: api.Kind}
	r.id.Name, _ = name.(string)
	if api.Namespaced {
		namespace, out, ended := r.part(api.Namespace, "spec.apiConfig.namespace",
			"`namespace` is required when `spec.apiConfig.namespaced` is `true`")
		if ended {
			return out, true
		}
		r.namespace = namespace
		r.id.Namespace, _ = namespace.(string)
	}
	if len(r.unnamed) > 0 {
		return Outcome{}, false
	}
	id := r.id
	step := &r.e.steps[r.c.at]
	step.Object, step.Guest = &id, api.Readonly || api.DeleteIfExists || !r.f.Create.Enabled
	r.record = r.managed()
	return Outcome{}, false
}

// part evaluates a part of the identity: a non-empty string, or an int as its decimal text. One that is not known yet
// stays as it is.
func (r *resourceRun) part(b *program.Body, where, want string) (any, Outcome, bool) {
	v, err := b.Eval(r.e.ctx, r.vars)
	if err != nil {
		return nil, r.e.failed(err, r.c.place.part(":"+where)), true
	}
	switch t := v.(type) {
	case string:
		if t != "" {
			return v, Outcome{}, false
		}
	case int64:
		return strconv.FormatInt(t, 10), Outcome{}, false
	case uint64:
		return strconv.FormatUint(t, 10), Outcome{}, false
	}
	if waits := expr.WaitsOf(v); len(waits) > 0 {
		r.unnamed = mergeWaits(r.unnamed, waits)
		return expr.NewUnknown(waits...), Outcome{}, false
	}
	message := want
	if v != nil && v != "" {
		message += ", received " + expr.TypeName(v)
	}
	return nil, r.failure(message, where, b), true
}

// managed is the resource record of LANGUAGE 7.10.
func (r *resourceRun) managed() any {
	record := make(map[string]any, 7)
	record["apiVersion"], record["kind"], record["plural"] = r.id.APIVersion, r.id.Kind, r.f.API.Plural
	record["name"], record["readonly"], record["resourceFunction"] = r.id.Name, r.f.API.Readonly, r.f.Name
	if r.id.Namespace != "" {
		record["namespace"] = r.id.Namespace
	}
	return record
}

// identified is the target with the identity that apiConfig gives it. It is copied only where it says something else.
func (r *resourceRun) identified(target map[string]any) map[string]any {
	given := target["metadata"]
	switch given.(type) {
	case map[string]any, nil:
	default:
		given = (&finisher{keepNulls: true, keepDirectives: true}).only(given)
		if _, unknown := given.(*expr.Unknown); unknown {
			return r.typed(target, given) // it stays unknown; who the object is does not depend on it
		}
	}
	metadata, _ := given.(map[string]any)
	_, spaced := metadata["namespace"]
	if metadata != nil && metadata["name"] == r.name && spaced == r.f.API.Namespaced && metadata["namespace"] == r.namespace {
		return r.typed(target, given)
	}
	own := make(map[string]any, len(metadata)+2)
	maps.Copy(own, metadata)
	own["name"] = r.name
	delete(own, "namespace")
	if r.f.API.Namespaced {
		own["namespace"] = r.namespace
	}
	return r.typed(target, own)
}

// typed is the target with apiVersion, kind and the given metadata.
func (r *resourceRun) typed(target map[string]any, metadata any) map[string]any {
	api := &r.f.API
	if target["apiVersion"] == api.APIVersion && target["kind"] == api.Kind {
		if m, ok := metadata.(map[string]any); ok && sameMap(target["metadata"], m) {
			return target
		}
	}
	out := make(map[string]any, len(target)+3)
	maps.Copy(out, target)
	out["apiVersion"], out["kind"], out["metadata"] = api.APIVersion, api.Kind, metadata
	return out
}

// sameMap tells whether v is the very map m, and not a copy.
func sameMap(v any, m map[string]any) bool {
	other, ok := v.(map[string]any)
	return ok && reflect.ValueOf(other).UnsafePointer() == reflect.ValueOf(m).UnsafePointer()
}
