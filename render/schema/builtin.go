// SPDX-License-Identifier: Apache-2.0

package schema

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed builtin.txt
var builtinTable string

// Builtin is the Source of the kinds that are part of Kubernetes, without their metadata and status, which are the
// server's own anyway. It says nothing of kinds that are stored as they are written. Of a version that the server does
// not serve (any more), it says what it says of the latest one of the same group.
func Builtin() Source { return builtins() }

var builtins = sync.OnceValue(func() *table { return newTable(builtinTable) })

// table is a Source that decodes a kind when it is asked for. A line is a name and, after a space each, fields:
//
//	apps/v1/Deployment spec=apps.v1.DeploymentSpec
//	core.v1.ResourceRequirements limits={}quantity requests={}quantity
//
// What is behind the = is the name of a definition or of a class, with [] before the items of a list and {} before the
// entries of a map.
type table struct {
	lines  map[string]string    // the fields, by the name of the kind or definition
	kinds  map[kindKey]string   // names of kinds
	latest map[groupKind]string // names of kinds in their latest version

	mu    sync.Mutex
	types map[string]*Type
}

var classes = map[string]Class{"quantity": Quantity, "duration": Duration, "time": Time, "bytes": Bytes}

func newTable(text string) *table {
	t := &table{
		lines: map[string]string{}, kinds: map[kindKey]string{}, latest: map[groupKind]string{}, types: map[string]*Type{},
	}
	for line := range strings.Lines(text) {
		name, fields, found := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !found || name == "#" {
			continue
		}
		t.lines[name] = fields
		if at := strings.LastIndexByte(name, '/'); at > 0 {
			t.kinds[kindKey{name[:at], name[at+1:]}] = name
			t.latest[groupKind{groupOf(name[:at]), name[at+1:]}] = name // lines are sorted
		}
	}
	return t
}

// groupKind is a kind of whatever version.
type groupKind struct{ group, kind string }

func groupOf(apiVersion string) string {
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		return ""
	}
	return group
}

// Kind is the type of a kind; nil when the table has none. It is asked for every object, so it makes no text.
func (t *table) Kind(apiVersion, kind string) *Type {
	name, found := t.kinds[kindKey{apiVersion, kind}]
	if !found {
		name, found = t.latest[groupKind{groupOf(apiVersion), kind}]
	}
	if !found {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.named(name)
}

// named decodes a definition. It is known by name before its fields are decoded, since they may lead back to it.
func (t *table) named(name string) *Type {
	if known := t.types[name]; known != nil {
		return known
	}
	out := &Type{class: classes[name]}
	t.types[name] = out
	for text := range strings.SplitSeq(t.lines[name], " ") {
		if key, of, found := strings.Cut(text, "="); found {
			out.fields = append(out.fields, field{key, t.typed(of)})
		}
	}
	return out
}

func (t *table) typed(text string) *Type {
	if rest, list := strings.CutPrefix(text, "[]"); list {
		return &Type{items: t.typed(rest)}
	}
	if rest, entries := strings.CutPrefix(text, "{}"); entries {
		return &Type{values: t.typed(rest)}
	}
	return t.named(text)
}
