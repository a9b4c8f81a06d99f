// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/parser"

	"github.com/korender/korender/render/diag"
)

// Env compiles expressions. It is safe for concurrent use and remembers what it compiled, by text and names.
type Env struct {
	limits Limits
	parser *parser.Parser
	macros []parser.Macro
	mu     sync.Mutex
	cache  map[string]compiled
}

type compiled struct {
	program  *Program
	problems []Problem
}

// Program is one compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	text   string
	limits Limits
	root   node
	slots  int  // loop variables that are live at once
	builds bool // it may make lists and maps, rather than read them only
	refs   []Ref
}

const (
	defaultAlloc = 64 << 20
	defaultSteps = 1_000_000
	maxText      = 100_000 // characters of one expression
	maxNesting   = 1000    // brackets and operators in each other
)

// NewEnv makes an environment. The error is that of the parser's set-up.
func NewEnv(l Limits) (*Env, error) {
	if l.Alloc == 0 {
		l.Alloc = defaultAlloc
	}
	if l.Steps == 0 {
		l.Steps = defaultSteps
	}
	known := macros()
	p, err := parser.NewParser(
		parser.Macros(known...),
		parser.MaxRecursionDepth(maxNesting),
		parser.ExpressionSizeCodePointLimit(maxText),
		parser.ErrorRecoveryLimit(4),
		parser.EnableHiddenAccumulatorName(true),
	)
	if err != nil {
		return nil, fmt.Errorf("set up the expression parser: %w", err)
	}
	return &Env{limits: l, parser: p, macros: known, cache: map[string]compiled{}}, nil
}

// Compile parses and checks an expression; text may begin with any number of equals signs. Names are the variables in
// scope. Program is nil exactly when a problem is an error.
func (e *Env) Compile(text string, names []string) (*Program, []Problem) {
	key := strings.Join(names, "\x01") + "\x00" + text
	e.mu.Lock()
	c, found := e.cache[key]
	e.mu.Unlock()
	if found {
		return c.program, c.problems
	}
	c.program, c.problems = e.compile(text, names)
	e.mu.Lock()
	e.cache[key] = c
	e.mu.Unlock()
	return c.program, c.problems
}

func (e *Env) compile(text string, names []string) (*Program, []Problem) {
	src := prepare(text)
	if strings.TrimSpace(src.parsed) == "" {
		return nil, []Problem{{Code: string(diag.ExprSyntax), Message: "the expression is empty",
			Hint: `write a value after the equals sign; text that begins with = is written ="=text"`}}
	}
	tree, info, ok := read(src.parsed, e.macros)
	if !ok {
		parsed, errs := e.parser.Parse(common.NewTextSource(src.parsed))
		if errs != nil && len(errs.GetErrors()) > 0 {
			return nil, syntaxProblems(&src, errs.GetErrors())
		}
		tree, info = parsed.Expr(), parsed.SourceInfo()
	}
	if src.comma >= 0 {
		return nil, []Problem{{Code: string(diag.ExprSyntax), Offset: src.comma, Message: "a comma before the closing bracket",
			Hint: "remove the comma: the last item has none after it"}}
	}
	p := &planner{src: &src, info: info, names: names}
	root := p.plan(tree, false)
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Offset - b.Offset })
	if slices.ContainsFunc(p.problems, func(q Problem) bool { return !q.Warning }) {
		return nil, p.problems
	}
	refs := (&refFinder{p: p}).find(tree)
	return &Program{text: text, limits: e.limits, root: root, slots: p.maxSlots, builds: mayBuild(root), refs: refs}, p.problems
}

func syntaxProblems(src *sourceText, errs []*common.Error) []Problem {
	first := errs[0]
	at := 0
	if line := first.Location.Line(); line > 0 {
		lines := strings.SplitAfter(src.parsed, "\n")
		for _, l := range lines[:min(line-1, len(lines))] {
			at += len(l)
		}
		if line <= len(lines) {
			at += len(string([]rune(lines[line-1])[:min(first.Location.Column(), len([]rune(lines[line-1])))]))
		}
	}
	off := src.back(at)
	message, hint := first.Message, ""
	code := diag.ExprSyntax
	switch {
	case strings.Contains(message, "unsupported syntax"):
		message, hint = "optional fields are not part of the language", "test with has(…)"
	case strings.Contains(message, "invalid int literal"), strings.Contains(message, "invalid uint literal"):
		message = "the number does not fit in 64 bits"
	case strings.Contains(message, "argument is not an identifier"), strings.Contains(message, "must be a simple name"):
		code, message, hint = diag.ExprMacro, "the first argument must be the name of a loop variable", "write list.map(x, value made of x)"
	case strings.Contains(message, "max recursion depth"), strings.Contains(message, "recursion depth exceeded"):
		message, hint = fmt.Sprintf("the expression nests more than %d deep", maxNesting), "split it up with locals"
	case strings.Contains(message, "expression code point size exceeds limit"):
		message, hint = fmt.Sprintf("the expression is longer than %d characters", maxText), "split it up with locals"
	case strings.Contains(message, "Syntax error"):
		message, hint = readable(message, src.parsed, at)
	}
	return []Problem{{Code: string(code), Offset: off, Message: message, Hint: hint}}
}

// readable says in plain words what the parser stumbled over.
func readable(message, text string, at int) (string, string) {
	rest := strings.TrimSpace(text[min(at, len(text)):])
	switch {
	case rest == "":
		return "the expression ends too early", "an operand, a bracket or a quote is missing at the end"
	case rest[0] == '\'' || rest[0] == '"':
		if strings.Contains(message, "token recognition") {
			return "a text that is not closed", "add the closing quote"
		}
	}
	token := rest
	if i := strings.IndexAny(rest, " \t\n"); i > 0 {
		token = rest[:i]
	}
	if r := []rune(token); len(r) > 20 {
		token = string(r[:20]) + "…"
	}
	return fmt.Sprintf("cannot read the expression at %q", token), "check operators, brackets and quotes before it"
}

// Text is the text given to Compile.
func (p *Program) Text() string { return p.text }

// Refs lists the static paths that the expression reads, in order of their offsets.
func (p *Program) Refs() []Ref { return p.refs }

// Eval computes the value. The error is *Error or *Waiting.
func (p *Program) Eval(ctx context.Context, vars Vars) (any, error) {
	f := frame{ctx: ctx, vars: vars, steps: p.limits.Steps, alloc: p.limits.Alloc}
	if p.slots > 0 {
		f.locals = make([]any, p.slots)
	}
	v, err := p.root.eval(&f)
	if f.stopped != nil {
		err = f.stopped
	}
	if err == nil && p.builds {
		err = f.measure(&place{source: p.text}, v, 0)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// mayBuild tells whether a program may give a list or map that its variables do not hold.
func mayBuild(n node) bool {
	switch n := n.(type) {
	case constant, variable, presenceTest:
		return false
	case selectField:
		return mayBuild(n.operand)
	case index:
		return mayBuild(n.operand)
	default:
		return true
	}
}
