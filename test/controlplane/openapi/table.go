// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// table is a table on its way.
type table struct {
	definitions map[string]*schema
	leads       map[string]bool   // whether a definition leads to a leaf
	names       map[string]string // of definitions in the table, by their short names
	out         []string
}

func newTable(definitions map[string]*schema) *table {
	t := &table{definitions: definitions, leads: map[string]bool{}, names: map[string]string{}}
	for changed := true; changed; { // definitions may lead to themselves
		changed = false
		for name, s := range definitions {
			if !t.leads[name] && slices.ContainsFunc(slices.Collect(maps.Values(s.Properties)), t.matters) {
				t.leads[name], changed = true, true
			}
		}
	}
	return t
}

// matters tells whether a value is a leaf that is rewritten, or may hold one.
func (t *table) matters(s *schema) bool {
	if s == nil {
		return false
	}
	if name := s.reference(); name != "" {
		return leaves[name] != "" || t.leads[name]
	}
	return s.Format == "byte" || t.matters(s.Items) || t.matters(s.Values)
}

// reference is the name of the definition that a schema stands for; "" when it stands for itself.
func (s *schema) reference() string {
	if len(s.AllOf) == 1 {
		return s.AllOf[0].reference()
	}
	return strings.TrimPrefix(s.Ref, refPrefix)
}

// lines are those of all kinds and of the definitions that they need, in order.
func (t *table) lines() ([]string, error) {
	var needed []string
	for _, name := range slices.Sorted(maps.Keys(t.definitions)) {
		s := t.definitions[name]
		meta := s.Properties["metadata"]
		if len(s.Kinds) == 0 || meta == nil || meta.reference() != metadata {
			continue
		}
		fields, err := t.fields(name, &needed, "metadata", "status")
		if err != nil {
			return nil, err
		}
		for _, kind := range s.Kinds {
			if len(fields) > 0 {
				t.out = append(t.out, kind.String()+" "+strings.Join(fields, " "))
			}
		}
	}
	if err := t.rest(needed); err != nil {
		return nil, err
	}
	slices.Sort(t.out)
	return t.out, nil
}

// rest adds the lines of definitions and of those that they need in turn.
func (t *table) rest(needed []string) error {
	for len(needed) > 0 {
		name := needed[0]
		needed = needed[1:]
		switch t.names[short(name)] {
		case name:
			continue
		case "":
			t.names[short(name)] = name
		default:
			return fmt.Errorf("%s and %s have one short name", name, t.names[short(name)])
		}
		fields, err := t.fields(name, &needed)
		if err != nil {
			return err
		}
		t.out = append(t.out, short(name)+" "+strings.Join(fields, " "))
	}
	return nil
}

// fields are those fields of a definition that matter, besides some; the definitions that they lead to become needed.
func (t *table) fields(name string, needed *[]string, besides ...string) ([]string, error) {
	properties := t.definitions[name].Properties
	var out []string
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(besides, key) || !t.matters(properties[key]) {
			continue
		}
		if strings.ContainsAny(key, "= ") {
			return nil, fmt.Errorf("%s has a field %q, which the table cannot hold", name, key)
		}
		out = append(out, key+"="+t.text(properties[key], needed))
	}
	return out, nil
}

func (t *table) text(s *schema, needed *[]string) string {
	name := s.reference()
	switch {
	case leaves[name] != "":
		return leaves[name]
	case name != "":
		*needed = append(*needed, name)
		return short(name)
	case s.Items != nil:
		return "[]" + t.text(s.Items, needed)
	case s.Values != nil:
		return "{}" + t.text(s.Values, needed)
	}
	return "bytes"
}

// short is the end of a definition's name, such as core.v1.PodSpec.
func short(name string) string {
	parts := strings.Split(name, ".")
	return strings.Join(parts[max(0, len(parts)-3):], ".")
}
