// SPDX-License-Identifier: Apache-2.0

package program

import "strings"

// The kinds of the language.
const (
	kindWorkflow         = "Workflow"
	kindValueFunction    = "ValueFunction"
	kindResourceFunction = "ResourceFunction"
	kindResourceTemplate = "ResourceTemplate"
	kindFunctionTest     = "FunctionTest"
)

const (
	group      = "koreo.dev"
	apiVersion = group + "/v1beta1"
)

// Bounds on lists (LANGUAGE §0.10).
const (
	mostSteps      = 100
	mostCases      = 50
	mostConditions = 50
	mostTestCases  = 100
	mostState      = 10
)

const defaultDelay = 30 // seconds

var (
	anyText   = &shape{want: isText}
	someText  = &shape{want: isText, min: 1}
	anyWord   = &shape{want: isLiteral}
	someWord  = &shape{want: isLiteral, min: 1}
	anyMap    = &shape{want: isFree}
	someMap   = &shape{want: isFree, min: 1}
	formula   = &shape{want: isExpression}
	truth     = &shape{want: isFlag}
	nothing   = &shape{want: isEmpty}
	kindName  = &shape{want: isLiteral, min: 1, accepts: isKind, looks: "a kind is one word of letters and digits, without group or version"}
	versionOf = &shape{want: isLiteral, min: 1, accepts: isAPIVersion, looks: "write group/version, as in apps/v1, or version alone for the core group"}
)

// documents holds the shape of each kind's whole document.
var documents = map[string]*shape{
	kindWorkflow: document(fields(
		optional("crdRef", fields(required("apiGroup", anyWord), required("version", anyWord), required("kind", anyWord))),
		required("steps", &shape{want: isList, item: stepShape, min: 1, max: mostSteps}),
	)),
	kindValueFunction: document(&shape{want: isObject, some: []string{"preconditions", "return"}, fields: []field{
		optional("preconditions", listOf(conditionShape(optional("defaultReturn", anyMap), "defaultReturn"), mostConditions)),
		optional("locals", anyMap),
		optional("return", anyMap),
		refused("postconditions", "a ValueFunction has only preconditions; postconditions are for ResourceFunctions"),
	}}),
	kindResourceFunction: document(resourceFunctionShape),
	kindResourceTemplate: document(fields(
		required("template", &shape{want: isObject, open: true, fields: []field{
			required("apiVersion", someWord), required("kind", someWord),
		}}),
		optional("context", anyMap),
	)),
	kindFunctionTest: document(fields(
		required("functionRef", fields(required("kind", oneOf(kindResourceFunction, kindValueFunction)), required("name", someWord))),
		optional("inputs", anyMap),
		optional("currentResource", anyMap),
		optional("testCases", listOf(testCaseShape, mostTestCases)),
	)),
}

// document is the envelope of a definition.
func document(spec *shape) *shape {
	return fields(
		optional("apiVersion", anyWord),
		optional("kind", anyWord),
		required("metadata", &shape{want: isObject, open: true, fields: []field{
			required("name", someWord), optional("annotations", anyMap), optional("labels", anyMap),
		}}),
		required("spec", spec),
		optional("status", anyMap),
	)
}

var logicKind = oneOf(kindResourceFunction, kindValueFunction, kindWorkflow)

var stepShape = fields(
	required("label", &shape{want: isLiteral, min: 3, max: 45, accepts: isWord, looks: "a label has letters, digits and underscores only"}),
	optional("ref", fields(required("kind", logicKind), required("name", someWord))),
	optional("refSwitch", fields(
		required("switchOn", formula),
		required("cases", &shape{want: isList, min: 1, max: mostCases, item: fields(
			required("case", anyWord), optional("default", truth), required("kind", logicKind), required("name", someWord),
		)}),
	)),
	optional("skipIf", formula),
	optional("forEach", fields(required("itemIn", formula), required("inputKey", someWord))),
	optional("inputs", anyMap),
	optional("condition", fields(
		required("type", &shape{want: isLiteral, min: 2, max: 40, accepts: isConditionType,
			looks: "a type is letters and digits in PascalCase, and not Ready, Reconciling or Stalled, which are korender's own"}),
		required("name", &shape{want: isLiteral, min: 1, max: 60}),
	)),
	optional("state", &shape{want: isFree, max: mostState}),
).exactly("ref", "refSwitch")

var resourceFunctionShape = fields(
	optional("preconditions", listOf(conditionShape(noDefaultReturn), mostConditions)),
	optional("locals", anyMap),
	required("apiConfig", fields(
		required("apiVersion", versionOf),
		required("kind", kindName),
		required("name", someText),
		optional("namespace", someText),
		optional("plural", &shape{want: isLiteral, min: 1, accepts: isPlural, looks: "a plural is one word in lower case, as in deployments"}),
		optional("namespaced", truth),
		optional("owned", truth),
		optional("readonly", truth),
		optional("deleteIfExists", truth),
	)),
	optional("resource", anyMap),
	optional("resourceTemplateRef", fields(required("name", someText))),
	optional("overlays", listOf(fields(
		optional("skipIf", formula),
		optional("overlay", someMap),
		optional("overlayRef", fields(required("kind", oneOf(kindValueFunction)), required("name", someWord))),
		optional("inputs", anyMap),
	).exactly("overlay", "overlayRef"), 0)),
	optional("create", fields(optional("enabled", truth), optional("delay", integer(1)), optional("overlay", anyMap))),
	optional("update", fields(
		optional("patch", fields(optional("delay", integer(1)))),
		optional("recreate", fields(optional("delay", integer(1)))),
		optional("never", nothing),
	).exactly("patch", "recreate", "never")),
	optional("delete", fields(optional("abandon", nothing), optional("destroy", nothing)).exactly("abandon", "destroy")),
	optional("postconditions", listOf(conditionShape(noDefaultReturn), mostConditions)),
	optional("return", anyMap),
).exactly("resource", "resourceTemplateRef")

var noDefaultReturn = refused("defaultReturn", "defaultReturn is for the preconditions of ValueFunctions only")

// conditionShape is an item of preconditions or postconditions.
func conditionShape(defaultReturn field, more ...string) *shape {
	message := fields(required("message", anyText))
	return fields(
		required("assert", formula),
		optional("ok", anyMap),
		optional("skip", message),
		optional("depSkip", message),
		optional("retry", fields(required("message", anyText), required("delay", integer(1)))),
		optional("permFail", message),
		defaultReturn,
	).exactly(append([]string{"ok", "skip", "depSkip", "retry", "permFail"}, more...)...)
}

var testCaseShape = fields(
	optional("label", anyText),
	optional("variant", truth),
	optional("skip", truth),
	optional("inputOverrides", anyMap),
	optional("currentResource", anyMap),
	optional("overlayResource", anyMap),
	optional("expectResource", someMap),
	optional("expectDelete", truth),
	optional("expectReturn", &shape{want: isFree, min: 1, looks: "to expect Ok with any value, write expectOutcome: {ok: {}}"}),
	optional("expectOutcome", fields(
		optional("ok", anyMap),
		optional("skip", fields(required("message", anyText))),
		optional("depSkip", fields(required("message", anyText))),
		optional("retry", fields(required("message", anyText), required("delay", integer(0)))),
		optional("permFail", fields(required("message", anyText))),
	).exactly("ok", "skip", "depSkip", "retry", "permFail")),
).exactly("expectResource", "expectReturn", "expectDelete", "expectOutcome")

func isWord(s string) bool {
	return s != "" && strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func isKind(s string) bool { return isWord(s) && !strings.Contains(s, "_") }

func isConditionType(s string) bool {
	switch s {
	case "Ready", "Reconciling", "Stalled":
		return false
	}
	return isKind(s) && s[0] >= 'A' && s[0] <= 'Z'
}

func isPlural(s string) bool {
	return isKind(strings.ReplaceAll(s, "-", "")) && s == strings.ToLower(s)
}

// isAPIVersion takes version and group/version.
func isAPIVersion(s string) bool {
	g, v, grouped := strings.Cut(s, "/")
	if !grouped {
		g, v = "core", s
	}
	return isHost(g) && isKind(v) && v == strings.ToLower(v)
}

func isHost(s string) bool {
	return s != "" && strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}
