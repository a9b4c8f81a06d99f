// SPDX-License-Identifier: Apache-2.0

package layout

// cell is what stands in a column: a box, a bend of a link that passes, or the label of one.
type cell struct {
	box          int // -1: none
	link         int // -1: a box
	rank         int // the column
	w, h         int
	x, y         int // the corner at the top left of a box; of a bend, y is that of the line
	before, next []tie
}

// tie leads to a cell of a neighbouring column; a heavier one pulls harder.
type tie struct{ cell, weight int }

// drawing is what is being laid out.
type drawing struct {
	boxes []Box
	links []Link
	cells []cell  // those of boxes first, by the same indices
	ranks [][]int // cells by column, from the top
	chain [][]int // cells by link, from its beginning to its end; nil for one that is left out
	left  []int   // where a column begins
	wide  []int   // how wide it is
}

func newDrawing(boxes []Box, links []Link) *drawing {
	d := &drawing{boxes: boxes, links: links, chain: make([][]int, len(links))}
	for i, b := range boxes {
		d.cells = append(d.cells, cell{box: i, link: -1, w: b.W, h: b.H})
	}
	d.rank()
	for i := range links {
		if d.leads(i) {
			d.lay(i)
		}
	}
	last := 0
	for i := range d.cells {
		last = max(last, d.cells[i].rank)
	}
	d.ranks = make([][]int, last+1)
	for i, c := range d.cells {
		d.ranks[c.rank] = append(d.ranks[c.rank], i)
	}
	return d
}

func (d *drawing) leads(link int) bool {
	l := &d.links[link]
	return l.From >= 0 && l.From < l.To && l.To < len(d.boxes)
}

// rank puts every box into the first column behind all that lead to it, and on into the next where one is full. A link
// with a label needs a column for it between its ends.
func (d *drawing) rank() {
	most := 6
	for most*most < 3*len(d.boxes) {
		most++
	}
	least, used := make([]int, len(d.boxes)), map[int]int{}
	to := make([][]int, len(d.boxes))
	for i := range d.links {
		if d.leads(i) {
			to[d.links[i].From] = append(to[d.links[i].From], i)
		}
	}
	for i := range d.boxes {
		r := least[i]
		for used[r] >= most {
			r++
		}
		used[r]++
		d.cells[i].rank = r
		for _, k := range to[i] {
			l := &d.links[k]
			behind := r + 1
			if l.Label.W > 0 {
				behind++
			}
			least[l.To] = max(least[l.To], behind)
		}
	}
}

// lay gives a link a cell in every column between its ends; the last of them holds its label.
func (d *drawing) lay(link int) {
	l := &d.links[link]
	at := l.From
	d.chain[link] = []int{at}
	for r := d.cells[l.From].rank + 1; r < d.cells[l.To].rank; r++ {
		c := cell{box: -1, link: link, rank: r}
		if r == d.cells[l.To].rank-1 {
			c.w, c.h = l.Label.W, l.Label.H
		}
		d.cells = append(d.cells, c)
		d.tie(at, len(d.cells)-1)
		at = len(d.cells) - 1
		d.chain[link] = append(d.chain[link], at)
	}
	d.tie(at, l.To)
	d.chain[link] = append(d.chain[link], l.To)
}

// tie joins two cells of neighbouring columns. What passes is to be straight, even if boxes have to stand aside.
func (d *drawing) tie(a, b int) {
	weight := 1
	for _, c := range []int{a, b} {
		if d.cells[c].link >= 0 {
			weight *= 3
		}
	}
	d.cells[a].next = append(d.cells[a].next, tie{b, weight})
	d.cells[b].before = append(d.cells[b].before, tie{a, weight})
}
