// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/program"
	"github.com/korender/korender/render/source"
)

// What the analysis without values says of a step must hold for all values: it never says that a step cannot defer which
// then defers. Programs, triggers and policies are drawn at random; DEFERRAL_CASES in the environment asks for more.
func TestDeferralsAreSound(t *testing.T) {
	t.Parallel()
	cases := 300
	if n, err := strconv.Atoi(os.Getenv("DEFERRAL_CASES")); err == nil {
		cases = n
	}
	var tally deferralTally
	for seed := range cases {
		checkDeferrals(t, uint64(seed), &tally) //nolint:gosec // never negative
	}
	t.Logf("%+v", tally)
	require.Greater(t, tally.Deferred, cases/3, "the programs that are drawn hardly defer")
	require.Greater(t, tally.Settled, cases/3, "the programs that are drawn hardly do anything but defer or fail")
	require.Greater(t, tally.Never, cases/3, "the analysis hardly ever says no")
}

// deferralTally counts steps by what became of them.
type deferralTally struct{ Deferred, Settled, Failed, Never, Ordered int }

func checkDeferrals(t *testing.T, seed uint64, tally *deferralTally) {
	t.Helper()
	d := &draw{Rand: rand.New(rand.NewPCG(seed, 7))}
	text := d.program()
	p := compiled(t, text)
	if p == nil {
		return
	}
	rules := program.Rules{NeverDefers: d.often(), RecreateDefers: d.often(), CreateOverlayDefers: d.often()}
	opts := Options{Policies: Policies{Never: !rules.NeverDefers, Recreate: !rules.RecreateDefers, CreateOverlay: !rules.CreateOverlayDefers}}
	rules.Ordered = d.often()
	found := p.Deferrals(p.Workflows["main"], rules)
	if rules.Ordered && slices.ContainsFunc(found, func(s program.StepDeferral) bool { return s.May }) {
		rules.Ordered = false
		found = p.Deferrals(p.Workflows["main"], rules)
	}
	opts.Ordered = rules.Ordered
	for range 3 {
		trigger := d.trigger()
		plan := evaluate(t, p, trigger, Observed{}, opts)
		if opts.Ordered && hidesFailure(plan) {
			continue
		}
		for i := range plan.Steps {
			s := &plan.Steps[i]
			said := program.FindDeferral(found, s.Path)
			require.NotNil(t, said, s.Path)
			tally.count(s, said)
			if s.Outcome.Type != Deferred || said.May || said.Gates {
				continue
			}
			t.Fatalf("seed %d: step %s is deferred (%s; waits %v), which the analysis calls impossible\n%s\n---\n%s",
				seed, s.Path, s.Reason, texts(s.Waits), text, trigger)
		}
		if opts.Ordered {
			tally.Ordered++
		}
	}
}

// hidesFailure tells whether the return of some step fails behind a postcondition that is not known yet. Then nothing is
// known of its value, and with waves its dependents, which do not wait, cannot go on.
func hidesFailure(plan *Plan) bool {
	return slices.ContainsFunc(plan.Steps, func(s StepResult) bool {
		_, unknown := s.Outcome.Value.(*expr.Unknown)
		return s.Outcome.Type == Deferred && unknown
	})
}

// compiled is nil for a program that can be told to fail, such as one with 'k'[0].
func compiled(t *testing.T, text string) *program.Program {
	t.Helper()
	docs, problems := source.Parse("program.yaml", []byte(text), 0, source.Limits{})
	require.Empty(t, problems)
	env, err := expr.NewEnv(expr.Limits{})
	require.NoError(t, err)
	p, found := program.Compile(docs, env)
	for _, problem := range found {
		if problem.Severity == diag.Error {
			require.Equal(t, diag.ExprNeverWorks, problem.Code, "%s\n%s", problem, text)
		}
	}
	return p
}

func (c *deferralTally) count(s *StepResult, said *program.StepDeferral) {
	switch {
	case s.Outcome.Type == Deferred:
		c.Deferred++
	case s.Outcome.Failed():
		c.Failed++
	default:
		c.Settled++
	}
	if !said.May && !said.Gates {
		c.Never++
	}
}
