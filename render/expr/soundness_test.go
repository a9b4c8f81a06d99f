// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/schema"
)

// casesVariable says how many evaluations TestSoundness compares, if not as many as it does by itself.
const casesVariable = "KORENDER_SOUNDNESS_CASES"

const (
	soundTexts       = 12_000 // random expressions
	soundCompletions = 10     // worlds in which each is evaluated
	soundWorlds      = 100    // worlds to choose from
)

// What partial evaluation says is what full evaluation says, whatever the unknowns turn out to be: a known value is the
// value, a known error is an error, and a known part of a value is that part. Full evaluation may fail where partial
// evaluation did not, because of a value that was unknown.
func TestSoundness(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	known, fails, partial, texts := 0, 0, 0, soundTexts
	if text := os.Getenv(casesVariable); text != "" {
		cases, err := strconv.Atoi(text)
		require.NoError(t, err)
		texts = cases / soundCompletions
	}
	worlds := makeWorlds(soundWorlds)
	for seed := range uint64(texts) {
		if seed%soundTexts == 0 {
			env, err = NewEnv(Limits{})
			require.NoError(t, err)
		}
		g := &gen{rand.New(rand.NewPCG(seed, 7)), nil}
		text := g.expr(4)
		from := g.r.IntN(soundWorlds - soundCompletions)
		verdict := checkSound(t, env, text, worlds[from:from+soundCompletions])
		switch verdict {
		case "known":
			known++
		case "fails":
			fails++
		case "partial":
			partial++
		}
		if t.Failed() {
			return
		}
	}
	// the test would mean little if nearly everything failed or was unknown
	t.Logf("%d expressions in %d worlds each: %d known, %d partly known, %d failing", texts, soundCompletions, known, partial, fails)
	assert.Greater(t, known, texts/10)
	assert.Greater(t, partial, texts/10)
	assert.Greater(t, fails, texts/20)
}

// checkSound evaluates one expression with unknowns and in several worlds.
func checkSound(t *testing.T, env *Env, text string, worlds []Vars) (verdict string) {
	t.Helper()
	p, _ := env.compile(text, []string{"inputs", "resource", "steps"})
	if p == nil {
		return "invalid"
	}
	got, gotErr := p.Eval(t.Context(), partly)
	for _, world := range worlds {
		want, wantErr := p.Eval(t.Context(), world)
		if gotErr != nil {
			if !assert.Error(t, wantErr, "%s\nfails with unknowns (%v), but here it is %v", text, gotErr, want) {
				return "unsound"
			}
			continue
		}
		if wantErr == nil && !agrees(got, want) {
			assert.Fail(t, "unsound", "%s\nwith unknowns: %s\nin a world:    %s\nwhich is: %s", text, show(got), show(want), show(map[string]any(world)))
			return "unsound"
		}
	}
	switch {
	case gotErr != nil:
		return "fails"
	case WaitsOf(got) == nil:
		return "known"
	default:
		return "partial"
	}
}

func show(v any) string {
	text, err := json.Marshal(showUnknowns(v))
	return fmt.Sprint(string(text), " ", err)
}

// agrees tells whether a completed value is one that a partly known value may become.
func agrees(got, want any) bool {
	switch g := got.(type) {
	case *Unknown:
		return true
	case *Object:
		w, ok := want.(map[string]any)
		if o, isObject := want.(*Object); isObject {
			w, ok = o.Value, true
		}
		if !ok {
			return false
		}
		for k := range g.Value {
			v, p := g.field(k)
			if p != present {
				continue
			}
			if there, found := w[k]; !found || !agrees(v, there) {
				return false
			}
		}
		return true
	case *openList:
		w, ok := want.([]any)
		if !ok || len(w) < len(g.items) {
			return false
		}
		for i, v := range g.all() {
			if !agrees(v, w[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		w, ok := want.(map[string]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for k, v := range g {
			if there, found := w[k]; !found || !agrees(v, there) {
				return false
			}
		}
		return true
	case []any:
		w, ok := want.([]any)
		return ok && len(w) == len(g) && allAgree(g, w)
	case float64:
		w, ok := want.(float64)
		return ok && (g == w || isNaN(g) && isNaN(w))
	default:
		return assert.ObjectsAreEqual(got, want)
	}
}

func allAgree(g, w []any) bool {
	for i := range g {
		if !agrees(g[i], w[i]) {
			return false
		}
	}
	return true
}

var partialTable = func() map[string]any {
	text, err := os.ReadFile("testdata/partial.jsonl")
	if err != nil {
		return nil
	}
	var line struct{ Vars map[string]any }
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if d.Decode(&line) != nil {
		return nil
	}
	return line.Vars
}()

// partialVars are the variables of the table of partial knowledge, and some more that are harder.
func partialVars() Vars {
	vars, err := readVars(partialTable)
	if err != nil {
		return nil
	}
	vars["resource"] = network()
	steps, _ := vars["steps"].(map[string]any)
	steps["raw"] = network()
	steps["key"] = &Object{Step: "key", Mode: Declared, ID: manifest.ID{APIVersion: "v1", Kind: "Secret", Name: "k"},
		Value: map[string]any{"kind": "Secret", "data": map[string]any{"a": "YQ=="}, "type": "Opaque"}}
	steps["web"] = deployment()
	return vars
}

// partly is shared: values are never changed.
var partly = partialVars()

// makeWorlds draws worlds, the same ones each time.
func makeWorlds(n int) []Vars { return makeWorldsFrom(100, n) }

func makeWorldsFrom(seed uint64, n int) []Vars {
	out := make([]Vars, n)
	for i := range out {
		w := &world{r: rand.New(rand.NewPCG(uint64(i), seed)), fields: map[string]any{}}
		out[i] = w.vars()
	}
	return out
}

// network is the declared object of the table, with values that a server may change.
func network() *Object {
	return &Object{Step: "vpc", Mode: Declared, ID: manifest.ID{Kind: "Network", Name: "prod"}, Value: map[string]any{
		"apiVersion": "v1", "kind": "Network",
		"metadata": map[string]any{"name": "prod", "namespace": "ns", "labels": map[string]any{"app": "x"}},
		"spec": map[string]any{"cidr": "10.0.0.0/8", "size": int64(3), "zero": int64(0), "none": map[string]any{}, "off": false,
			"tags":  []any{"a", "b"},
			"ports": []any{map[string]any{"port": int64(80)}, map[string]any{"port": int64(443), "name": ""}}},
	}}
}

// world is one way in which everything unknown may turn out.
type world struct {
	r      *rand.Rand
	fields map[string]any // what became of the unknown leaves, by wait
}

// vars completes the variables.
func (w *world) vars() Vars {
	out := Vars{}
	full := w.object(network())
	key := w.object(&Object{Step: "key", ID: manifest.ID{APIVersion: "v1", Kind: "Secret", Name: "k"},
		Value: map[string]any{"kind": "Secret", "data": map[string]any{"a": "YQ=="}, "type": "Opaque"}})
	whole := map[string]map[string]any{"vpc": full, "key": key, "web": w.object(deployment())}
	for name, v := range partialVars() {
		out[name] = w.complete(v, whole)
	}
	return out
}

// complete puts values in the place of unknowns, and whole objects, by step, in that of declared ones.
func (w *world) complete(v any, whole map[string]map[string]any) any {
	switch v := v.(type) {
	case *Unknown:
		return w.leaf(v.waits[0], whole["vpc"])
	case *Object:
		return whole[v.Step]
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			out[k.(string)] = w.complete(v[k.(string)], whole)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = w.complete(v[i], whole)
		}
		return out
	}
	return v
}

// leaf is what a field turns out to be: the network's own field, where it is one of its.
func (w *world) leaf(at Wait, network map[string]any) any {
	text := at.String()
	if v, found := w.fields[text]; found {
		return v
	}
	v := w.value(2)
	if field, found := strings.CutPrefix(text, "vpc: Network/prod.status."); found {
		status, ok := network["status"].(map[string]any)
		if !ok {
			status = map[string]any{}
			network["status"] = status
		}
		status[field] = v
	}
	w.fields[text] = v
	return v
}

// object is a declared object as a server may have stored it: fields added at any depth, empty ones dropped or
// defaulted, lists of maps longer, Secret data changed, quantities in another form.
func (w *world) object(o *Object) map[string]any {
	out := w.grown(o.Value, "", o.ID.Kind == "Secret", o.Type)
	metadata, ok := out["metadata"].(map[string]any)
	if !ok {
		metadata = map[string]any{"name": "k"}
		out["metadata"] = metadata
	}
	metadata["uid"] = "u"
	if w.r.IntN(2) == 0 {
		out["status"] = map[string]any{"conditions": w.conditions(), "ip": w.value(1), "m": w.value(2)}
	}
	return out
}

func (w *world) conditions() any {
	out := []any{}
	for range w.r.IntN(3) {
		out = append(out, map[string]any{"type": w.pick("Ready", "Other"), "status": w.pick("True", "False"), "reason": w.pick("UpToDate", "x")})
	}
	return out
}

func (w *world) pick(of ...any) any { return of[w.r.IntN(len(of))] }

func (w *world) grown(m map[string]any, path string, secret bool, of *schema.Type) map[string]any {
	out := map[string]any{}
	for _, key := range sortedKeys(m) {
		k, _ := key.(string)
		v := m[k]
		below := joinPath(path, keyStep(k))
		switch {
		case secret && under(below, "data"):
			if w.r.IntN(2) == 0 {
				out[k] = map[string]any{"a": w.value(0)}
			}
		case isFinal(path, k):
			out[k] = v
		case of.Field(k).Rewritten():
			out[k] = w.pick(v, "1", "2Gi")
		case empty(v):
			if w.r.IntN(2) == 0 {
				out[k] = w.value(1)
			}
		default:
			out[k] = w.kept(v, below, of.Field(k))
		}
	}
	if w.r.IntN(2) == 0 && path != "" && path != "metadata" {
		out[w.pick("zz", "app", "extra").(string)] = w.value(1)
		for k := range m {
			if _, kept := out[k]; kept && !empty(m[k]) && !of.Field(k).Rewritten() {
				out[k] = w.kept(m[k], joinPath(path, keyStep(k)), of.Field(k))
			}
		}
	}
	return out
}

func (w *world) kept(v any, path string, of *schema.Type) any {
	switch v := v.(type) {
	case map[string]any:
		return w.grown(v, path, false, of)
	case []any:
		if _, maps := v[0].(map[string]any); !maps {
			return v
		}
		out := []any{}
		for i, item := range v {
			out = append(out, w.kept(item, path+indexStep(i), of.Item()))
		}
		for range w.r.IntN(2) {
			out = append(out, w.pick(map[string]any{"port": int64(1)}, map[string]any{}))
		}
		return out
	}
	return v
}

// value is anything that a field may hold.
func (w *world) value(depth int) any {
	switch n := w.r.IntN(11); {
	case n < 3:
		return w.pick("known", "x", "prod", "", "abc", "10.0.0.0/8", "1", "a")
	case n < 5:
		return w.pick(int64(0), int64(1), int64(3), int64(-1))
	case n < 7:
		return w.pick(true, false)
	case n == 7:
		return w.pick(nil, 1.5)
	case depth == 0:
		return "leaf"
	case n == 8:
		return []any{w.value(depth - 1), w.value(depth - 1)}[:w.r.IntN(3)]
	default:
		out := map[string]any{}
		for range w.r.IntN(3) {
			out[w.pick("x", "a", "ip", "name", "deeper").(string)] = w.value(depth - 1)
		}
		return out
	}
}
