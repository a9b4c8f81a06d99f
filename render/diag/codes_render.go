// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of rendering and output.
const (
	UnknownSetting       Code = "KR0501"
	BadSetting           Code = "KR0502"
	SeveralConfigs       Code = "KR0503"
	LibraryProblem       Code = "KR0504"
	UndeclaredFate       Code = "KR0505"
	UnknownWorkflow      Code = "KR0506"
	NoNamespace          Code = "KR0507"
	BadIdentity          Code = "KR0508"
	DuplicateObject      Code = "KR0509"
	EmptyOutput          Code = "KR0510"
	StepFailed           Code = "KR0511"
	StepWaits            Code = "KR0512"
	DeferredNotAllowed   Code = "KR0513"
	LateText             Code = "KR0514"
	TriggerCycle         Code = "KR0515"
	TriggerDepth         Code = "KR0516"
	TriggerDeferred      Code = "KR0517"
	TooManyObjects       Code = "KR0518"
	TookTooLong          Code = "KR0519"
	StateProblem         Code = "KR0520"
	ConflictingOptions   Code = "KR0521"
	AmbiguousWorkflowRun Code = "KR0522"
	PinViolated          Code = "KR0523"
	PatchConflict        Code = "KR0524"
	OwnAnnotation        Code = "KR0525"
	ProgramTooLarge      Code = "KR0526"
	NoSuchObject         Code = "KR0540"
	NoSuchField          Code = "KR0541"
)

// renderCodes are the codes KR05xx.
var renderCodes = []Entry{
	{UnknownSetting, "a field that kind Render does not have",
		"korender.yaml (kind Render) is read strictly: a field with a wrong name would otherwise be ignored in silence. " +
			"`korender schema` prints every field; most editors can use it to complete and check the file.",
		"triggrs: consume   # wrong\ntriggers: consume  # right"},
	{BadSetting, "a setting with a value that it cannot have",
		"The value of a field in korender.yaml has the wrong type, or is none of the words that are allowed there. " +
			"`korender schema` says what each field takes.",
		"target: argo    # wrong\ntarget: argocd  # right"},
	{SeveralConfigs, "more than one korender.yaml",
		"Several PATHs of one render form one layer, and one layer has one configuration. Render the folders one at a " +
			"time, or move what they share into one korender.yaml.", ""},
	{LibraryProblem, "a library that cannot be used",
		"A path below `libraries` must be a folder that exists, below `root`. Paths are relative to the korender.yaml " +
			"that names them. To use a folder outside of root, widen root, or name the folder with --library.", ""},
	{UndeclaredFate, "a trigger of which nobody said whether it stays in the output",
		"The object that a Workflow runs for (its trigger) is either input only (consume: it leaves the output) or a " +
			"manifest like any other (emit: it stays). A wrong guess does damage: a consumed object that the cluster still " +
			"holds is pruned by a GitOps tool, and an emitted one whose CRD is not installed fails the sync. So korender asks. " +
			"Say it in the Workflow (annotation korender.dev/trigger), in korender.yaml (triggers), or on the command line " +
			"(--triggers). Teams that come from the Koreo controller want emit: their triggers live in the cluster. " +
			"Triggers of built-in Kubernetes kinds are emitted unless something else is said.",
		"metadata:\n  name: web-app\n  annotations:\n    korender.dev/trigger: consume"},
	{UnknownWorkflow, "a Workflow that does not exist",
		"An object asks for a Workflow by the annotation koreo.dev/workflow, or --workflow names one, and no definition of " +
			"that name was read. Check the name, and whether the folder that defines it is among the PATHs or libraries.", ""},
	{NoNamespace, "a trigger without a namespace",
		"A namespaced trigger needs a namespace, because the objects made for it usually take theirs from it. Write it into " +
			"the trigger, or give the render a default: --namespace NAME, or `namespace` in korender.yaml.", ""},
	{BadIdentity, "an object that nothing can be called by",
		"Every manifest needs apiVersion, kind and metadata.name. generateName is refused, because a render must give the " +
			"same objects every time. Files that are no manifests (values, configuration of other tools) belong into " +
			".korenderignore.", ""},
	{DuplicateObject, "one object from two places",
		"Two steps, or a step and the input, give the same object (group, kind, namespace and name). Whichever came last " +
			"would win in the cluster, so neither is taken. Give them different names, or remove one.", ""},
	{EmptyOutput, "a render that produced nothing",
		"An empty output makes a GitOps tool delete everything that was there before, so it is refused. Most often a path, " +
			"an ignore rule or a skipIf is wrong. If nothing is what you want, say --allow-empty or `allowEmpty: true`.", ""},
	{StepFailed, "a step that fails",
		"A step came to PermFail from values that git knows: a precondition or postcondition says so, or an expression could " +
			"not be evaluated. Nothing is rendered then, because leaving its objects out would let a GitOps tool prune them.", ""},
	{StepWaits, "a step that waits for something only git can change",
		"A step came to Retry from values that git knows. A controller would try again later, but no later render can come " +
			"to anything else until the input changes, and leaving the objects out would let a GitOps tool prune them.", ""},
	{DeferredNotAllowed, "an object that cannot be rendered at git time",
		"The object needs a value that only a server or a controller fills in (such as a status), so it cannot be a plain " +
			"manifest. Deferral is opt-in: with `onDeferred: instance` (or --on-deferred instance) such objects are handed over " +
			"to the live reconciler; with the default, `error`, git owns everything and the render fails.", ""},
	{LateText, "an expression that reads what Flux changes after the render",
		"With `target: flux`, text with ${variables} gets its values, and objects with a `sops` key are decrypted, only after " +
			"the render. An expression that computes with such a text would compute with the wrong one. Copying it as it is " +
			"is fine: Flux finds it in the output. `substitute` in korender.yaml gives the render the values.",
		"host: =parent.spec.host + \".org\"  # wrong, when parent.spec.host is ${HOST}.example\nhost: =parent.spec.host            # right"},
	{TriggerCycle, "triggers that render one another in a circle",
		"A rendered object that is itself the trigger of a Workflow is evaluated in turn. Here that leads back to an object " +
			"that is being evaluated already.", ""},
	{TriggerDepth, "triggers nested too deeply",
		"A rendered object that is itself a trigger is evaluated in turn, at most 8 levels deep.", ""},
	{TriggerDeferred, "a rendered trigger that is not fully known",
		"An object that is itself the trigger of a Workflow depends on values that only exist at run time. What its Workflow " +
			"would make of it cannot be told at git time.", ""},
	{TooManyObjects, "more objects than the limit",
		"The output holds more objects than limits.objects allows. A forEach over the wrong list is the usual cause; " +
			"otherwise raise the limit in korender.yaml.", ""},
	{TookTooLong, "a render that took too long",
		"The render was stopped after limits.seconds of wall time.", ""},
	{StateProblem, "a state that could not be computed",
		"The `state` of a step failed to evaluate, or is not a map. It does not affect the outcome of the step, but the " +
			"instance's state lacks it.", ""},
	{ConflictingOptions, "options that exclude each other",
		"`gate: ordered` uses Argo CD's sync waves, so it needs `target: argocd`.", ""},
	{AmbiguousWorkflowRun, "no object to run a Workflow for",
		"--workflow runs one Workflow for the objects of its crdRef's kind, or, when it has no crdRef, for every object of a " +
			"kind that is not built into Kubernetes. There is none in the input. A built-in object can ask for a Workflow by " +
			"the annotation koreo.dev/workflow.", ""},
	{PinViolated, "a function pinned to git that git may have to leave to live",
		"The annotation `korender.dev/apply: git` promises that git always applies the object of a ResourceFunction. Here a " +
			"step uses it that may be deferred for some trigger, because something it depends on exists only at run time.", ""},
	{PatchConflict, "two patches that disagree",
		"Steps with `create.enabled: false` patch objects of the input in place, in the order of their triggers. Two of them " +
			"set the same field to different values, so the later one would undo the earlier one.", ""},
	{OwnAnnotation, "an annotation that says something else than korender would",
		"An object that the live reconciler may have to take over, or that has a policy of its own, is annotated so that the " +
			"GitOps tool treats it that way. The program sets the same annotation to another value. That value stays, and the " +
			"tool may then delete, or fight over, the object.", ""},
	{ProgramTooLarge, "a Workflow whose definitions are too large to hand over",
		"A WorkflowInstance carries the text of all definitions that its Workflow can use, so that what was reviewed is what " +
			"runs. Objects in a cluster are limited in size, so that text may be 512 KiB at most.", ""},
	{NoSuchObject, "an object that nobody makes",
		"`korender explain PATH OBJECT` explains an object that a step makes or reads, or one of the input: Kind/namespace/name, " +
			"Kind/name, or the same with Kind.group where several groups have the kind. The path of a step works, too. " +
			"`korender explain PATH` lists all of them.",
		"korender explain . Deployment/prod/web"},
	{NoSuchField, "a field that an object does not have",
		"The FIELD of `korender explain PATH OBJECT FIELD` is a path in the object as it is rendered: keys with dots between " +
			"them, and indexes of lists in brackets.",
		"korender explain . Deployment/prod/web spec.template.spec.containers[0].image"},
}
