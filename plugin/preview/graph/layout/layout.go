// SPDX-License-Identifier: Apache-2.0

// Package layout places boxes and the links between them. Sizes and links come in; places and the ways of links go out. The
// drawing reads from left to right: boxes stand in columns, each behind all that lead to it; within a column they are
// ordered so that few links cross, and placed so that links are short and straight. It knows nothing of what the boxes are.
//
// Everything is counted in whole pixels, so that every machine comes to the same drawing.
package layout

// Distances, in pixels.
const (
	betweenColumns = 44 // and more where many links pass
	betweenBoxes   = 22
	betweenBends   = 12
)

// Box is what is placed. W and H come in; X and Y, the corner at the top left, go out. The width of a Wide box stays; other
// boxes of a column get the width of the widest.
type Box struct {
	W, H, X, Y int
	Wide       bool
}

// Link leads from one box to a later one, by their indices. Label is the size of its text, zero without one. Way is where
// it goes: it is straight within each piece, and bends from one piece to the next. Text is the corner at the top left of
// its label.
type Link struct {
	From, To int
	Label    Size
	Way      []Piece
	Text     Point
}

// Size is a width and a height.
type Size struct{ W, H int }

// Point is a place, from the top left of the drawing.
type Point struct{ X, Y int }

// Piece is a horizontal line.
type Piece struct{ From, To, Y int }

// Place sets X, Y and W of the boxes, and Way and Text of the links, and tells the size of it all. A link that leads to no
// later box is left without a way.
func Place(boxes []Box, links []Link) Size {
	switch {
	case len(boxes) == 0:
		return Size{}
	case len(links) == 0 && len(boxes) > 3:
		return grid(boxes)
	}
	d := newDrawing(boxes, links)
	d.order()
	d.columns()
	d.rows()
	return d.finish()
}

// grid places boxes that no links join, in columns of one height, so that the whole is wider than high.
func grid(boxes []Box) Size {
	area, tallest := 0, 0
	for _, b := range boxes {
		area += (b.W + betweenBoxes) * (b.H + betweenBoxes)
		tallest = max(tallest, b.H)
	}
	limit := tallest
	for limit*limit*2 < area {
		limit += 8
	}
	var all Size
	x, y, wide, first := 0, 0, 0, 0
	for i := range boxes {
		b := &boxes[i]
		if y > 0 && y+b.H > limit {
			evenOut(boxes[first:i], wide)
			x, y, wide, first = x+wide+betweenBoxes, 0, 0, i
		}
		b.X, b.Y = x, y
		y += b.H + betweenBoxes
		wide = max(wide, b.W)
		all = Size{max(all.W, x+b.W), max(all.H, b.Y+b.H)}
	}
	evenOut(boxes[first:], wide)
	all.W = max(all.W, x+wide)
	return all
}

// evenOut gives the boxes of a column one width.
func evenOut(column []Box, width int) {
	for i := range column {
		if !column[i].Wide {
			column[i].W = width
		}
	}
}
