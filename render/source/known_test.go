// SPDX-License-Identifier: Apache-2.0

package source

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKnownFiles reads a folder twice, in which one file has changed.
func TestKnownFiles(t *testing.T) {
	t.Parallel()
	known := &Known{}
	load := func(layer int, files fstest.MapFS) []*Document {
		docs, problems := (&Loader{FS: files, Layer: layer, Known: known}).Load(".")
		require.Empty(t, problems)
		return docs
	}
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	before := load(0, fstest.MapFS{"a.yaml": text("a: 1"), "b.yaml": text("b: 1")})
	after := load(0, fstest.MapFS{"a.yaml": text("a: 1"), "b.yaml": text("b: 2")})
	assert.Same(t, before[0], after[0], "the same file gives the same document")
	assert.Equal(t, int64(2), after[1].Root.Get("b").Value)
	assert.NotSame(t, before[0], load(1, fstest.MapFS{"a.yaml": text("a: 1")})[0], "documents remember their layer")

	joined := load(0, fstest.MapFS{"c.yaml": text("a: 1\n---\nb: 1\n---\nc: 1")})
	edited := load(0, fstest.MapFS{"c.yaml": text("a: 1\n---\nb: 2\n---\nc: 1")})
	moved := load(0, fstest.MapFS{"c.yaml": text("a: 1\n---\nb: 1\nd: 1\n---\nc: 1")})
	assert.Same(t, joined[0], edited[0])
	assert.Same(t, joined[2], edited[2], "another document of the file has changed")
	assert.NotSame(t, joined[1], edited[1])
	assert.Equal(t, 6, moved[2].Line, "documents remember their lines")

	known.Age()
	assert.Same(t, before[0], load(0, fstest.MapFS{"a.yaml": text("a: 1")})[0])
	known.Age()
	known.Age()
	assert.NotSame(t, before[0], load(0, fstest.MapFS{"a.yaml": text("a: 1")})[0], "what nobody asked for is forgotten")
}

func TestKnownProblems(t *testing.T) {
	t.Parallel()
	known, want := &Known{}, "2:"
	for range 2 {
		_, problems := (&Loader{FS: fstest.MapFS{"a.yaml": {Data: []byte("a:\n\t- 1")}}, Known: known}).Load(".")
		require.Len(t, problems, 1)
		assert.Contains(t, problems.Error(), want)
	}
}
