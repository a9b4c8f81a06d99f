// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/parser"
)

// expander makes the nodes that a macro becomes. All of them stand where the macro's call does.
type expander struct {
	fac  ast.ExprFactory
	info *ast.SourceInfo
	id   int64
}

var _ parser.ExprHelper = expander{}

func (x expander) Copy(e ast.Expr) ast.Expr                { return x.fac.CopyExpr(e) }
func (x expander) NewLiteral(v ref.Val) ast.Expr           { return x.fac.NewLiteral(x.id, v) }
func (x expander) NewList(list ...ast.Expr) ast.Expr       { return x.fac.NewList(x.id, list, nil) }
func (x expander) NewMap(list ...ast.EntryExpr) ast.Expr   { return x.fac.NewMap(x.id, list) }
func (x expander) NewIdent(name string) ast.Expr           { return x.fac.NewIdent(x.id, name) }
func (x expander) NewAccuIdent() ast.Expr                  { return x.fac.NewAccuIdent(x.id) }
func (x expander) AccuIdentName() string                   { return x.fac.AccuIdentName() }
func (x expander) OffsetLocation(id int64) common.Location { return x.info.GetStartLocation(id) }

func (x expander) NewMapEntry(key, value ast.Expr, optional bool) ast.EntryExpr {
	return x.fac.NewMapEntry(x.id, key, value, optional)
}

func (x expander) NewStruct(name string, fields ...ast.EntryExpr) ast.Expr {
	return x.fac.NewStruct(x.id, name, fields)
}

func (x expander) NewStructField(field string, value ast.Expr, optional bool) ast.EntryExpr {
	return x.fac.NewStructField(x.id, field, value, optional)
}

func (x expander) NewComprehension(over ast.Expr, item, acc string, start, condition, step, result ast.Expr) ast.Expr {
	return x.fac.NewComprehension(x.id, over, item, acc, start, condition, step, result)
}

func (x expander) NewComprehensionTwoVar(over ast.Expr, item, second, acc string, start, condition, step, result ast.Expr) ast.Expr {
	return x.fac.NewComprehensionTwoVar(x.id, over, item, second, acc, start, condition, step, result)
}

func (x expander) NewCall(function string, args ...ast.Expr) ast.Expr {
	return x.fac.NewCall(x.id, function, args...)
}

func (x expander) NewMemberCall(function string, target ast.Expr, args ...ast.Expr) ast.Expr {
	return x.fac.NewMemberCall(x.id, function, target, args...)
}

func (x expander) NewPresenceTest(operand ast.Expr, field string) ast.Expr {
	return x.fac.NewPresenceTest(x.id, operand, field)
}

func (x expander) NewSelect(operand ast.Expr, field string) ast.Expr {
	return x.fac.NewSelect(x.id, operand, field)
}

func (x expander) NewError(id int64, message string) *common.Error {
	return common.NewError(id, message, x.OffsetLocation(id))
}
