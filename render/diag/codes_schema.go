// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of the shape of definitions.
const (
	UnsupportedVersion Code = "KR0101"
	UnknownKind        Code = "KR0102"
	MissingField       Code = "KR0103"
	UnknownField       Code = "KR0104"
	WrongType          Code = "KR0105"
	NotExpression      Code = "KR0106"
	NotLiteral         Code = "KR0107"
	BadValue           Code = "KR0108"
	EmptyField         Code = "KR0109"
	TooMany            Code = "KR0110"
	ExactlyOne         Code = "KR0111"
	Conflict           Code = "KR0112"
	IgnoredField       Code = "KR0113"
	BadDirective       Code = "KR0114"
	UnknownDirective   Code = "KR0115"
	BadAnnotation      Code = "KR0116"
	UnknownAnnotation  Code = "KR0117"
)

// schemaCodes are the codes KR01xx.
var schemaCodes = []Entry{
	{UnsupportedVersion, "a version of the language that does not exist",
		"Definitions of the API group koreo.dev have one version, v1beta1.",
		"apiVersion: koreo.dev/v1       # wrong\napiVersion: koreo.dev/v1beta1  # right"},
	{UnknownKind, "a kind that the language does not have",
		"The API group koreo.dev has the kinds Workflow, ValueFunction, ResourceFunction, ResourceTemplate and FunctionTest. " +
			"A definition of any other kind would be ignored in silence, so it is refused.", ""},
	{MissingField, "a field that must be there is missing",
		"The definition cannot work without this field. A field whose value is null counts as absent.",
		"ref:\n  name: settings         # wrong\n\nref:\n  kind: ValueFunction\n  name: settings         # right"},
	{UnknownField, "a field that does not exist, or not here",
		"A field with a wrong name would be ignored in silence, so it is refused. The hint has the nearest name, or all that " +
			"are known. Inside of free-form maps (inputs, locals, resource, return and the like) every name is fine.",
		"preCondition: []   # wrong\npreconditions: []  # right"},
	{WrongType, "a value of the wrong type",
		"The field takes another type of value: text, true or false, a whole number, a list or a map. Whole maps such as " +
			"inputs, locals and return cannot be one expression; their values can.",
		"inputs: =parent.spec        # wrong\ninputs:\n  spec: =parent.spec        # right"},
	{NotExpression, "a field that must be an expression",
		"assert, skipIf, switchOn and itemIn are evaluated, so they begin with an equals sign. The first character counts: " +
			"a blank before the sign makes the value plain text.",
		"skipIf: parent.spec.disabled    # wrong\nskipIf: =parent.spec.disabled   # right"},
	{NotLiteral, "a field that cannot be an expression",
		"Names of definitions, labels, kinds, versions and cases must be known before anything is evaluated, so they are " +
			"plain text. To choose a function by a value, use refSwitch.", ""},
	{BadValue, "a value that the field does not take",
		"The value has the right type but is none of the allowed words, too long, too short, too small, or has characters " +
			"that may not stand there.", "label: my-step   # wrong\nlabel: my_step   # right"},
	{EmptyField, "a value that must not be empty",
		"An empty text, list or map makes no sense here. Leave the field out if it is optional.", ""},
	{TooMany, "a list or map with too many entries",
		"A Workflow has at most 100 steps, a FunctionTest 100 cases, a list of conditions 50, a refSwitch 50, and the state " +
			"of a step 10 fields. Move steps into a Workflow of their own.", ""},
	{ExactlyOne, "fields that exclude each other",
		"Exactly one of these fields may be set, because each says something different about the same thing.",
		"skip: {message: off}\npermFail: {message: off}  # wrong: a condition leads to one outcome"},
	{Conflict, "settings that contradict each other",
		"Each setting is fine alone, but together they make no sense: a readonly object that is to be deleted, inputs of an " +
			"overlay that calls nothing, an expectation that a function of this kind can never meet.", ""},
	{IgnoredField, "a field without effect",
		"The field is legal, but another one makes it meaningless. Remove it, so that nobody relies on it.", ""},
	{BadDirective, "a comparison directive of the wrong shape",
		"x-koreo-compare-as-set and x-koreo-compare-last-applied are lists of keys of the map they stand in; " +
			"x-koreo-compare-as-map is a map from such a key to the fields that identify an item of the list.",
		"x-koreo-compare-as-map: [containers]          # wrong\nx-koreo-compare-as-map: {containers: [name]}  # right"},
	{UnknownDirective, "a key that looks like a directive and is none",
		"Keys that begin with x-koreo- are meant for korender, and this one means nothing to it, so it would be sent to the " +
			"cluster as part of the object. There are x-koreo-compare-as-set, x-koreo-compare-as-map and " +
			"x-koreo-compare-last-applied.", ""},
	{BadAnnotation, "an annotation of korender with a value that it does not take",
		"korender.dev/trigger on a Workflow is consume or emit: whether its triggers leave the output. korender.dev/apply on a " +
			"ResourceFunction is live or git: who applies its object.", ""},
	{UnknownAnnotation, "an annotation of korender that means nothing",
		"Annotations below korender.dev/ are korender's own. This one is not known, or not on this kind, and has no effect.",
		"korender.dev/triger: emit    # wrong\nkorender.dev/trigger: emit   # right"},
}
