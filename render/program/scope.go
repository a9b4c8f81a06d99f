// SPDX-License-Identifier: Apache-2.0

package program

import "slices"

// scope is the variables of a field, and why others that are known elsewhere are not among them.
type scope struct {
	names     []string
	elsewhere map[string]string
}

const (
	onlyInputs   = "a function sees nothing of the Workflow but its inputs; pass the value as an input of the step"
	localsLater  = "locals are computed after the preconditions; use inputs"
	localsAlone  = "locals cannot use one another; repeat the expression, or move it into a ValueFunction of its own"
	noObjectYet  = "the object does not exist yet here; resource is known in overlays, postconditions and return"
	stepNoInputs = "inputs is known in refSwitch.switchOn only; a step reads parent and steps"
	stateOnly    = "state sees only value, the result of its own step"
)

// outside is what a function never sees, merged with what one of its fields does not see.
func outside(more map[string]string) map[string]string {
	all := map[string]string{
		"parent": onlyInputs, "steps": onlyInputs,
		"value":    "value is known in the state of a step only",
		"template": "the object built so far is called resource",
	}
	for name, why := range more {
		all[name] = why
	}
	return all
}

// The scopes of LANGUAGE 2.10.
var (
	valueEarly = &scope{[]string{"inputs", "resource"}, outside(map[string]string{"locals": localsLater})}
	valueLocal = &scope{[]string{"inputs", "resource"}, outside(map[string]string{"locals": localsAlone})}
	// whole is everything that a function can see.
	wholeScope = &scope{[]string{"inputs", "locals", "resource"}, outside(nil)}

	resourceEarly = &scope{[]string{"inputs"}, outside(map[string]string{"locals": localsLater, "resource": noObjectYet})}
	resourceLocal = &scope{[]string{"inputs"}, outside(map[string]string{"locals": localsAlone, "resource": noObjectYet})}
	resourceBuild = &scope{[]string{"inputs", "locals"}, outside(map[string]string{"resource": noObjectYet})}

	stepScope = &scope{[]string{"parent", "steps"}, map[string]string{
		"inputs": stepNoInputs, "locals": "a Workflow has no locals; compute the value in a ValueFunction step",
		"resource": "a Workflow sees no objects; read what the step's function returns, as in steps.label.field",
		"value":    "value is known in the state of a step only",
	}}
	switchScope = &scope{[]string{"parent", "steps", "inputs"}, map[string]string{
		"locals":   "a Workflow has no locals; compute the value in a ValueFunction step",
		"resource": "a Workflow sees no objects; read what the step's function returns, as in steps.label.field",
		"value":    "value is known in the state of a step only",
	}}
	stateScope = &scope{[]string{"value"}, map[string]string{
		"steps": stateOnly, "parent": stateOnly, "inputs": stateOnly, "resource": stateOnly, "locals": stateOnly,
	}}
)

// testScope is the scope of overlayResource: each input under its own name, where that can be a name.
func testScope(inputs []string) *scope {
	names := []string{"inputs", "resource"}
	for _, name := range inputs {
		if isName(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[2:])
	return &scope{names, outside(map[string]string{"locals": "the locals of the function are not known in its tests"})}
}

// isName tells whether an expression can use s as a variable.
func isName(s string) bool {
	if !isWord(s) || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	switch s {
	case "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
		"let", "loop", "package", "namespace", "return", "var", "void", "while":
		return false
	}
	return true
}
