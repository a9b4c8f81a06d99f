// SPDX-License-Identifier: Apache-2.0

package layout

import "slices"

// columns finds where each column begins, and how wide it is. Between two columns there is more room the more links pass.
func (d *drawing) columns() {
	d.left, d.wide = make([]int, len(d.ranks)), make([]int, len(d.ranks))
	x := 0
	for r, cells := range d.ranks {
		plain, links := 0, 0
		for _, c := range cells {
			at := &d.cells[c]
			links += len(at.next)
			d.wide[r] = max(d.wide[r], at.w)
			if at.link >= 0 || !d.boxes[at.box].Wide {
				plain = max(plain, at.w)
			}
		}
		for _, c := range cells {
			at := &d.cells[c]
			if at.x = x; at.box >= 0 && !d.boxes[at.box].Wide {
				at.w = plain
			}
		}
		d.left[r] = x
		x += d.wide[r] + betweenColumns + min(2*links, betweenColumns)
	}
}

// rows finds the height at which cells stand: each is drawn towards its neighbours, and keeps its distance from those above
// and below.
func (d *drawing) rows() {
	for _, cells := range d.ranks {
		y := 0
		for i, c := range cells {
			if i > 0 {
				y += d.apart(cells[i-1], c)
			}
			d.cells[c].y = y
		}
	}
	for sweep := range 2 * sweeps {
		for k := range d.ranks {
			switch sweep % 4 {
			case 0:
				d.settle(k, func(c *cell) []tie { return c.before })
			case 2:
				d.settle(len(d.ranks)-1-k, func(c *cell) []tie { return c.next })
			default:
				d.settle(k, func(c *cell) []tie { return append(slices.Clone(c.before), c.next...) })
			}
		}
	}
}

// apart is how far the middles of two cells have to be from each other.
func (d *drawing) apart(upper, lower int) int {
	a, b := &d.cells[upper], &d.cells[lower]
	gap := betweenBoxes
	if a.link >= 0 || b.link >= 0 {
		gap = betweenBends
	}
	return (a.h+b.h)/2 + gap
}

// block is a run of cells that stand as close as they may; sum and weight are those of where they want to be.
type block struct{ first, sum, weight int }

// settle moves the cells of a column to where they want to be, as near as their order and distances allow: where two want
// to be closer than they may, they and all that they push stand together around the mean of what they want. Until it is
// done, y is the middle of a cell.
func (d *drawing) settle(rank int, side func(*cell) []tie) {
	cells := d.ranks[rank]
	offset, at := make([]int, len(cells)), 0
	var blocks []block
	for i, c := range cells {
		if i > 0 {
			at += d.apart(cells[i-1], c)
		}
		offset[i] = at
		want, weight := d.wanted(c, side)
		blocks = append(blocks, block{i, (want - at) * weight, weight})
		for n := len(blocks); n > 1 && blocks[n-2].mean() > blocks[n-1].mean(); n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			blocks = blocks[:n-1]
		}
	}
	for k, b := range blocks {
		end := len(cells)
		if k+1 < len(blocks) {
			end = blocks[k+1].first
		}
		for i := b.first; i < end; i++ {
			d.cells[cells[i]].y = b.mean() + offset[i]
		}
	}
}

func (b block) mean() int { return b.sum / b.weight }

// wanted is the mean height of a cell's neighbours, and how much it matters.
func (d *drawing) wanted(c int, side func(*cell) []tie) (y, weight int) {
	sum := 0
	for _, t := range side(&d.cells[c]) {
		sum += d.cells[t.cell].y * t.weight
		weight += t.weight
	}
	if weight == 0 {
		return d.cells[c].y, 1
	}
	return sum / weight, weight
}

// finish hands the places over, from the top.
func (d *drawing) finish() Size {
	top := 1 << 30
	for i := range d.cells {
		top = min(top, d.cells[i].y-d.cells[i].h/2)
	}
	var all Size
	for i := range d.cells {
		c := &d.cells[i]
		c.y -= top
		all = Size{max(all.W, c.x+c.w), max(all.H, c.y+(c.h+1)/2)}
		if c.box >= 0 {
			b := &d.boxes[c.box]
			b.X, b.Y, b.W = c.x, c.y-c.h/2, c.w
		}
	}
	from, to := d.ports()
	for i := range d.links {
		if d.chain[i] != nil {
			d.way(i, from[i], to[i])
		}
	}
	return all
}

// ports spreads the ends of links over the sides of their boxes, in the order of where they lead.
func (d *drawing) ports() (from, to []int) {
	from, to = make([]int, len(d.links)), make([]int, len(d.links))
	leaving, coming := make([][]int, len(d.boxes)), make([][]int, len(d.boxes))
	for i := range d.links {
		if d.chain[i] != nil {
			leaving[d.links[i].From] = append(leaving[d.links[i].From], i)
			coming[d.links[i].To] = append(coming[d.links[i].To], i)
		}
	}
	for b := range d.boxes {
		d.spread(b, leaving[b], from, func(chain []int) int { return chain[1] })
		d.spread(b, coming[b], to, func(chain []int) int { return chain[len(chain)-2] })
	}
	return from, to
}

// spread gives each of some links of a box its height.
func (d *drawing) spread(box int, links, height []int, beside func(chain []int) int) {
	slices.SortStableFunc(links, func(a, b int) int { return d.cells[beside(d.chain[a])].y - d.cells[beside(d.chain[b])].y })
	b := &d.boxes[box]
	step := min(16, b.H/(len(links)+1))
	for i, l := range links {
		height[l] = b.Y + b.H/2 + (2*i-len(links)+1)*step/2
	}
}

// way is where a link goes: out of its box to the end of the column, through the columns between, and into its box.
func (d *drawing) way(link, from, to int) {
	l, chain := &d.links[link], d.chain[link]
	first, last := &d.cells[chain[0]], &d.cells[chain[len(chain)-1]]
	l.Way = []Piece{{first.x + first.w, d.left[first.rank] + d.wide[first.rank], from}}
	for _, c := range chain[1 : len(chain)-1] {
		at := &d.cells[c]
		l.Way = append(l.Way, Piece{at.x, at.x + d.wide[at.rank], at.y})
		l.Text = Point{at.x, at.y - at.h/2}
	}
	l.Way = append(l.Way, Piece{last.x, last.x, to})
}
