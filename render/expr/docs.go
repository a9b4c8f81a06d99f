// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"cmp"
	"slices"
	"strings"
)

// Function documents one function of the language.
type Function struct {
	Name     string
	Forms    []string // how it is called, with the types of arguments and result
	Doc      string   // what it gives, and when it fails
	Examples []Example
}

// Example is an expression, and its value as JSON; an empty Value means that it is an error.
type Example struct{ Expr, Value string }

// Functions documents every function and macro of the language, by name. Functions may be called as f(x) and as x.f();
// those with a dot in their name, and macros, only as shown.
func Functions() []Function {
	all := slices.Concat(macroDocs, koreoDocs, textDocs, listDocs, numberDocs, timeDocs)
	slices.SortFunc(all, func(a, b Function) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}
