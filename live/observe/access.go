// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// deniedTTL is how long a denial counts: rights are often granted a moment after they were missed.
const deniedTTL = 5 * time.Second

// maxReviews is how many reviews are under way at a time.
const maxReviews = 16

// reviewer is the server's own answer to what an account may do.
type reviewer interface {
	Create(ctx context.Context, r *authorizationv1.SubjectAccessReview, o metav1.CreateOptions) (*authorizationv1.SubjectAccessReview, error)
}

// question is whether an account may get an object.
type question struct {
	account  string
	resource schema.GroupVersionResource
	object   types.NamespacedName
}

// answer is that of the server. Its fields count once done is closed.
type answer struct {
	done    chan struct{}
	allowed bool
	err     error     // there is no answer
	until   time.Time // how long it counts
}

// access asks the server what accounts may get, and remembers the answers for a while.
type access struct {
	reviews reviewer
	ttl     time.Duration
	timeout time.Duration
	stop    <-chan struct{}
	spawn   func(func()) bool
	turns   chan struct{} // holds a token for each review under way

	mu      sync.Mutex
	answers map[question]*answer
	swept   time.Time
}

func newAccess(reviews reviewer, opts Options, stop <-chan struct{}, spawn func(func()) bool) *access {
	return &access{
		reviews: reviews, ttl: opts.AccessTTL, timeout: opts.SyncTimeout, stop: stop, spawn: spawn,
		turns: make(chan struct{}, maxReviews), answers: map[question]*answer{}, swept: time.Now(),
	}
}

// ask returns at once; whoever asks the same while the answer is awaited awaits the same answer.
func (a *access) ask(q question) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if old := a.answers[q]; old != nil && old.counts(now) {
		return old
	}
	a.sweep(now)
	fresh := &answer{done: make(chan struct{})}
	a.answers[q] = fresh
	if !a.spawn(func() { a.review(q, fresh) }) {
		fresh.err = q.unanswered(errStopped)
		close(fresh.done)
	}
	return fresh
}

// counts tells whether the answer is awaited, or not too old.
func (a *answer) counts(now time.Time) bool {
	select {
	case <-a.done:
		return now.Before(a.until)
	default:
		return true
	}
}

// sweep removes the answers that no longer count, once in a while.
func (a *access) sweep(now time.Time) {
	if now.Sub(a.swept) < a.ttl {
		return
	}
	a.swept = now
	for q, old := range a.answers {
		if !old.counts(now) {
			delete(a.answers, q)
		}
	}
}

// review asks the server. It depends on no caller's context: others may await the same answer.
func (a *access) review(q question, fresh *answer) {
	defer close(fresh.done)
	ctx, cancel := context.WithTimeout(wait.ContextForChannel(a.stop), a.timeout)
	defer cancel()
	spec, err := specOf(q)
	if err != nil {
		fresh.err = err
		return
	}
	got, err := a.create(ctx, &authorizationv1.SubjectAccessReview{Spec: spec})
	switch {
	case err != nil:
		fresh.err = q.unanswered(err)
	case got.Status.Allowed:
		fresh.allowed, fresh.until = true, time.Now().Add(a.ttl)
	default:
		fresh.until = time.Now().Add(min(a.ttl, deniedTTL))
	}
}

// create waits for its turn, and asks. The error is that of ctx, or of the server.
func (a *access) create(ctx context.Context, r *authorizationv1.SubjectAccessReview) (*authorizationv1.SubjectAccessReview, error) {
	select {
	case a.turns <- struct{}{}:
		defer func() { <-a.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return a.reviews.Create(ctx, r, metav1.CreateOptions{})
}

// accountError says that an account is not one that instances may have.
type accountError struct{ account string }

func (e *accountError) Error() string {
	return fmt.Sprintf("%q is no service account: write system:serviceaccount:<namespace>:<name>", e.account)
}

// specOf is the question as the server wants it. The error is an *accountError.
func specOf(q question) (authorizationv1.SubjectAccessReviewSpec, error) {
	const prefix = "system:serviceaccount:"
	rest, ok := strings.CutPrefix(q.account, prefix)
	namespace, name, both := strings.Cut(rest, ":")
	if !ok || !both || namespace == "" || name == "" || strings.Contains(name, ":") {
		return authorizationv1.SubjectAccessReviewSpec{}, &accountError{q.account}
	}
	return authorizationv1.SubjectAccessReviewSpec{
		User:   q.account,
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb:      "get",
			Group:     q.resource.Group,
			Version:   q.resource.Version,
			Resource:  q.resource.Resource,
			Namespace: q.object.Namespace,
			Name:      q.object.Name,
		},
	}, nil
}

func (q question) unanswered(err error) error {
	return fmt.Errorf("review access of %s to %s: %s", q.account, q.what(), words(err))
}

// what names the object in the manner of the server's own messages.
func (q question) what() string {
	text := fmt.Sprintf("%s %q", q.resource.GroupResource(), q.object.Name)
	if q.object.Namespace != "" {
		text += fmt.Sprintf(" in namespace %q", q.object.Namespace)
	}
	return text
}
