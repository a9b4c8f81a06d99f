// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of test runs.
const (
	NoTests      Code = "KR0601"
	NoTestsMatch Code = "KR0602"
)

// testCodes are the codes KR06xx.
var testCodes = []Entry{
	{NoTests, "no FunctionTest among the files",
		"`korender test` found definitions but nothing of kind FunctionTest in the PATHs given. FunctionTests live beside " +
			"the functions they test, in files with the same suffixes.", ""},
	{NoTestsMatch, "no FunctionTest matches --run",
		"--run takes a regular expression (RE2) that is looked for in the names of FunctionTests. None has it.", ""},
}
