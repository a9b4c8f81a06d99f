// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// formText writes a Form as a term.
func formText(f Form) string {
	parts := make([]string, len(f.Parts))
	for i, p := range f.Parts {
		parts[i] = formText(p)
	}
	names := map[FormKind]string{
		FormConstant: "const", FormVariable: "var", FormLoop: "loop", FormField: "field", FormIndex: "index", FormItem: "item",
		FormMap: "map", FormList: "list", FormChoice: "choice", FormPresence: "has", FormEach: "each", FormTest: "test",
		FormReduce: "reduce", FormIdentity: "identity", FormReference: "reference", FormExtent: "extent", FormValues: "values",
		FormFlat: "flat", FormJoin: "join", FormOverlay: "overlay", FormMember: "member", FormOperation: "op",
	}
	head := names[f.Kind]
	switch f.Kind {
	case FormVariable:
		head += fmt.Sprintf(" %s@%d", f.Name, f.Offset)
	case FormField, FormItem:
		head += " " + f.Name
	case FormLoop, FormEach, FormTest, FormReduce:
		head += fmt.Sprintf(" %d", f.Slot)
	case FormMap:
		head += fmt.Sprintf(" %v", f.Keys)
	}
	if f.Computed {
		head += " computed"
	}
	if len(parts) == 0 {
		return head
	}
	return head + "(" + strings.Join(parts, ", ") + ")"
}

func TestForm(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"=1 + 2", "const"},
		{"=a", "var a@1"},
		{"=a.b['c d'].e", "field e(field c d(field b(var a@1)))"},
		{"=a[0]", "item 0(var a@1)"},
		{"=a[b.c]", "index(var a@1, field c(var b@3))"},
		{"={'x': a, 'y': 1}", "map [x y](var a@7, const)"},
		{"={a: b}", "map [] computed(var b@5, var a@2)"},
		{"=[a, 1]", "list(var a@2, const)"},
		{"=a ? b : 1", "choice(var a@1, var b@5, const)"},
		{"=has(a.b)", "has(field b(var a@5))"},
		{"=a.map(i, i.x)", "each 0(var a@1, field x(loop 0))"},
		{"=a.filter(i, i.x)", "each 0(var a@1, loop 0, field x(loop 0))"},
		{"=a.map(i, i.x, i.y)", "each 0(var a@1, field y(loop 0), field x(loop 0))"},
		{"=a.exists(i, i == b)", "test 0(var a@1, op(loop 0, var b@18))"},
		{"=a.all(i, b.all(j, i == j))", "test 0(var a@1, test 2(var b@10, op(loop 0, loop 2)))"},
		{"=a.reduce(sum, i, 0, sum + i)", "reduce 0(var a@1, const, join(loop 1, loop 0))"},
		{"=a.self_ref()", "identity(var a@1)"},
		{"=to_ref(a)", "reference(var a@8)"},
		{"=size(a)", "extent(var a@6)"},
		{"=a.keys()", "extent(var a@1)"},
		{"=a.values()", "values(var a@1)"},
		{"=a.flatten()", "flat(var a@1)"},
		{"=a.flatten(2)", "op(var a@1, const)"},
		{"=a + b", "join(var a@1, var b@5)"},
		{"=a.overlay(b)", "overlay(var a@1, var b@11)"},
		{"=a in b", "member(var a@1, var b@6)"},
		{"=a && !b", "op(var a@1, op(var b@7))"},
		{"=a - b", "op(var a@1, var b@5)"},
		{"=a.startsWith('x')", "op(var a@1, const)"},
		{"=has(nothing)", "has(const)"},
	}
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(tt.text, []string{"a", "b"})
			require.NotNil(t, p, problems)
			assert.Equal(t, tt.want, formText(p.Form()))
		})
	}
}
