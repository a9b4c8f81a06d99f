// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"slices"
	"strings"
)

// Class is what kind of leaf a value is.
type Class uint8

// The classes of leaves. All but Plain have several texts for one value, of which a server stores its own.
const (
	Plain    Class = iota // stored as it is written; also everything that is no leaf
	Quantity              // 1000m is stored as "1"; so is the number 1
	Duration              // 90m is stored as "1h30m0s"
	Time                  // stored in UTC, to the second or microsecond
	Bytes                 // base64 is stored without line breaks
)

// Type is what a schema says of a value. A nil Type says nothing. Types are immutable, and may be recursive.
type Type struct {
	class    Class
	fields   []field // sorted by name
	values   *Type   // of the entries of a map that are not in fields
	items    *Type   // of a list
	nullable bool
	preset   any // the default; nil when there is none
}

type field struct {
	name string
	of   *Type
}

// Field is the Type of the entry of a map by key; nil when nothing is said of it.
func (t *Type) Field(key string) *Type {
	if t == nil {
		return nil
	}
	for i := range t.fields {
		if t.fields[i].name == key {
			return t.fields[i].of
		}
	}
	return t.values
}

// Item is the Type of the items of a list; nil when nothing is said of them.
func (t *Type) Item() *Type {
	if t == nil {
		return nil
	}
	return t.items
}

// Class is the class of a leaf.
func (t *Type) Class() Class {
	if t == nil {
		return Plain
	}
	return t.class
}

// Rewritten tells whether a server may store the value in another form than it was written in.
func (t *Type) Rewritten() bool { return t != nil && t.class != Plain }

// sorted puts fields in order, so that nothing depends on where they come from.
func sorted(fields []field) []field {
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields
}
