// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"context"
	"math"
	"slices"
	"unicode/utf8"
)

// frame is the state of one evaluation.
type frame struct {
	ctx    context.Context
	vars   Vars
	locals []any

	steps    int   // left
	alloc    int   // bytes left
	touched  int   // items looked at since the last step was paid for
	unpolled int   // steps since the last look at ctx
	stopped  error // the bound that was hit: nothing runs any more

	watching bool   // inside has(): operations note what might make them fail
	doubts   []Wait // what they noted
}

const (
	itemsPerStep = 16  // looking at so many items of a list or map costs as much as one round of a loop
	pollSteps    = 256 // between two looks at ctx
	maxDepth     = 500 // of lists and maps in a result
)

// doubt notes, inside has(), that an operation may fail, depending on what is unknown in v.
func (f *frame) doubt(v any) {
	if !f.watching {
		return
	}
	c := collector{f: f, at: nowhere, waits: f.doubts}
	c.add(v)
	f.doubts = c.waits
}

// stop ends the evaluation.
func (f *frame) stop(at *place, message string) error {
	if f.stopped == nil {
		f.stopped = at.limit(message)
	}
	return f.stopped
}

// tick counts one round of a loop.
func (f *frame) tick(at *place) error { return f.spend(at, 1) }

// work counts n items that an operation looks at.
func (f *frame) work(at *place, n int) error {
	f.touched += n
	if f.touched < itemsPerStep {
		return f.stopped
	}
	n, f.touched = f.touched/itemsPerStep, f.touched%itemsPerStep
	return f.spend(at, n)
}

func (f *frame) spend(at *place, steps int) error {
	f.steps -= steps
	f.unpolled += steps
	if f.steps < 0 {
		return f.stop(at, "the expression takes too many steps: its loops run over too many items")
	}
	if f.unpolled >= pollSteps {
		f.unpolled = 0
		if f.ctx.Err() != nil {
			return f.stop(at, "the evaluation was stopped: it took too long")
		}
	}
	return f.stopped
}

// grow counts bytes that an operation makes.
func (f *frame) grow(at *place, n int) error {
	if n > 0 {
		f.alloc -= min(n, math.MaxInt/2)
	}
	if f.alloc < 0 {
		f.alloc = 0
		return f.stop(at, "the expression makes too much data")
	}
	return f.stopped
}

// measure counts what a result holds, so that a small value that mentions itself many times cannot become an endless
// output, and bounds its depth.
func (f *frame) measure(at *place, v any, depth int) error {
	if depth > maxDepth {
		return f.stop(at, "the result nests too deeply")
	}
	switch v := v.(type) {
	case []any:
		if err := f.work(at, len(v)); err != nil {
			return err
		}
		for _, e := range v {
			if err := f.measure(at, e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if err := f.work(at, len(v)); err != nil {
			return err
		}
		for _, e := range v {
			if err := f.measure(at, e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// collector gathers what the unknown leaves of values wait for. Without a frame it has no bound.
type collector struct {
	f       *frame
	at      *place
	waits   []Wait
	last    *Unknown
	objects bool // it met an Object or a list inside one
	err     error
}

// visit pays for n items and tells whether to go on.
func (c *collector) visit(n int) bool {
	if c.f != nil && c.err == nil {
		c.err = c.f.work(c.at, n)
	}
	return c.err == nil
}

func (c *collector) add(v any) {
	switch v := v.(type) {
	case *Unknown:
		if v == c.last {
			return
		}
		c.last = v
		c.waits = append(c.waits, v.waits...)
		if len(c.waits) > 64 { // many leaves often wait for the same
			c.waits = sortWaits(c.waits)
		}
	case *Object:
		c.objects = true
		if v.Mode != Observed {
			c.waits = append(c.waits, v.wait(""))
			return
		}
		c.add(v.Value)
	case *openList:
		c.objects = true
		if v.of.Mode == Declared {
			c.waits = append(c.waits, v.wait())
			return
		}
		c.add(v.items)
	case []any:
		if c.visit(len(v)) {
			for _, e := range v {
				c.add(e)
			}
		}
	case map[string]any:
		if c.visit(len(v)) {
			for _, e := range v {
				c.add(e)
			}
		}
	}
}

// unknownIn is the unknown that a strict operation on args comes to; nil when all of them are fully known. Objects
// among known args are replaced by their plain values.
func (f *frame) unknownIn(at *place, args []any) (*Unknown, error) {
	c := collector{f: f, at: at}
	for _, a := range args {
		c.add(a)
	}
	if c.err != nil {
		return nil, c.err
	}
	if len(c.waits) > 0 {
		return &Unknown{waits: sortWaits(c.waits)}, nil
	}
	if c.objects {
		for i := range args {
			args[i] = closed(args[i])
		}
	}
	return nil, nil
}

// either is the unknown that an operation comes to when one of its operands is unknown itself; nil when none is.
func eitherUnknown(a, b any) *Unknown {
	x, xok := a.(*Unknown)
	y, yok := b.(*Unknown)
	switch {
	case xok && yok:
		return &Unknown{waits: sortWaits(slices.Concat(x.waits, y.waits))}
	case xok:
		return derived(x.waits)
	case yok:
		return derived(y.waits)
	}
	return nil
}

// textWork is what looking through a text costs, in items.
func textWork(s string) int { return len(s) / (16 * utf8.UTFMax) }
