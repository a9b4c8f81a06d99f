// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
)

// keywords are no names, though they look like some.
var keywords = []string{"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
	"loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}

// parsePath reads an expression that is a path only, such as inputs.spec.name. Most expressions are, and the parser
// takes far longer for them than all the rest of the work. It tells whether the text is one.
func parsePath(text string) (ast.Expr, *ast.SourceInfo, bool) {
	start := len(text) - len(strings.TrimLeft(text, " \n"))
	path := strings.TrimRight(text[start:], " \n")
	fac := ast.NewExprFactory()
	info := ast.NewSourceInfo(common.NewTextSource(text))
	var e ast.Expr
	id, at := int64(0), start
	for name := range strings.SplitSeq(path, ".") {
		id++
		switch {
		case !plainName(name), e == nil && slices.Contains(keywords, name):
			return nil, nil, false
		case e == nil:
			e = fac.NewIdent(id, name)
		case name == "in" || name == "true" || name == "false" || name == "null":
			return nil, nil, false
		default:
			e = fac.NewSelect(id, e, name)
		}
		info.SetOffsetRange(id, ast.OffsetRange{Start: int32(at), Stop: int32(at + len(name))})
		at += len(name) + 1
	}
	return e, info, true
}

// plainName tells whether s is a name of ASCII letters, digits and underscores.
func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
