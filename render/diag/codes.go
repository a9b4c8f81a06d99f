// SPDX-License-Identifier: Apache-2.0

package diag

import "slices"

// Entry explains one code to a person.
type Entry struct {
	Code    Code
	Title   string // one line
	Text    string // what it means, why it is a problem, how to mend it
	Example string // a short faulty input, and the mended one; may be empty
}

// catalogue lists the entries of every range, in the order of the codes.
func catalogue() []Entry {
	return slices.Concat(sourceCodes, schemaCodes, programCodes, exprCodes, evalCodes, renderCodes, testCodes, functionCodes)
}

// Lookup finds the entry of a code.
func Lookup(c Code) (Entry, bool) {
	all := catalogue()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Code == c })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}

// Codes lists every code, sorted.
func Codes() []Code {
	var out []Code
	for _, e := range catalogue() {
		out = append(out, e.Code)
	}
	slices.Sort(out)
	return out
}
