// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"errors"
	"io"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// Text is a file that was read already.
type Text struct {
	Name  string // for messages
	Bytes []byte
}

// exprName stands for the file of an expression that was typed.
const exprName = "EXPR"

// Eval evaluates one expression, with or without its '=', with the map in a YAML or JSON text as the variable inputs.
// The error is a *Failure when the expression or the text is wrong.
func Eval(ctx context.Context, text string, inputs Text) (any, error) {
	env, err := expr.NewEnv(expr.Limits{})
	if err != nil {
		return nil, err
	}
	values, err := inputsOf(inputs)
	if err != nil {
		return nil, err
	}
	prog, found := env.Compile(text, []string{"inputs"})
	if prog == nil {
		return nil, failAt(StageProgram, exprProblems(text, found))
	}
	value, err := prog.Eval(ctx, expr.Vars{"inputs": values})
	var failed *expr.Error
	if errors.As(err, &failed) {
		return nil, failAt(StageEvaluate, diag.List{exprProblem(text, failed.Offset, diag.Diagnostic{
			Code: diag.StepFailed, Message: failed.Message, Hint: failed.Hint,
		})})
	}
	if err != nil {
		return nil, err
	}
	return expr.Plain(value), nil
}

// EvalBatch evaluates a table of expressions in the format of the conformance tables: JSON lines in and out.
func EvalBatch(ctx context.Context, r io.Reader, w io.Writer) error { return expr.Batch(ctx, r, w) }

// inputsOf reads the inputs; an empty text gives an empty map.
func inputsOf(t Text) (map[string]any, error) {
	if len(t.Bytes) == 0 {
		return map[string]any{}, nil
	}
	docs, found := source.Parse(t.Name, t.Bytes, 0, source.Limits{})
	if err := failAt(StageProgram, found); err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return map[string]any{}, nil
	}
	root := docs[0].Root
	values, ok := root.Native().(map[string]any)
	switch {
	case !ok:
		return nil, failAt(StageProgram, diag.List{root.Problem(diag.BadSetting, "inputs must be a map, not %s", kindName(root.Kind))})
	case len(docs) > 1:
		return nil, failAt(StageProgram, diag.List{docs[1].Root.Problem(diag.BadSetting, "inputs must be one document, this is the second")})
	}
	return values, nil
}

func exprProblems(text string, found []expr.Problem) diag.List {
	var list diag.List
	for _, p := range found {
		d := diag.Diagnostic{Code: diag.Code(p.Code), Message: p.Message, Hint: p.Hint}
		if p.Warning {
			d.Severity = diag.Warning
		}
		list = append(list, exprProblem(text, p.Offset, d))
	}
	return list
}

// exprProblem puts a problem at a byte of an expression.
func exprProblem(text string, offset int, d diag.Diagnostic) diag.Diagnostic {
	offset = min(max(offset, 0), len(text))
	line, start := 1, 0
	for i := range offset {
		if text[i] == '\n' {
			line, start = line+1, i+1
		}
	}
	end := start
	for end < len(text) && text[end] != '\n' {
		end++
	}
	d.Pos = diag.Pos{File: exprName, Line: line, Column: 1 + len([]rune(text[start:offset]))}
	d.Excerpt = text[start:end]
	return d
}
