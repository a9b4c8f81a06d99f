// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render"
)

// casesVariable asks for more cases than every run of the tests tries.
const casesVariable = "KORENDER_PREVIEW_CASES"

const fewCases = 24

// TestOnlyTheAffectedAreEvaluated edits the examples at random, and holds a preview that evaluates once what both sides
// have alike to one that evaluates everything for each side: byte for byte.
func TestOnlyTheAffectedAreEvaluated(t *testing.T) {
	t.Parallel()
	cases := fewCases
	if text := os.Getenv(casesVariable); text != "" {
		var err error
		cases, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	const parts = 4
	for seed := range uint64(parts) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := &wild{random: rand.New(rand.NewPCG(seed, 8)), dir: t.TempDir()}
			w.start(t)
			for range cases / parts {
				w.compare(t)
			}
			t.Logf("%d previews: %d with changes, %d with a side that fails; %d folders left out; %d instances evaluated, %d taken again",
				cases/parts, w.changed, w.failed, w.skipped, w.memory.Evaluated, w.memory.Reused)
			assert.Positive(t, w.changed)
			assert.Positive(t, w.memory.Reused)
		})
	}
}

// wild is a repository that is edited at random.
type wild struct {
	random          *rand.Rand
	dir             string
	files           map[string]string // of the base
	changed, failed int
	compared        int
	skipped         int // folders
	memory          render.Memory
}

// start commits the examples, and a folder in which instances share what they read, patch and trigger.
func (w *wild) start(t *testing.T) {
	t.Helper()
	w.files = map[string]string{}
	root := os.DirFS("../../examples")
	require.NoError(t, fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || e.IsDir() || ext != ".yaml" || e.Name() == "expected.yaml" || strings.Contains(name, "/stages/") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		w.files["examples/"+name] = string(text)
		return err
	}))
	maps.Copy(w.files, sharedFiles)
	git(t, w.dir, "init", "-q", "-b", "main")
	write(t, w.dir, w.files)
	git(t, w.dir, "add", ".")
	git(t, w.dir, "commit", "-q", "-m", "base")
}

// compare edits some files of the base, and previews that twice.
func (w *wild) compare(t *testing.T) {
	t.Helper()
	head := maps.Clone(w.files)
	for range 1 + w.random.IntN(2) {
		w.edit(head)
	}
	changed := map[string]string{}
	for name, text := range head {
		if w.files[name] != text {
			changed[name] = text
		}
	}
	git(t, w.dir, "checkout", "-q", "-f", "main")
	write(t, w.dir, changed)
	git(t, w.dir, "add", "-A")
	git(t, w.dir, "commit", "-q", "--allow-empty", "-m", "head")
	clever, thorough := w.previewed(t, Options{}), w.previewed(t, Options{apart: true})
	want, err := json.MarshalIndent(thorough, "", " ")
	require.NoError(t, err)
	got, err := json.MarshalIndent(clever, "", " ")
	require.NoError(t, err)
	if !assert.Equal(t, string(want), string(got)) {
		t.Logf("changed: %s", slices.Sorted(maps.Keys(changed)))
		for name := range changed {
			t.Logf("%s:\n%s", name, changed[name])
		}
		t.FailNow()
	}
	if w.compared++; w.compared%5 == 0 { // rendering everything takes long
		w.assertWhole(t, clever, w.previewed(t, Options{apart: true, whole: true}))
	}
	if clever.Summary.Failed > 0 {
		w.failed++
	} else if clever.Summary.Any() {
		w.changed++
	}
	git(t, w.dir, "reset", "-q", "--hard", "HEAD~1")
}

// assertWhole compares with a preview that renders every folder: those that nothing reaches have no changes, and fail on both
// sides if they fail.
func (w *wild) assertWhole(t *testing.T, clever, whole *Preview) {
	t.Helper()
	same := map[string]bool{}
	for i, f := range clever.Folders {
		if same[f.Name] = f.Head == Same; same[f.Name] {
			w.skipped++
			assert.Equal(t, whole.Folders[i].Base, whole.Folders[i].Head, f.Name)
		}
	}
	reached := slices.DeleteFunc(whole.Changes, func(c change.Change) bool {
		assert.False(t, same[c.Folder], "%s changes %s", c.Folder, c.Object)
		return same[c.Folder]
	})
	assert.Equal(t, clever.Changes, reached)
}

func (w *wild) previewed(t *testing.T, opts Options) *Preview {
	t.Helper()
	r, err := revision.Open(w.dir)
	require.NoError(t, err)
	defer r.Close()
	opts.Revisions.Base = "HEAD~1"
	if !opts.apart {
		opts.Render.Memory = &w.memory
	}
	p, err := Run(t.Context(), r, opts)
	require.NoError(t, err)
	return p
}

// edit changes one file: a line goes, comes twice or gets another value; or the file goes, moves, is copied or gets a
// comment.
func (w *wild) edit(files map[string]string) {
	names := slices.Sorted(maps.Keys(files))
	name := names[w.random.IntN(len(names))]
	if w.random.IntN(3) == 0 { // one in three edits is made where instances share most
		shared := slices.Sorted(maps.Keys(sharedFiles))
		name = shared[w.random.IntN(len(shared))]
	}
	text := files[name]
	if text == "" {
		return
	}
	lines := strings.SplitAfter(text, "\n")
	at := w.random.IntN(len(lines))
	beside := path.Join(path.Dir(name), fmt.Sprintf("z%d.yaml", w.random.IntN(3)))
	switch w.random.IntN(24) {
	case 0:
		files[name] = ""
	case 1:
		files[name], files[beside] = "", text
	case 2:
		files[beside] = strings.Replace(text, "name: ", "name: z", 1)
	case 3:
		files[name] = "# moved\n---\n" + text
	case 4:
		files[name] = strings.Join(slices.Delete(lines, at, at+1), "")
	case 5:
		files[name] = strings.Join(slices.Insert(lines, at, lines[at]), "")
	default:
		for range 10 { // most edits leave a program that runs
			if !structural.MatchString(lines[at]) {
				break
			}
			at = w.random.IntN(len(lines))
		}
		lines[at] = w.another(lines[at])
		files[name] = strings.Join(lines, "")
	}
}

// structural finds lines in which one other letter breaks a program.
var structural = regexp.MustCompile(`=|^\s*[-#]|apiVersion|kind|label|ref|crd|functionRef|triggers|onDeferred|^\s*$|:\s*$`)

// another is a line with one letter or digit of its value changed.
func (w *wild) another(line string) string {
	from := strings.IndexAny(line, ":=") + 1
	for range 20 {
		if from >= len(line) {
			break
		}
		at := from + w.random.IntN(len(line)-from)
		switch c := line[at]; {
		case c >= '0' && c <= '9':
			return line[:at] + string('0'+byte(w.random.IntN(10))) + line[at+1:]
		case c >= 'a' && c <= 'z':
			return line[:at] + string('a'+byte(w.random.IntN(26))) + line[at+1:]
		}
	}
	return line
}

// TestSharedFolder sees that the folder of the random edits does what they are to hit.
func TestSharedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, sharedFiles)
	top, err := revision.OpenDisk(dir)
	require.NoError(t, err)
	defer top.Close()
	p, err := prepare(top, source{path: "shared"}, Options{})
	require.NoError(t, err)
	defer p.close()
	result, err := render.Render(t.Context(), p.input, render.Options{})
	require.NoError(t, err, filepath.Join(dir, "shared"))
	kinds := map[string]int{}
	for _, o := range result.Objects {
		kinds[o.ID.Kind]++
	}
	assert.Equal(t, map[string]int{"ConfigMap": 13, "Deployment": 1, "Secret": 1, "Page": 8, "Network": 4, "WorkflowInstance": 6}, kinds)
}
