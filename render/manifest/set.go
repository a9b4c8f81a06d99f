// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"slices"
)

// DuplicateError says that two objects have one identity.
type DuplicateError struct{ First, Second Object }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s is defined twice: by %s and by %s", e.Second.ID, e.First.From, e.Second.From)
}

// String is the step, else the file and line.
func (o Origin) String() string {
	switch {
	case o.Step != "":
		return o.Step
	case o.File != "":
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	default:
		return "the input"
	}
}

// Add appends an object. The error is a *DuplicateError when its identity is taken; then nothing changes.
func (s *Set) Add(o Object) error {
	k := o.ID.Key()
	if i, taken := s.index[k]; taken {
		return &DuplicateError{First: s.objects[i], Second: o}
	}
	if s.index == nil {
		s.index = map[Key]int{}
	}
	s.index[k] = len(s.objects)
	s.objects = append(s.objects, o)
	return nil
}

// Replace puts an object in the place of the one of its identity, or appends it.
func (s *Set) Replace(o Object) {
	if i, found := s.index[o.ID.Key()]; found {
		s.objects[i] = o
		return
	}
	_ = s.Add(o) // cannot fail: the identity is free
}

// Get finds an object by identity.
func (s *Set) Get(id ID) (Object, bool) {
	if s == nil {
		return Object{}, false
	}
	i, found := s.index[id.Key()]
	if !found {
		return Object{}, false
	}
	return s.objects[i], true
}

// Delete removes an object and tells whether it was there; the order of the others stays.
func (s *Set) Delete(id ID) bool {
	at, found := s.index[id.Key()]
	if !found {
		return false
	}
	s.objects = slices.Delete(slices.Clone(s.objects), at, at+1)
	delete(s.index, id.Key())
	for k, i := range s.index {
		if i > at {
			s.index[k] = i - 1
		}
	}
	return true
}

// Len is the number of objects.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.objects)
}

// All lists the objects in order. The slice must not be changed, and counts until the next Replace.
func (s *Set) All() []Object {
	if s == nil {
		return nil
	}
	return s.objects
}
