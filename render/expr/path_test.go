// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"testing"

	"github.com/google/cel-go/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A text that is taken for a path is one for the parser too, with the same tree.
func TestPathsAreWhatTheParserSays(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, text := range []string{"inputs", "inputs.a", " inputs.a.b_1 \n", "x.if", "x.for.y", "if", "x.in", "x.true", "in", "true", "a..b", ".a",
		"a.", "a.1b", "1", "a. b", "a.b()", "é.b", "a-b", "", "null.x", "while", "x.while"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			tree, info, ok := parsePath(text)
			if !ok {
				return
			}
			parsed, errs := env.parser.Parse(common.NewTextSource(text))
			require.Empty(t, errs.GetErrors())
			p, q := &planner{src: &sourceText{original: text, parsed: text}, info: info}, &planner{src: &sourceText{original: text, parsed: text}, info: parsed.SourceInfo()}
			assert.Equal(t, q.place(parsed.Expr()), p.place(tree))
		})
	}
	for _, text := range []string{"inputs", "inputs.a", " inputs.a.b_1 \n", "x.if"} {
		_, _, ok := parsePath(text)
		assert.True(t, ok, text)
	}
}
