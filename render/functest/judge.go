// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"maps"
	"strconv"
	"strings"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
)

// lastApplied is the annotation in which the runtime keeps what it applied; expectations never list it.
const lastApplied = "koreo.dev/last-applied-configuration"

// verdict is the judgement of one assertion.
type verdict struct {
	pass        bool
	message     string
	differences []Difference
}

// into writes the judgement into the case.
func (v verdict) into(c *Case) {
	c.Pass, c.Message = v.pass, v.message
	if len(v.differences) > 0 {
		c.Differences = v.differences
	}
}

// judge evaluates the assertion of the case (LANGUAGE §8.6).
func (r *caseRun) judge(seen *observation) verdict {
	switch spec := r.spec; {
	case spec.ExpectResource != nil:
		return judgeResource(seen, spec.ExpectResource)
	case spec.ExpectReturn != nil:
		return judgeReturn(seen, spec.ExpectReturn)
	case spec.ExpectDelete != nil:
		return judgeDelete(seen, *spec.ExpectDelete)
	case spec.ExpectOutcome != nil:
		return judgeOutcome(seen.outcome, spec.ExpectOutcome)
	default:
		return verdict{message: "The case expects nothing."}
	}
}

func judgeResource(seen *observation, want map[string]any) verdict {
	if !seen.called {
		return verdict{message: "No resource changes attempted: " + why(seen.outcome)}
	}
	if seen.outcome.Type != eval.Retry {
		return verdict{message: "Unexpected result-type (" + outcomeText(seen.outcome) + "), but expected Retry"}
	}
	return verdictOf(compareObjects(withAnnotations(want), withAnnotations(withoutLastApplied(seen.stored))))
}

// why is the reason for which nothing was changed.
func why(o eval.Outcome) string {
	switch {
	case o.Message != "":
		return o.Message
	case o.Type == eval.Ok:
		return "unexpected Ok result"
	default:
		return outcomeText(o)
	}
}

func judgeReturn(seen *observation, want map[string]any) verdict {
	if seen.outcome.Type != eval.Ok {
		return verdict{message: "Non-Ok return value (" + outcomeText(seen.outcome) + ")"}
	}
	return verdictOf(compareValues(want, expr.Plain(seen.outcome.Value)))
}

func judgeDelete(seen *observation, want bool) verdict {
	message := "Delete not called."
	if seen.deleted {
		message = "Delete called"
	}
	return verdict{pass: seen.deleted == want, message: message}
}

// verdictOf passes when nothing differs.
func verdictOf(differences []Difference) verdict {
	v := verdict{pass: len(differences) == 0, differences: differences}
	if !v.pass {
		v.message = plural(len(differences), "difference")
	}
	return v
}

// wantedTypes maps an expectation to the type it asks for.
var wantedTypes = map[program.ConditionKind]eval.Type{
	program.CondOk:       eval.Ok,
	program.CondSkip:     eval.Skip,
	program.CondDepSkip:  eval.DepSkip,
	program.CondRetry:    eval.Retry,
	program.CondPermFail: eval.PermFail,
}

func judgeOutcome(got eval.Outcome, want *program.ExpectedOutcome) verdict {
	kind := wantedTypes[want.Kind]
	if got.Type != kind {
		return verdict{message: "Expected(" + expectedText(want) + ") Actual(" + outcomeText(got) + ")"}
	}
	if kind == eval.Ok {
		return verdict{pass: true}
	}
	pass := contains(got.Message, want.Message)
	if kind == eval.Retry {
		pass = pass && (want.Delay == 0 || want.Delay == got.Delay)
	}
	if pass {
		return verdict{pass: true}
	}
	return verdict{message: mismatchText(kind, want, got)}
}

// contains tells whether want is somewhere in got, whatever the case of the letters; an empty want always is.
func contains(got, want string) bool {
	return want == "" || strings.Contains(strings.ToLower(got), strings.ToLower(want))
}

func mismatchText(kind eval.Type, want *program.ExpectedOutcome, got eval.Outcome) string {
	if kind != eval.Retry {
		return kind.String() + ": Expected(message=" + want.Message + ") Actual(message=" + got.Message + ")"
	}
	return "Retry: Expected(message=" + want.Message + ", delay=" + strconv.Itoa(want.Delay) + ") Actual(message=" +
		got.Message + ", delay=" + strconv.Itoa(got.Delay) + ")"
}

func expectedText(want *program.ExpectedOutcome) string {
	kind := wantedTypes[want.Kind]
	if kind == eval.Ok {
		return "Ok"
	}
	return eval.Outcome{Type: kind, Message: want.Message, Delay: want.Delay}.String()
}

// outcomeText is an outcome for a message; the value of an Ok may be long, so only its kind is told.
func outcomeText(o eval.Outcome) string {
	if o.Type == eval.Ok {
		return "Ok"
	}
	return o.String()
}

// withoutLastApplied drops the annotation that the runtime keeps for itself.
func withoutLastApplied(object map[string]any) map[string]any {
	annotations := annotationsOf(object)
	if _, ok := annotations[lastApplied]; !ok {
		return object
	}
	kept := maps.Clone(annotations)
	delete(kept, lastApplied)
	return annotated(object, kept)
}

// withAnnotations drops an empty map of annotations: whether the runtime's own annotation was alone in it, or never
// there, is nothing that an expectation should have to know.
func withAnnotations(object map[string]any) map[string]any {
	if annotations := annotationsOf(object); annotations == nil || len(annotations) > 0 {
		return object
	}
	return annotated(object, nil)
}

func annotationsOf(object map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	return annotations
}

// annotated is a copy of the object, which has metadata, with other annotations; nil for none.
func annotated(object, annotations map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	kept := maps.Clone(metadata)
	delete(kept, "annotations")
	if annotations != nil {
		kept["annotations"] = annotations
	}
	out := maps.Clone(object)
	out["metadata"] = kept
	return out
}
