// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of evaluation.
const (
	ForEachBound    Code = "KR0401"
	DepthBound      Code = "KR0402"
	ObjectsBound    Code = "KR0403"
	ExpressionBound Code = "KR0404"
)

// evalCodes are the codes KR04xx.
var evalCodes = []Entry{
	{ForEachBound, "a forEach over too many items",
		"A step is repeated for each item of the list that forEach.itemIn yields, and that list is longer than the bound, " +
			"which keeps a mistake in an expression from filling the memory. If the list is meant to be that long, raise " +
			"limits.forEachItems in korender.yaml.", ""},
	{DepthBound, "sub-workflows that nest too deep",
		"A Workflow whose step is a Workflow whose step is a Workflow, deeper than the bound. Raise limits.subWorkflows in " +
			"korender.yaml if that is meant.", ""},
	{ObjectsBound, "one trigger makes too many objects",
		"The steps of one Workflow run make more objects than the bound. Raise limits.objects in korender.yaml if that is " +
			"meant; usually a forEach runs over the wrong list.", ""},
	{ExpressionBound, "an expression that takes too much",
		"An expression was stopped because it went through too many iterations or built too large a value. Nested map or " +
			"filter over long lists, and text that doubles in a reduce, are the usual causes.", ""},
}
