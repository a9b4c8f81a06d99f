// SPDX-License-Identifier: Apache-2.0

// Package schema tells what a server makes of the fields of a kind. In come the API of Kubernetes itself, as a table
// that is part of this package, and the CustomResourceDefinitions of an input; out comes, for a kind, which of its
// leaves are stored in another form than they were written in, and which defaults fill what was left out. A schema is
// always optional: where there is none, less is known, and that is never an error. Nothing is read before it is asked
// for, so that a program that needs no schema does not pay for any.
//
// The table of built-in kinds, builtin.txt, is made by `make schema` from the OpenAPI v3 documents of a real
// kube-apiserver (the one in test/controlplane, whose version its first line names). It holds only what leads to
// such a leaf: a line for each kind and for each definition, with those of their fields that are quantities, times or
// bytes, or hold some further down.
//
// The leaves of custom kinds are stored as they were written, whatever their format says: a server checks them and
// does no more.
package schema

// Source knows kinds.
type Source interface {
	// Kind is the type of the objects of a kind; nil when the source says nothing of it. What was returned never changes.
	Kind(apiVersion, kind string) *Type
}

// Join is a Source that asks sources in turn: the first that says something of a kind is right. Sources may be nil.
func Join(sources ...Source) Source {
	var out joined
	for _, s := range sources {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

type joined []Source

// Kind is what the first source says of the kind.
func (j joined) Kind(apiVersion, kind string) *Type {
	for _, s := range j {
		if t := s.Kind(apiVersion, kind); t != nil {
			return t
		}
	}
	return nil
}
