// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"strings"
)

// Key is what makes two objects the same object: the version of the API does not count.
type Key struct{ Group, Kind, Namespace, Name string }

// Group is the API group, "" for the core group.
func (id ID) Group() string {
	if i := strings.IndexByte(id.APIVersion, '/'); i >= 0 {
		return id.APIVersion[:i]
	}
	return ""
}

// Version is the API version without its group.
func (id ID) Version() string {
	return id.APIVersion[strings.IndexByte(id.APIVersion, '/')+1:]
}

// Key is the identity of the object.
func (id ID) Key() Key { return Key{id.Group(), id.Kind, id.Namespace, id.Name} }

// String is Kind/namespace/name, or Kind/name without a namespace.
func (id ID) String() string {
	if id.Namespace == "" {
		return id.Kind + "/" + id.Name
	}
	return id.Kind + "/" + id.Namespace + "/" + id.Name
}

// Compare orders IDs by group, kind, namespace, name and version.
func (id ID) Compare(o ID) int {
	return cmp.Or(strings.Compare(id.Group(), o.Group()), strings.Compare(id.Kind, o.Kind),
		strings.Compare(id.Namespace, o.Namespace), strings.Compare(id.Name, o.Name),
		strings.Compare(id.APIVersion, o.APIVersion))
}

// ParseID reads Kind/name, Kind/namespace/name, and the same with Kind.group. The version stays empty: a group is
// kept as "group/".
func ParseID(s string) (ID, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return ID{}, fmt.Errorf("%q is not Kind/name or Kind/namespace/name", s)
	}
	for _, p := range parts {
		if p == "" {
			return ID{}, fmt.Errorf("%q has an empty part; write Kind/name or Kind/namespace/name", s)
		}
	}
	id := ID{Kind: parts[0], Name: parts[len(parts)-1]}
	if kind, group, ok := strings.Cut(parts[0], "."); ok {
		id.Kind, id.APIVersion = kind, group+"/"
	}
	if len(parts) == 3 {
		id.Namespace = parts[1]
	}
	return id, nil
}

// IdentityError says which part of an object's identity is missing or of a wrong type.
type IdentityError struct {
	Path string // e.g. metadata.name
	Want string // what it must be
}

func (e *IdentityError) Error() string { return e.Path + " " + e.Want }

// IDOf reads the identity of an object. The error is an *IdentityError.
func IDOf(value map[string]any) (ID, error) {
	apiVersion, ok := value["apiVersion"].(string)
	if !ok || apiVersion == "" {
		return ID{}, &IdentityError{"apiVersion", "must be a non-empty string"}
	}
	kind, ok := value["kind"].(string)
	if !ok || kind == "" {
		return ID{}, &IdentityError{"kind", "must be a non-empty string"}
	}
	metadata, ok := value["metadata"].(map[string]any)
	if !ok {
		return ID{}, &IdentityError{"metadata", "must be a map with a name"}
	}
	name, ok := metadata["name"].(string)
	if !ok || name == "" {
		if _, generated := metadata["generateName"]; generated {
			return ID{}, &IdentityError{"metadata.generateName", "cannot be rendered: every object needs a fixed metadata.name"}
		}
		return ID{}, &IdentityError{"metadata.name", "must be a non-empty string"}
	}
	id := ID{APIVersion: apiVersion, Kind: kind, Name: name}
	switch ns := metadata["namespace"].(type) {
	case nil:
	case string:
		id.Namespace = ns
	default:
		return ID{}, &IdentityError{"metadata.namespace", "must be a string"}
	}
	return id, nil
}
