// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/schema"
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

// isFinal tells whether a field is one that no server changes, and that is absent for good when absent.
func isFinal(path, key string) bool {
	switch path {
	case "":
		return key == "apiVersion" || key == "kind"
	case "metadata":
		return key == "name" || key == "namespace"
	}
	return false
}

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

// isRuntime is runtime of the field key of what lies at path.
func isRuntime(path, key string) bool {
	switch path {
	case "":
		return key == "status"
	case "metadata":
		return slices.Contains(serverMetadata, key)
	}
	return runtime(path)
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
	if o.stateOfTrigger(key) {
		status, p := o.field("status")
		if p != present {
			return nil, p
		}
		if so, ok := status.(*Object); ok {
			return so.field("state")
		}
		return nil, absent
	}
	v, p := o.look(key)
	if p != present {
		return nil, p
	}
	switch v.(type) {
	case map[string]any, []any:
		return o.wrap(v, fieldPath(o.Path, key), o.Type.Field(key)), present
	}
	return v, present
}

func (o *Object) stateOfTrigger(key string) bool { return o.Trigger && o.Path == "" && key == "state" }

// look is field with the value as it is stored. It is asked at every selection, so it makes no text.
func (o *Object) look(key string) (any, presence) {
	v, found := o.Value[key]
	switch o.Mode {
	case Declared:
		switch {
		case isFinal(o.Path, key):
			if !found {
				return nil, absent
			}
		case !found, isRuntime(o.Path, key), o.mayChange(key, v):
			return nil, unknown
		}
	case Known:
		if isRuntime(o.Path, key) {
			return nil, unknown
		}
		if !found {
			return nil, absent
		}
	case Observed:
		if !found {
			if isRuntime(o.Path, key) {
				return nil, waiting
			}
			return nil, absent
		}
	}
	return v, present
}

// into makes part the open map that lies in the field key; false when there is none. It is field for those who need
// the map only to look into it.
func (o *Object) into(key string, part *Object) bool {
	v, p := o.look(key)
	m, ok := v.(map[string]any)
	if p != present || !ok || o.stateOfTrigger(key) {
		return false
	}
	path := fieldPath(o.Path, key)
	if !o.open(path) {
		return false
	}
	*part = Object{Value: m, ID: o.ID, Step: o.Step, Mode: o.Mode, Path: path, Type: o.Type.Field(key)}
	return true
}

// mayChange tells whether a server may store something else than the declared value of a field: empty values are often
// dropped or defaulted, a Secret's text moves between data and stringData, and quantities, times and bytes have several
// texts.
func (o *Object) mayChange(key string, v any) bool {
	return empty(v) || o.secretText(key) || o.Type != nil && o.Type.Field(key).Rewritten()
}

func (o *Object) secretText(key string) bool {
	if o.ID.Kind != "Secret" || o.ID.Group() != "" {
		return false
	}
	top := o.Path
	if top == "" {
		top = key
	}
	return under(top, "data") || under(top, "stringData")
}

// mayVanish is v when it is the unknown value of a field of a declared object: it may turn out to be empty, and then
// nobody can tell whether the server keeps it. Else nil.
func (o *Object) mayVanish(key string, v any) *Unknown {
	u, _ := v.(*Unknown)
	if u == nil || o.Mode != Declared || isFinal(o.Path, key) {
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

// wrap gives a value of a type that lies at path inside o the meaning that its place has.
func (o *Object) wrap(v any, path string, of *schema.Type) any {
	switch v := v.(type) {
	case map[string]any:
		if !o.open(path) {
			return v
		}
		return o.at(v, path, of)
	case []any:
		if !o.open(path) {
			return v
		}
		return o.wrapList(v, path, of)
	}
	return v
}

func (o *Object) at(v map[string]any, path string, of *schema.Type) *Object {
	return &Object{Value: v, ID: o.ID, Step: o.Step, Mode: o.Mode, Path: path, Type: of}
}

// open tells whether what lies at path may get fields that are not there: everything in a declared object, and of the
// others what servers write.
func (o *Object) open(path string) bool {
	return o.Mode == Declared || path == "metadata" || runtime(path)
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
