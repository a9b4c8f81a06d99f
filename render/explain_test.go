// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render"
)

// example is an example of the repository as input.
func example(t *testing.T, dir string) render.Input {
	t.Helper()
	fsys := os.DirFS(dir)
	return render.Input{Paths: []render.Place{{FS: fsys, Path: "."}}, Config: render.ReadConfig(fsys, ".", "")}
}

// TestExplainEveryField asks for every leaf of everything that the examples render: each has an origin, and the value
// told is the one rendered.
func TestExplainEveryField(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"web-workload", "fan-out"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := example(t, filepath.Join("../examples", name))
			result, err := render.Render(t.Context(), in, render.Options{})
			require.NoError(t, err)
			require.NotEmpty(t, result.Objects)
			for _, o := range result.Objects {
				for field, want := range leaves(o.Value, "", map[string]any{}) {
					answer, err := render.Explain(t.Context(), in, render.ExplainOptions{Object: o.ID.String(), Field: field})
					if !assert.NoError(t, err, "%s %s", o.ID, field) {
						continue
					}
					assert.Equal(t, field, answer.Field)
					require.NotNil(t, answer.Value.Value, "%s %s", o.ID, field)
					assert.Equal(t, want, *answer.Value.Value, "%s %s", o.ID, field)
					assert.NotEmpty(t, answer.Value.At, "%s %s", o.ID, field)
				}
			}
		})
	}
}

// leaves adds the values without parts below v to out, by their paths.
func leaves(v any, at string, out map[string]any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			leaves(value, at+step(key, at), out)
		}
	case []any:
		for i, item := range v {
			leaves(item, at+"["+strconv.Itoa(i)+"]", out)
		}
	default:
		out[at] = v
	}
	return out
}

func step(key, at string) string {
	for _, c := range key {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if at == "" {
		return key
	}
	return "." + key
}
