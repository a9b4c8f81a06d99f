// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	box := func(x, y int) Box { return Box{W: 100, H: 40, X: x, Y: y} }
	tests := []struct {
		name  string
		links []Link
		boxes int
		want  []Box
		size  Size
	}{
		{"nothing", nil, 0, []Box{}, Size{}},
		{"one", nil, 1, []Box{box(0, 0)}, Size{100, 40}},
		{"a chain is straight", []Link{{From: 0, To: 1}, {From: 1, To: 2}}, 3, []Box{box(0, 0), box(146, 0), box(292, 0)}, Size{392, 40}},
		{"two are beside each other, and what they use is in their middle", []Link{{From: 0, To: 1}, {From: 0, To: 2}}, 3,
			[]Box{box(0, 31), box(148, 0), box(148, 62)}, Size{248, 102}},
		{"a link back is left out", []Link{{From: 1, To: 0}, {From: 0, To: 0}, {From: 0, To: 7}}, 2, []Box{box(0, 0), box(0, 62)}, Size{100, 102}},
		{"what nothing joins is wider than high", nil, 4, []Box{box(0, 0), box(0, 62), box(122, 0), box(122, 62)}, Size{222, 102}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			boxes := make([]Box, test.boxes)
			for i := range boxes {
				boxes[i] = Box{W: 100, H: 40}
			}
			assert.Equal(t, test.size, Place(boxes, test.links))
			assert.Equal(t, test.want, boxes)
		})
	}
}

func TestWay(t *testing.T) {
	t.Parallel()
	boxes := []Box{{W: 100, H: 40}, {W: 100, H: 40}, {W: 100, H: 40}}
	links := []Link{{From: 0, To: 1, Label: Size{50, 16}}, {From: 1, To: 2}, {From: 0, To: 2}}
	Place(boxes, links)
	require.Len(t, links[0].Way, 3, "out, past the label, in")
	assert.Equal(t, Point{links[0].Way[1].From, links[0].Way[1].Y - 8}, links[0].Text)
	assert.Equal(t, 2, len(links[1].Way))
	assert.Greater(t, len(links[2].Way), 3, "it passes the column of the box between")
}

// TestRandom lays out many graphs, and holds each to what every drawing promises.
func TestRandom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		boxes, links := drawn(random)
		again, same := slices.Clone(boxes), slices.Clone(links)
		size := Place(boxes, links)
		require.Equal(t, size, Place(again, same))
		require.Equal(t, boxes, again, "the same input gives the same drawing")
		require.Equal(t, links, same)
		for _, problem := range problemsOf(boxes, links, size) {
			t.Error(problem)
		}
	}
}

func drawn(random *rand.Rand) ([]Box, []Link) {
	boxes := make([]Box, 1+random.IntN(60))
	var links []Link
	for i := range boxes {
		boxes[i] = Box{W: 40 + random.IntN(200), H: 20 + random.IntN(80), Wide: random.IntN(8) == 0}
		for range random.IntN(4) {
			if i > 0 {
				l := Link{From: random.IntN(i), To: i}
				if random.IntN(5) == 0 {
					l.Label = Size{30 + random.IntN(100), 16}
				}
				links = append(links, l)
			}
		}
	}
	return boxes, links
}

func problemsOf(boxes []Box, links []Link, size Size) (out []string) {
	for i, a := range boxes {
		if a.X < 0 || a.Y < 0 || a.X+a.W > size.W || a.Y+a.H > size.H {
			out = append(out, fmt.Sprintf("box %d is not on the drawing: %v of %v", i, a, size))
		}
		for k, b := range boxes[:i] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				out = append(out, fmt.Sprintf("boxes %d and %d overlap: %v %v", k, i, b, a))
			}
		}
	}
	for i, l := range links {
		from, to := boxes[l.From], boxes[l.To]
		first, last := l.Way[0], l.Way[len(l.Way)-1]
		if first.From != from.X+from.W || first.Y < from.Y || first.Y > from.Y+from.H || last.To != to.X || last.Y < to.Y || last.Y > to.Y+to.H {
			out = append(out, fmt.Sprintf("link %d does not join its boxes", i))
		}
		for k, p := range l.Way[1:] {
			if p.From <= l.Way[k].To || p.To < p.From {
				out = append(out, fmt.Sprintf("link %d leads back", i))
			}
		}
		out = append(out, covered(i, l, boxes)...)
	}
	return out
}

// covered finds links and labels that pass under boxes.
func covered(i int, l Link, boxes []Box) (out []string) {
	for k, b := range boxes {
		if b.X < l.Text.X+l.Label.W && l.Text.X < b.X+b.W && b.Y < l.Text.Y+l.Label.H && l.Text.Y < b.Y+b.H && l.Label.W > 0 {
			out = append(out, fmt.Sprintf("box %d covers the label of link %d", k, i))
		}
		for _, p := range l.Way[1 : len(l.Way)-1] {
			if p.From < b.X+b.W && b.X < p.To && p.Y > b.Y && p.Y < b.Y+b.H {
				out = append(out, fmt.Sprintf("box %d covers link %d", k, i))
			}
		}
	}
	return out
}

// TestCrossings counts what cannot be avoided, and nothing else.
func TestCrossings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		links []Link
		want  int
	}{
		{"two that are drawn crossed", []Link{{From: 0, To: 3}, {From: 1, To: 2}}, 0},
		{"all of two to all of two", []Link{{From: 0, To: 2}, {From: 0, To: 3}, {From: 1, To: 2}, {From: 1, To: 3}}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDrawing(make([]Box, 4), test.links)
			d.order()
			assert.Equal(t, test.want, d.crossings())
		})
	}
}

// TestManyLinks lays out more links than anybody can follow, in the time that a reader waits.
func TestManyLinks(t *testing.T) {
	t.Parallel()
	boxes := make([]Box, 100)
	var links []Link
	for i := range boxes {
		boxes[i] = Box{W: 100, H: 40}
		for k := range 50 {
			if i >= 50 {
				links = append(links, Link{From: k, To: i, Label: Size{50, 16}})
			}
		}
	}
	d := newDrawing(boxes, links)
	require.Greater(t, len(d.cells), 5_000)
	size := Place(boxes, links)
	assert.Empty(t, problemsOf(boxes, links, size))
}

func BenchmarkPlace(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	boxes := make([]Box, 100)
	var links []Link
	for i := 1; i < len(boxes); i++ {
		for range 2 {
			links = append(links, Link{From: random.IntN(i), To: i})
		}
	}
	for b.Loop() {
		for i := range boxes {
			boxes[i] = Box{W: 200, H: 50}
		}
		Place(boxes, links)
	}
}
