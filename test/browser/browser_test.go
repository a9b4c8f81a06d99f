// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// limit is how long a page may take to do anything.
const limit = 2 * time.Minute

// tab is a page that is shown. When the test ends, it must have said nothing on its console and asked for nothing.
type tab struct {
	t       *testing.T
	ctx     context.Context
	mutex   sync.Mutex
	address string   // that is shown
	said    []string // errors, warnings and dialogs
	asked   []string // addresses besides the page's own
}

// device is how a page is looked at.
type device struct {
	width, height int64
	dark, phone   bool
}

var (
	desktop = device{width: 1280, height: 900}
	night   = device{width: 1280, height: 900, dark: true}
	phone   = device{width: 320, height: 640, phone: true}
)

// open starts a browser and shows a page.
func open(t *testing.T, address string, d device) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(int(d.width), int(d.height)))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closed := chromedp.NewContext(allocated)
	ctx, expired := context.WithTimeout(ctx, limit)
	b := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.hear)
	t.Cleanup(func() {
		expired()
		closed()
		stop()
		b.mutex.Lock()
		defer b.mutex.Unlock()
		assert.Empty(t, b.said, "what the page says on its console")
		assert.Empty(t, b.asked, "what the page asks of the network")
	})
	scheme := map[bool]string{false: "light", true: "dark"}[d.dark]
	b.do(network.Enable(), log.Enable(), cdppage.Enable(),
		emulation.SetDeviceMetricsOverride(d.width, d.height, 1, d.phone),
		emulation.SetTouchEmulationEnabled(d.phone),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
	b.show(address)
	return b
}

// show goes to another page.
func (b *tab) show(address string) {
	b.t.Helper()
	b.mutex.Lock()
	b.address, _, _ = strings.Cut(address, "#")
	b.mutex.Unlock()
	b.do(chromedp.Navigate(address))
}

// hear notes what a page must not do.
func (b *tab) hear(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, string(e.Type))
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *cdppage.EventJavascriptDialogOpening:
		b.said = append(b.said, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if url, _, _ := strings.Cut(e.Request.URL, "#"); url != b.address {
			b.asked = append(b.asked, e.Request.URL)
		}
	}
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.ctx, actions...))
}

// value evaluates an expression of the page's language.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	var out T
	b.do(chromedp.Evaluate(expression, &out))
	return out
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// keys presses keys as a keyboard does: what a page does not let through is not typed.
func (b *tab) keys(keys string) {
	b.t.Helper()
	for _, key := range keys {
		down := input.DispatchKeyEvent(input.KeyDown).WithKey(string(key)).WithText(string(key))
		switch string(key) {
		case kb.Enter:
			down = input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithText("\r").WithWindowsVirtualKeyCode(13)
		case kb.ArrowRight:
			down = input.DispatchKeyEvent(input.KeyDown).WithKey("ArrowRight").WithWindowsVirtualKeyCode(39)
		case kb.Escape:
			down = input.DispatchKeyEvent(input.KeyDown).WithKey("Escape").WithWindowsVirtualKeyCode(27)
		}
		b.do(down, input.DispatchKeyEvent(input.KeyUp).WithKey(down.Key).WithWindowsVirtualKeyCode(down.WindowsVirtualKeyCode))
	}
}

// fill empties the filter and types.
func (b *tab) fill(text string) {
	b.t.Helper()
	b.do(chromedp.Focus("#find", chromedp.ByID), chromedp.Evaluate(`document.getElementById("find").select()`, nil))
	b.do(input.DispatchKeyEvent(input.KeyDown).WithKey("Delete").WithWindowsVirtualKeyCode(46), input.DispatchKeyEvent(input.KeyUp).WithKey("Delete").WithWindowsVirtualKeyCode(46))
	b.keys(text)
}

// shown counts the cards that the filter leaves.
func (b *tab) shown() int {
	return value[int](b, `document.querySelectorAll(".card:not([hidden])").length`)
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return value[string](b, `document.querySelector(`+quoted(selector)+`).innerText`)
}

func quoted(s string) string {
	out, _ := json.Marshal(s) // text always has a form
	return string(out)
}

// picture keeps a screenshot for people, when they ask for one.
func (b *tab) picture(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	var png []byte
	b.do(chromedp.CaptureScreenshot(&png))
	require.NoError(b.t, os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o600))
}

// overflow is by how many pixels the page is wider than the screen.
func (b *tab) overflow() int {
	return value[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
}

// faint lists text that has too little contrast with what is behind it.
func (b *tab) faint() []string { return value[[]string](b, contrastScript) }

// faults lists what keeps people from using the page without a mouse or eyes.
func (b *tab) faults() []string { return value[[]string](b, faultScript) }

// contrastScript computes the contrast of all text that is shown, as WCAG 2 does. Half-transparent colours are laid over
// what is behind them.
const contrastScript = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = css => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, back) => [0, 1, 2].map(i => top[i] * top[3] + back[i] * (1 - top[3])).concat(1);
  const light = c => {
    const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const node = e.closest ? e.closest(".kg-node") : null;
      const frame = node && e === node ? node.querySelector(":scope > .kg-frame") : null;
      if (frame) {
        const c = colour(getComputedStyle(frame).fill);
        c[3] *= Number(getComputedStyle(frame).fillOpacity);
        layers.push(c);
      }
      layers.push(colour(getComputedStyle(e).backgroundColor));
    }
    layers.push(colour(getComputedStyle(document.body).backgroundColor));
    return layers.reduceRight((back, top) => over(top, back), [255, 255, 255, 1]);
  };
  const bad = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = texts.nextNode(); n; n = texts.nextNode()) {
    const e = n.parentElement;
    if (n.data.trim() === "" || !e.checkVisibility() || e.closest("script, style, title, option, :disabled, .unseen, .skip")) continue;
    const style = getComputedStyle(e);
    const back = behind(e);
    const text = over(colour(e.closest("svg") ? style.fill : style.color), back);
    const [a, b] = [light(text), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.add(ratio.toFixed(2) + " " + e.tagName + "." + (e.className.baseVal ?? e.className) + " " + n.data.trim().slice(0, 30));
  }
  return [...bad];
})()`

// faultScript looks for what a screen reader or a keyboard would miss.
const faultScript = `(() => {
  const bad = [];
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) bad.push("id twice: " + id);
  const name = e => (e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "").split(" ").map(id => id && document.getElementById(id)?.textContent).join("") ||
    [...(e.labels || [])].map(l => l.textContent).join("") || e.innerText || e.textContent || "").trim();
  for (const e of document.querySelectorAll("button, input, select, a[href], [role=img], [role=group], [role=region], section, aside")) {
    if (name(e) === "") bad.push("no name: " + e.outerHTML.slice(0, 80));
  }
  for (const [what, selector] of [["main", "main"], ["header", "header"], ["h1", "h1"], ["language", "html[lang]"], ["title", "head > title"]]) {
    if (document.querySelectorAll(selector).length !== 1) bad.push("not one " + what);
  }
  for (const e of document.querySelectorAll("[aria-labelledby]")) {
    for (const id of e.getAttribute("aria-labelledby").split(" ")) if (!document.getElementById(id)) bad.push("labelled by nothing: " + id);
  }
  let last = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(h.tagName[1]);
    if (level > last + 1) bad.push("heading skips a level: " + h.textContent.slice(0, 40));
    last = level;
  }
  return bad;
})()`
