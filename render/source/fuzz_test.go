// SPDX-License-Identifier: Apache-2.0

package source

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func FuzzLoad(f *testing.F) {
	for _, s := range []string{"a: 1", "---\n- x\n...", "k: |\n  a\n b", "a: &x [*x]", "%YAML 1.1\n---\na", "<<: {a: 1}", "\"\\", "k: >2-\n\n a", "{a: [}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"f.yaml": &fstest.MapFile{Data: data, Mode: fs.FileMode(0o644)}}
		docs, problems := (&Loader{FS: fsys, Limits: Limits{Nodes: 10_000}}).Load(".")
		lines := strings.Count(string(data), "\n") + 2
		for _, d := range docs {
			walkPlaces(t, d.Root, lines)
		}
		for _, p := range problems {
			if p.Pos.Line > lines {
				t.Errorf("line %d of %d", p.Pos.Line, lines)
			}
		}
	})
}

func walkPlaces(t *testing.T, n *Node, lines int) {
	if at := n.Pos(); at.Line < 1 || at.Line > lines {
		t.Errorf("line %d of %d", at.Line, lines)
	}
	for _, off := range []int{0, 1, len(n.Text())} {
		if at := n.OffsetPos(off); at.Line < 1 || at.Line > lines {
			t.Errorf("offset %d: line %d of %d", off, at.Line, lines)
		}
	}
	n.Native()
	n.Doubt()
	for _, item := range n.Items {
		walkPlaces(t, item, lines)
	}
	for _, p := range n.Pairs {
		walkPlaces(t, p.Value, lines)
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  x: \"1\"\n  y: text\n---\n", 100))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse("f", text, 0, Limits{})
	}
}
