// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"slices"
	"strings"
)

// String is "step: Kind/namespace/name.path".
func (w Wait) String() string {
	s := w.Step + ": " + w.Object.String()
	switch {
	case w.Path == "":
		return s
	case w.Path[0] == '[':
		return s + w.Path
	default:
		return s + "." + w.Path
	}
}

// NewUnknown is a value that waits for all of w. With one wait it stands for exactly that field, so selecting into it
// gives the field's own fields; with several, or made by a function, it does not.
func NewUnknown(w ...Wait) *Unknown {
	return &Unknown{waits: sortWaits(slices.Clone(w)), field: len(w) == 1}
}

// derived is the unknown result of an operation on what waits for w.
func derived(w []Wait) *Unknown { return &Unknown{waits: sortWaits(slices.Clone(w))} }

// Waits lists what the value waits for, sorted, without duplicates. The slice must not be changed.
func (u *Unknown) Waits() []Wait { return u.waits }

// field is the unknown below key (as path text, e.g. ".ip" or "[2]") of u.
func (u *Unknown) child(step string) *Unknown {
	if !u.field {
		return u
	}
	w := u.waits[0]
	w.Path = joinPath(w.Path, step)
	return &Unknown{waits: []Wait{w}, field: true}
}

func sortWaits(w []Wait) []Wait {
	if len(w) < 2 {
		return w
	}
	slices.SortFunc(w, func(a, b Wait) int {
		if c := strings.Compare(a.String(), b.String()); c != 0 {
			return c
		}
		return a.Object.Compare(b.Object)
	})
	return slices.Compact(w)
}

// WaitsOf lists what the unknown leaves inside v wait for, sorted, without duplicates; nil when v is fully known. A
// whole Declared object is one unknown, and so is a Known one, whose status is not git's to tell.
func WaitsOf(v any) []Wait {
	c := collector{}
	c.add(v)
	return sortWaits(c.waits)
}
