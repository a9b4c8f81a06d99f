// SPDX-License-Identifier: Apache-2.0

package words

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "web/ä-1", "web/ä-1"},
		{"a tab stays", "a\tb", "a\tb"},
		{"a terminal's escape", "\x1b[31mred", `\u001b[31mred`},
		{"text that runs backwards", "a\u202eb\u2066\u200f", `a\u202eb\u2066\u200f`},
		{"another line", "a\u2028b", `a\u2028b`},
		{"a family", "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, Clean(test.text))
		})
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "abc", Cut("abc", 3))
	assert.Equal(t, "ab…", Cut("abc", 2))
	assert.Equal(t, "a…", Cut("aä", 2), "no half of a character stays")
}

func TestPlural(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"0 objects", "1 object", "2 objects"}, []string{Plural(0, "object"), Plural(1, "object"), Plural(2, "object")})
}

func TestProblem(t *testing.T) {
	t.Parallel()
	err := Problemf("do that", "no %s", "thing")
	var problem *Problem
	assert.True(t, errors.As(err, &problem))
	assert.Equal(t, Problem{Message: "no thing", Hint: "do that"}, *problem)
	assert.EqualError(t, err, "no thing")
}
