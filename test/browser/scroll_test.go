// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What scrolling may cost, in milliseconds of CPU of the page's own thread: half of what there is for a frame at 60 Hz, so
// that it is smooth on a machine of half the speed. A machine that has other things to do changes wall time, and not these.
const (
	frameCost  = 8.0
	filterCost = 100.0
)

// scrolled is what scrolling through a page came to.
type scrolled struct {
	Frames  int     // that the page was asked to draw
	Dropped float64 // the share of frames that took longer than two
	CPU     float64 // of the page's thread, a frame
	Filter  float64 // of the page's thread, for a key in the filter
	Nodes   float64
}

func (s scrolled) String() string {
	return fmt.Sprintf("%4d frames, %4.1f%% longer than two, %.2f ms of CPU a frame, %5.1f ms of CPU a key of the filter, %.0f nodes", s.Frames, 100*s.Dropped, s.CPU, s.Filter, s.Nodes)
}

// TestScroll scrolls through many changed objects as fast as a hand does, closed and all open, and compares with few.
func TestScroll(t *testing.T) {
	few := scrolling(t, 20, false)
	for _, n := range []int{1000, 2000} {
		for _, open := range []bool{false, true} {
			s := scrolling(t, n, open)
			assert.LessOrEqual(t, s.CPU, frameCost, "%d objects, open %t", n, open)
			assert.LessOrEqual(t, s.Filter, filterCost, "%d objects, open %t", n, open)
			// A loaded machine drops frames of every page.
			assert.LessOrEqual(t, s.Dropped, few.Dropped+0.15, "%d objects, open %t", n, open)
		}
	}
}

func scrolling(t *testing.T, n int, all bool) scrolled {
	t.Helper()
	address, want := preview(t, many(t, n), 0)
	require.Len(t, want.Changes, n)
	b := open(t, address, desktop)
	require.Equal(t, n, b.shown())
	if all {
		b.click("#all")
	}
	b.do(chromedp.Evaluate(`document.querySelector("#o1").scrollIntoView()`, nil), performance.Enable().WithTimeDomain(performance.EnableTimeDomainThreadTicks))
	if n == 1000 {
		b.picture(map[bool]string{false: "many", true: "many-open"}[all])
	}
	b.do(chromedp.Evaluate(`(() => {
  window.gaps = [];
  let last = performance.now();
  const tick = now => { gaps.push(now - last); last = now; window.ticking = requestAnimationFrame(tick); };
  window.ticking = requestAnimationFrame(tick);
})()`, nil))
	from, before := value[float64](b, "scrollY"), b.cpu()
	for range 4 {
		b.do(input.SynthesizeScrollGesture(640, 450).WithYDistance(-4000).WithSpeed(4000).WithGestureSourceType(input.GestureMouse))
	}
	b.do(input.SynthesizeScrollGesture(640, 450).WithYDistance(8000).WithSpeed(8000).WithGestureSourceType(input.GestureMouse))
	spent := b.cpu() - before
	gaps := value[[]float64](b, "cancelAnimationFrame(ticking), gaps")
	if n > 20 {
		assert.Greater(t, value[float64](b, "scrollY"), from+4000, "it has scrolled")
	}
	out := scrolled{Frames: len(gaps), Nodes: value[float64](b, `document.querySelectorAll("*").length`)}
	require.Greater(t, out.Frames, 60)
	for _, gap := range gaps {
		if gap > 2*1000.0/60+1 {
			out.Dropped++
		}
	}
	out.Dropped /= float64(out.Frames)
	out.CPU = 1000 * spent / float64(out.Frames)
	out.Filter = b.filtering()
	t.Logf("%4d objects, %-6s: %s", n, map[bool]string{false: "closed", true: "open"}[all], out)
	return out
}

// cpu is how many seconds of CPU the page's thread has had.
func (b *tab) cpu() (seconds float64) {
	b.t.Helper()
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		metrics, err := performance.GetMetrics().Do(ctx)
		for _, m := range metrics {
			if m.Name == "TaskDuration" {
				seconds = m.Value
			}
		}
		return err
	}))
	return seconds
}

// filtering types into the filter, and tells what a key costs.
func (b *tab) filtering() float64 {
	b.t.Helper()
	const word = "site-1"
	b.do(chromedp.Focus("#find", chromedp.ByID))
	before := b.cpu()
	b.keys(word)
	b.do(chromedp.Evaluate(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`, nil))
	return 1000 * (b.cpu() - before) / float64(len(word))
}
