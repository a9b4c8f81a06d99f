// SPDX-License-Identifier: Apache-2.0

// Package program turns koreo.dev documents into compiled, checked, ordered, immutable definitions. Documents come
// in, a Program and every problem found go out, all at once and sorted by place. It evaluates nothing but constants.
package program

import (
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/source"
)

// Program is a closed set of definitions. Definitions are looked up by name; lists are sorted by name.
type Program struct {
	Env               *expr.Env
	Workflows         map[string]*Workflow
	ValueFunctions    map[string]*ValueFunction
	ResourceFunctions map[string]*ResourceFunction
	Templates         map[string]*ResourceTemplate
	Tests             []*FunctionTest // by file and line
}

// Logic is what a step or a switch case runs: exactly one pointer is set when Compile reported no error for it.
type Logic struct {
	Kind, Name string
	Value      *ValueFunction
	Resource   *ResourceFunction
	Workflow   *Workflow
	Node       *source.Node // the ref
}

// GVK names a trigger's kind.
type GVK struct{ Group, Version, Kind string }

// Fate of triggers: "", "consume" or "emit" (annotation korender.dev/trigger).
type Fate string

// Workflow is an ordered list of steps.
type Workflow struct {
	Name   string
	Node   *source.Node // the whole document
	CRDRef *GVK         // nil: not run by triggers
	Fate   Fate
	Steps  []*Step
	Inputs []InputRef // fields of parent that the steps read
}

// Step is one call in a Workflow.
type Step struct {
	Label     string
	Node      *source.Node
	Logic     *Logic // nil with Switch
	Switch    *Switch
	SkipIf    *Body
	ForEach   *ForEach
	Inputs    *Body // nil: {}
	Condition *StepCondition
	State     *Body
	DependsOn []string // labels of earlier steps, in step order
}

// Switch is refSwitch.
type Switch struct {
	On      *Body
	Cases   []Case // in document order
	Default *Logic // nil without a default case
}

// Case is one case of a Switch.
type Case struct {
	Value string
	Logic *Logic
}

// ForEach repeats a step over a list.
type ForEach struct {
	ItemIn   *Body
	InputKey string
}

// StepCondition is a condition that a step reports.
type StepCondition struct{ Type, Name string }

// ValueFunction computes a value.
type ValueFunction struct {
	Name          string
	Node          *source.Node
	Preconditions []*Condition
	Locals        *Body
	Return        *Body // nil: the result is null
	Inputs        []InputRef
}

// InputRef is one input that a function reads, or one field of parent that a Workflow reads.
type InputRef struct {
	Name     string
	Required bool     // read somewhere that no has() guards: without it, evaluation fails
	At       diag.Pos // where the expression that reads it begins
}

// ConditionKind is what a false assert leads to.
type ConditionKind uint8

const (
	CondOk ConditionKind = iota
	CondSkip
	CondDepSkip
	CondRetry
	CondPermFail
	CondReturn // defaultReturn
)

// Condition is one item of preconditions or postconditions.
type Condition struct {
	Node    *source.Node
	Assert  *Body
	Kind    ConditionKind
	Message *Body
	Delay   int
	Return  *Body // CondReturn only
}

// UpdatePolicy is what is done on a difference.
type UpdatePolicy uint8

const (
	UpdatePatch UpdatePolicy = iota
	UpdateRecreate
	UpdateNever
)

// DeletePolicy is what becomes of an object that is no longer produced.
type DeletePolicy uint8

const (
	DeleteDefault DeletePolicy = iota
	DeleteDestroy
	DeleteAbandon
)

// ResourceFunction builds and watches over one object.
type ResourceFunction struct {
	Name           string
	Node           *source.Node
	Preconditions  []*Condition
	Locals         *Body
	API            APIConfig
	Resource       *Body // exactly one of Resource and TemplateRef
	TemplateRef    *Body
	Overlays       []*Overlay
	Create         Create
	Update         Update
	Delete         DeletePolicy
	Postconditions []*Condition
	Return         *Body
	Inputs         []InputRef
	Pin            string // annotation korender.dev/apply: "", "live" or "git"
}

// APIConfig is the identity part of a ResourceFunction.
type APIConfig struct {
	APIVersion, Kind, Plural string
	Name                     *Body
	Namespace                *Body // nil when cluster scoped
	Namespaced               bool
	Owned, Readonly          bool
	DeleteIfExists           bool
}

// Overlay is one item of overlays: either Body or Ref.
type Overlay struct {
	Node   *source.Node
	SkipIf *Body
	Body   *Body
	Ref    *ValueFunction
	Inputs *Body
}

// Create says whether and how an absent object is made. Delay in seconds.
type Create struct {
	Enabled bool
	Delay   int
	Overlay *Body
}

// Update says what to do about a difference. Delay in seconds.
type Update struct {
	Policy UpdatePolicy
	Delay  int
}

// ResourceTemplate is a literal object.
type ResourceTemplate struct {
	Name  string
	Node  *source.Node
	Value map[string]any
}

// FunctionTest is a test of one function.
type FunctionTest struct {
	Name     string
	Node     *source.Node
	Function *Logic
	Inputs   map[string]any // nil: none
	Current  map[string]any // nil: none
	Cases    []*TestCase
}

// TestCase is one case; exactly one of the expectations is set.
type TestCase struct {
	Label           string
	Node            *source.Node
	Variant, Skip   bool
	InputOverrides  map[string]any
	Current         map[string]any
	OverlayResource *Body
	ExpectResource  map[string]any
	ExpectReturn    map[string]any
	ExpectDelete    *bool
	ExpectOutcome   *ExpectedOutcome
}

// ExpectedOutcome is expectOutcome; Kind is one of CondOk … CondPermFail.
type ExpectedOutcome struct {
	Kind    ConditionKind
	Message string
	Delay   int
}
