// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// compile builds a program of the functions in testdata and the given tests.
func compile(t testing.TB, tests string) *program.Program {
	t.Helper()
	functions, err := os.ReadFile("testdata/functions.k.yaml")
	require.NoError(t, err)
	docs, problems := source.Parse("functions.k.yaml", functions, 0, source.Limits{})
	require.Empty(t, problems)
	more, problems := source.Parse("tests.k.yaml", []byte(tests), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	p, problems := program.Compile(append(docs, more...), env)
	require.False(t, problems.HasErrors(), problems.Error())
	return p
}

// suite wraps the body of a spec, from functionRef on, as a FunctionTest.
func suite(name, spec string) string {
	lines := strings.Split(strings.TrimSpace(spec), "\n")
	return "---\napiVersion: koreo.dev/v1beta1\nkind: FunctionTest\nmetadata: {name: " + name + "}\nspec:\n  " +
		strings.Join(lines, "\n  ") + "\n"
}

// told is what a test says about one case, in one line: the mark, the label and the message.
func told(c *Case) string {
	mark := "ok"
	switch {
	case c.Skipped && c.Pass:
		mark = "skip"
	case c.Skipped:
		mark = "not run"
	case !c.Pass:
		mark = "FAIL"
	}
	return strings.TrimSuffix(mark+" "+c.Label+": "+c.Message, ": ")
}
