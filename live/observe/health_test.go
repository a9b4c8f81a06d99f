// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"io"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	forbidden = apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "", errors.New("no"))
	missing   = apierrors.NewGenericServerResponse(404, "list", schema.GroupResource{Resource: "widgets"}, "", "", 0, false)
	broken    = apierrors.NewInternalError(errors.New("conversion webhook: got s3cr3t"))
)

func TestHealth(t *testing.T) {
	t.Parallel()
	type step func(*health)
	listed := func(err error) step { return func(h *health) { h.listed(context.Background(), err) } }
	watching := func(err error) step { return func(h *health) { h.watching(context.Background(), err) } }
	unread := func(err error) step { return func(h *health) { h.unread(context.Background(), err) } }
	filled := func(h *health) { h.filled() }
	late := func(h *health) { h.tooSlow() }
	refuse := func(h *health) { h.mu.Lock(); h.owed = true; h.mu.Unlock() } // as await does
	for name, test := range map[string]struct {
		steps []step
		want  error
		told  int
	}{
		"new":                                    {nil, nil, 0},
		"listed, watching and filled":            {[]step{listed(nil), watching(nil), filled}, nil, 0},
		"may not list":                           {[]step{listed(forbidden)}, forbidden, 0},
		"may list in the end":                    {[]step{listed(forbidden), refuse, listed(nil), watching(nil), filled}, nil, 1},
		"may list, not watch":                    {[]step{listed(nil), filled, watching(forbidden)}, forbidden, 1},
		"a watch that lists is not allowed":      {[]step{watching(forbidden), refuse, listed(nil), filled, watching(nil)}, nil, 1},
		"a watch that lists fails first":         {[]step{watching(forbidden)}, nil, 0},
		"no such kind":                           {[]step{listed(missing)}, missing, 0},
		"one failure may pass":                   {[]step{listed(broken)}, nil, 0},
		"two may not":                            {[]step{listed(broken), listed(broken)}, broken, 0},
		"a failure, then all is well":            {[]step{listed(broken), listed(nil), filled}, nil, 0},
		"an answer that cannot be read":          {[]step{listed(nil), unread(io.ErrUnexpectedEOF), listed(nil), unread(io.ErrUnexpectedEOF)}, nil, 0},
		"the server fails after the first list":  {[]step{listed(nil), filled, listed(broken), listed(broken), watching(broken)}, nil, 0},
		"rights are taken away":                  {[]step{listed(nil), watching(nil), filled, watching(forbidden), listed(forbidden)}, forbidden, 1},
		"and given back":                         {[]step{listed(nil), watching(nil), filled, watching(forbidden), listed(forbidden), listed(nil), watching(nil)}, nil, 2},
		"the kind goes away":                     {[]step{listed(nil), watching(nil), filled, listed(missing)}, missing, 1},
		"too slow":                               {[]step{late}, errSlow, 0},
		"too slow, and the server said why":      {[]step{listed(broken), late}, broken, 0},
		"too slow, and then there":               {[]step{late, refuse, listed(nil), filled}, nil, 1},
		"late readers do not make it slow again": {[]step{listed(nil), filled, late}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := 0
			h := newHealth()
			h.tell = func() { told++ }
			for _, step := range test.steps {
				step(h)
			}
			assert.Equal(t, test.want, h.failing())
			assert.Equal(t, test.told, told)
		})
	}
}

func TestHealthAfterItsEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := newHealth()
	h.listed(ctx, forbidden)
	assert.NoError(t, h.failing())
}

func TestOverdue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		slow bool
		want time.Duration // 0: never
	}{
		"well":         {nil, false, 0},
		"may not list": {forbidden, false, 5 * time.Second},
		"no such kind": {missing, false, time.Second},
		"slow":         {nil, true, 0},
		"slow, failed": {broken, true, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHealth()
				h.listed(t.Context(), test.err)
				if test.slow {
					h.tooSlow()
				}
				start := time.Now()
				if test.want == 0 {
					assert.False(t, h.overdue(start.Add(time.Hour)))
					return
				}
				assert.False(t, h.overdue(start.Add(test.want-1)))
				assert.True(t, h.overdue(start.Add(test.want)))
			})
		})
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(h *health, stop, late chan struct{}, cancel func())
		want    error
	}{
		"filled":  {func(h *health, _, _ chan struct{}, _ func()) { h.filled() }, nil},
		"refused": {func(h *health, _, _ chan struct{}, _ func()) { h.listed(context.Background(), forbidden) }, forbidden},
		"stopped": {func(_ *health, stop, _ chan struct{}, _ func()) { close(stop) }, errStopped},
		"late":    {func(_ *health, _, late chan struct{}, _ func()) { close(late) }, errSlow},
		"ended":   {func(_ *health, _, _ chan struct{}, cancel func()) { cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				h, stop, late := newHealth(), make(chan struct{}), make(chan struct{})
				go func() {
					time.Sleep(time.Second)
					h.watching(context.Background(), nil) // nothing that matters
					time.Sleep(time.Second)
					test.happens(h, stop, late, cancel)
				}()
				before := time.Now()
				assert.Equal(t, test.want, h.await(ctx, stop, late))
				assert.Equal(t, 2*time.Second, time.Since(before))
			})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"rights":             {forbidden, `secrets is forbidden: no`},
		"values in messages": {broken, "the server answered 500 InternalError"},
		"an unknown status":  {apierrors.NewGenericServerResponse(502, "list", schema.GroupResource{Resource: "secrets"}, "", "s3cr3t", 0, true), "the server answered 502 InternalError"},
		"transport":          {&url.Error{Op: "Get", URL: "https://user:s3cr3t@host", Err: errors.New("connection refused")}, "connection refused"},
		"time":               {&url.Error{Op: "Get", URL: "https://host", Err: context.DeadlineExceeded}, "the server did not answer in time"},
		"anything else":      {errors.New(`cannot read "s3cr3t"`), "the server's answer could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, words(test.err))
		})
	}
}
