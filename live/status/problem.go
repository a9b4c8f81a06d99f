// SPDX-License-Identifier: Apache-2.0

package status

import (
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// problem is something that keeps the instance from being ready, and that somebody may have to act upon.
type problem struct {
	reason, message string
	stalled         bool // trying again does not help
}

// problems lists what went wrong: the run itself, the program, reading, writing.
func (r *Run) problems() []problem {
	var out []problem
	var stalled *StalledError
	switch {
	case errors.As(r.Err, &stalled):
		out = append(out, problem{stalled.Reason, stalled.Message, true})
	case r.Err != nil:
		out = append(out, problem{RunFailed, r.Err.Error(), false})
	}
	if r.Plan != nil && r.Plan.Outcome.Type == render.PermFail {
		c := r.overall()
		message := c.Message
		if c.Location != "" {
			message += " At " + c.Location + "."
		}
		out = append(out, problem{c.Reason, message, true})
	}
	for i := range r.Refusals {
		out = append(out, r.refused(&r.Refusals[i]))
	}
	if r.Result != nil {
		for i := range r.Result.Changes {
			if p, bad := r.notDone(&r.Result.Changes[i]); bad {
				out = append(out, p)
			}
		}
	}
	return out
}

// refused tells what to do about an object that could not be read.
func (r *Run) refused(f *Refusal) problem {
	p := problem{reason: f.Reason}
	switch f.Reason {
	case AccessDenied:
		p.message = fmt.Sprintf("%s may not get %s: grant it, or name another account", r.account(), describe(f.ID))
	case NotServed:
		p.message = fmt.Sprintf("the cluster does not serve %s, for %s: install its CustomResourceDefinition", kindOf(f.ID), f.ID)
	case CrossNamespace:
		p.message = fmt.Sprintf("%s does not lie in namespace %s, and --no-cross-namespace-refs allows no other", f.ID, r.Instance.Namespace)
		p.stalled = true
	default:
		p.message = f.ID.String() + " cannot be read: " + f.Message
	}
	return p
}

// notDone tells what to do about a change that was not made; false for those that were.
func (r *Run) notDone(c *apply.Change) (problem, bool) {
	switch c.Verb {
	case apply.Blocked:
		return problem{reason: string(c.Verb), message: c.ID.String() + ": " + c.Message}, true
	case apply.NotConverging:
		return problem{string(c.Verb), c.ID.String() + ": " + c.Message, true}, true
	case apply.Failed:
		return r.writeFailed(c), true
	default:
		return problem{}, false
	}
}

func (r *Run) writeFailed(c *apply.Change) problem {
	var f *apply.Failure
	if !errors.As(c.Err, &f) {
		return problem{reason: ApplyFailed, message: c.ID.String() + ": " + c.Message}
	}
	switch {
	case f.Reason == string(metav1.StatusReasonForbidden):
		return problem{reason: AccessDenied, message: r.forbidden(c, f)}
	case f.Reason == NotServed:
		return problem{reason: NotServed, message: fmt.Sprintf("the cluster does not serve %s, for %s: install its CustomResourceDefinition", kindOf(c.ID), c.ID)}
	case f.Permanent:
		return problem{reason: Rejected, message: "the server refuses to " + f.Error() + answer(f), stalled: true}
	case f.Reason == string(metav1.StatusReasonNotFound): // of the namespace, say
		return problem{reason: ApplyFailed, message: f.Error() + answer(f)}
	default: // other answers may differ each time, and every new message is an event
		return problem{reason: ApplyFailed, message: f.Error()}
	}
}

// forbidden says what an account may not do. Admission says so too, for reasons of its own: hence the server's words.
func (r *Run) forbidden(c *apply.Change, f *apply.Failure) string {
	text := fmt.Sprintf("%s may not %s %s", r.account(), f.Doing, describe(c.ID))
	if f.Answer == "" {
		return text + ": grant it, or name another account"
	}
	return text + answer(f)
}

// answer is what the server said.
func answer(f *apply.Failure) string {
	if f.Answer == "" {
		return ""
	}
	return ": " + f.Answer
}

// account names the account as people do.
func (r *Run) account() string {
	if name, ok := strings.CutPrefix(r.Account, "system:serviceaccount:"); ok {
		return "ServiceAccount/" + strings.Replace(name, ":", "/", 1)
	}
	return r.Account
}

// describe is an object with the group of its kind, as rules of access name it.
func describe(id manifest.ID) string {
	if id.Group() == "" {
		return id.String()
	}
	return id.String() + " (" + id.Group() + ")"
}

func kindOf(id manifest.ID) string { return id.Kind + " of " + id.APIVersion }
