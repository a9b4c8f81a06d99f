// SPDX-License-Identifier: Apache-2.0

package program

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestProblems compiles each file of testdata/problems; what is found, as it is printed, stands in the .want beside it.
func TestProblems(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/problems/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			p, found := Compile(parse(t, filepath.Base(file), string(data), 0), newEnv(t))
			assert.Equal(t, found.HasErrors(), p == nil)
			var got bytes.Buffer
			require.NoError(t, diag.Fprint(&got, found, diag.PrintOptions{}))
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String())
		})
	}
}

func newEnv(t testing.TB) *expr.Env {
	t.Helper()
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	return env
}

func parse(t testing.TB, file, text string, layer int) []*source.Document {
	t.Helper()
	docs, problems := source.Parse(file, []byte(text), layer, source.Limits{})
	require.Empty(t, problems)
	return docs
}

// compile compiles text that is right, and returns the warnings as lines.
func compile(t testing.TB, text string) (*Program, string) {
	t.Helper()
	p, found := Compile(parse(t, "a.yaml", text, 0), newEnv(t))
	require.NotNil(t, p, "%v", found)
	return p, found.Error()
}
