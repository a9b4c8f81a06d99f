// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzCompile compiles and evaluates arbitrary text: it never panics or hangs, problems lie inside the text, and a
// program that evaluates has a value that can be shown.
func FuzzCompile(f *testing.F) {
	for line := range strings.Lines(judgeTable) {
		f.Add(strings.ReplaceAll(strings.TrimSpace(line), "v.", "inputs."))
	}
	for seed := range uint64(100) {
		g := &gen{rand.New(rand.NewPCG(seed, 1)), nil}
		f.Add(g.expr(3))
	}
	for _, text := range []string{"", "=", "==", "'", `"""`, "r'", "b'\\", "\x00", "é", "a.b.", "(((", "[,]", "{1:2,}", "x.map(", "has(", "'\\d'", "// x",
		"in", "a?b:c?d", "-9223372036854775808", "1e999", "0x", "'\\ud800'", "a{b:1}", ".a", "`a`", "a.`b`", "l.map(x.y, x)"} {
		f.Add(text)
	}
	env, err := NewEnv(Limits{Steps: 20_000, Alloc: 1 << 20})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		p, problems := env.compile(text, []string{"inputs", "resource", "steps"})
		for _, q := range problems {
			if q.Offset < 0 || q.Offset > len(text) {
				t.Errorf("a problem at %d of %d bytes: %s", q.Offset, len(text), q.Message)
			}
		}
		if p == nil {
			return
		}
		for _, r := range p.Refs() {
			if r.Offset < 0 || r.Offset > len(text) || len(r.Path) == 0 {
				t.Errorf("a reference at %d of %d bytes: %v", r.Offset, len(text), r.Path)
			}
		}
		v, err := p.Eval(t.Context(), partly)
		if failed, ok := err.(*Error); ok && (failed.Offset < 0 || failed.Offset > len(text)) { //nolint:errorlint // never wrapped
			t.Errorf("an error at %d of %d bytes: %s", failed.Offset, len(text), failed.Message)
		}
		if err == nil {
			show(v)
		}
		if took := time.Since(start); took > patience {
			t.Errorf("took %s", took)
		}
	})
}

// FuzzSoundness is TestSoundness with expressions and worlds that the fuzzer draws.
func FuzzSoundness(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	env, err := NewEnv(Limits{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, seed, world uint64) {
		g := &gen{rand.New(rand.NewPCG(seed, world)), nil}
		checkSound(t, env, g.expr(4), makeWorldsFrom(world, 3))
	})
}
