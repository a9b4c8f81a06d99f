// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// The conditions of every instance, as kstatus reads them. Reconciling and Stalled are there only while they are true.
const (
	Ready       = "Ready"
	Reconciling = "Reconciling"
	Stalled     = "Stalled"
)

// Reasons of Ready and Stalled, besides those of refusals, of StalledError and of the language (Ready, Skip, Wait,
// Failure).
const (
	Terminating = "Terminating" // the instance is being torn down
	Rejected    = "Rejected"    // the server does not take an object as it is
	ApplyFailed = "ApplyFailed" // a write failed, and may succeed the next time
	RunFailed   = "RunFailed"   // the run ended early
)

// Reasons of Reconciling.
const (
	Progressing          = "Progressing"
	ProgressingWithRetry = "ProgressingWithRetry"
)

// maxMessage bounds messages, in bytes.
const maxMessage = 1024

// verdict is what the run came to as a whole.
type verdict struct {
	status          metav1.ConditionStatus
	reason, message string
	stalled         *problem // nil when it is not
}

// conditions are those of the instance, then those of the steps. A run without a plan says nothing new of the steps.
func (r *Run) conditions(secrets *Redactor) []metav1.Condition {
	v := r.verdict()
	now := []metav1.Condition{r.condition(Ready, v.status, v.reason, v.message)}
	switch {
	case v.stalled != nil:
		now = append(now, r.condition(Stalled, metav1.ConditionTrue, v.stalled.reason, v.stalled.message))
	case v.status == metav1.ConditionUnknown:
		now = append(now, r.condition(Reconciling, metav1.ConditionTrue, Progressing, v.message))
	case v.status == metav1.ConditionFalse:
		now = append(now, r.condition(Reconciling, metav1.ConditionTrue, ProgressingWithRetry, v.message))
	}
	before := r.before().Conditions
	if r.Plan != nil {
		done := r.whatWasDone()
		for _, c := range r.Plan.Conditions {
			if c.Type != Ready {
				now = append(now, r.condition(c.Type, metav1.ConditionStatus(c.Status), c.Reason, done.Replace(c.Message)))
			}
		}
	}
	for i := range now {
		now[i].Message = bounded(secrets.Text(now[i].Message))
		keepTime(&now[i], before)
	}
	if r.Plan == nil {
		now = append(now, stepConditions(before)...)
	}
	return now
}

// whatWasDone replaces what steps meant to do by what became of it, where nothing was written: "Patching … due to …" is
// untrue then, and would change with every value that somebody else writes.
func (r *Run) whatWasDone() *strings.Replacer {
	var pairs []string
	if r.Result == nil {
		return strings.NewReplacer()
	}
	meant := make(map[string]string, len(r.Plan.Steps))
	for i := range r.Plan.Steps {
		meant[r.Plan.Steps[i].Path] = r.Plan.Steps[i].Outcome.Message
	}
	for i := range r.Result.Changes {
		c := &r.Result.Changes[i]
		switch c.Verb {
		case apply.NotConverging, apply.Blocked, apply.Failed:
			if text := meant[c.Step]; text != "" {
				pairs = append(pairs, text, c.ID.String()+": "+c.Message)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

func (r *Run) condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: message,
		ObservedGeneration: r.Instance.Generation, LastTransitionTime: metav1.NewTime(r.Now),
	}
}

// keepTime gives a condition the time of the one before, unless its status changed.
func keepTime(c *metav1.Condition, before []metav1.Condition) {
	for i := range before {
		if before[i].Type == c.Type && before[i].Status == c.Status {
			c.LastTransitionTime = before[i].LastTransitionTime
		}
	}
}

func stepConditions(list []metav1.Condition) []metav1.Condition {
	return slices.DeleteFunc(slices.Clone(list), func(c metav1.Condition) bool { return ours(c.Type) })
}

// ours tells whether a condition is that of an instance and not of a step.
func ours(kind string) bool { return kind == Ready || kind == Reconciling || kind == Stalled }

// verdict puts problems first, since somebody may have to act upon them, and then what the steps say.
func (r *Run) verdict() verdict {
	if found := r.problems(); len(found) > 0 {
		return failed(found)
	}
	switch {
	case r.Ending:
		return verdict{status: metav1.ConditionUnknown, reason: Terminating, message: r.leftText()}
	case r.Plan == nil:
		return verdict{status: metav1.ConditionUnknown, reason: Progressing, message: "nothing was evaluated yet"}
	}
	c := r.overall()
	v := verdict{status: metav1.ConditionStatus(c.Status), reason: c.Reason, message: c.Message + r.waitingSteps() + r.stateErrors()}
	if due := r.postponed(); due != "" && v.status == metav1.ConditionTrue {
		return verdict{status: metav1.ConditionUnknown, reason: Progressing, message: "a write is due to " + due}
	}
	if r.Plan.Outcome.Type == render.Skip { // nothing is left to do, and nobody has to wait for it
		v.status = metav1.ConditionTrue
	}
	return v
}

// postponed names the objects that are about to be written.
func (r *Run) postponed() string {
	if r.Result == nil {
		return ""
	}
	var parts []string
	for i := range r.Result.Changes {
		if c := &r.Result.Changes[i]; c.Verb == apply.Postponed {
			parts = append(parts, told(c))
		}
	}
	return strings.Join(parts, ", ")
}

// failed is the verdict of problems: the first gives the reason, all are told.
func failed(found []problem) verdict {
	v := verdict{status: metav1.ConditionFalse, reason: found[0].reason}
	texts := make([]string, len(found))
	for i := range found {
		texts[i] = found[i].message
		if found[i].stalled && v.stalled == nil {
			v.stalled = &found[i]
		}
	}
	v.message = strings.Join(texts, "; ")
	return v
}

// overall is the condition of the whole Workflow, as the language words it.
func (r *Run) overall() render.Condition {
	for _, c := range r.Plan.Conditions {
		if c.Type == Ready {
			return c
		}
	}
	return render.Condition{Type: Ready, Status: string(metav1.ConditionUnknown), Reason: Progressing}
}

// mostSteps is how many waiting steps are told by name.
const mostSteps = 5

// waitingSteps names the steps that a Retry comes from, the innermost ones, with their objects: what they say of
// themselves is up to the program.
func (r *Run) waitingSteps() string {
	if r.Plan.Outcome.Type != render.Retry {
		return ""
	}
	var names []string
	steps := r.Plan.Steps
	for i := range steps {
		inner := func(s render.Step) bool { // inner steps come behind their outer one
			rest, below := strings.CutPrefix(s.Path, steps[i].Path)
			return below && strings.IndexAny(rest, ".[") == 0 && s.Outcome.Type == render.Retry
		}
		if steps[i].Outcome.Type != render.Retry || slices.ContainsFunc(steps[i+1:], inner) {
			continue
		}
		name := steps[i].Path
		if steps[i].Object != nil {
			name += " (" + steps[i].Object.String() + ")"
		}
		names = append(names, name)
	}
	switch more := len(names) - mostSteps; {
	case len(names) == 0:
		return ""
	case more > 0:
		names = append(names[:mostSteps], fmt.Sprintf("and %d more", more))
	}
	return " Waiting: " + strings.Join(names, ", ") + "."
}

// stateErrors tells of state that could not be evaluated; it does not keep an instance from being ready.
func (r *Run) stateErrors() string {
	var out strings.Builder
	for _, label := range slices.Sorted(maps.Keys(r.Plan.StateErrors)) {
		fmt.Fprintf(&out, " The state of step %s is left as it was: %s.", label, r.Plan.StateErrors[label])
	}
	return out.String()
}

// leftText lists what a teardown still waits for.
func (r *Run) leftText() string {
	inventory := r.before().Inventory
	if r.Result != nil {
		inventory = r.Result.Inventory
	}
	names := make([]string, len(inventory))
	for i := range inventory {
		o := &inventory[i].ObjectReference
		names[i] = manifest.ID{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}.String()
	}
	slices.Reverse(names)
	return "being torn down, in this order: " + strings.Join(names, ", ")
}

// bounded cuts a message that is too long, between characters.
func bounded(s string) string {
	const cut = "…"
	if len(s) <= maxMessage {
		return s
	}
	s = s[:maxMessage-len(cut)]
	return strings.ToValidUTF8(s, "") + cut
}
