// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of the KRM function.
const (
	NotAResourceList      Code = "KR0701"
	UnknownFunctionConfig Code = "KR0702"
	NoLaterRename         Code = "KR0703"
	TestFailed            Code = "KR0704"
)

// functionCodes are the codes KR07xx.
var functionCodes = []Entry{
	{NotAResourceList, "an input that is no ResourceList",
		"`korender fn` is run by kustomize, kpt and other tools that write a ResourceList to its standard input: one document of " +
			"apiVersion config.kubernetes.io/v1 and kind ResourceList. To render files, or a stream of manifests, use " +
			"`korender render`.",
		"helm template chart | korender fn       # wrong\nhelm template chart | korender render - # right"},
	{UnknownFunctionConfig, "a functionConfig that says nothing to korender",
		"The functionConfig may be a Render of korender.dev/v1alpha1, a ConfigMap whose data are the same settings, or an " +
			"object that a Workflow runs for. It is none of these. If it is meant as a trigger, its Workflow was not read: " +
			"definitions are taken from the items, and from the libraries that korender.yaml or --library name.", ""},
	{NoLaterRename, "an object that nothing may rename any more",
		"A WorkflowInstance hands what git cannot know to the live reconciler. It says under which name and namespace it was " +
			"rendered, and live refuses one that was renamed since, because it would make everything a second time. " +
			"Kustomize's namePrefix, nameSuffix and namespace come before its transformers and after its generators; those of an " +
			"overlay come after everything in its bases. Where they come before the function, they are harmless.", ""},
	{TestFailed, "a FunctionTest that fails",
		"A case of a FunctionTest expects something else than its function comes to. `korender test` shows what differs.", ""},
}
