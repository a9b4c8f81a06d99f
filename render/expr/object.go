// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// serverMetadata are the fields of metadata that only a server fills in.
var serverMetadata = []string{"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
	"deletionGracePeriodSeconds", "managedFields", "selfLink", "ownerReferences", "finalizers"}

// serverFields are the paths of serverMetadata.
var serverFields = func() []string {
	out := make([]string, len(serverMetadata))
	for i, name := range serverMetadata {
		out[i] = "metadata." + name
	}
	return out
}()

// final are the fields of a declared object that no server changes, and that are absent for good when absent.
var final = []string{"apiVersion", "kind", "metadata.name", "metadata.namespace"}

// openList is a list of maps or lists that lies inside an Object: a server may append to it.
type openList struct {
	items []any
	of    *Object // whose Path is that of the list
}

func (l *openList) wait() Wait { return l.of.wait("") }

// wait is the Wait for the field of o at a further path; a trigger's state lies in its status.
func (o *Object) wait(step string) Wait {
	if o.Trigger && o.Path == "" && step == ".state" {
		step = ".status.state"
	}
	return Wait{Step: o.Step, Object: o.ID, Path: joinPath(o.Path, step)}
}

// joinPath adds a step (".name", "[2]", `["a b"]` or "name") to a path.
func joinPath(path, step string) string {
	if path == "" {
		return strings.TrimPrefix(step, ".")
	}
	return path + step
}

// fieldPath is the path of the field key of what lies at path. It is asked for at every selection, so it makes no more
// than one new text.
func fieldPath(path, key string) string {
	switch {
	case !plainKey(key):
		return joinPath(path, keyStep(key))
	case path == "":
		return key
	default:
		return path + "." + key
	}
}

// keyStep is the text of selecting key: ".key", or ["key"] when key is no plain name.
func keyStep(key string) string {
	if !plainKey(key) {
		return "[" + strconv.Quote(key) + "]"
	}
	return "." + key
}

// plainKey tells whether a key reads well behind a dot: letters, digits, _ and - only.
func plainKey(key string) bool {
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return key != ""
}

// runtime tells whether a path lies where servers and controllers write.
func runtime(path string) bool {
	if under(path, "status") {
		return true
	}
	return strings.HasPrefix(path, "metadata.") && slices.ContainsFunc(serverFields, func(f string) bool { return under(path, f) })
}

func under(path, top string) bool {
	return strings.HasPrefix(path, top) && (len(path) == len(top) || path[len(top)] == '.' || path[len(top)] == '[')
}

// presence is what can be said of a field of an Object.
type presence uint8

const (
	present presence = iota
	absent           // for good: an error to read
	unknown          // nobody can tell yet
	waiting          // an observed object does not have it yet
)

// field looks key up. The value is set only when it is present, and wrapped so that its own fields keep their meaning.
func (o *Object) field(key string) (any, presence) {
	if o.Trigger && o.Path == "" && key == "state" {
		status, p := o.field("status")
		if p != present {
			return nil, p
		}
		if so, ok := status.(*Object); ok {
			return so.field("state")
		}
		return nil, absent
	}
	v, found := o.Value[key]
	path := fieldPath(o.Path, key)
	switch o.Mode {
	case Declared:
		switch {
		case slices.Contains(final, path):
			if !found {
				return nil, absent
			}
			return v, present
		case !found, runtime(path), o.mayChange(path, v):
			return nil, unknown
		}
	case Known:
		if runtime(path) {
			return nil, unknown
		}
		if !found {
			return nil, absent
		}
	case Observed:
		if !found {
			if runtime(path) {
				return nil, waiting
			}
			return nil, absent
		}
	}
	return o.wrap(v, path), present
}

// mayChange tells whether a server may store something else than the declared value: empty values are often dropped or
// defaulted, and a Secret's text moves between data and stringData.
func (o *Object) mayChange(path string, v any) bool {
	if o.ID.Kind == "Secret" && o.ID.Group() == "" && (under(path, "data") || under(path, "stringData")) {
		return true
	}
	return empty(v)
}

// mayVanish is v when it is the unknown value of a field of a declared object: it may turn out to be empty, and then
// nobody can tell whether the server keeps it. Else nil.
func (o *Object) mayVanish(key string, v any) *Unknown {
	u, _ := v.(*Unknown)
	if u == nil || o.Mode != Declared || slices.Contains(final, fieldPath(o.Path, key)) {
		return nil
	}
	return u
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int64:
		return v == 0
	case uint64:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// wrap gives a value that lies at path inside o the meaning that its place has.
func (o *Object) wrap(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		if !o.open(path) {
			return v
		}
		return o.at(v, path)
	case []any:
		if !o.open(path) {
			return v
		}
		return o.wrapList(v, path)
	}
	return v
}

func (o *Object) at(v map[string]any, path string) *Object {
	return &Object{Value: v, ID: o.ID, Step: o.Step, Mode: o.Mode, Path: path}
}

// open tells whether what lies at path may get fields that are not there: everything in a declared object, and of the
// others what servers write.
func (o *Object) open(path string) bool {
	return o.Mode == Declared || path == "metadata" || runtime(path)
}

// wrapList leaves a list of plain scalars alone, puts unknowns in the place of those that may change, and keeps a list
// that holds maps or lists open.
func (o *Object) wrapList(v []any, path string) any {
	changed := false
	for _, e := range v {
		switch e.(type) {
		case map[string]any, []any:
			return &openList{items: v, of: o.at(nil, path)}
		}
		changed = changed || o.Mode == Declared && empty(e)
	}
	if o.Mode != Declared {
		return &openList{items: v, of: o.at(nil, path)}
	}
	if !changed {
		return v
	}
	out := slices.Clone(v)
	for i, e := range v {
		if empty(e) {
			out[i] = NewUnknown(o.at(nil, path).wait("[" + strconv.Itoa(i) + "]"))
		}
	}
	return out
}

// item is the i-th item of the list; false when the list is not (yet) that long.
func (l *openList) item(i int) (any, bool) {
	if i < 0 || i >= len(l.items) {
		return nil, false
	}
	path := l.of.Path + "[" + strconv.Itoa(i) + "]"
	if l.of.Mode == Declared && empty(l.items[i]) {
		return NewUnknown(Wait{Step: l.of.Step, Object: l.of.ID, Path: path}), true
	}
	return l.of.wrap(l.items[i], path), true
}

// Error says what is waited for.
func (w *Waiting) Error() string {
	parts := make([]string, len(w.Waits))
	for i, x := range w.Waits {
		parts[i] = strings.TrimSpace(x.Object.String() + " " + x.Path)
	}
	return "waiting for " + strings.Join(parts, ", ")
}

// Error is the message, with the text that it is about.
func (e *Error) Error() string {
	if e.Source == "" {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.Source, e.Message)
}
