// SPDX-License-Identifier: Apache-2.0

package change

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Secrets knows the values of the Secrets of one side, as they are written and decoded, so that they can be recognised
// wherever they are copied to.
type Secrets struct{ values []string }

// minSecret is how long a value must be to be looked for in other objects: shorter ones stand everywhere by chance.
const minSecret = 6

// Learn notes the values of an object, if it is a Secret.
func (s *Secrets) Learn(o manifest.Object) {
	if !isSecret(o.ID) {
		return
	}
	for _, field := range []string{"data", "stringData"} {
		values, _ := o.Value[field].(map[string]any)
		for _, v := range values {
			text, ok := v.(string)
			if !ok {
				continue
			}
			s.note(text)
			if decoded, err := base64.StdEncoding.DecodeString(text); err == nil && field == "data" {
				s.note(string(decoded))
			} else if field == "stringData" {
				s.note(base64.StdEncoding.EncodeToString([]byte(text)))
			}
		}
	}
}

func (s *Secrets) note(value string) {
	if value = strings.TrimSpace(value); len(value) >= minSecret && !slices.Contains(s.values, value) {
		s.values = append(s.values, value)
	}
}

func isSecret(id manifest.ID) bool { return id.Kind == "Secret" && id.Group() == "" }

// hide is a value with everything opaque that is or holds the value of a Secret.
func (s *Secrets) hide(v any) any {
	switch v := v.(type) {
	case string:
		if slices.ContainsFunc(s.values, func(secret string) bool { return strings.Contains(v, secret) }) {
			return hidden(v)
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = s.hide(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = s.hide(inner)
		}
		return out
	}
	return v
}

// hideOwn is a Secret with all its values opaque, also those that are no text.
func hideOwn(value map[string]any) map[string]any {
	out := maps.Clone(value)
	for _, field := range []string{"data", "stringData"} {
		values, ok := value[field].(map[string]any)
		if !ok {
			if out[field] != nil {
				out[field] = hidden(value[field])
			}
			continue
		}
		covered := make(map[string]any, len(values))
		for k, v := range values {
			if _, unknown := v.(hole); unknown {
				covered[k] = v
				continue
			}
			covered[k] = hidden(v)
		}
		out[field] = covered
	}
	// kubectl's copy of the whole object
	if metadata, ok := out["metadata"].(map[string]any); ok {
		if annotations, ok := metadata["annotations"].(map[string]any); ok && annotations[lastApplied] != nil {
			out["metadata"] = replaced(metadata, "annotations", replaced(annotations, lastApplied, hidden(annotations[lastApplied])))
		}
	}
	return out
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

func replaced(m map[string]any, key string, v any) map[string]any {
	out := maps.Clone(m)
	out[key] = v
	return out
}

// hidden is an opaque value: equal values are equal, and nothing can be told from it.
func hidden(v any) any {
	text, err := manifest.Canonical(plain(v))
	if err != nil {
		return opaque{err.Error()}
	}
	return opaque{render.Digest(text)}
}
