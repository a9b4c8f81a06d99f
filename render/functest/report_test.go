// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sampleReport has every kind of test, case and difference.
func sampleReport() *Report {
	r := &Report{Tests: []Test{
		{
			Name: "labels", File: "labels.koreo", Line: 12, Function: "ValueFunction/labels", Pass: true,
			Cases: []Case{{Label: "Test Case 1", Pass: true, Outcome: Outcome{Type: "Ok"}, Differences: []Difference{}, Line: 20}},
		},
		{
			Name: "deploy", File: "deploy.koreo", Line: 3, Function: "ResourceFunction/deploy",
			Cases: []Case{
				{Label: "create", Pass: true, Line: 9, Differences: []Difference{}, Outcome: Outcome{"Retry", "Creating Deployment:ns:web.", 30}},
				{Label: "later", Pass: true, Skipped: true, Message: messageSkipped, Line: 14, Differences: []Difference{}},
				{
					Label: "[variant] <small> & \x1b[31mred\x00", Line: 17, Message: "8 differences",
					Outcome: Outcome{"Retry", "Creating Deployment:ns:web.", 30},
					Differences: []Difference{
						{Path: "metadata.labels", Want: m{"app": "web"}, Missing: true},
						{Path: `metadata.annotations["x/y"]`, Got: "1", Unexpected: true},
						{Path: "spec.replicas", Want: "1", Got: int64(1)},
						{Path: "spec.nothing", Missing: true},
						{Path: "spec.set", Want: "one", Missing: true, Item: true},
						{Path: "spec.set", Got: "two", Unexpected: true, Item: true},
						{Path: "data.script", Want: "#!/bin/sh\nset -e\nrun one\nrun two\n", Got: "#!/bin/sh\nset -e\nrun 1\nrun two\n"},
						{
							Path: "spec.list", Want: l{"a", "b", "c", "d", "e", "<f>", "g", "h", "i", "j", "k"},
							Got: l{"a", "b", "c", "d", "e", "g", "h", "i", "j", "k"},
						},
					},
				},
				{
					Label: "no name", Line: 31, Outcome: Outcome{Type: "PermFail", Message: "Error evaluating `name`"},
					Message:     "Expected(Ok) Actual(Permanent Failure (message=Error evaluating `name`))",
					Differences: []Difference{}, Cause: diag.Pos{File: "deploy.k", Line: 4, Column: 9},
				},
				{Label: "after", Skipped: true, Message: messageNotRun, Line: 40, Differences: []Difference{}},
			},
		},
		{
			Name: "whole", File: "whole.koreo", Line: 1, Function: "ValueFunction/whole",
			Cases: []Case{{
				Label: "null", Line: 5, Message: "1 difference", Outcome: Outcome{Type: "Ok"},
				Differences: []Difference{{Want: m{"a": int64(1)}}},
			}},
		},
		{Name: "empty", File: "whole.koreo", Line: 30, Function: "ValueFunction/whole", Pass: true, Cases: []Case{}},
	}}
	for i := range r.Tests {
		r.Summary.count(&r.Tests[i])
	}
	return r
}

func TestReportGolden(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		write func(w io.Writer, r *Report) error
	}{
		{"report.txt", func(w io.Writer, r *Report) error { return WriteText(w, r, false) }},
		{"report.color.txt", func(w io.Writer, r *Report) error { return WriteText(w, r, true) }},
		{"report.json", WriteJSON},
		{"report.xml", WriteJUnit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			require.NoError(t, tc.write(&got, sampleReport()))
			file := filepath.Join("testdata", tc.name)
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String())
		})
	}
}

func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	empty := &Report{Tests: []Test{}}
	var text, json, junit bytes.Buffer
	require.NoError(t, WriteText(&text, empty, false))
	require.NoError(t, WriteJSON(&json, empty))
	require.NoError(t, WriteJUnit(&junit, empty))
	assert.Equal(t, "0 tests, 0 cases: 0 passed\n", text.String())
	assert.JSONEq(t, `{"tests":[],"summary":{"tests":0,"cases":0,"passed":0,"failed":0,"skipped":0}}`, json.String())
	assert.Equal(t, xml.Header+`<testsuites name="korender" tests="0" failures="0" errors="0" skipped="0" time="0"></testsuites>`+"\n",
		junit.String())
	assert.False(t, empty.Failed())
}

func TestSummaryCountsCases(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	assert.Equal(t, Summary{Tests: 4, Cases: 7, Passed: 2, Failed: 3, Skipped: 2}, r.Summary)
	assert.True(t, r.Failed())
}

func TestJUnitIsWellFormed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, WriteJUnit(&out, sampleReport()))
	var back junitSuites
	require.NoError(t, xml.Unmarshal(out.Bytes(), &back))
	assert.Equal(t, 7, back.Tests)
	assert.Equal(t, "[variant] <small> & [31mred", back.Suites[1].Cases[2].Name)
	assert.Equal(t, messageNotRun, back.Suites[1].Cases[4].Skipped.Message)
	assert.Nil(t, back.Suites[1].Cases[4].Failure)
	assert.Equal(t, "1 difference", back.Suites[2].Cases[0].Failure.Message)
}

func TestWritersPassOnErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(broken))
	assert.ErrorIs(t, WriteText(w, sampleReport(), false), broken)
	assert.ErrorIs(t, WriteJSON(w, sampleReport()), broken)
	assert.ErrorIs(t, WriteJUnit(w, sampleReport()), broken)
}

func TestDiffLines(t *testing.T) {
	t.Parallel()
	same := func(n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = string(rune('a' + i))
		}
		return out
	}
	for _, tc := range []struct {
		name      string
		want, got []string
		diff      string
	}{
		{"equal", []string{"a"}, []string{"a"}, " …\n"},
		{"only wanted", []string{"a", "b"}, nil, "-a\n-b\n"},
		{"only got", nil, []string{"a"}, "+a\n"},
		{"replaced", []string{"a", "b", "c"}, []string{"a", "x", "c"}, " a\n-b\n+x\n c\n"},
		{"inserted", []string{"a", "c"}, []string{"a", "b", "c"}, " a\n+b\n c\n"},
		{"moved", []string{"a", "b", "c"}, []string{"b", "c", "a"}, "-a\n b\n c\n+a\n"},
		{"far lines are folded", append(same(6), "x"), append(same(6), "y"), " …\n d\n e\n f\n-x\n+y\n"},
		{"folded behind", append([]string{"x"}, same(5)...), append([]string{"y"}, same(5)...), "-x\n+y\n a\n b\n c\n …\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var text string
			for _, line := range diffLines(tc.want, tc.got) {
				text += string(line.mark) + line.text + "\n"
			}
			assert.Equal(t, tc.diff, text)
		})
	}
}

func TestDiffOfLongTextsEnds(t *testing.T) {
	t.Parallel()
	want, got := make([]string, 2000), make([]string, 2000)
	for i := range want {
		want[i], got[i] = "w", "g"
	}
	assert.Len(t, diffLines(want, got), 4000)
}
