// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	yamlv2 "go.yaml.in/yaml/v2"

	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// texts are scalars that some reader of YAML takes for something else, and pieces to make more of.
var texts = []string{
	"", " ", "yes", "No", "on", "OFF", "y", "N", "true", "null", "~", "=", "<<", "1", "-1", "+1", "1_000", "0o7", "017", "08", "0x1F", "0b11", "1:30",
	"190:20:30.15", "2024-01-02", "2024-1-2", "2024-01-02T03:04:05Z", "2001-12-14 21:59:43.10 -5", ".inf", "-.Inf", ".nan", "1e3", "1.", ".5", "._5", "5e-1", "12e4567",
	"1.2.3", "-", "--", "---", "...", "- a", "? a", ": a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'", "\"", "[", "]", "{", "}", ",",
	"\n", "a\n", "\na", "a\n\n", "a\nb", " a\nb", "a \nb", "a\n b\n", "a\n\tb", "\ta", "a\t", "a\r\nb", "a\rb", "\u0085", "a\u2028b", "\ufeffa", "é", "😀", "a\x00b", "\x7f", "\\", "\\n",
	"---\na", "a\n---\nb", "a\n...\n", "# a\nb", "a\n# b", "{{ a }}", "${A}", "=a.b ? 'c' : \"d\"", "0x", "0o8", "1,000", "1 000", "0-1", "0x-1", "0b-01", "9223372036854775808", "1__0", "\u00a0", "a\n\n\n b\n",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.Intn(3) {
		b.WriteString(texts[r.Intn(len(texts))])
	}
	return b.String()
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.Intn(10); {
	case n == 0 && depth < 4:
		list := make([]any, r.Intn(4))
		for i := range list {
			list[i] = randomValue(r, depth+1)
		}
		return list
	case n <= 2 && depth < 4:
		m := map[string]any{}
		for range r.Intn(4) {
			m[randomText(r)] = randomValue(r, depth+1)
		}
		return m
	case n == 3:
		return r.Int63() >> r.Intn(63)
	case n == 4:
		return math.Float64frombits(r.Uint64()&^(0x7ff<<52) | uint64(1+r.Intn(2045))<<52)
	case n == 5:
		return []any{nil, true, false, int64(math.MinInt64), 0.1, -1.5}[r.Intn(6)]
	default:
		return randomText(r)
	}
}

// asJSON is what a value is for those who know JSON only: numbers by value.
func asJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var out any
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

// What is written is read back as the same value, by our own reader and as kubectl reads YAML.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	var values []any
	for _, a := range texts {
		values = append(values, a, []any{a}, map[string]any{a: a})
	}
	for range 3000 {
		values = append(values, randomValue(r, 0))
	}
	for _, v := range values {
		want := map[string]any{"v": v}
		text := written(t, manifest.Object{Value: want})
		docs, problems := source.Parse("f", []byte(text), 0, source.Limits{})
		require.Empty(t, problems, "%q", text)
		require.Equal(t, asJSON(t, want), asJSON(t, docs[0].Root.Native()), "%q", text)
		var v2 map[string]any
		require.NoError(t, yamlv2.Unmarshal([]byte(text), &v2), "%q", text)
		require.Equal(t, asJSON(t, want), asJSON(t, stringKeys(t, v2)), "%q", text)
		var out bytes.Buffer
		require.NoError(t, manifest.WriteJSON(&out, []manifest.Object{{Value: want}}))
		var back []any
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		require.Equal(t, asJSON(t, want), back[0])
	}
}

// stringKeys demands that every key is a string.
func stringKeys(t *testing.T, value any) any {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = stringKeys(t, item)
		}
	case map[any]any:
		out := map[string]any{}
		for k, item := range v {
			key, ok := k.(string)
			require.True(t, ok, "key %v (%T)", k, k)
			out[key] = stringKeys(t, item)
		}
		return out
	case []any:
		for i := range v {
			v[i] = stringKeys(t, v[i])
		}
	}
	return value
}
