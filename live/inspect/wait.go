// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"strconv"
	"strings"

	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// field is a field of an object that a step waits for.
type field struct {
	id     manifest.ID
	path   string
	wanted any // nil: anything
}

// waits finds what a step waits for: what its expressions read and did not find, the assert that does not hold and the
// fields of the object that it reads, or what git and the object's controller have still to do.
func (v *view) waits(s *render.Step) (condition string, fields []field) {
	waits := s.Outcome.Waits
	if len(waits) == 0 {
		waits = s.Waits
	}
	for _, w := range waits {
		fields = append(fields, field{id: w.Object, path: w.Path})
	}
	if len(fields) > 0 || s.Outcome.Type == render.DepSkip {
		return "", fields
	}
	if condition, fields = v.asserted(s); condition != "" {
		return condition, fields
	}
	return "", v.unsettled(s)
}

// asserted is the postcondition that decided the outcome, which its place tells, and the fields of the object that it
// reads.
func (v *view) asserted(s *render.Step) (string, []field) {
	name, _ := strings.CutPrefix(s.Logic, "ResourceFunction/")
	f := v.program.ResourceFunctions[name]
	if f == nil || s.Object == nil {
		return "", nil
	}
	for _, c := range f.Postconditions {
		if c.Node.Pos() != s.Outcome.Pos {
			continue
		}
		var fields []field
		seen := map[string]bool{}
		for _, ref := range c.Assert.Refs() {
			if ref.Path[0] != "resource" {
				continue
			}
			path := pathOf(ref.Path[1:])
			if path == "" { // a function of the whole object asks for its conditions
				path = "status.conditions"
			}
			if !seen[path] {
				seen[path] = true
				fields = append(fields, field{id: *s.Object, path: path})
			}
		}
		return c.Assert.Text(), fields
	}
	return "", nil
}

// unsettled is what git, or the controller of the object, has still to do.
func (v *view) unsettled(s *render.Step) []field {
	if s.Object == nil || s.Outcome.Type != render.Retry {
		return nil
	}
	live, found := v.objects.Get(*s.Object)
	metadata, _ := live.Value["metadata"].(map[string]any)
	if a := v.appliedByGit(*s.Object); a != nil {
		annotations, _ := metadata["annotations"].(map[string]any)
		text, _ := annotations[render.RenderedHash].(string)
		if !found || !strings.Contains(text, a.Hash) {
			return []field{{*s.Object, pathOf([]string{"metadata", "annotations", render.RenderedHash}), a.Hash}}
		}
	}
	body, _ := live.Value["status"].(map[string]any)
	seen, said := body["observedGeneration"]
	if newest, known := metadata["generation"]; known && said && seen != newest {
		return []field{{*s.Object, "status.observedGeneration", newest}}
	}
	return nil
}

// wait looks up what is there now. Nothing of a Secret is shown.
func (v *view) wait(f field, secrets *status.Redactor) Wait {
	w := Wait{Object: f.id, Path: f.path, Wanted: f.wanted}
	live, found := v.objects.Get(f.id)
	switch {
	case !found && v.isAbsent(f.id):
		w.State = NoObject
		return w
	case !found:
		w.State = Unknown
		return w
	}
	value, there := at(live.Value, f.path)
	switch {
	case !there:
		w.State = Absent
	case f.path == "":
		w.State = Present
	case f.id.Kind == "Secret" && !strings.HasPrefix(f.path, "metadata."):
		w.State = Hidden
	default:
		w.State, w.Value = Present, secrets.Value(value)
	}
	return w
}

// pathOf is keys as the path of a field.
func pathOf(keys []string) string {
	var out strings.Builder
	for _, key := range keys {
		switch {
		case strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "":
			out.WriteString("[" + strconv.Quote(key) + "]")
		case out.Len() > 0:
			out.WriteString("." + key)
		default:
			out.WriteString(key)
		}
	}
	return out.String()
}

// at follows a path of a wait, like status.conditions[0]["a b"].c, through a JSON tree.
func at(value any, path string) (any, bool) {
	for path != "" {
		var key string
		var index bool
		if key, path, index = cut(path); index {
			list, _ := value.([]any)
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(list) {
				return nil, false
			}
			value = list[i]
			continue
		}
		m, _ := value.(map[string]any)
		next, found := m[key]
		if !found {
			return nil, false
		}
		value = next
	}
	return value, true
}

// cut takes the first key or index off a path that is not empty.
func cut(path string) (key, rest string, index bool) {
	switch {
	case strings.HasPrefix(path, `["`):
		quoted, err := strconv.QuotedPrefix(path[1:])
		if err != nil {
			return path, "", false
		}
		key, _ = strconv.Unquote(quoted) // it was found to be quoted
		return key, strings.TrimPrefix(strings.TrimPrefix(path[1+len(quoted):], "]"), "."), false
	case path[0] == '[':
		key, rest, _ = strings.Cut(path[1:], "]")
		return key, strings.TrimPrefix(rest, "."), true
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return path, "", false
	}
	return path[:end], strings.TrimPrefix(path[end:], "."), false
}
