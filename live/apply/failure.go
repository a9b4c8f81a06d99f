// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/render/manifest"
)

// How long to wait after a failure. A server's own word comes first.
const (
	soon     = time.Second     // doubled with each failure in a row, up to longest
	longest  = time.Minute     // between two tries of what may work at any time
	later    = 2 * time.Minute // for rights, namespaces and kinds, which people have to make first
	muchMore = 10 * time.Minute
)

// Failure is a request that a server refused or did not answer. Its text tells the reason and the fields, and never
// what they hold.
type Failure struct {
	ID        manifest.ID
	Doing     string // create, apply, read, …
	Reason    string // as the server calls it: Invalid, Forbidden, …
	Fields    []string
	Permanent bool          // the same request will be refused again: the target has to change
	After     time.Duration // when to try again; much later for a permanent one, since admission may change its mind
	// Answer is the server's own text, which may quote values of the object: show it redacted only. It is empty for a
	// Secret.
	Answer string
	cause  error // nil for a Secret
}

// Error is like "apply Deployment/shop/web: Invalid (spec.selector)".
func (f *Failure) Error() string {
	text := f.Doing + " " + f.ID.String() + ": " + f.Reason
	if len(f.Fields) > 0 {
		text += " (" + strings.Join(f.Fields, ", ") + ")"
	}
	return text
}

// Unwrap is the error of the client; nil when the object is a Secret.
func (f *Failure) Unwrap() error { return f.cause }

// failed makes a Failure of an error of the client. times is how often it has failed in a row before.
func failed(id manifest.ID, doing string, err error, times int) *Failure {
	f := &Failure{ID: id, Doing: doing, After: backoff(times)}
	if id.Kind != "Secret" || id.Group() != "" {
		f.cause = err
	}
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		f.Reason = withoutAnswer(err)
		if meta.IsNoMatchError(err) {
			f.After = later
		}
		return f
	}
	s := status.Status()
	f.Reason, f.Fields = reasonOf(&s), fieldsIn(&s)
	if f.cause != nil {
		f.Answer = s.Message
	}
	f.judge(&s)
	return f
}

// judge tells how long to wait, by the class of the answer.
func (f *Failure) judge(s *metav1.Status) {
	switch code := int(s.Code); {
	case s.Details != nil && s.Details.RetryAfterSeconds > 0:
		f.After = time.Duration(s.Details.RetryAfterSeconds) * time.Second
	case notTyped.MatchString(s.Message): // a server answers 500, but nothing except another target helps
		f.Permanent, f.After = true, muchMore
	case code == http.StatusConflict, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
	case code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusUnauthorized:
		f.After = later
	case otherUID(s): // another object has taken the name meanwhile
	default:
		f.Permanent, f.After = true, muchMore
	}
}

// otherUID tells whether a request was refused because it was about an object of another uid.
func otherUID(s *metav1.Status) bool {
	return s.Details != nil && slices.ContainsFunc(s.Details.Causes, func(c metav1.StatusCause) bool {
		return c.Field == "metadata.uid"
	})
}

// backoff grows with the number of failures before.
func backoff(times int) time.Duration {
	return min(soon<<min(times, 10), longest)
}

// withoutAnswer names what went wrong when no server said so.
func withoutAnswer(err error) string {
	switch {
	case meta.IsNoMatchError(err):
		return "NotServed"
	case errors.Is(err, context.DeadlineExceeded):
		return "Timeout"
	case errors.Is(err, context.Canceled):
		return "Cancelled"
	default:
		return "Unreachable"
	}
}

func reasonOf(s *metav1.Status) string {
	switch {
	case notTyped.MatchString(s.Message):
		return string(metav1.StatusReasonInvalid)
	case s.Reason != "":
		return string(s.Reason)
	}
	return http.StatusText(int(s.Code))
}

// notTyped is how a server refuses to apply what the schema of a kind does not allow: as an error of its own, without
// details, so that only its text names the field. What comes behind the field may hold values.
var notTyped = regexp.MustCompile(`^failed to create typed patch object \([^)]*\): (\.[^\s:]+): (field not declared in schema$)?`)

// fieldsIn lists the fields that an answer speaks of, each with what is wrong with it.
func fieldsIn(s *metav1.Status) []string {
	if found := notTyped.FindStringSubmatch(s.Message); found != nil {
		if found[2] == "" {
			return found[1:2]
		}
		return []string{found[1] + ": " + found[2]}
	}
	if s.Details == nil {
		return nil
	}
	var out []string
	for _, cause := range s.Details.Causes {
		switch text := string(cause.Type); {
		case cause.Field == "":
		case text == "":
			out = append(out, cause.Field)
		default:
			out = append(out, cause.Field+": "+text)
		}
	}
	return out
}

// conflicts names the other managers of the fields that a server-side apply wanted, as the server does; "" when that was
// not what it refused. These texts hold names of managers and paths.
func conflicts(err error) string {
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) || status.Status().Details == nil {
		return ""
	}
	var out []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			out = append(out, cause.Message+": "+cause.Field)
		}
	}
	return strings.Join(out, ", ")
}
