// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func failureVars() Vars {
	return Vars{"inputs": map[string]any{"spec": map[string]any{"name": "hunter2", "l": []any{int64(1)}}, "n": nil, "s": "hunter2", "i": int64(5)}}
}

// A failed evaluation says where and why, names the whole path, and never tells a value.
func TestFailures(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, tt := range []struct {
		text string
		want Error
	}{
		{"=inputs.spec.nmae", Error{1, "inputs.spec.nmae", `there is no key "nmae"`, `did you mean "name"?`, false}},
		{"inputs.spec['nmae']", Error{0, `inputs.spec["nmae"]`, `there is no key "nmae"`, `did you mean "name"?`, false}},
		{"'é' + inputs.spec.nmae", Error{7, "inputs.spec.nmae", `there is no key "nmae"`, `did you mean "name"?`, false}},
		{`'\d\d' + inputs.spec.nmae`, Error{9, "inputs.spec.nmae", `there is no key "nmae"`, `did you mean "name"?`, false}},
		{"==  inputs.zz", Error{4, "inputs.zz", `there is no key "zz"`, "guard it with has(inputs.zz), or make sure that it is set", false}},
		{"1 +\n  inputs.spec.nmae", Error{6, "inputs.spec.nmae", `there is no key "nmae"`, `did you mean "name"?`, false}},
		{"// é\ninputs.zz", Error{6, "inputs.zz", `there is no key "zz"`, "guard it with has(inputs.zz), or make sure that it is set", false}},
		{"\"\"\"\né\n\"\"\" + inputs.zz", Error{13, "inputs.zz", `there is no key "zz"`, "guard it with has(inputs.zz), or make sure that it is set", false}},
		{"[1].map(x, inputs.spec.l[4])", Error{11, "inputs.spec.l[4]", "the index is out of range: the list has 1 items", "", false}},
		{"inputs.s.foo", Error{0, "inputs.s.foo", "a field can be read of a map only, not of a string", "", false}},
		{"inputs.s + 1", Error{9, "+", "does not work on string and int", "", false}},
		{"inputs.s ? 1 : 2", Error{9, "? :", "the condition must be a bool, not a string", "", false}},
		{"!inputs.s", Error{0, "!", "does not work on a string", "", false}},
		{"inputs.i / (inputs.i - 5)", Error{9, "/", "division by zero", "", false}},
		{"1 in inputs.n", Error{2, "in", "cannot look for an int in null", "", false}},
		{"'a' + lower(inputs.n)", Error{6, "lower(…)", "argument 1 must be a string", "", false}},
		{"inputs.s.charAt('x' + inputs.s)", Error{9, "charAt(…)", "takes (string, int), not (string, string)", "", false}},
		{"inputs.s.split(inputs.s.replace(inputs.s, ''))", Error{9, "split(…)", "split separator may not be empty", "", false}},
		{"inputs.s.split_index('/', inputs.i)", Error{9, "split_index(…)", "index out of bounds on split", "", false}},
		{"inputs.spec.self_ref()", Error{12, "self_ref(…)", "Missing `apiVersion`.", "", false}},
		{"inputs.to_ref()", Error{7, "to_ref(…)", "`external` or `name` are required to build a reference.", "", false}},
		{"{'external': inputs.n}.to_ref()", Error{23, "to_ref(…)", "`external` must contain a value.", "", false}},
		{"{'name': inputs.n}.to_ref()", Error{19, "to_ref(…)", "`name` must contain a value.", "", false}},
		{"from_json(inputs.s)", Error{0, "from_json(…)", "JSON Decoding error: the text is not JSON", "", false}},
		{"b64decode(inputs.s + '!')", Error{0, "b64decode(…)", "Base64 Encoding error the text is not standard base64", "", false}},
		{"int(inputs.s)", Error{0, "int(…)", "the text is not a whole number", "", false}},
		{"timestamp(inputs.s)", Error{0, "timestamp(…)", "the text is not a time like 2006-01-02T15:04:05Z", "", false}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(tt.text, []string{"inputs"})
			require.NotNil(t, p, problems)
			_, err := p.Eval(t.Context(), failureVars())
			assert.Equal(t, &tt.want, err)
			assert.NotContains(t, err.Error(), "hunter2")
			if !strings.ContainsAny(tt.want.Source, "…?\"") {
				assert.Equal(t, tt.want.Source, tt.text[tt.want.Offset:][:len(tt.want.Source)], "the offset")
			}
		})
	}
}

// What is wrong with a text is said before anything runs.
func TestProblems(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, tt := range []struct {
		text string
		want Problem
	}{
		{"=", Problem{false, "KR0301", 0, "the expression is empty", `write a value after the equals sign; text that begins with = is written ="=text"`}},
		{"1 + ", Problem{false, "KR0301", 4, "the expression ends too early", "an operand, a bracket or a quote is missing at the end"}},
		{"'abc", Problem{false, "KR0301", 0, "a text that is not closed", "add the closing quote"}},
		{"=inputs.n b", Problem{false, "KR0301", 10, `cannot read the expression at "b"`, "check operators, brackets and quotes before it"}},
		{"[1, 2, ]", Problem{false, "KR0301", 5, "a comma before the closing bracket", "remove the comma: the last item has none after it"}},
		{"{'a': 1, // one\n}", Problem{false, "KR0301", 7, "a comma before the closing bracket", "remove the comma: the last item has none after it"}},
		{"inputs.?x", Problem{false, "KR0301", 6, "optional fields are not part of the language", "test with has(…)"}},
		{"9223372036854775808", Problem{false, "KR0301", 0, "the number does not fit in 64 bits", ""}},
		{"Foo{a: 1}", Problem{false, "KR0301", 3, "messages are not part of the language", `write a map: {"key": value}`}},
		{`'\d' + input.x`, Problem{false, "KR0302", 7, `"input" is not a variable here`, `did you mean "inputs"?`}},
		{"true || inptus.x", Problem{false, "KR0302", 8, `"inptus" is not a variable here`, `did you mean "inputs"?`}},
		{"inputs.s.lowr()", Problem{false, "KR0303", 9, `there is no function "lowr" with 1 arguments (a receiver counts as one)`, `did you mean "lower"?`}},
		{"1 + 'a'", Problem{false, "KR0304", 2, "+: does not work on int and string", ""}},
		{"inputs.s.matches('a[')", Problem{false, "KR0305", 17, "the pattern is not a regular expression", "patterns are RE2, as Go and CEL have them"}},
		{"inputs.s.matches('(?=a)')", Problem{true, "KR0306", 17, "the pattern has look-around or back-references, which RE2 does not have: it runs on a slower engine",
			"write it as plain patterns joined by && and !"}},
		{"[1].map(1, 2)", Problem{false, "KR0307", 8, "the first argument must be the name of a loop variable", "write list.map(x, value made of x)"}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(tt.text, []string{"inputs"})
			assert.Equal(t, []Problem{tt.want}, problems)
			assert.Equal(t, tt.want.Warning, p != nil)
		})
	}
}

// A comma in a text or comment, and one between items, is none before a bracket.
func TestCommas(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for _, text := range []string{"[1, 2]", "['a,']", "[1 // ,\n]", "{'a': [',', \",\"]}", "[[1], {'a,': 1}]", "[r',']"} {
		p, problems := env.Compile(text, nil)
		assert.NotNil(t, p, "%s: %v", text, problems)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(Limits{})
	require.NoError(t, err)
	for text, want := range map[string][]Ref{
		"steps.vpc.ref.name":                     {{[]string{"steps", "vpc", "ref", "name"}, false, 0, true}},
		"=steps['vpc'].ref":                      {{[]string{"steps", "vpc", "ref"}, false, 1, true}},
		"has(steps.a.b)":                         {{[]string{"steps", "a", "b"}, true, 4, true}},
		"steps.a[steps.b].c":                     {{[]string{"steps", "a"}, false, 0, false}, {[]string{"steps", "b"}, false, 8, true}},
		"steps.a[0].c":                           {{[]string{"steps", "a"}, false, 0, false}},
		"steps.l.map(steps, steps.x)":            {{[]string{"steps", "l"}, false, 0, true}},
		"steps.l.reduce(a, x, steps.b, a.q + x)": {{[]string{"steps", "l"}, false, 0, true}, {[]string{"steps", "b"}, false, 21, true}},
		"(steps.a ? steps.b : {'k': steps.c}).d": {{[]string{"steps", "a"}, false, 1, true}, {[]string{"steps", "b"}, false, 11, true}, {[]string{"steps", "c"}, false, 27, true}},
		"[1].map(x, x.y)":                        nil,
		"'a'.size() + steps.q.size()":            {{[]string{"steps", "q"}, false, 13, true}},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p, problems := env.Compile(text, []string{"steps"})
			require.NotNil(t, p, problems)
			assert.Equal(t, want, p.Refs())
		})
	}
}
