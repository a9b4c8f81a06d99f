// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// TestConvert turns every form of parameter into a value of every shape.
func TestConvert(t *testing.T) {
	t.Parallel()
	text := func(s string) Parameter { return Parameter{String: &s} }
	list := func(items ...string) Parameter { return Parameter{Array: &items} }
	entries := func(m map[string]string) Parameter { return Parameter{Map: &m} }
	tests := map[string]struct {
		schema string
		given  Parameter
		want   any
		wrong  string
	}{
		"string":                {`{"type":"string"}`, text("5"), "5", ""},
		"too short":             {`{"type":"string","minLength":2}`, text("ü"), nil, "must have at least 2 characters"},
		"too long":              {`{"type":"string","maxLength":2}`, text("üüü"), nil, "must have at most 2 characters"},
		"word":                  {`{"type":"string","enum":["a","b"]}`, text("c"), nil, `must be a or b, not "c"`},
		"true":                  {`{"type":"boolean"}`, text("true"), true, ""},
		"neither true or false": {`{"type":"boolean"}`, text("yes"), nil, `must be true or false, not "yes"`},
		"integer":               {`{"type":"integer"}`, text("-7"), int64(-7), ""},
		"no integer":            {`{"type":"integer"}`, text("1.5"), nil, `must be a whole number, not "1.5"`},
		"too small":             {`{"type":"integer","minimum":1}`, text("0"), nil, "must be at least 1"},
		"too large":             {`{"type":"number","maximum":1.5}`, text("2"), nil, "must be at most 1.5"},
		"number":                {`{"type":"number"}`, text("1.5"), 1.5, ""},
		"whole number":          {`{"type":"number"}`, text("2"), int64(2), ""},
		"no number":             {`{"type":"number"}`, text("NaN"), nil, `must be a number, not "NaN"`},
		"port by number":        {`{"x-kubernetes-int-or-string":true}`, text("80"), int64(80), ""},
		"port by name":          {`{"x-kubernetes-int-or-string":true}`, text("http"), "http", ""},
		"list":                  {`{"type":"array","items":{"type":"integer"}}`, list("1", "2"), []any{int64(1), int64(2)}, ""},
		"empty list":            {`{"type":"array","items":{"type":"string"}}`, list(), []any{}, ""},
		"list with commas":      {`{"type":"array","items":{"type":"string"}}`, text("a, b,"), []any{"a", "b"}, ""},
		"list as JSON":          {`{"type":"array","items":{"type":"object"}}`, text(`[{"a":1}]`), []any{map[string]any{"a": int64(1)}}, ""},
		"item of a list":        {`{"type":"array","items":{"type":"integer"}}`, list("1", "x"), nil, `[1] must be a whole number, not "x"`},
		"list for a string":     {`{"type":"string"}`, list("a"), nil, "must be a string, not a list"},
		"map":                   {`{"type":"object","additionalProperties":{"type":"integer"}}`, entries(map[string]string{"a": "1"}), map[string]any{"a": int64(1)}, ""},
		"map with commas":       {`{"type":"object","additionalProperties":{"type":"string"}}`, text("a=1, b=x=y"), map[string]any{"a": "1", "b": "x=y"}, ""},
		"no pairs":              {`{"type":"object","additionalProperties":{"type":"string"}}`, text("a"), nil, `must be a map, not "a"`},
		"fields":                {`{"type":"object","properties":{"a":{"type":"integer"}}}`, entries(map[string]string{"a": "1"}), map[string]any{"a": int64(1)}, ""},
		"unknown field":         {`{"type":"object","properties":{"abc":{"type":"integer"}}}`, entries(map[string]string{"abd": "1"}), nil, `has no key "abd"`},
		"map for a list":        {`{"type":"array","items":{"type":"string"}}`, entries(nil), nil, "must be a list, not a map"},
		"anything as JSON":      {`{"x-kubernetes-preserve-unknown-fields":true}`, text(`{"a":[1,2.5,"x",null,true]}`), map[string]any{"a": []any{int64(1), 2.5, "x", nil, true}}, ""},
		"broken JSON":           {`{"type":"object"}`, text(`{"a":`), nil, "must be a map as JSON: the text ends too early"},
		"two values":            {`{"type":"object"}`, text(`{} {}`), nil, "must be a map as JSON: there is more than one value"},
		"JSON of another kind":  {`{"type":"array","items":{"type":"string"}}`, text(`{}`), nil, `must be a list, not "{}"`},
		"a word or a map: word": {`{"oneOf":[{"type":"string","enum":["a"]},{"type":"object","additionalProperties":{"type":"string"}}]}`, text("a"), "a", ""},
		"a word or a map: map":  {`{"oneOf":[{"type":"string","enum":["a"]},{"type":"object","additionalProperties":{"type":"string"}}]}`, text("k=a"), map[string]any{"k": "a"}, ""},
		"nothing":               {`{"type":"string"}`, Parameter{}, nil, "has no value"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shape{}
			require.NoError(t, json.Unmarshal([]byte(tt.schema), s))
			got, bad := s.convert(&tt.given)
			if tt.wrong == "" {
				require.Nil(t, bad)
				assert.Equal(t, tt.want, got)
				return
			}
			require.NotNil(t, bad)
			said := bad.must
			if bad.at != "" {
				said = bad.at + " " + said
			}
			assert.Equal(t, tt.wrong, said)
		})
	}
}

func TestPut(t *testing.T) {
	t.Parallel()
	tree := map[string]any{"a": map[string]any{"b": int64(1), "m": map[string]any{"x": "1"}}, "text": "t"}
	tests := map[string]struct {
		path  []string
		value any
		want  map[string]any
	}{
		"replaced":         {[]string{"a", "b"}, int64(2), map[string]any{"a": map[string]any{"b": int64(2), "m": map[string]any{"x": "1"}}, "text": "t"}},
		"made":             {[]string{"n", "o"}, "p", map[string]any{"a": tree["a"], "text": "t", "n": map[string]any{"o": "p"}}},
		"maps merge":       {[]string{"a", "m"}, map[string]any{"y": "2"}, map[string]any{"a": map[string]any{"b": int64(1), "m": map[string]any{"x": "1", "y": "2"}}, "text": "t"}},
		"through no map":   {[]string{"text", "o"}, "p", nil},
		"through a number": {[]string{"a", "b", "c"}, "p", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := put(tree, tt.path, tt.value)
			assert.Equal(t, tt.want != nil, ok)
			if ok {
				assert.Equal(t, tt.want, got)
			}
		})
	}
	t.Cleanup(func() {
		assert.Equal(t, map[string]any{"a": map[string]any{"b": int64(1), "m": map[string]any{"x": "1"}}, "text": "t"}, tree, "the tree itself never changes")
	})
}

// TestVariables holds that every setting has a variable of its own, and that all can be set by it.
func TestVariables(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"ALLOW_EMPTY": "true", "GATE": "ordered", "INSTANCE": "suspend=true", "INSTANCE_EXPORT": "e", "INSTANCE_INTERVAL": "5m",
		"INSTANCE_OWNER_REFERENCES": "true", "INSTANCE_SERVICE_ACCOUNT_NAME": "sa", "INSTANCE_SUSPEND": "true", "LIBRARIES": "a,b",
		"LIMITS": `{"bytes": 1}`, "LIMITS_ALLOC": "6", "LIMITS_BYTES": "2", "LIMITS_DEPTH": "4", "LIMITS_DOCUMENTS": "3", "LIMITS_FOR_EACH_ITEMS": "7",
		"LIMITS_NODES": "5", "LIMITS_OBJECTS": "9", "LIMITS_SECONDS": "10", "LIMITS_STEPS": "11", "LIMITS_SUB_WORKFLOWS": "8", "NAMESPACE": "n",
		"ON_DEFERRED": "instance", "POLICIES": "never=apply", "POLICIES_CREATE_OVERLAY": "merge", "POLICIES_NEVER": "apply", "POLICIES_RECREATE": "apply",
		"ROOT": "..", "TRIGGERS": "Site.example.com=consume",
	}
	app := App{Settings: values, Namespace: "destination"}
	settings, found, err := ReadSettings(app)
	require.NoError(t, err)
	require.Empty(t, found)
	assert.Len(t, settings.schema.paths(""), len(values), "a setting without a case here")
	config, found := settings.Configure(nil, app)
	require.Empty(t, found)
	assert.Equal(t, render.Config{
		Root: "..", Libraries: []string{"a", "b"}, Namespace: "n", Gate: render.GateOrdered, OnDeferred: render.DeferredInstance, AllowEmpty: true,
		Triggers: render.Triggers{ByKind: map[string]render.Fate{"Site.example.com": render.Consume}},
		Policies: map[string]string{"never": "apply", "createOverlay": "merge", "recreate": "apply"},
		Instance: render.Instance{ServiceAccountName: "sa", Interval: "5m", Suspend: true, Export: "e", OwnerReferences: true},
		Limits:   render.Limits{Bytes: 2, Documents: 3, Depth: 4, Nodes: 5, Alloc: 6, ForEachItems: 7, SubWorkflows: 8, Objects: 9, Seconds: 10, Steps: 11},
	}, config.Config)
	assert.True(t, settings.Says("root"))
	assert.False(t, settings.Says("target"))
}

// FuzzParameters: whatever Argo CD hands over, reading it does not panic, and what is accepted can be laid over a file.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{
		`[{"name":"gate","string":"ordered"}]`, `[{"name":"limits","map":{"seconds":"5"}}]`, `[{"name":"libraries","array":["a"]}]`,
		`[{"name":"triggers","string":"{}"}]`, `null`, `[{}]`, `[{"name":"limits.seconds","string":"9223372036854775807"}]`, `{"a":`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		app := App{Parameters: text}
		settings, found, err := ReadSettings(app)
		require.NoError(t, err)
		_, more := settings.Configure(nil, app)
		for _, p := range append(found, more...) {
			assert.NotEmpty(t, p.Message)
			assert.NotEmpty(t, p.Code)
		}
	})
}
