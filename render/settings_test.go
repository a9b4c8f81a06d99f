// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/source"
)

const everySetting = `apiVersion: korender.dev/v1alpha1
kind: Render
metadata: {name: anything}
root: ..
libraries: [../lib, other]
namespace: prod
target: argocd
gate: ordered
onDeferred: error
triggers: {App.example.com: consume, ConfigMap: emit}
policies: {createOverlay: merge, never: apply, recreate: apply}
substitute: {cluster: east}
instance: {serviceAccountName: sa, interval: 5m, suspend: true, export: state, ownerReferences: true}
allowEmpty: true
limits: {bytes: 1, documents: 2, nodes: 3, depth: 4, steps: 5, alloc: 6, forEachItems: 7, subWorkflows: 8, objects: 9, seconds: 10}
`

func TestDecodeConfig(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want Config
	}{
		"every setting": {everySetting, Config{
			Root: "..", Libraries: []string{"../lib", "other"}, Namespace: "prod",
			Target: TargetArgoCD, Gate: GateOrdered, OnDeferred: DeferredError,
			Triggers:   Triggers{ByKind: map[string]Fate{"App.example.com": Consume, "ConfigMap": Emit}},
			Policies:   map[string]string{"createOverlay": "merge", "never": "apply", "recreate": "apply"},
			Substitute: map[string]string{"cluster": "east"},
			Instance:   Instance{ServiceAccountName: "sa", Interval: "5m", Suspend: true, Export: "state", OwnerReferences: true},
			AllowEmpty: true,
			Limits:     Limits{Bytes: 1, Documents: 2, Nodes: 3, Depth: 4, Steps: 5, Alloc: 6, ForEachItems: 7, SubWorkflows: 8, Objects: 9, Seconds: 10},
		}},
		"one word for all triggers": {
			"apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: emit\n", Config{Triggers: Triggers{All: Emit}},
		},
		"null is nothing": {
			"apiVersion: korender.dev/v1alpha1\nkind: Render\nnamespace: null\nlimits:\n", Config{},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs, found := source.Parse(ConfigName, []byte(tt.text), 0, source.Limits{})
			require.Empty(t, found)
			got, found := DecodeConfig(docs[0])
			assert.Empty(t, found)
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestLay lays settings over a file: they beat it one by one, and what they do not name stays.
func TestLay(t *testing.T) {
	t.Parallel()
	file := Config{
		Namespace: "file", AllowEmpty: true, Libraries: []string{"old"}, Policies: map[string]string{"never": "apply"},
		Triggers: Triggers{All: Emit}, Instance: Instance{Export: "state", Suspend: true}, Limits: Limits{Objects: 5, Depth: 6},
	}
	tests := map[string]struct {
		over  map[string]any
		want  Config
		found string
	}{
		"nothing": {nil, file, ""},
		"one by one": {
			map[string]any{
				"allowEmpty": false, "libraries": []any{"new"}, "policies": map[string]any{"recreate": "apply"},
				"triggers": map[string]any{"ConfigMap": "consume"}, "instance": map[string]any{"suspend": false},
				"limits": map[string]any{"objects": int64(7)},
			},
			Config{
				Namespace: "file", Libraries: []string{"new"}, Policies: map[string]string{"never": "apply", "recreate": "apply"},
				Triggers: Triggers{ByKind: map[string]Fate{"ConfigMap": Consume}}, Instance: Instance{Export: "state"},
				Limits: Limits{Objects: 7, Depth: 6},
			}, "",
		},
		"wrong": {map[string]any{"gate": "often"}, file, `flags:1:46: error[KR0502]: gate must be strict or ordered, not "often"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := file
			found := got.Lay("flags", tt.over)
			assert.Equal(t, tt.found, found.Error())
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"empty/korender.yaml": {Data: []byte("# nothing\n")},
		"two/korender.yaml":   {Data: []byte(everySetting + "---\n" + everySetting)},
		"bad/korender.yaml":   {Data: []byte("a: b: c\n")},
	}
	tests := map[string]struct{ folder, want string }{
		"none":          {"nowhere", "<nil>"},
		"only comments": {"empty", ""},
		"two documents": {"two", "two/korender.yaml:17:1: error[KR0503]: korender.yaml holds more than one document"},
		"malformed":     {"bad", "bad/korender.yaml:1:5: error[KR0001]: not valid YAML: mapping values are not allowed in this context"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := ReadConfig(fsys, tt.folder, tt.folder+"/")
			if c == nil {
				assert.Equal(t, tt.want, "<nil>")
				return
			}
			assert.Equal(t, tt.want, c.Problems().Error())
		})
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	file := Config{
		Namespace: "file", Target: TargetFlux, Triggers: Triggers{ByKind: map[string]Fate{"App.example.com": Consume}},
		Policies: map[string]string{"never": "apply"}, Limits: Limits{Objects: 5},
	}
	defaults := Config{Target: TargetPlain, Gate: GateStrict, OnDeferred: DeferredError, Limits: Limits{Objects: 100_000, Seconds: 120}}
	tests := map[string]struct{ flags, file, want Config }{
		"nothing": {want: defaults},
		"the file": {file: file, want: Config{
			Namespace: "file", Target: TargetFlux, Gate: GateStrict, OnDeferred: DeferredError, Triggers: file.Triggers,
			Policies: file.Policies, Limits: Limits{Objects: 5, Seconds: 120},
		}},
		"flags beat the file": {
			flags: Config{Namespace: "flag", Target: TargetArgoCD, Gate: GateOrdered, Triggers: Triggers{All: Emit}, AllowEmpty: true,
				Policies: map[string]string{"recreate": "apply"}, Limits: Limits{Seconds: 7}},
			file: file,
			want: Config{
				Namespace: "flag", Target: TargetArgoCD, Gate: GateOrdered, OnDeferred: DeferredError, Triggers: Triggers{All: Emit}, AllowEmpty: true,
				Policies: map[string]string{"never": "apply", "recreate": "apply"}, Limits: Limits{Objects: 5, Seconds: 7},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, tt.flags.Settled(tt.file))
		})
	}
}

// TestSchema holds the schema to the table that the decoder reads: the same fields, and none else.
func TestSchema(t *testing.T) {
	t.Parallel()
	text, err := Schema()
	require.NoError(t, err)
	var schema struct {
		Additional bool                       `json:"additionalProperties"`
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	want := []string{"apiVersion", "kind", "metadata"}
	for _, s := range settings() {
		want = append(want, s.name)
	}
	var got []string
	for name := range schema.Properties {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	assert.Equal(t, want, got)
	assert.False(t, schema.Additional)
	assert.Equal(t, []string{"apiVersion", "kind"}, schema.Required)
	assert.JSONEq(t, `{
		"description": "What becomes of triggers: one word for all, or a word by Kind.group. consume: they leave the output; emit: they stay in it.",
		"oneOf": [
			{"type": "string", "enum": ["consume", "emit"]},
			{"type": "object", "additionalProperties": {"type": "string", "enum": ["consume", "emit"]}}
		]
	}`, string(schema.Properties["triggers"]))
}
