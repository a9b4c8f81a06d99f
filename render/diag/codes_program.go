// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of references and order.
const (
	DuplicateDefinition Code = "KR0201"
	MissingDefinition   Code = "KR0202"
	WrongReference      Code = "KR0203"
	Cycle               Code = "KR0204"
	DuplicateLabel      Code = "KR0205"
	StepOrder           Code = "KR0206"
	WholeSteps          Code = "KR0207"
	DuplicateCase       Code = "KR0208"
	SameTrigger         Code = "KR0209"
	UnusedDefinition    Code = "KR0210"
	UnusedInput         Code = "KR0211"
	MissingInput        Code = "KR0212"
	MissingOverlayInput Code = "KR0213"
)

// programCodes are the codes KR02xx.
var programCodes = []Entry{
	{DuplicateDefinition, "two definitions of one kind and name",
		"References name a kind and a name, nothing else; namespaces do not tell definitions apart. Within one layer (the " +
			"PATHs of a run, or one library) each name is used once per kind. Between layers the earlier one wins: that is " +
			"how a team overrides a definition of a library.", ""},
	{MissingDefinition, "a reference to a definition that does not exist",
		"Nothing of this kind and name was read. Check the spelling, and whether the folder that defines it is among the PATHs " +
			"or the libraries.", ""},
	{WrongReference, "a reference with the wrong kind",
		"There is a definition of this name, but it is of another kind than the reference says. Kinds have separate names.", ""},
	{Cycle, "a Workflow that runs itself",
		"A step of the Workflow runs it again, directly or through other Workflows, so a run would never end. To repeat a " +
			"step over a list, use forEach.", ""},
	{DuplicateLabel, "two steps with one label",
		"Results of steps are read by label (steps.label), so each label is used once in a Workflow.", ""},
	{StepOrder, "a step that reads the result of a step that does not stand before it",
		"A step can use the results of the steps above it in the list, and waits for those that it names. Its own result " +
			"and those of steps below do not exist yet when it runs.",
		"steps:\n- label: second\n  inputs: {id: =steps.first.id}  # wrong: first stands below\n- label: first"},
	{WholeSteps, "steps read without a label",
		"A step waits only for the steps that its expressions name, and sees only their results. An expression that reads " +
			"steps as a whole, or with a computed label, makes it wait for nothing, so what it sees there is whatever is named " +
			"elsewhere in the step.", "inputs: {all: =steps}             # doubtful\ninputs: {name: =steps.vpc.name}   # clear"},
	{DuplicateCase, "two cases of a refSwitch for one value",
		"Each value of a refSwitch leads to one function, and at most one case is the default.", ""},
	{SameTrigger, "two Workflows for one kind of trigger",
		"An object is run by the one Workflow whose crdRef names its kind. With two, neither can be chosen. Remove one crdRef, " +
			"or leave it out of both and let each object ask by the annotation koreo.dev/workflow.", ""},
	{UnusedDefinition, "a function that nothing uses",
		"No step, overlay or FunctionTest refers to this function. Most often a reference to it is misspelt, or its last user " +
			"was removed.", ""},
	{UnusedInput, "an input that is read by nothing",
		"The step gives an input that its function never reads. Most often one of the two names is misspelt. An input that is " +
			"only there to make the step wait for another one should have a name that begins with an underscore.",
		"inputs:\n  _after: =steps.vpc.id"},
	{MissingInput, "an input that a step does not give",
		"The function reads an input that the step does not pass, and no has() guards that. Once the expression is evaluated it " +
			"will fail.", ""},
	{MissingOverlayInput, "an input that an overlay does not give to its ValueFunction",
		"The ValueFunction of an overlayRef reads an input that the overlay does not pass, and no has() guards that, so the " +
			"overlay would always fail.", ""},
}
