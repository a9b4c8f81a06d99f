// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

const everyField = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata:
  name: app
  annotations: {korender.dev/trigger: consume}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: App}
  steps:
    - label: settings
      ref: {kind: ValueFunction, name: settings}
      inputs: {name: =parent.metadata.name}
    - label: objects
      skipIf: =steps.settings.off
      forEach: {itemIn: =parent.spec.items, inputKey: item}
      refSwitch:
        switchOn: =inputs.item.kind + steps.settings.suffix
        cases:
          - {case: map, kind: ResourceFunction, name: config-map}
          - {case: value, kind: ValueFunction, name: settings, default: true}
      inputs: {name: =parent.metadata.name, _after: =steps.settings}
      condition: {type: ObjectsReady, name: Objects}
      state: {objects: =value}
    - label: inner
      ref: {kind: Workflow, name: inner}
      inputs: {name: "=steps.objects[0].name", other: "=steps['settings'].x"}
---
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: inner}
spec:
  crdRef: {apiGroup: "", version: v1, kind: App}
  steps:
    - label: only
      ref: {kind: ValueFunction, name: settings}
      inputs: {name: =parent.name, _other: =parent.other}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: settings}
spec:
  preconditions:
    - {assert: =has(inputs.name), skip: {message: ="no name in " + string(inputs)}}
    - {assert: =true, depSkip: {message: later}}
    - {assert: =true, retry: {message: wait, delay: 7}}
    - {assert: =true, permFail: {message: never}}
    - {assert: =true, ok: {}}
    - {assert: =true, defaultReturn: {name: =inputs.name}}
  locals: {upper: =inputs.name.toUpper()}
  return: {name: =locals.upper, off: false, suffix: "", x: 1, base: =resource}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata:
  name: config-map
  annotations: {korender.dev/apply: git}
spec:
  preconditions: [{assert: =inputs.item.kind == "map", ok: {}}]
  locals: {size: =size(inputs.item)}
  apiConfig:
    apiVersion: v1
    kind: ConfigMap
    plural: configmaps
    name: =inputs.name
    namespace: fixed
    owned: false
  resourceTemplateRef: {name: basis}
  overlays:
    - {skipIf: =locals.size > 3, overlay: {data: {size: =string(locals.size)}}}
    - overlayRef: {kind: ValueFunction, name: settings}
      inputs: {name: =inputs.name}
  create: {delay: 5, overlay: {data: {made: =resource.metadata.name}}}
  update: {recreate: {delay: 9}}
  delete: {abandon: {}}
  postconditions: [{assert: =has(resource.data), retry: {message: wait, delay: 3}}]
  return: {name: =resource.metadata.name}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: namespace}
spec:
  apiConfig: {apiVersion: v1, kind: Namespace, name: x, namespaced: false, readonly: true}
  resource: {}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceTemplate
metadata: {name: basis}
spec:
  template: {apiVersion: v1, kind: ConfigMap, data: {text: "=not evaluated", number: "5"}}
  context: {}
---
apiVersion: koreo.dev/v1beta1
kind: FunctionTest
metadata: {name: namespace}
spec:
  functionRef: {kind: ResourceFunction, name: namespace}
  inputs: {a: 1}
  currentResource: {kind: Namespace}
  testCases:
    - {expectOutcome: {ok: {}}}
    - {label: second, variant: true, inputOverrides: {b: 2}, expectDelete: true}
    - {label: a Variant, variant: true, skip: true, expectOutcome: {retry: {message: wait, delay: 0}}}
    - {currentResource: {a: 1}, expectResource: {a: 1}}
    - {overlayResource: {a: =resource.a + a}, expectReturn: {a: 1}}
`

// conditionParts is a Condition as a test compares it.
type conditionParts struct {
	Assert, Message string
	Kind            ConditionKind
	Delay           int
	Return          bool
}

func partsOf(list []*Condition) []conditionParts {
	var out []conditionParts
	for _, c := range list {
		out = append(out, conditionParts{c.Assert.Text(), c.Message.Text(), c.Kind, c.Delay, c.Return != nil})
	}
	return out
}

func TestWorkflowFields(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	app, inner := p.Workflows["app"], p.Workflows["inner"]
	assert.Equal(t, &GVK{"example.com", "v1", "App"}, app.CRDRef)
	assert.Nil(t, inner.CRDRef)
	assert.Equal(t, Fate("consume"), app.Fate)
	assert.Equal(t, []InputRef{
		{Name: "metadata", Required: true, At: diag.Pos{File: "a.yaml", Line: 12, Column: 22}},
		{Name: "spec", Required: true, At: diag.Pos{File: "a.yaml", Line: 15, Column: 25}},
	}, app.Inputs)
	require.Len(t, app.Steps, 3)

	settings := app.Steps[0]
	assert.Equal(t, "settings", settings.Label)
	assert.Same(t, p.ValueFunctions["settings"], settings.Logic.Value)
	assert.Empty(t, settings.DependsOn)

	objects := app.Steps[1]
	assert.Nil(t, objects.Logic)
	assert.Equal(t, "=steps.settings.off", objects.SkipIf.Text())
	assert.Equal(t, "=parent.spec.items", objects.ForEach.ItemIn.Text())
	assert.Equal(t, "item", objects.ForEach.InputKey)
	assert.Equal(t, []string{"map", "value"}, []string{objects.Switch.Cases[0].Value, objects.Switch.Cases[1].Value})
	assert.Same(t, p.ResourceFunctions["config-map"], objects.Switch.Cases[0].Logic.Resource)
	assert.Same(t, objects.Switch.Cases[1].Logic, objects.Switch.Default)
	assert.Equal(t, &StepCondition{"ObjectsReady", "Objects"}, objects.Condition)
	assert.NotNil(t, objects.State)
	assert.Equal(t, []string{"settings"}, objects.DependsOn)

	assert.Same(t, inner, app.Steps[2].Logic.Workflow)
	assert.Equal(t, []string{"settings", "objects"}, app.Steps[2].DependsOn)
	assert.Equal(t, []*Workflow{app}, p.Triggered(GVK{"example.com", "v1", "App"}))
	assert.Empty(t, p.Triggered(GVK{"example.com", "v2", "App"}))
}

func TestValueFunctionFields(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	f := p.ValueFunctions["settings"]
	assert.Equal(t, []conditionParts{
		{"=has(inputs.name)", `="no name in " + string(inputs)`, CondSkip, 0, false},
		{"=true", "later", CondDepSkip, 0, false},
		{"=true", "wait", CondRetry, 7, false},
		{"=true", "never", CondPermFail, 0, false},
		{"=true", "", CondOk, 0, false},
		{"=true", "", CondReturn, 0, true},
	}, partsOf(f.Preconditions))
	assert.NotNil(t, f.Locals)
	assert.NotNil(t, f.Return)
	assert.Equal(t, []InputRef{{Name: "name", At: diag.Pos{File: "a.yaml", Line: 43, Column: 16}}}, f.Inputs)
}

func TestResourceFunctionFields(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	f := p.ResourceFunctions["config-map"]
	assert.Equal(t, "git", f.Pin)
	assert.Equal(t, "=inputs.name", f.API.Name.Text())
	assert.Equal(t, "fixed", f.API.Namespace.Text())
	f.API.Name, f.API.Namespace = nil, nil
	assert.Equal(t, APIConfig{APIVersion: "v1", Kind: "ConfigMap", Plural: "configmaps", Namespaced: true}, f.API)
	assert.Nil(t, f.Resource)
	assert.Equal(t, "basis", f.TemplateRef.Text())
	require.Len(t, f.Overlays, 2)
	assert.Equal(t, "=locals.size > 3", f.Overlays[0].SkipIf.Text())
	assert.NotNil(t, f.Overlays[0].Body)
	assert.Same(t, p.ValueFunctions["settings"], f.Overlays[1].Ref)
	assert.NotNil(t, f.Overlays[1].Inputs)
	assert.Equal(t, 5, f.Create.Delay)
	assert.True(t, f.Create.Enabled)
	assert.NotNil(t, f.Create.Overlay)
	assert.Equal(t, Update{UpdateRecreate, 9}, f.Update)
	assert.Equal(t, DeleteAbandon, f.Delete)
	assert.Equal(t, []conditionParts{{"=has(resource.data)", "wait", CondRetry, 3, false}}, partsOf(f.Postconditions))
	assert.NotNil(t, f.Return)

	readonly := p.ResourceFunctions["namespace"]
	assert.Equal(t, "", readonly.Pin)
	readonly.API.Name = nil
	assert.Equal(t, APIConfig{APIVersion: "v1", Kind: "Namespace", Owned: true, Readonly: true}, readonly.API)
	assert.NotNil(t, readonly.Resource, "resource: {} is there")
	assert.Equal(t, Create{Enabled: true, Delay: 30}, readonly.Create)
	assert.Equal(t, Update{UpdatePatch, 30}, readonly.Update)
	assert.Equal(t, DeleteDefault, readonly.Delete)
}

func TestTemplateFields(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	assert.Equal(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"text": "=not evaluated", "number": "5"},
	}, p.Templates["basis"].Value)
}

func TestFunctionTestFields(t *testing.T) {
	t.Parallel()
	p, _ := compile(t, everyField)
	require.Len(t, p.Tests, 1)
	test := p.Tests[0]
	assert.Equal(t, "namespace", test.Name)
	assert.Same(t, p.ResourceFunctions["namespace"], test.Function.Resource)
	assert.Equal(t, map[string]any{"a": int64(1)}, test.Inputs)
	assert.Equal(t, map[string]any{"kind": "Namespace"}, test.Current)
	deleted := true
	var cases []TestCase
	for _, tc := range test.Cases {
		plain := *tc
		assert.Equal(t, tc.OverlayResource != nil, tc.ExpectReturn != nil)
		plain.Node, plain.OverlayResource = nil, nil
		cases = append(cases, plain)
	}
	assert.Equal(t, []TestCase{
		{Label: "Test Case 1", ExpectOutcome: &ExpectedOutcome{Kind: CondOk}},
		{Label: "[variant] second", Variant: true, InputOverrides: map[string]any{"b": int64(2)}, ExpectDelete: &deleted},
		{Label: "a Variant", Variant: true, Skip: true, ExpectOutcome: &ExpectedOutcome{Kind: CondRetry, Message: "wait"}},
		{Label: "Test Case 4", Current: map[string]any{"a": int64(1)}, ExpectResource: map[string]any{"a": int64(1)}},
		{Label: "Test Case 5", ExpectReturn: map[string]any{"a": int64(1)}},
	}, cases)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: koreo.dev/v1beta1\nkind: ResourceFunction\nmetadata: {name: f}\nspec:\n" +
		"  apiConfig: {apiVersion: v1, kind: ConfigMap, name: x, namespace: z}\n  resource: {}\n"
	tests := []struct {
		name, fields string
		create       Create
		update       Update
		delete       DeletePolicy
	}{
		{"defaults", "", Create{Enabled: true, Delay: 30}, Update{UpdatePatch, 30}, DeleteDefault},
		{"nulls", "  create:\n  update:\n  delete:\n", Create{Enabled: true, Delay: 30}, Update{UpdatePatch, 30}, DeleteDefault},
		{"disabled", "  create: {enabled: false, delay: 4, overlay: {a: 1}}\n", Create{Delay: 4}, Update{UpdatePatch, 30}, DeleteDefault},
		{"patch", "  update: {patch: {}}\n", Create{Enabled: true, Delay: 30}, Update{UpdatePatch, 30}, DeleteDefault},
		{"never", "  update: {never: {}}\n", Create{Enabled: true, Delay: 30}, Update{Policy: UpdateNever}, DeleteDefault},
		{"recreate", "  update: {recreate: {}}\n", Create{Enabled: true, Delay: 30}, Update{UpdateRecreate, 30}, DeleteDefault},
		{"destroy", "  delete: {destroy: {}}\n", Create{Enabled: true, Delay: 30}, Update{UpdatePatch, 30}, DeleteDestroy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := compile(t, head+tt.fields)
			f := p.ResourceFunctions["f"]
			assert.Equal(t, []any{tt.create, tt.update, tt.delete}, []any{f.Create, f.Update, f.Delete})
		})
	}
}
