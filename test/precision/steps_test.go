// SPDX-License-Identifier: Apache-2.0

package precision

import "fmt"

// use is a step that renders Thing/prod/x from an expression.
func use(expression string) string { return thing("use", "x", expression) }

// thing is a step that renders a Thing from an expression.
func thing(label, name, expression string) string {
	return fmt.Sprintf("    - {label: %s, ref: {kind: ResourceFunction, name: thing}, inputs: {name: %s, v: '=%s'}}\n", label, name, expression)
}

// call is a step that calls a ResourceFunction.
func call(label, function, inputs string) string {
	return fmt.Sprintf("    - {label: %s, ref: {kind: ResourceFunction, name: %s}, inputs: {%s}}\n", label, function, inputs)
}

// compute is a step that calls a ValueFunction.
func compute(label, function, inputs string) string {
	return fmt.Sprintf("    - {label: %s, ref: {kind: ValueFunction, name: %s}, inputs: {%s}}\n", label, function, inputs)
}

// say is a step that puts the value of an expression into the state.
func say(expression string) string {
	return fmt.Sprintf("    - {label: say, ref: {kind: ValueFunction, name: echo}, inputs: {v: '=%s'}, state: {got: =value.got}}\n", expression)
}

// run is a step that calls a Workflow.
func run(label, workflow, inputs string) string {
	return fmt.Sprintf("    - {label: %s, ref: {kind: Workflow, name: %s}, inputs: {%s}}\n", label, workflow, inputs)
}

// Outcomes that many rows share.
const (
	useDone = "use Ok git Thing/prod/x\n"
	useLate = "use Deferred live Thing/prod/x "
	waitID  = "waits net: Network/prod/net.status.id\n"
)
