// SPDX-License-Identifier: Apache-2.0

package product

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/test/live/plane"
)

// SetUp is what the tests of a package run with.
type SetUp struct {
	Kinds       []schema.GroupVersionKind // defined before anything runs
	Controllers [][]string                // the flags of each korender-live; nil: one, without flags
}

// Main runs the tests of a package and exits: with 1, too, when the race detector found something in a controller. given
// gets what was set up, before any test runs.
func Main(m *testing.M, s SetUp, given func(p *Product, live []*Controller)) {
	plane.Main(m, func(ctx context.Context, on *plane.Plane) (func() error, error) {
		p, err := New(ctx, on)
		if err != nil {
			return nil, err
		}
		var live []*Controller
		tearDown := func() error {
			for _, c := range live {
				c.Kill()
			}
			defer p.Close()
			return p.races()
		}
		for _, kind := range s.Kinds {
			if err := on.Define(ctx, kind); err != nil {
				return tearDown, err
			}
		}
		controllers := s.Controllers
		if controllers == nil {
			controllers = [][]string{nil}
		}
		for _, flags := range controllers {
			c, err := p.Start(ctx, flags...)
			if err != nil {
				return tearDown, err
			}
			live = append(live, c)
		}
		given(p, live)
		return tearDown, nil
	})
}
