// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func namesOf(list []Definition) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, d.Kind+"/"+d.Name)
	}
	return out
}

func TestClosure(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	assert.Equal(t, []string{
		"ResourceFunction/config-map", "ResourceTemplate/basis", "ValueFunction/settings", "Workflow/app", "Workflow/inner",
	}, namesOf(p.Closure(p.Workflows["app"])))
	assert.Equal(t, []string{"ValueFunction/settings", "Workflow/inner"}, namesOf(p.Closure(p.Workflows["inner"])))
}

func TestAffects(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: koreo.dev/v1beta1\n"
	files := map[string]string{
		"value.yaml":    head + "kind: ValueFunction\nmetadata: {name: value}\nspec: {return: {a: 1}}\n",
		"template.yaml": head + "kind: ResourceTemplate\nmetadata: {name: basis}\nspec: {template: {apiVersion: v1, kind: ConfigMap}}\n",
		"other.yaml":    head + "kind: ResourceTemplate\nmetadata: {name: other}\nspec: {template: {apiVersion: v1, kind: ConfigMap}}\n",
		"fixed.yaml": head + "kind: ResourceFunction\nmetadata: {name: fixed}\nspec:\n  apiConfig: {apiVersion: v1, kind: ConfigMap, name: x, namespace: z}\n" +
			"  resourceTemplateRef: {name: basis}\n  overlays: [{overlayRef: {kind: ValueFunction, name: value}}]\n",
		"dynamic.yaml": head + "kind: ResourceFunction\nmetadata: {name: dynamic}\nspec:\n  apiConfig: {apiVersion: v1, kind: ConfigMap, name: x, namespace: z}\n" +
			"  resourceTemplateRef: {name: =inputs.template}\n",
		"tests.yaml": head + "kind: FunctionTest\nmetadata: {name: value}\nspec: {functionRef: {kind: ValueFunction, name: value}}\n---\n" +
			head + "kind: FunctionTest\nmetadata: {name: fixed}\nspec: {functionRef: {kind: ResourceFunction, name: fixed}}\n---\n" +
			head + "kind: FunctionTest\nmetadata: {name: dynamic}\nspec: {functionRef: {kind: ResourceFunction, name: dynamic}}\n",
	}
	docs := parse(t, "tests.yaml", files["tests.yaml"], 0)
	for _, name := range []string{"value.yaml", "template.yaml", "other.yaml", "fixed.yaml", "dynamic.yaml"} {
		docs = append(docs, parse(t, name, files[name], 0)...)
	}
	p, found := Compile(docs, newEnv(t))
	require.NotNil(t, p, "%v", found)
	for file, want := range map[string][]string{
		"value.yaml": {"value", "fixed"}, "template.yaml": {"fixed", "dynamic"}, "other.yaml": {"dynamic"},
		"fixed.yaml": {"fixed"}, "dynamic.yaml": {"dynamic"}, "tests.yaml": {"value", "fixed", "dynamic"}, "none.yaml": {},
	} {
		got := []string{}
		for _, test := range p.Affects(file) {
			got = append(got, test.Name)
		}
		assert.Equal(t, want, got, file)
	}
}
