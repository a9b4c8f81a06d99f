// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// casesVariable says how many cases TestSoundness draws, if not as many as it does by itself.
const casesVariable = "KORENDER_SOUNDNESS_CASES"

// Each program is evaluated against so many clusters.
const clusters = 20

// TestSoundness draws small programs and clusters in which all that is unknown has a value. What evaluation says at git
// time, and with a part of the cluster observed, it must say with more of it observed, too: outcomes, values,
// manifests and the known parts of deferred ones. What can never defer, says the analysis, never does.
func TestSoundness(t *testing.T) {
	t.Parallel()
	cases := 10_000
	if text := os.Getenv(casesVariable); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		cases = n
	}
	const parts = 4
	for part := range uint64(parts) {
		t.Run(strconv.FormatUint(part, 10), func(t *testing.T) {
			t.Parallel()
			var seen tally
			for i := range uint64(max(1, cases/clusters/parts)) {
				checkProgram(t, part<<32|i, &seen)
			}
			t.Logf("%+v", seen)
			require.Positive(t, min(seen.deferred, seen.ok, seen.skipped, seen.failed, seen.rendered, seen.partial), "%+v", seen)
		})
	}
}

// tally counts what was met at git time, so that no kind of outcome is left out unnoticed.
type tally struct{ ok, deferred, skipped, failed, rendered, partial int }

func (s *tally) count(plan *Plan) {
	for i := range plan.Steps {
		step := &plan.Steps[i]
		switch step.Outcome.Type {
		case Ok:
			s.ok++
		case Deferred:
			s.deferred++
		case Skip, DepSkip:
			s.skipped++
		default:
			s.failed++
		}
		if step.Action != nil {
			s.rendered++
		}
		if step.Partial != nil {
			s.partial++
		}
	}
}

const soundTrigger = `{apiVersion: example.com/v1, kind: App, metadata: {name: app, namespace: prod, labels: {team: blue}},
  spec: {num: 3, txt: git, flag: true, seq: [a, b], sub: {num: 0, txt: p}}}`

const soundGiven = `{apiVersion: example.com/v1, kind: Thing, metadata: {name: given, namespace: prod, labels: {app: given}},
  spec: {renewTime: git, num: 4, txt: given, flag: true, seq: [g], sub: {num: 1, txt: a}, items: [{name: p, num: 1}, {name: q, num: 2}]}}`

// checkProgram draws one program, and clusters for it.
func checkProgram(t *testing.T, seed uint64, seen *tally) {
	t.Helper()
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 1))}
	text := d.program()
	p := compile(t, text)
	given := []manifest.Object{object(t, soundGiven), object(t, strings.Replace(soundGiven, "example.com/v1, kind: Thing", "coordination.k8s.io/v1, kind: Lease", 1))}
	var declared manifest.Set
	for _, o := range given {
		require.NoError(t, declared.Add(o))
	}
	c := &soundCase{t: t, program: p, trigger: object(t, soundTrigger), opts: Options{Declared: &declared}}
	c.about = func() string { return fmt.Sprintf("seed %d\n%s", seed, text) }
	git := c.evaluate(Observed{})
	seen.count(git)
	c.neverDefers(git)
	for range clusters {
		c.cluster = &cluster{seed: d.Uint64()}
		c.check(d.Rand, git, given)
	}
}

// soundCase is one program and one cluster.
type soundCase struct {
	t       *testing.T
	program *program.Program
	trigger manifest.Object
	opts    Options
	cluster *cluster
	about   func() string
}

func (c *soundCase) evaluate(o Observed) *Plan {
	plan, err := Evaluate(c.t.Context(), c.program, Trigger{Workflow: c.program.Workflows["main"], Object: c.trigger}, o, c.opts)
	require.NoError(c.t, err)
	return plan
}

// neverDefers holds the analysis of the program to what evaluation came to.
func (c *soundCase) neverDefers(plan *Plan) {
	static := c.program.Deferrals(c.program.Workflows["main"], program.Rules{NeverDefers: true, RecreateDefers: true, CreateOverlayDefers: true})
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if s.Outcome.Type != Deferred || s.Action != nil || i+1 < len(plan.Steps) && len(plan.Steps[i+1].Path) > len(s.Path) {
			continue // its own postcondition, or what is inside
		}
		found := program.FindDeferral(static, s.Path)
		if found == nil || !found.May && !found.Gates {
			c.t.Fatalf("step %s is deferred (%s), which the analysis rules out\n%s", s.Path, s.Reason, c.about())
		}
	}
}

// check observes the cluster object by object, in a random order, up to all of it.
func (c *soundCase) check(r *rand.Rand, git *Plan, given []manifest.Object) {
	facts := c.settle(given)
	before := git
	r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	for _, upTo := range []int{r.IntN(len(facts) + 1), r.IntN(len(facts) + 1), len(facts)} {
		upTo = max(upTo, 0)
		after := c.evaluate(observedOf(facts[:upTo]))
		c.compare(git, after)
		if upTo == len(facts) {
			c.compare(before, after)
		}
		before = after
	}
}

// fact is what is known of one object: its value, or, without one, that it does not exist.
type fact struct {
	id    manifest.ID
	value map[string]any
}

func observedOf(facts []fact) Observed {
	var o Observed
	for _, f := range facts {
		if f.value == nil {
			o.Absent = append(o.Absent, f.id)
			continue
		}
		_ = o.Objects.Add(manifest.Object{ID: f.id, Value: f.value}) // one fact an object
	}
	return o
}

// settle lets the cluster act on what is made in it, until nothing more is wanted; then all is known.
func (c *soundCase) settle(given []manifest.Object) []fact {
	facts := []fact{{c.trigger.ID, c.cluster.complete(c.trigger.ID, c.trigger.Value)}}
	for _, o := range given {
		outside := o
		outside.ID.Name = "outside"
		outside.Value = withMetadata(o.Value, "name", "outside")
		facts = append(facts, fact{o.ID, c.cluster.complete(o.ID, o.Value)}, fact{outside.ID, c.cluster.complete(outside.ID, outside.Value)})
	}
	for range 30 {
		plan := c.evaluate(observedOf(facts))
		again := false
		for _, id := range plan.Wants {
			facts, again = append(facts, fact{id: id}), true
		}
		for _, a := range plan.Actions {
			if a.Verb != CreateIt {
				require.Contains(c.t, []Verb{None, Render}, a.Verb, "%s %s\n%s", a.Step, a.Due, c.about())
				continue
			}
			i := slices.IndexFunc(facts, func(f fact) bool { return f.id == a.ID })
			facts[i].value, again = c.cluster.complete(a.ID, a.Target), true
		}
		if !again {
			return facts
		}
	}
	c.t.Fatalf("the cluster does not come to rest\n%s", c.about())
	return nil
}

// compare holds what is known before to what is known after more was observed.
func (c *soundCase) compare(before, after *Plan) {
	index := make(map[string]*StepResult, len(after.Steps))
	for i := range after.Steps {
		index[after.Steps[i].Path] = &after.Steps[i]
	}
	for i := range before.Steps {
		if before.Steps[i].Outcome.Type == Retry && undecidedInside(before.Steps, i) {
			continue // what is still deferred inside may fail for good
		}
		if what := c.changed(&before.Steps[i], index[before.Steps[i].Path]); what != "" {
			c.t.Fatalf("step %s: %s\n%s", before.Steps[i].Path, what, c.about())
		}
	}
	for key, value := range before.State {
		if later, found := after.State[key]; (!found || !within(value, later)) && key != "last" {
			c.t.Fatalf("state %s: was %v, is %v\n%s", key, value, later, c.about())
		}
	}
}

// undecidedInside tells whether an item or inner step of the i-th step is deferred.
func undecidedInside(steps []StepResult, i int) bool {
	return slices.ContainsFunc(steps[i+1:], func(s StepResult) bool {
		return s.Outcome.Type == Deferred && strings.HasPrefix(s.Path, steps[i].Path) && strings.ContainsAny(s.Path, ".[")
	})
}

// changed says what was known of a step and is so no more; "" when nothing was.
func (c *soundCase) changed(a, b *StepResult) string {
	if a.Outcome.Type != Deferred {
		if b == nil {
			return "is gone"
		}
		if a.Outcome.Type != b.Outcome.Type {
			return fmt.Sprintf("was %s, is %s", a.Outcome, b.Outcome)
		}
	}
	if b == nil {
		return ""
	}
	if a.Object != nil && b.Object != nil && *a.Object != *b.Object {
		return fmt.Sprintf("was about %s, is about %s", a.Object, b.Object)
	}
	if claims(a, b) && !within(a.Outcome.Value, b.Outcome.Value) {
		return fmt.Sprintf("had the value %v, has %v", expr.Plain(a.Outcome.Value), expr.Plain(b.Outcome.Value))
	}
	return c.changedTarget(a, b)
}

// claims tells whether the value of a holds for that of b. A deferred step tells what it will come to if it is Ok, and so
// is everything that it comes after, which cannot be held against one that is deferred still.
func claims(a, b *StepResult) bool { return a.Outcome.Type != Deferred || b.Outcome.Type == Ok }

// changedTarget says what was known of a manifest and is so no more.
func (c *soundCase) changedTarget(a, b *StepResult) string {
	var later map[string]any
	if b.Action != nil {
		later = b.Action.Target
	}
	switch {
	case a.Action != nil && a.Action.Verb == Render:
		if b.Action == nil || !within(a.Action.Target, withoutLast(b.Action.Target)) {
			return fmt.Sprintf("rendered %v, renders %v", a.Action.Target, later)
		}
	case a.Partial != nil && later != nil && !onlyIdentity(a.Partial):
		if !within(a.Partial, withoutLast(later)) {
			return fmt.Sprintf("would render %v, renders %v", expr.Plain(a.Partial), expr.Plain(later))
		}
	}
	return ""
}

// onlyIdentity tells whether a partial target says nothing but which object it is: what could not be built yet may add
// anything else.
func onlyIdentity(target map[string]any) bool {
	metadata, _ := target["metadata"].(map[string]any)
	return len(target) == 3 && len(metadata) <= 2
}

// withoutLast is a target without the record of what was applied last, which only a live reconciler keeps.
func withoutLast(target map[string]any) map[string]any {
	metadata, _ := target["metadata"].(map[string]any)
	if metadata["annotations"] == nil {
		return target
	}
	out, rest := maps.Clone(target), maps.Clone(metadata)
	delete(rest, "annotations") // these programs set none
	out["metadata"] = rest
	return out
}

// within tells whether everything known of a is so in b.
func within(a, b any) bool {
	a, b = expr.Plain(a), expr.Plain(b)
	switch a := a.(type) {
	case *expr.Unknown:
		return true
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) && !openEnded(a) {
			return false
		}
		for key, v := range a {
			w, found := other[key]
			_, unknown := v.(*expr.Unknown)
			if !unknown && (!found || !within(v, w)) {
				return false
			}
		}
		return true
	case []any:
		other, ok := b.([]any)
		return ok && slices.EqualFunc(a, other, within)
	}
	return reflect.DeepEqual(a, b)
}

// openEnded tells whether a map has an unknown value, behind which a key may turn out not to be there.
func openEnded(m map[string]any) bool {
	for _, v := range m {
		if _, unknown := v.(*expr.Unknown); unknown {
			return true
		}
	}
	return false
}

// cluster fills in what servers and controllers would, always the same for one object.
type cluster struct{ seed uint64 }

// complete is an object with all that the drawn expressions may read.
func (c *cluster) complete(id manifest.ID, target map[string]any) map[string]any {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id.String()))
	r := rand.New(rand.NewPCG(c.seed, h.Sum64()))
	pick := func(of ...any) any { return of[r.IntN(len(of))] }
	out := maps.Clone(target)
	metadata, _ := out["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	metadata["uid"], metadata["generation"] = pick("u1", "u2", "a"), pick(int64(1), int64(2))
	if id.Kind != "App" {
		labels, _ := metadata["labels"].(map[string]any)
		labels = maps.Clone(labels)
		labels["extra"] = pick("a", "b")
		metadata["labels"] = labels
		spec, _ := out["spec"].(map[string]any)
		spec = maps.Clone(spec)
		spec["extra"] = pick("a", "b")
		if r.IntN(3) == 0 {
			items, _ := spec["items"].([]any)
			spec["items"] = append(slices.Clone(items), map[string]any{"name": pick("y", "z"), "num": pick(int64(1), int64(9))})
		}
		if r.IntN(3) == 0 {
			spec["opt"] = "o"
		}
		if id.Kind == "Lease" {
			spec["renewTime"] = pick("git", "in another form")
		}
		out["spec"] = spec
	}
	out["metadata"] = metadata
	status := map[string]any{
		"num": pick(int64(0), int64(1), int64(5)), "txt": pick("", "a", "b", "p"), "flag": pick(true, true, false),
		"seq": pick([]any{}, []any{"a"}, []any{"b", "q"}), "sub": map[string]any{"num": pick(int64(0), int64(1)), "txt": pick("a", "x")},
		"conditions": pick([]any{}, []any{map[string]any{"type": "Ready", "status": "True", "reason": "UpToDate"}},
			[]any{map[string]any{"type": "Ready", "status": "False", "reason": "Waiting"}}),
		"state": map[string]any{},
	}
	if r.IntN(2) == 0 {
		status["opt"] = pick("o", "")
		status["state"] = map[string]any{"opt": pick("o", "")}
	}
	out["status"] = status
	return out
}
