// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/manifest"
)

// json converts a JSON text. Only its outermost kind is checked: the server, or the Workflow, sees to the rest.
func (s *shape) json(text string) (any, *wrong) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var out any
	err := decoder.Decode(&out)
	if err == nil && !errors.Is(decoder.Decode(new(any)), io.EOF) {
		err = errors.New("there is more than one value")
	}
	if err != nil {
		return nil, &wrong{must: fmt.Sprintf("must be %s as JSON: %s", s.wanted(), reason(err))}
	}
	_, list := out.([]any)
	_, entries := out.(map[string]any)
	if s.Type == "array" && !list || s.Type == "object" && !entries {
		return nil, &wrong{must: fmt.Sprintf("must be %s, not %s", s.wanted(), shown(text))}
	}
	return plain(out), nil
}

// plain turns the numbers of a decoded tree into those of a manifest.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n
		}
		f, _ := v.Float64() // the decoder has seen that it is a number
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return value
}

// at is the value at a path of a tree; nil when there is none.
func at(tree map[string]any, path []string) any {
	var value any = tree
	for _, key := range path {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// put is a tree with a value at a path; maps on the way are copied or made. A map is laid over a map that is there, key by
// key. It is false when something on the way is no map.
func put(tree map[string]any, path []string, value any) (map[string]any, bool) {
	out := maps.Clone(tree)
	if out == nil {
		out = map[string]any{}
	}
	key := path[0]
	below, isMap := out[key].(map[string]any)
	if len(path) == 1 {
		over, both := value.(map[string]any)
		if both && isMap {
			merged := maps.Clone(below)
			maps.Copy(merged, over)
			value = merged
		}
		out[key] = value
		return out, true
	}
	if out[key] != nil && !isMap {
		return nil, false
	}
	next, ok := put(below, path[1:], value)
	out[key] = next
	return out, ok
}

// textOf is a scalar as a string; other values as JSON.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := manifest.Canonical(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// textsOf are the items of a list as strings.
func textsOf(value any) []string {
	list, _ := value.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		out = append(out, textOf(item))
	}
	return out
}

// textMapOf are the entries of a map as strings.
func textMapOf(value any) map[string]string {
	m, _ := value.(map[string]any)
	out := make(map[string]string, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out[key] = textOf(m[key])
	}
	return out
}
