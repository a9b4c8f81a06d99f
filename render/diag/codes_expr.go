// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of expressions.
const (
	ExprSyntax     Code = "KR0301"
	ExprUndeclared Code = "KR0302"
	ExprFunction   Code = "KR0303"
	ExprNeverWorks Code = "KR0304"
	ExprPattern    Code = "KR0305"
	ExprBacktracks Code = "KR0306"
	ExprMacro      Code = "KR0307"
)

// exprCodes are the codes KR03xx.
var exprCodes = []Entry{
	{ExprSyntax, "an expression that cannot be read",
		"A string that begins with = is an expression in CEL. This one is not well-formed: an operator, a bracket, a " +
			"quote or a comma is missing or too many. Text that begins with an equals sign is written =\"=text\".",
		"name: =inputs.name + '-web   # wrong\nname: =inputs.name + '-web'  # right"},
	{ExprUndeclared, "a name that is not in scope",
		"Each field of a definition sees certain variables only: functions see inputs (and locals, resource where they " +
			"exist by then), workflow steps see parent and steps. render/README.md has the table.",
		"return:\n  name: =input.name   # wrong\n  name: =inputs.name  # right"},
	{ExprFunction, "a function that does not exist, or takes other arguments",
		"Functions may be written f(x) and x.f(). `korender explain functions` is not needed: render/README.md lists all.",
		"=inputs.name.toLowerCase()  # wrong\n=inputs.name.toLower()      # right"},
	{ExprNeverWorks, "an expression that fails whatever the inputs are",
		"A part of the expression has only constant operands, and they do not fit: a text added to a number, a division " +
			"by zero, a function that does not take this type.", "=1 + 'a'          # wrong\n=string(1) + 'a'  # right"},
	{ExprPattern, "a regular expression that is not one",
		"Patterns are RE2; those with look-around or back-references, which RE2 does not have, run on a slower engine " +
			"with a time limit. This pattern is neither.", "=inputs.name.matches('[a-z')   # wrong\n=inputs.name.matches('[a-z]')  # right"},
	{ExprBacktracks, "a regular expression that RE2 does not have",
		"Look-around and back-references make a pattern run on a backtracking engine with a hard time limit: it may " +
			"be slow on long texts. Most such patterns can be written as two plain ones joined by && or !.",
		"=name.matches('^(?!kube-).*')    # slow\n=!name.startsWith('kube-')       # better"},
	{ExprMacro, "a macro with wrong arguments",
		"all, exists, exists_one, map, filter and reduce take the name of a loop variable first, then expressions.",
		"=inputs.list.map(x.name, x)  # wrong\n=inputs.list.map(x, x.name)  # right"},
}
