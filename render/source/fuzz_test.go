// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

// Whatever a file holds: no panic, no hang, and every place that is told lies in the file.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{"a: 1", "---\n- x\n...", "k: |\n  a\n b", "a: &x [*x]", "%YAML 1.1\n---\na", "<<: {a: 1}", "\"\\", "k: >2-\n\n a", "{a: [}",
		"a: \"x\u0085y\"\r\rb: z", "k: 'a\u2028  b'", "--- |\n x\n y", "kind: Secret\na: 017", "{\"a\": \"\\ud83d\\ude00\"}", "? a\n: b", "a: &a {b: 1}\nc: {<<: *a}",
		"a: yes\r\nb: 1:30\r\n", "\ufeffa: 1\n---\n\ufeffb: 2", "a:\n\tb: 1", "- !!binary aGk=", "a: \"b\n", "- - - |+\n\n\n"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, json bool) {
		name := "f.yaml"
		if json {
			name = "f.json"
		}
		docs, problems := (&Loader{FS: fstest.MapFS{name: &fstest.MapFile{Data: data}}, Limits: Limits{Nodes: 10_000}}).Load(".")
		text := fileText{lines: bytes.Split(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n"))}
		for _, d := range docs {
			require.True(t, bytes.Contains(data, d.Raw))
			text.walk(t, d.Root)
		}
		for _, p := range append(Doubts(docs), problems...) {
			text.contains(t, p.Pos, 0)
		}
	})
}

// fileText are the lines of a file.
type fileText struct{ lines [][]byte }

// contains demands that a place, of which the column may be unknown (0) where least is 0, lies in the file.
func (f fileText) contains(t *testing.T, at diag.Pos, least int) {
	require.GreaterOrEqual(t, at.Column, least, "%v", at)
	if at.Line == 0 && least == 0 {
		return // a problem of the whole file
	}
	require.GreaterOrEqual(t, at.Line, 1, "%v", at)
	require.LessOrEqual(t, at.Line, len(f.lines), "%v", at)
	require.LessOrEqual(t, at.Column, utf8.RuneCount(f.lines[at.Line-1])+1, "%v", at)
}

func (f fileText) walk(t *testing.T, n *Node) {
	f.contains(t, n.Pos(), 1)
	for _, off := range []int{0, 1, len(n.Text()) / 2, len(n.Text())} {
		f.contains(t, n.OffsetPos(off), 1)
	}
	n.Native()
	require.Equal(t, n.doubtful, n.Doubt() != "")
	for _, item := range n.Items {
		f.walk(t, item)
	}
	for _, p := range n.Pairs {
		f.contains(t, p.KeyAt, 1)
		f.walk(t, p.Value)
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  x: \"1\"\n  y: text\n---\n", 1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Parse("f", text, 0, Limits{})
	}
}

// BenchmarkParseYAML is what the YAML library alone takes for BenchmarkParse.
func BenchmarkParseYAML(b *testing.B) {
	text := []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  x: \"1\"\n  y: text\n")
	b.SetBytes(int64(len(text)) * 1000)
	b.ReportAllocs()
	for b.Loop() {
		for range 1000 {
			_, err := parseYAML(text)
			require.NoError(b, err)
		}
	}
}

func BenchmarkNative(b *testing.B) {
	docs, _ := Parse("f", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  x: \"1\"\n  y: text\n"), 0, Limits{})
	b.ReportAllocs()
	for b.Loop() {
		docs[0].Root.Native()
	}
}
