// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each example of the documentation is true.
func TestExamples(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, fn := range Functions() {
		assert.NotEmpty(t, fn.Doc, fn.Name)
		assert.NotEmpty(t, fn.Examples, fn.Name)
		for _, ex := range fn.Examples {
			assert.Contains(t, ex.Expr, fn.Name+"(", "an example of something else")
			got := env.batchOne(t.Context(), ex.Expr, Vars{})
			if ex.Value == "" {
				assert.True(t, got.Error, ex.Expr)
				continue
			}
			if assert.False(t, got.Error, "%s: %s", ex.Expr, got.Message) {
				assert.JSONEq(t, ex.Value, string(got.Value), ex.Expr)
			}
		}
		for _, form := range fn.Forms {
			assert.Contains(t, form, fn.Name+"(", "the form of something else")
		}
	}
}

// Every function is documented, and nothing else is.
func TestFunctionsAreComplete(t *testing.T) {
	t.Parallel()
	want := []string{"has", "map", "filter", "all", "exists", "exists_one", "reduce", "sortBy"}
	for name := range natives {
		if !strings.HasPrefix(name, "@") {
			want = append(want, name)
		}
	}
	got := make([]string, 0, len(want))
	for _, fn := range Functions() {
		got = append(got, fn.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	assert.Equal(t, want, got)
}

// All functions may be called both ways, but for those in a namespace.
func TestBothForms(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, texts := range [][2]string{
		{`lower("A")`, `"A".lower()`}, {`int("1")`, `"1".int()`}, {`size([1])`, `[1].size()`}, {`matches("a", "a")`, `"a".matches("a")`},
		{`split_index("a/b", "/", 1)`, `"a/b".split_index("/", 1)`}, {`overlay({"a": 1}, {})`, `{"a": 1}.overlay({})`},
		{`timestamp("2024-01-01T00:00:00Z").getMonth()`, `getMonth("2024-01-01T00:00:00Z".timestamp())`}, {`min([1])`, `[1].min()`},
	} {
		var values [2]json.RawMessage
		for i, text := range texts {
			r := env.batchOne(t.Context(), text, Vars{})
			require.False(t, r.Error, "%s: %s", text, r.Message)
			values[i] = r.Value
		}
		assert.JSONEq(t, string(values[0]), string(values[1]), texts)
	}
}
