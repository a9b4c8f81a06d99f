// SPDX-License-Identifier: Apache-2.0

package status_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

var secretID = manifest.ID{APIVersion: "v1", Kind: "Secret", Namespace: "shop", Name: "database"}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// redactor knows one Secret with these decoded values.
func redactor(t *testing.T, values map[string]string) *status.Redactor {
	t.Helper()
	data := map[string]any{}
	for key, value := range values {
		data[key] = base64Of(value)
	}
	objects := &render.Objects{}
	require.NoError(t, objects.Add(manifest.Object{ID: secretID, Value: map[string]any{"data": data}}))
	require.NoError(t, objects.Add(manifest.Object{ID: config, Value: map[string]any{"data": map[string]any{"a": base64Of("public value")}}}))
	return status.NewRedactor(objects)
}

func TestRedact(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"password": "hunter2!", "longer": "hunter2!-and-more", "short": "abc", "quoted": "a \"b\" c", "line": "first line\nlast line\n",
		"json": `{"user": "alice", "nested": [{"token": "t0ken"}], "pin": 123456}`, "port": "5432", "namespace": "shop", "own": "database",
		"mark": "redacted", "empty": "", "html": "<tag>&x",
	}
	for name, c := range map[string]struct{ text, want string }{
		"raw":                            {"data " + base64Of("hunter2!") + ".", "data (redacted)."},
		"decoded":                        {"password hunter2! is wrong", "password (redacted) is wrong"},
		"the longest first":              {"hunter2!-and-more", "(redacted)"},
		"inside a word":                  {"xhunter2!x", "x(redacted)x"},
		"short ones stay in texts":       {"abcdef abc", "abcdef abc"},
		"a short one alone":              {"abc", "(redacted)"},
		"as Go quotes it":                {`"a \"b\" c"`, `"(redacted)"`},
		"as JSON escapes it":             {`{"x":"\u003ctag\u003e\u0026x"}`, `{"x":"(redacted)"}`},
		"a line":                         {"got last line", "got (redacted)"},
		"trimmed":                        {"first line\nlast line", "(redacted)"},
		"a leaf of JSON":                 {"alice t0ken 123456", "(redacted) (redacted) (redacted)"},
		"name and namespace are public":  {"Secret/shop/database", "Secret/shop/database"},
		"twice is once":                  {"(redacted)", "(redacted)"},
		"values of others are no secret": {"public value", "public value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := redactor(t, values)
			assert.Equal(t, c.want, r.Text(c.text))
			assert.Equal(t, c.want != c.text, r.Holds(c.text))
			assert.Equal(t, c.want, r.Text(r.Text(c.text)))
		})
	}
	t.Run("trees", func(t *testing.T) {
		t.Parallel()
		r := redactor(t, values)
		tree := map[string]any{
			"hunter2!": "abc", "list": []any{"x-hunter2!", int64(5432), int64(80), float64(123456), nil, true, struct{}{}}, "unknown": struct{}{},
		}
		assert.Equal(t, map[string]any{
			"(redacted)": "(redacted)", "list": []any{"x-(redacted)", "(redacted)", int64(80), "(redacted)", nil, true, nil},
		}, r.Value(tree))
		assert.True(t, r.Holds(tree))
		assert.True(t, r.Holds(map[string]any{"hunter2!": nil}))
		assert.True(t, r.Holds([]any{int64(5432)}))
		assert.False(t, r.Holds([]any{"x", int64(1), 1.5, nil, true, map[string]any{"a": "b"}}))
	})
	t.Run("nothing is known", func(t *testing.T) {
		t.Parallel()
		for _, r := range []*status.Redactor{nil, status.NewRedactor(nil)} {
			assert.Equal(t, "abc", r.Text("abc"))
			assert.Equal(t, []any{"abc", int64(5432)}, r.Value([]any{"abc", int64(5432)}))
			assert.False(t, r.Holds([]any{"abc", int64(5432)}))
		}
	})
}

// TestNoSecretLeaves plants a value everywhere, and looks for it in all that goes out.
func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	const read, written = "s3cr3t-read", "s3cr3t-written"
	planted := read + " " + base64Of(read) + " " + written
	p := plan(render.Retry, "Unknown", "Wait", "Patching due to "+planted)
	p.Conditions = append(p.Conditions, render.Condition{Type: "Db", Status: "Unknown", Reason: "Wait", Message: planted})
	p.StateErrors = map[string]string{"db": planted}
	p.State = map[string]any{"dsn": planted, "list": []any{planted}}
	p.Managed = map[string]any{"name": planted}
	p.Actions = []render.Action{{Verb: render.Patch, ID: secretID, Target: map[string]any{"stringData": map[string]any{"password": written}}}}
	run := status.Run{
		Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Plan: p, Result: answered(failure("apply", "Invalid", true), planted), Now: now,
		Secrets: redactor(t, map[string]string{"password": read}), Refusals: []status.Refusal{{ID: config, Reason: status.Unavailable, Message: planted}},
		Err: errors.New(planted),
	}
	run.Result.Changes = append(run.Result.Changes, changed("Created", planted).Changes...)
	of := status.Of(run)
	out := []any{of, status.Events(run, v1alpha1.WorkflowInstanceStatus{}), status.OfTrigger(run, nil)}
	for _, one := range out {
		text := jsonOf(t, one)
		for _, value := range []string{read, written, base64Of(read)} {
			assert.NotContains(t, text, value)
		}
		assert.Contains(t, text, status.Redacted)
	}
	assert.Equal(t, `{"dsn":"(redacted) (redacted) (redacted)","list":["(redacted) (redacted) (redacted)"]}`, string(of.State.Raw))
}

func TestExport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state map[string]any
		want  map[string]string
		err   string
	}{
		"nothing": {nil, map[string]string{}, ""},
		"all kinds of values": {
			map[string]any{
				"host": "a.example", "port": int64(80), "share": 0.5, "big": float64(1 << 40), "on": true, "none": nil, "empty": "",
				"nested": map[string]any{"list": []any{"x", map[string]any{"y": "z"}}},
			},
			map[string]string{
				"host": "a.example", "port": "80", "share": "0.5", "big": "1099511627776", "on": "true", "empty": "",
				"nested_list_0": "x", "nested_list_1_y": "z",
			}, "",
		},
		"two paths, one name": {
			map[string]any{"a": map[string]any{"b": "1"}, "a_b": "2"}, nil,
			"export: state.a.b and state.a_b have one name, a_b: rename one",
		},
		"no name of a variable": {
			map[string]any{"a-b": "1"}, nil, `export state.a-b: "a-b" is no name of a variable: letters, digits and underscores, and no digit first`,
		},
		"a digit first": {
			map[string]any{"1st": "1"}, nil, `export state.1st: "1st" is no name of a variable: letters, digits and underscores, and no digit first`,
		},
		"several lines": {map[string]any{"a": "1\n2"}, nil, "export state.a: it has several lines, which Flux would run together"},
		"a Secret":      {map[string]any{"a": []any{"url?p=hunter2!"}}, nil, "export state.a[0]: it holds a value of a Secret; take it out of the state of its step"},
		"a Secret's key": {
			map[string]any{"hunter2!": "x"}, nil, "export state.(redacted): it holds a value of a Secret; take it out of the state of its step",
		},
		"not known": {map[string]any{"a": struct{}{}}, nil, "export state.a: its value is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := status.Export(c.state, redactor(t, map[string]string{"p": "hunter2!"}))
			assert.Equal(t, c.want, got)
			if c.err == "" {
				assert.NoError(t, err)
			} else {
				assert.EqualError(t, err, c.err)
			}
		})
	}
}

// FuzzRedact: nothing of a value is left, whatever it is and wherever it stands.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2!", "x", "y")
	f.Add("aaaa", "a", "a")
	f.Add("(redacted)", "", "")
	f.Fuzz(func(t *testing.T, value, before, after string) {
		r := redactor(t, map[string]string{"v": value})
		got := r.Text(before + value + after)
		if len(value) >= 4 && !strings.Contains(status.Redacted, value) && !strings.Contains(value, "\x00") && value != secretID.Namespace && value != secretID.Name {
			assert.NotContains(t, strings.ReplaceAll(got, status.Redacted, "\x00"), value)
		}
	})
}
