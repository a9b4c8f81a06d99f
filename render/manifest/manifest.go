// SPDX-License-Identifier: Apache-2.0

// Package manifest is the currency of the renderer: Kubernetes objects as plain Go values, their identities, and
// ordered sets of them, written as deterministic YAML or JSON. Same objects, same bytes. It evaluates nothing.
package manifest

// ID names one object. It is comparable, and so a map key. Group decides identity, version does not (Key).
type ID struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"` // empty: cluster scoped
	Name       string `json:"name"`
}

// Object is one manifest. Value is a JSON tree: nil, bool, int64, float64, string, []any, map[string]any; it is
// never changed once the Object exists, only replaced.
type Object struct {
	ID    ID
	Value map[string]any
	Raw   []byte // the exact bytes read, when the object passes through untouched; nil when Value is to be written
	From  Origin // where it came from, for messages
}

// Origin says who made an object: a place in a file (input) and, for a rendered one, the step that made it.
type Origin struct {
	File string
	Line int
	Step string // e.g. "web-app(WebApp/prod/shop): deployment[2].inner"; empty for input
}

// Set holds objects in the order in which they were added, at most one per identity (group, kind, namespace, name).
// The zero value is empty and ready. A copy shares its objects with the original: add to only one of them.
type Set struct {
	objects []Object
	index   map[Key]int
}
