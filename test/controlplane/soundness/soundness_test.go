// SPDX-License-Identifier: Apache-2.0

package soundness

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// settleTime is how long controllers get: a Deployment is available and a Job complete in about a second.
const settleTime = 4 * time.Second

// TestCases holds korender to what the server makes of the objects in testdata and of those that the examples render.
func TestCases(t *testing.T) {
	found := append(caseFolders(t, "testdata", ""), caseFolders(t, filepath.Join(root, "examples"), "expected.yaml")...)
	require.NotEmpty(t, found)
	for _, path := range found {
		name := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		t.Run(name, func(t *testing.T) { testCase(t, path) })
	}
}

// TestSmoke is a part of TestCases that takes well below a minute: kinds whose values a server changes, and an example
// with controllers at work.
func TestSmoke(t *testing.T) {
	for _, name := range []string{"bytes", "quantities", "secrets", "times"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			checkAll(t, path, apply(t, path))
		})
	}
	t.Run("job-before-deployment", func(t *testing.T) { testCase(t, filepath.Join(root, "examples", "job-before-deployment")) })
}

// caseFolders lists the folders in dir, at any depth, that hold a file of this name; every folder in dir without one.
func caseFolders(t *testing.T, dir, file string) []string {
	t.Helper()
	var out []string
	if file == "" {
		found, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		return found
	}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == "stages" {
			return fs.SkipDir // of an example: what it prints with more observed
		}
		if err == nil && e.Name() == file {
			out = append(out, filepath.Dir(path))
		}
		return err
	}))
	return out
}

// apply renders a folder and applies that until the test ends.
func apply(t *testing.T, path string) rendered {
	t.Helper()
	before := render(t, path)
	require.NoError(t, server.Apply(t.Context(), before.objects))
	t.Cleanup(func() {
		assert.NoError(t, server.Delete(context.WithoutCancel(t.Context()), before.objects))
	})
	return before
}

func testCase(t *testing.T, path string) {
	before := apply(t, path)
	t.Run("at once", func(t *testing.T) { checkAll(t, path, before) })
	time.Sleep(settleTime)
	t.Run("settled", func(t *testing.T) { checkAll(t, path, before) })
}

// checkAll reads the objects back and asks everything about them, without and with that knowledge.
func checkAll(t *testing.T, path string, before rendered) {
	subjects := make([]*subject, len(before.objects))
	stored := make([]any, len(before.objects))
	declared := make([]any, len(before.objects))
	for i, object := range before.objects {
		found, err := server.Get(t.Context(), object)
		require.NoError(t, err)
		found, err = renumber(found)
		require.NoError(t, err)
		subjects[i] = &subject{declared: object, stored: found, probes: probes(object, found)}
		stored[i], declared[i] = found, object
	}
	observed := folder(t, map[string][]any{"observed.yaml": stored})
	checkObserved(t, path, before, observed)
	input := map[string][]any{"program.yaml": program(subjects, observes), "objects.yaml": declared}
	full := answers(t, subjects, folder(t, input), "--observed", observed)
	checkFull(t, subjects, full)
	input["program.yaml"] = program(subjects, reads)
	check(t, subjects, reads, answers(t, subjects, folder(t, input)), full)
	built := folder(t, map[string][]any{"program.yaml": program(subjects, builds)})
	check(t, subjects, builds, answers(t, subjects, built), full)
}

// renumber gives an object the numbers that decode gives.
func renumber(object map[string]any) (map[string]any, error) {
	var out map[string]any
	err := decode([]byte(text(object)), &out)
	return out, err
}

// answers runs a program of subjects and returns the answers of each.
func answers(t *testing.T, subjects []*subject, path string, args ...string) [][]any {
	t.Helper()
	told := render(t, path, args...).report
	require.Len(t, told.Instances, 1)
	out := make([][]any, len(subjects))
	for i, s := range subjects {
		require.Equal(t, "Ok", told.Instances[0].Steps[i].Outcome.Type, "%s: %s", s, told.Instances[0].Steps[i].Outcome.Message)
		list, ok := told.Instances[0].State[stepName(i)].([]any)
		require.True(t, ok, "%s has no answers", s)
		require.Len(t, list, len(s.probes), "answers for %s", s)
		out[i] = list
	}
	return out
}

// checkFull compares the answers with full knowledge with what the server stored, read without korender.
func checkFull(t *testing.T, subjects []*subject, full [][]any) {
	t.Helper()
	for i, s := range subjects {
		for j, p := range s.probes {
			if !p.plain {
				continue
			}
			want := any(fields{noneKey: true})
			if value, ok := at(s.stored, p.path); ok {
				want = fields{valueKey: value}
			}
			assert.True(t, same(want, full[i][j]), "%s, observed: %s is %s, the server stored %s", s, p.expression, text(full[i][j]), text(want))
		}
	}
}

// check demands that whatever is known without the server is so with it.
func check(t *testing.T, subjects []*subject, how way, partial, full [][]any) {
	t.Helper()
	for i, s := range subjects {
		known := 0
		var fields, others []string
		for j, p := range s.probes {
			if !isUnknown(partial[i][j]) {
				known++
			}
			if agrees(partial[i][j], full[i][j]) {
				continue
			}
			line := fmt.Sprintf("%s: git says %s, with the server's object it is %s", p.expression, text(partial[i][j]), text(full[i][j]))
			if p.plain {
				fields = append(fields, line)
			} else {
				others = append(others, line)
			}
		}
		assert.Positive(t, known, "%s, %s: nothing is known at all", s, how)
		t.Logf("%s, %s: %d of %d answers known from git", s, how, known, len(s.probes))
		if wrong := append(fields, others...); len(wrong) > 0 {
			t.Errorf("%s, %s: %d answers are wrong:\n%s", s, how, len(wrong), excerpt(wrong))
		}
	}
}

// excerpt is the beginning of a list: its first lines are the fields themselves, which explain all others.
func excerpt(lines []string) string {
	const most, width = 15, 240
	var out strings.Builder
	for _, line := range lines[:min(len(lines), most)] {
		out.WriteString("  " + strings.ToValidUTF8(line[:min(len(line), width)], "") + "\n")
	}
	return out.String()
}
