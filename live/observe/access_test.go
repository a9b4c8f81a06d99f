// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

const account = "system:serviceaccount:prod:web"

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

func TestSpecOf(t *testing.T) {
	t.Parallel()
	widgets := schema.GroupVersionResource{Group: "example.com", Version: "v1beta1", Resource: "widgets"}
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:prod", "system:authenticated"}
	for name, test := range map[string]struct {
		question question
		want     authorizationv1.ResourceAttributes
		err      string
	}{
		"namespaced": {
			question{account, secrets, named("db")},
			authorizationv1.ResourceAttributes{Verb: "get", Version: "v1", Resource: "secrets", Namespace: "prod", Name: "db"}, "",
		},
		"cluster-scoped, with a group": {
			question{account, widgets, types.NamespacedName{Name: "w"}},
			authorizationv1.ResourceAttributes{Verb: "get", Group: "example.com", Version: "v1beta1", Resource: "widgets", Name: "w"}, "",
		},
		"nobody":         {question{"", secrets, named("db")}, authorizationv1.ResourceAttributes{}, `"" is no service account: write system:serviceaccount:<namespace>:<name>`},
		"a user":         {question{"admin", secrets, named("db")}, authorizationv1.ResourceAttributes{}, `"admin" is no service account: write system:serviceaccount:<namespace>:<name>`},
		"no name":        {question{"system:serviceaccount:prod", secrets, named("db")}, authorizationv1.ResourceAttributes{}, `"system:serviceaccount:prod" is no service account: write system:serviceaccount:<namespace>:<name>`},
		"an empty name":  {question{"system:serviceaccount:prod:", secrets, named("db")}, authorizationv1.ResourceAttributes{}, `"system:serviceaccount:prod:" is no service account: write system:serviceaccount:<namespace>:<name>`},
		"too many parts": {question{"system:serviceaccount:prod:a:b", secrets, named("db")}, authorizationv1.ResourceAttributes{}, `"system:serviceaccount:prod:a:b" is no service account: write system:serviceaccount:<namespace>:<name>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := specOf(test.question)
			if test.err != "" {
				assert.EqualError(t, err, test.err)
				return
			}
			assert.NoError(t, err)
			assert.Equal(t, authorizationv1.SubjectAccessReviewSpec{User: account, Groups: groups, ResourceAttributes: &test.want}, got)
		})
	}
}

// judge answers reviews, after a while.
type judge struct {
	asked   atomic.Int32
	mu      sync.Mutex
	allowed map[string]bool // by name; a name that is missing may be got
	err     error
	takes   time.Duration
}

func (j *judge) Create(ctx context.Context, r *authorizationv1.SubjectAccessReview, _ metav1.CreateOptions) (*authorizationv1.SubjectAccessReview, error) {
	j.asked.Add(1)
	if j.takes > 0 {
		select {
		case <-time.After(j.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	allowed, listed := j.allowed[r.Spec.ResourceAttributes.Name]
	r.Status.Allowed = allowed || !listed
	return r, j.err
}

func (j *judge) set(name string, allowed bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.allowed, j.err = map[string]bool{name: allowed}, err
}

// verdict is an answer without its times.
type verdict struct {
	allowed bool
	err     string
}

func (a *access) verdict(q question) verdict {
	got := a.ask(q)
	<-got.done
	v := verdict{allowed: got.allowed}
	if got.err != nil {
		v.err = got.err.Error()
	}
	return v
}

func newTestAccess(j *judge, stop chan struct{}) *access {
	return newAccess(j, Options{AccessTTL: time.Minute, SyncTimeout: 15 * time.Second}, stop, func(f func()) bool {
		go f()
		return true
	})
}

func TestAnswersAreRemembered(t *testing.T) {
	t.Parallel()
	db, other := question{account, secrets, named("db")}, question{account, secrets, named("other")}
	const failed = `review access of system:serviceaccount:prod:web to secrets "db" in namespace "prod": refused`
	for name, test := range map[string]struct {
		before, after bool
		err           error
		lasts         time.Duration // how long the first answer counts
		first         verdict
	}{
		"allowed":   {before: true, after: false, lasts: time.Minute, first: verdict{allowed: true}},
		"denied":    {before: false, after: true, lasts: 5 * time.Second, first: verdict{}},
		"no answer": {before: true, after: true, err: &url.Error{Op: "Post", URL: "https://host?token=x", Err: errors.New("refused")}, first: verdict{err: failed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := &judge{}
				a := newTestAccess(j, make(chan struct{}))
				j.set("db", test.before, test.err)
				assert.Equal(t, test.first, a.verdict(db))
				j.set("db", test.after, nil)
				if test.lasts > 0 {
					time.Sleep(test.lasts - 1)
					assert.Equal(t, test.first, a.verdict(db))
					assert.EqualValues(t, 1, j.asked.Load())
					time.Sleep(time.Nanosecond)
				}
				assert.Equal(t, verdict{allowed: test.after}, a.verdict(db))
				assert.Equal(t, verdict{allowed: true}, a.verdict(other), "another object is another question")
				assert.EqualValues(t, 3, j.asked.Load())
			})
		})
	}
}

func TestReviewsOfOneQuestionAreOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &judge{takes: time.Second}
		a := newTestAccess(j, make(chan struct{}))
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				assert.Equal(t, verdict{allowed: true}, a.verdict(question{account, secrets, named("db")}))
			})
		}
		all.Wait()
		assert.EqualValues(t, 1, j.asked.Load())
	})
}

func TestReviewsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &judge{takes: time.Second}
		a := newTestAccess(j, make(chan struct{}))
		before := time.Now()
		var all sync.WaitGroup
		for i := range 5*maxReviews + 1 {
			all.Go(func() {
				assert.Equal(t, verdict{allowed: true}, a.verdict(question{account, secrets, named(fmt.Sprint(i))}))
			})
		}
		all.Wait()
		assert.Equal(t, 6*time.Second, time.Since(before))
	})
}

func TestReviewsEnd(t *testing.T) {
	t.Parallel()
	const late = `review access of system:serviceaccount:prod:web to secrets "db" in namespace "prod": the server did not answer in time`
	synctest.Test(t, func(t *testing.T) {
		j := &judge{takes: time.Hour}
		stop := make(chan struct{})
		a := newTestAccess(j, stop)
		before := time.Now()
		assert.Equal(t, verdict{err: late}, a.verdict(question{account, secrets, named("db")}))
		assert.Equal(t, 15*time.Second, time.Since(before))
		close(stop) // and at once when all stops: the bubble would not end otherwise
		a.ask(question{account, secrets, named("other")})
		synctest.Wait()
		assert.Equal(t, 15*time.Second, time.Since(before))
	})
}

func TestOldAnswersAreSwept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newTestAccess(&judge{}, make(chan struct{}))
		for _, name := range []string{"a", "b", "c"} {
			a.verdict(question{account, secrets, named(name)})
		}
		time.Sleep(time.Minute)
		a.verdict(question{account, secrets, named("d")})
		assert.Len(t, a.answers, 1)
	})
}
