// SPDX-License-Identifier: Apache-2.0

package expr

import "strings"

// fieldState is what is known of an optional field of a map-like value.
type fieldState struct {
	value  any
	found  bool
	waits  []Wait // not nil: nobody can tell yet
	truthy bool
}

// optional looks a field up for the reference functions; a value that is itself unknown counts as found.
func optional(m any, key string) (fieldState, error) {
	switch m := m.(type) {
	case *Object:
		return m.optional(key)
	case map[string]any:
		if v, found := m[key]; found {
			return foundField(v), nil
		}
		return fieldState{}, nil
	case *Unknown:
		return fieldState{waits: m.child(keyStep(key)).waits}, nil
	}
	return fieldState{}, nil
}

func (o *Object) optional(key string) (fieldState, error) {
	v, p := o.field(key)
	switch p {
	case present:
		if u := o.mayVanish(key, v); u != nil {
			return fieldState{waits: derived(u.waits).waits}, nil
		}
		return foundField(v), nil
	case unknown:
		return fieldState{waits: []Wait{o.wait(keyStep(key))}}, nil
	case waiting:
		return fieldState{}, &Waiting{Waits: []Wait{o.wait(keyStep(key))}}
	}
	return fieldState{}, nil
}

func foundField(v any) fieldState {
	s := fieldState{value: v, found: true, truthy: !empty(v)}
	if u, ok := v.(*Unknown); ok {
		s.waits = u.waits
	}
	return s
}

func needMap(v any, at *place) error {
	switch v.(type) {
	case map[string]any, *Object:
		return nil
	}
	return at.fail("needs a map, not %s", aType(v))
}

// refParts are the keys of a self_ref, and where they are found.
var refParts = []struct {
	key, path  string
	inMetadata bool
}{
	{"apiVersion", "apiVersion", false}, {"kind", "kind", false},
	{"name", "metadata.name", true}, {"namespace", "metadata.namespace", true},
}

// selfRef is the reference to a whole object. Unknown parts stay unknown leaves: they must be set for it to succeed.
func selfRef(_ *frame, at *place, args []any) (any, error) {
	if u, ok := args[0].(*Unknown); ok {
		return derived(u.waits), nil
	}
	if err := needMap(args[0], at); err != nil {
		return nil, err
	}
	metadata, err := metadataOf(args[0])
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(refParts))
	for _, part := range refParts {
		s, err := fieldState{}, error(nil)
		switch {
		case !part.inMetadata:
			s, err = optional(args[0], part.key)
		case metadata.waits != nil:
			s.waits = metadata.waits
		case metadata.open.Value != nil:
			s, err = metadata.open.optional(part.key)
		case metadata.value == nil:
			err = at.fail("Missing `metadata`.")
		default:
			s, err = optional(metadata.value, part.key)
		}
		switch {
		case err != nil:
			return nil, err
		case s.waits != nil && s.found:
			out[part.key] = s.value
		case s.waits != nil:
			out[part.key] = derived(s.waits)
		case !s.truthy:
			return nil, at.fail("Missing `%s`.", part.path)
		default:
			out[part.key] = s.value
		}
	}
	return out, nil
}

// metadataOf is the metadata of an object: open when it can get more fields, else a value, or what it waits for.
func metadataOf(object any) (m struct {
	open  Object
	value any
	waits []Wait
}, err error) {
	if o, ok := object.(*Object); ok && o.into("metadata", &m.open) {
		return m, nil
	}
	s, err := optional(object, "metadata")
	m.value, m.waits = s.value, s.waits
	return m, err
}

func toRef(_ *frame, at *place, args []any) (any, error) {
	return reference(at, args[0], []string{"apiVersion", "kind"})
}

func kindlessRef(_ *frame, at *place, args []any) (any, error) {
	return reference(at, args[0], nil)
}

// reference copies the set fields of lead, then external, or else name and namespace. When it cannot be told yet which
// keys the result has, the whole of it is unknown.
func reference(at *place, m any, lead []string) (any, error) {
	if u, ok := m.(*Unknown); ok {
		return derived(u.waits), nil
	}
	if err := needMap(m, at); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, key := range lead {
		if u, err := copySet(out, m, key, at); u != nil || err != nil {
			return orNil(u), err
		}
	}
	return finishReference(at, m, out)
}

// copySet copies a field if it is set; the unknown is that of a field of which nobody can tell.
func copySet(out map[string]any, m any, key string, at *place) (*Unknown, error) {
	s, err := optional(m, key)
	switch {
	case err != nil:
		return nil, err
	case s.waits != nil:
		return derived(s.waits), nil
	case s.truthy:
		out[key] = s.value
	}
	return nil, nil
}

func finishReference(at *place, m any, out map[string]any) (any, error) {
	external, err := optional(m, "external")
	switch {
	case err != nil:
		return nil, err
	case external.found && (external.waits != nil || external.truthy):
		out["external"] = external.value
		return out, nil
	case external.found:
		return nil, at.fail("`external` must contain a value.")
	case external.waits != nil:
		return derived(external.waits), nil
	}
	name, err := optional(m, "name")
	switch {
	case err != nil:
		return nil, err
	case name.found && (name.waits != nil || name.truthy):
		out["name"] = name.value
	case name.waits != nil:
		return derived(name.waits), nil
	case !name.found:
		return nil, at.fail("`external` or `name` are required to build a reference.")
	default:
		return nil, at.fail("`name` must contain a value.")
	}
	if u, err := copySet(out, m, "namespace", at); u != nil || err != nil {
		return orNil(u), err
	}
	return out, nil
}

func groupRef(_ *frame, at *place, args []any) (any, error) {
	m := args[0]
	if u, ok := m.(*Unknown); ok {
		return derived(u.waits), nil
	}
	if err := needMap(m, at); err != nil {
		return nil, err
	}
	out := map[string]any{}
	if u, err := copySet(out, m, "apiGroup", at); u != nil || err != nil {
		return orNil(u), err
	}
	if out["apiGroup"] == nil {
		version := map[string]any{}
		if u, err := copySet(version, m, "apiVersion", at); u != nil || err != nil {
			return orNil(u), err
		}
		if s, ok := version["apiVersion"].(string); ok {
			group, _, grouped := strings.Cut(s, "/")
			if !grouped {
				group = ""
			}
			out["apiGroup"] = group
		}
	}
	if u, err := copySet(out, m, "kind", at); u != nil || err != nil {
		return orNil(u), err
	}
	return finishReference(at, m, out)
}

// configConnectReady tells whether status.conditions has exactly one Ready item, and that one is up to date.
func configConnectReady(f *frame, at *place, args []any) (any, error) {
	if u, ok := args[0].(*Unknown); ok {
		return derived(u.waits), nil
	}
	if err := needMap(args[0], at); err != nil {
		return nil, err
	}
	var v any = args[0]
	for _, key := range []string{"status", "conditions"} {
		switch has := hasKey(v, key).(type) {
		case *Unknown:
			return derived(has.waits), nil
		case bool:
			if !has {
				return false, nil
			}
		}
		var err error
		if v, err = get(v, key, at); err != nil {
			return nil, err
		}
		if v == nil {
			return nil, at.fail("`%s` is null", key)
		}
	}
	if u, err := f.unknownIn(at, []any{v}); u != nil || err != nil {
		return orNil(u), err
	}
	items, _, ok := listView(v)
	if !ok {
		return nil, at.fail("`status.conditions` must be a list")
	}
	ready, good := 0, false
	for _, item := range items {
		if textAt(item, "type") == "Ready" {
			ready++
			good = textAt(item, "reason") == "UpToDate" && textAt(item, "status") == "True"
		}
	}
	return ready == 1 && good, nil
}

func textAt(m any, key string) string {
	var v any
	switch m := m.(type) {
	case map[string]any:
		v = m[key]
	case *Object:
		v = m.Value[key]
	}
	s, _ := v.(string)
	return s
}
