// SPDX-License-Identifier: Apache-2.0

package layout

import "slices"

// sweeps is how often columns are ordered by their neighbours.
const sweeps = 16

// mostPairs is for how many pairs of cells in one column links are counted that cross.
const mostPairs = 1_000_000

// order sorts the cells of each column so that few links cross: again and again by the middle of their neighbours, from
// the left and from the right, then by swapping those side by side. The best order seen is kept. Where so many links pass
// that nobody can follow one, twice by the middle has to do.
func (d *drawing) order() {
	pairs := 0
	for _, r := range d.ranks {
		pairs += len(r) * len(r)
	}
	if pairs > mostPairs {
		d.sweep(0)
		d.sweep(1)
		return
	}
	best, fewest := d.copied(), d.crossings()
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		d.sweep(sweep)
		d.swap()
		if n := d.crossings(); n < fewest {
			best, fewest = d.copied(), n
		}
	}
	d.ranks = best
}

// sweep orders all columns, in turn from the left and from the right.
func (d *drawing) sweep(nth int) {
	for k := range d.ranks {
		if nth%2 == 0 {
			d.sort(k, func(c *cell) []tie { return c.before })
		} else {
			d.sort(len(d.ranks)-1-k, func(c *cell) []tie { return c.next })
		}
	}
}

func (d *drawing) copied() [][]int {
	out := make([][]int, len(d.ranks))
	for i, r := range d.ranks {
		out[i] = slices.Clone(r)
	}
	return out
}

// places tells where each cell stands in its column.
func (d *drawing) places() []int {
	at := make([]int, len(d.cells))
	for _, r := range d.ranks {
		for i, c := range r {
			at[c] = i
		}
	}
	return at
}

// sort orders a column by the mean place of the neighbours on one side; a cell without any keeps its place.
func (d *drawing) sort(rank int, side func(*cell) []tie) {
	const fine = 1000
	at := d.places()
	mean := make(map[int]int, len(d.ranks[rank]))
	for i, c := range d.ranks[rank] {
		ties := side(&d.cells[c])
		mean[c] = i * fine
		if len(ties) > 0 {
			sum := 0
			for _, t := range ties {
				sum += at[t.cell]
			}
			mean[c] = sum * fine / len(ties)
		}
	}
	slices.SortStableFunc(d.ranks[rank], func(a, b int) int { return mean[a] - mean[b] })
}

// swap exchanges cells that stand side by side while fewer links cross then.
func (d *drawing) swap() {
	for better := true; better; {
		better = false
		at := d.places()
		for _, r := range d.ranks {
			for i := 0; i+1 < len(r); i++ {
				a, b := &d.cells[r[i]], &d.cells[r[i+1]]
				now := crossed(a.before, b.before, at) + crossed(a.next, b.next, at)
				then := crossed(b.before, a.before, at) + crossed(b.next, a.next, at)
				if then < now {
					r[i], r[i+1] = r[i+1], r[i]
					at[r[i]], at[r[i+1]] = i, i+1
					better = true
				}
			}
		}
	}
}

// crossed counts the links of a cell that cross those of a cell below it.
func crossed(upper, lower []tie, at []int) int {
	n := 0
	for _, u := range upper {
		for _, l := range lower {
			if at[u.cell] > at[l.cell] {
				n++
			}
		}
	}
	return n
}

// crossings counts all links that cross.
func (d *drawing) crossings() int {
	at, n := d.places(), 0
	for _, r := range d.ranks {
		for i := range r {
			for k := i + 1; k < len(r); k++ {
				n += crossed(d.cells[r[i]].next, d.cells[r[k]].next, at)
			}
		}
	}
	return n
}
