// SPDX-License-Identifier: Apache-2.0

package render

import (
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/schema"
)

// kinds is what is known of kinds: what Kubernetes says of its own, and the CustomResourceDefinitions of all layers of
// those that they define, the earlier layer first.
func (s *Sources) kinds() schema.Source {
	return schema.Join(schema.Builtin(), schema.CRDs(s.definedKinds...))
}

// takeKind keeps an object that defines a kind.
func (s *Sources) takeKind(value map[string]any) {
	if schema.IsCRD(value) {
		s.definedKinds = append(s.definedKinds, value)
	}
}

// completed is a trigger with the defaults that its CustomResourceDefinition gives it, as a Workflow in a cluster would
// see it. Its manifest stays as it was written; the WorkflowInstance takes the completed one, so that live sees the same.
func (r *rendering) completed(o manifest.Object) manifest.Object {
	if t := r.kinds.Kind(o.ID.APIVersion, o.ID.Kind); t != nil {
		o.Value = t.WithDefaults(o.Value)
	}
	return o
}
