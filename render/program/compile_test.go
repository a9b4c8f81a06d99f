// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	value := func(name, returns string) string {
		return "apiVersion: koreo.dev/v1beta1\nkind: ValueFunction\nmetadata: {name: " + name + "}\nspec: {return: " + returns + "}\n"
	}
	mine := parse(t, "mine.yaml", value("shared", "{a: mine}"), 0)
	library := parse(t, "lib.yaml", value("shared", "not looked at")+"---\n"+value("more", "{a: lib}")+"---\n"+value("more", "{a: twice}"), 1)
	deeper := parse(t, "deep.yaml", value("more", "{a: deep}"), 2)

	p, found := Compile(append(append(mine, library[:2]...), deeper...), newEnv(t))
	require.NotNil(t, p)
	assert.Equal(t, `mine.yaml:3:18: warning[KR0210]: no Workflow, overlay or test uses ValueFunction "shared"`, found.Error())
	shared, _ := p.ValueFunctions["shared"].Return.Literal()
	more, _ := p.ValueFunctions["more"].Return.Literal()
	assert.Equal(t, []any{map[string]any{"a": "mine"}, map[string]any{"a": "lib"}}, []any{shared, more})

	q, found := Compile(append(append(deeper, library[:2]...), mine...), newEnv(t))
	require.NotNil(t, q, "%v", found)
	again, _ := q.ValueFunctions["more"].Return.Literal()
	assert.Equal(t, more, again, "layers count, not the order of documents")

	p, found = Compile(append(mine, library...), newEnv(t))
	assert.Nil(t, p)
	assert.Equal(t, `lib.yaml:13:18: error[KR0201]: ValueFunction "more" is defined twice`, diag.List{found[0]}.Error())
	assert.Equal(t, "the other definition stands at lib.yaml:8:18; rename or remove one of them", found[0].Hint)
}

func TestOtherDocumentsArePassedOver(t *testing.T) {
	t.Parallel()
	p, found := Compile(parse(t, "a.yaml", "apiVersion: v1\nkind: ConfigMap\n---\n# nothing\n---\n[1]\n", 0), newEnv(t))
	assert.Empty(t, found)
	assert.Empty(t, p.Workflows)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	const value = "apiVersion: koreo.dev/v1beta1\nkind: ValueFunction\nmetadata: {name: value}\nspec:\n  return: {a: 1}\n"
	tests := []struct {
		name, head, item string
		most             int
		want             string
	}{
		{"steps", "kind: Workflow\nmetadata: {name: w}\nspec:\n  steps:\n", "  - {label: step_%d, ref: {kind: ValueFunction, name: value}}\n", 100,
			"spec.steps has 101 items; at most 100 are allowed"},
		{"cases of a refSwitch", "kind: Workflow\nmetadata: {name: w}\nspec:\n  steps:\n  - label: one\n    refSwitch:\n      switchOn: =parent.a\n      cases:\n",
			"      - {case: case_%d, kind: ValueFunction, name: value}\n", 50, "spec.steps[0].refSwitch.cases has 51 items; at most 50 are allowed"},
		{"conditions", "kind: ResourceFunction\nmetadata: {name: r}\nspec:\n  apiConfig: {apiVersion: v1, kind: ConfigMap, name: x, namespace: z}\n  resource: {}\n  postconditions:\n",
			"  - {assert: =inputs.a != %d, ok: {}}\n", 50, "spec.postconditions has 51 items; at most 50 are allowed"},
		{"test cases", "kind: FunctionTest\nmetadata: {name: t}\nspec:\n  functionRef: {kind: ValueFunction, name: value}\n  testCases:\n",
			"  - {label: case %d, expectOutcome: {ok: {}}}\n", 100, "spec.testCases has 101 items; at most 100 are allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := value + "---\napiVersion: koreo.dev/v1beta1\n" + tt.head
			for i := range tt.most {
				text += fmt.Sprintf(tt.item, i)
			}
			p, found := Compile(parse(t, "a.yaml", text, 0), newEnv(t))
			require.NotNil(t, p, "%v", found)
			p, found = Compile(parse(t, "a.yaml", text+fmt.Sprintf(tt.item, tt.most), 0), newEnv(t))
			assert.Nil(t, p)
			var errs []string
			for _, d := range found {
				if d.Severity == diag.Error {
					errs = append(errs, d.Message)
				}
			}
			assert.Equal(t, []string{tt.want}, errs)
		})
	}
}

func TestOverlayResourceScope(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"inputs", "resource", "a", "b1"}, testScope([]string{"b1", "a-b", "in", "1x", "inputs", "resource", "a", ""}).names)
}
