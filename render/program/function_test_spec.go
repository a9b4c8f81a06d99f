// SPDX-License-Identifier: Apache-2.0

package program

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

func (c *compiler) functionTest(d *definition) {
	t := d.test
	if ref := mapAt(d.spec, "functionRef"); ref != nil {
		t.Function = c.logic(ref, []string{kindResourceFunction, kindValueFunction})
	}
	t.Inputs = nativeMap(d.spec, "inputs")
	t.Current = nativeMap(d.spec, "currentResource")
	cases := listAt(d.spec, "testCases")
	if cases == nil {
		return
	}
	known := map[string]bool{}
	addKeys(known, t.Inputs)
	for i, item := range cases.Items {
		if item.Kind != source.Map {
			continue
		}
		tc := c.testCase(item, i, known)
		c.expectation(t.Function, item, i)
		t.Cases = append(t.Cases, tc)
		if !tc.Variant && !tc.Skip {
			addKeys(known, tc.InputOverrides)
		}
	}
}

// testCase builds one case. known holds the inputs that earlier cases left.
func (c *compiler) testCase(n *source.Node, index int, known map[string]bool) *TestCase {
	tc := &TestCase{
		Node: n, Variant: flagAt(n, "variant", false), Skip: flagAt(n, "skip", false),
		InputOverrides: nativeMap(n, "inputOverrides"), Current: nativeMap(n, "currentResource"),
		ExpectResource: nativeMap(n, "expectResource"), ExpectReturn: nativeMap(n, "expectReturn"),
		ExpectOutcome: outcomeOf(mapAt(n, "expectOutcome")),
	}
	tc.Label = caseLabel(textAt(n, "label").Text(), index, tc.Variant)
	if v := kindAt(n, "expectDelete", source.Bool); v != nil {
		deleted := v.Value.(bool)
		tc.ExpectDelete = &deleted
	}
	if overlay := mapAt(n, "overlayResource"); overlay != nil {
		names := maps.Clone(known)
		addKeys(names, tc.InputOverrides)
		tc.OverlayResource = c.body(overlay, testScope(slices.Collect(maps.Keys(names))))
	}
	c.directives(mapAt(n, "expectResource"))
	c.directives(mapAt(n, "expectReturn"))
	return tc
}

// caseLabel is LANGUAGE 1.8.
func caseLabel(label string, index int, variant bool) string {
	if label == "" {
		label = "Test Case " + strconv.Itoa(index+1)
	}
	if variant && !strings.Contains(strings.ToLower(label), "variant") {
		label = "[variant] " + label
	}
	return label
}

// expectation refuses what only a ResourceFunction can do.
func (c *compiler) expectation(function *Logic, n *source.Node, index int) {
	if function == nil || function.Kind != kindValueFunction {
		return
	}
	for _, key := range []string{"expectResource", "expectDelete"} {
		if p := pair(n, key); p != nil {
			c.report(n.KeyProblem(*p, diag.Conflict, "spec.testCases[%d].%s is for ResourceFunctions only", index, key),
				"a ValueFunction has expectReturn and expectOutcome")
		}
	}
}

func outcomeOf(n *source.Node) *ExpectedOutcome {
	for _, k := range conditionKinds {
		if payload := mapAt(n, k.key); payload != nil && k.kind != CondReturn {
			return &ExpectedOutcome{Kind: k.kind, Message: textAt(payload, "message").Text(), Delay: intAt(payload, "delay", 0)}
		}
	}
	return nil
}

func nativeMap(n *source.Node, key string) map[string]any {
	v, _ := mapAt(n, key).Native().(map[string]any)
	return v
}

func addKeys(to map[string]bool, from map[string]any) {
	for key := range from {
		to[key] = true
	}
}
