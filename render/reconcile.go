// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"fmt"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// This file is the door for a live reconciler: a WorkflowInstance goes in piece by piece, and the same evaluator runs
// with what was observed.

// What a plan is made of.
type (
	Step         = eval.StepResult
	Action       = eval.Action
	Outcome      = eval.Outcome
	OutcomeType  = eval.Type
	Verb         = eval.Verb
	Condition    = eval.Condition
	Observed     = eval.Observed
	AppliedByGit = eval.AppliedByGit
	Owner        = eval.Owner
	Wait         = expr.Wait
	DeletePolicy = program.DeletePolicy
)

// The types of outcomes, in the order of their rank.
const (
	DepSkip  = eval.DepSkip
	Skip     = eval.Skip
	Ok       = eval.Ok
	Deferred = eval.Deferred
	Retry    = eval.Retry
	PermFail = eval.PermFail
)

// What an Action does.
const (
	Leave    = eval.None
	Create   = eval.CreateIt
	Patch    = eval.Patch
	Recreate = eval.Recreate
	Delete   = eval.Delete
)

// What becomes of an object that is no longer produced.
const (
	DeleteDefault = program.DeleteDefault
	DeleteDestroy = program.DeleteDestroy
	DeleteAbandon = program.DeleteAbandon
)

// RenderedHash is the annotation that holds the hash of the target that a manifest was rendered from.
const RenderedHash = eval.RenderedHash

// Digest is how a WorkflowInstance names the text of its program: sha256:<hex>.
func Digest(text []byte) string { return digest(text) }

// TargetHash is the hash by which git and live agree on what was rendered: of the target in canonical form.
func TargetHash(target map[string]any) (string, error) { return targetHash(target) }

// CompileProgram compiles the text of a WorkflowInstance's program; name stands for the file in messages. The error is a
// *Failure.
func CompileProgram(name string, text []byte) (*Program, error) {
	docs, found := source.Parse(name, text, 0, source.Limits{})
	if err := failAt(StageProgram, found); err != nil {
		return nil, err
	}
	p, _, err := Compile(&Sources{Definitions: docs})
	return p, err
}

// Reconciliation is what one evaluation in a cluster starts from.
type Reconciliation struct {
	Workflow string          // by name
	Trigger  manifest.Object // as git has it
	Observed Observed
	// Applied are the objects that git applies. With AtGit, nothing is taken to be observed or applied: the plan is that
	// of the render, which tells what was decided by git alone.
	Applied map[manifest.Key]AppliedByGit
	AtGit   bool
	Owners  bool   // add owner references
	Owner   *Owner // to this object in place of the trigger, which may have no life of its own; nil: to the trigger
}

// Reconcile evaluates a Workflow as a live reconciler does. The error is that of ctx, or a *Failure when the program has
// no such Workflow or a bound was hit; whatever else goes wrong is an outcome in the Plan.
func Reconcile(ctx context.Context, p *Program, r Reconciliation) (*Plan, error) {
	w := p.Workflows[r.Workflow]
	if w == nil {
		return nil, failAt(StageProgram, diag.List{{
			Code:    diag.UnknownWorkflow,
			Message: fmt.Sprintf("the program holds no Workflow %q", r.Workflow),
		}})
	}
	opts := eval.Options{Namespace: r.Trigger.ID.Namespace, Owners: r.Owners, Owner: r.Owner}
	observed := r.Observed
	if r.AtGit {
		observed = Observed{}
	} else {
		opts.Handed = &eval.Handed{Applied: r.Applied}
	}
	plan, err := eval.Evaluate(ctx, p, eval.Trigger{Workflow: w, Object: r.Trigger}, observed, opts)
	if list, ok := err.(diag.List); ok { //nolint:errorlint // Evaluate returns it as it is
		return nil, &Failure{Stage: StageEvaluate, Problems: list}
	}
	return plan, err
}
