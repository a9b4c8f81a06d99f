// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCounts holds the counts of the page to those of the JSON, and clicks each of them.
func TestCounts(t *testing.T) {
	address, want := preview(t, rich(t), 0)
	b := open(t, address, desktop)
	b.picture("desktop")
	require.Equal(t, len(want.Changes), b.shown())
	names := map[string]string{"added": "added", "removed": "removed", "changed": "changed", "to-live": "toLive", "to-git": "toGit", "danger": "dangers", "caution": "cautions"}
	for tile, name := range names {
		selector := `[data-value="` + tile + `"]`
		assert.Equal(t, strconv.Itoa(want.Summary[name]), b.text(selector+" b"), tile)
		if want.Summary[name] == 0 {
			assert.True(t, value[bool](b, `document.querySelector(`+quoted(selector)+`).disabled`), tile)
			continue
		}
		b.click(selector)
		assert.Equal(t, matching(want, tile), b.shown(), tile)
		assert.Equal(t, strconv.Itoa(matching(want, tile))+" of "+strconv.Itoa(len(want.Changes)), b.text("#count"))
		assert.Equal(t, "true", value[string](b, `document.querySelector(`+quoted(selector)+`).getAttribute("aria-pressed")`))
		b.click(selector)
		assert.Equal(t, len(want.Changes), b.shown(), "a second click shows all again")
	}
	b.click(`[data-value="added"]`)
	b.click(`[data-value="changed"]`)
	assert.Equal(t, want.Summary["added"]+want.Summary["changed"], b.shown(), "two of a kind show both")
	b.click(`[data-value="danger"]`)
	assert.Less(t, b.shown(), want.Summary["added"]+want.Summary["changed"], "one of another kind narrows")
	b.click("#clear")
	assert.Equal(t, len(want.Changes), b.shown())
}

// matching counts the changes that a count filters.
func matching(p previewed, tile string) (n int) {
	for _, c := range p.Changes {
		if c.Type == tile {
			n++
		}
		for _, d := range c.Dangers {
			if d.Level == tile {
				n++
				break
			}
		}
	}
	return n
}

// TestFilter filters by words, folder and address; a link shows the same to whoever opens it.
func TestFilter(t *testing.T) {
	address, want := preview(t, rich(t), 0)
	b := open(t, address, desktop)
	b.keys("/")
	assert.Equal(t, "find", value[string](b, "document.activeElement.id"))
	for words, cards := range map[string]int{"configmap": 7, "CONFIGMAP books": 3, "spec.replicas": 1, "namespace": 1, "shops books eu": 1, "no such thing": 0} {
		b.fill(words)
		assert.Equal(t, cards, b.shown(), words)
		assert.Equal(t, cards == 0, value[bool](b, `document.getElementById("none").checkVisibility()`), words)
	}
	b.fill("web")
	b.do(chromedp.SetValue("#folder", "apps/web", chromedp.ByID), chromedp.Evaluate(`document.getElementById("folder").dispatchEvent(new Event("change"))`, nil))
	b.click(`[data-value="danger"]`)
	kept, shown := value[string](b, "location.href"), b.shown()
	assert.Contains(t, kept, "#q=web&folder=apps%2Fweb&level=danger")
	require.Equal(t, 2, shown)

	again := open(t, kept, desktop)
	assert.Equal(t, shown, again.shown())
	assert.Equal(t, "web", value[string](again, `document.getElementById("find").value`))
	again.keys(kb.Escape)
	assert.Equal(t, len(want.Changes), again.shown())
	assert.NotContains(t, value[string](again, "location.href"), "#")

	linked := open(t, address+"#o3", desktop)
	assert.Equal(t, []string{"o3"}, value[[]string](linked, `[...document.querySelectorAll(".card.here")].map(c => c.id)`))
}

// TestKeys goes from object to object without a mouse.
func TestKeys(t *testing.T) {
	address, want := preview(t, rich(t), 0)
	b := open(t, address, desktop)
	here := func() string {
		return value[string](b, `document.activeElement.closest(".card")?.id || ""`)
	}
	b.keys("jj")
	assert.Equal(t, "o2", here())
	b.keys("k")
	assert.Equal(t, "o1", here())
	open := `document.querySelector("#o1 details").open`
	before := value[bool](b, open)
	b.keys(kb.Enter)
	assert.Equal(t, !before, value[bool](b, open))
	b.keys("/jk")
	assert.Equal(t, "jk", value[string](b, `document.getElementById("find").value`), "in the field, keys are letters")
	b.keys(kb.Escape)
	assert.Equal(t, len(want.Changes), b.shown())
	b.click("#all")
	assert.Zero(t, value[int](b, `document.querySelectorAll(".card details[open]").length`), "few objects are open at first")
	b.click("#all")
	assert.Zero(t, value[int](b, `document.querySelectorAll(".card details:not([open])").length`))
}

// TestDrawing goes from a step, and from a definition, to the objects that it makes.
func TestDrawing(t *testing.T) {
	address, want := preview(t, rich(t), 0)
	b := open(t, address, desktop)
	shop := `.chart[data-chart="0"] `
	assert.Equal(t, []string{"service", "regions"}, value[[]string](b, `[...document.querySelectorAll('`+shop+`.kg-marked')].map(n => n.dataset.node)`))
	b.click(shop + `[data-node="regions"]`)
	steps := 0
	for _, c := range want.Changes {
		if strings.Contains(c.Step, ": regions[") {
			steps++
		}
	}
	assert.Equal(t, []int{3, 3}, []int{steps, b.shown()})
	assert.Equal(t, "step regions ×", strings.Join(strings.Fields(b.text("#chosen")), " "))
	assert.Equal(t, 1, value[int](b, `document.querySelectorAll(".kg-picked").length`))
	assert.Contains(t, value[string](b, "location.hash"), "step=0%2Fregions")
	b.picture("step")
	assert.Equal(t, "↓ 3 objects of this step", b.text("#jump"))
	b.click("#jump button")
	b.do(chromedp.WaitNotVisible("#jump", chromedp.ByQuery))
	assert.Less(t, value[float64](b, `document.querySelector("#objects").getBoundingClientRect().top`), 450.0)
	b.do(chromedp.Evaluate(`location.hash = "objects"`, nil))
	assert.Equal(t, 3, b.shown(), "a link to a place of the page leaves the filter as it is")
	b.click("#unchosen")
	assert.Equal(t, []int{len(want.Changes), 0}, []int{b.shown(), value[int](b, `document.querySelectorAll(".kg-picked").length`)})

	b.do(chromedp.Focus(shop+`[data-node="address"]`, chromedp.ByQuery))
	b.keys(kb.Enter)
	assert.Equal(t, 2, b.shown(), "a key picks a step, too")
	b.do(chromedp.Focus(shop+`[data-node="names"]`, chromedp.ByQuery))
	b.keys(kb.ArrowRight + kb.ArrowRight)
	assert.Equal(t, "regions", value[string](b, `document.activeElement.dataset.node`))
	assert.Equal(t, 1, value[int](b, `document.querySelectorAll('`+shop+`[tabindex="0"]').length`), "Tab goes past a drawing in one step")
	b.keys(kb.Escape)
	b.click(`[data-def="ResourceFunction/settings:changed"]`)
	assert.Equal(t, 9, b.shown(), "all that the instances of the Workflow make, and the instances")

	width := func() float64 {
		return value[float64](b, `document.querySelector(".view svg").getBoundingClientRect().width`)
	}
	before := width()
	b.click(shop + `[data-zoom="in"]`)
	assert.InDelta(t, before*1.25, width(), 1)
	b.click(shop + `[data-zoom="fit"]`)
	assert.LessOrEqual(t, width(), value[float64](b, `document.querySelector(".view").clientWidth`))
}

// TestHidden looks for what must not be there: values of Secrets, and text of the repository that became a part of the page.
func TestHidden(t *testing.T) {
	address, _ := preview(t, rich(t), 0)
	html, err := os.ReadFile(strings.TrimPrefix(address, "file://"))
	require.NoError(t, err)
	for _, secret := range []string{"hunter2", "correct-horse"} {
		assert.NotContains(t, string(html), secret)
	}
	b := open(t, address, desktop)
	assert.Equal(t, []int{2, 0, 0}, []int{
		value[int](b, `document.scripts.length`) + 1, value[int](b, `document.images.length`), value[int](b, `document.querySelectorAll("[onload], [onerror]").length`),
	})
	assert.Contains(t, value[string](b, `document.getElementById("cards").textContent`), "</script><script>alert(1)</script>", "a name is shown as it is")
	assert.Contains(t, value[[]string](b, `[...document.querySelectorAll(".secret")].map(e => e.textContent)`), "changed, and not shown")
	assert.Contains(t, value[[]string](b, `[...document.querySelectorAll(".hole")].map(e => e.textContent)`), "waits for service: Service/shops/books.status.loadBalancer.ingress[0].ip")
}

// TestEverybody looks at the pages in light and dark, on a phone and on paper.
func TestEverybody(t *testing.T) {
	address, _ := preview(t, rich(t), 0)
	failing, _ := preview(t, broken(t), 4)
	nothing := page(t, run(t, rich(t), 0, "preview", "--base", "HEAD", "-o", "html"))
	for name, url := range map[string]string{"preview": address, "failure": failing, "nothing": nothing} {
		for look, d := range map[string]device{"desktop": desktop, "dark": night, "phone": phone} {
			t.Run(name+"/"+look, func(t *testing.T) {
				b := open(t, url, d)
				b.picture(name + "-" + look)
				if name == "preview" {
					b.do(chromedp.Evaluate(`document.querySelector("#o1").scrollIntoView()`, nil))
					b.picture(name + "-" + look + "-objects")
				}
				assert.LessOrEqual(t, b.overflow(), 0)
				assert.Empty(t, b.faint())
				assert.Empty(t, b.faults())
			})
		}
	}
}

// TestPaper prints the page: everything that is shown is open, and what only works on a screen is left out.
func TestPaper(t *testing.T) {
	address, _ := preview(t, rich(t), 0)
	b := open(t, address, desktop)
	b.click("#all")
	b.do(emulation.SetEmulatedMedia().WithMedia("print"), chromedp.Evaluate(`window.dispatchEvent(new Event("beforeprint"))`, nil))
	assert.Zero(t, value[int](b, `document.querySelectorAll("details:not([open])").length`))
	assert.False(t, value[bool](b, `document.getElementById("find").checkVisibility()`))
	b.do(chromedp.Evaluate(`window.dispatchEvent(new Event("afterprint"))`, nil))
	assert.Zero(t, value[int](b, `document.querySelectorAll(".card details[open]").length`))
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		pdf, _, err := cdppage.PrintToPDF().Do(ctx)
		assert.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
		return err
	}))
}

// broken is a repository whose head cannot be rendered.
func broken(t *testing.T) string {
	t.Helper()
	base, head := trees(t, "rich.txtar")
	head["library/functions.k.yaml"] = strings.Replace(head["library/functions.k.yaml"], "=inputs.port", "=inputs.prot", 1)
	return repository(t, base, head)
}

// TestFailure shows a head that cannot be rendered as a failure, and not as a mass removal.
func TestFailure(t *testing.T) {
	address, want := preview(t, broken(t), 4)
	b := open(t, address, desktop)
	assert.Equal(t, 1, want.Summary["failed"])
	assert.Contains(t, b.text(".failure h2"), "apps/shop: cannot be rendered any more")
	assert.Contains(t, b.text(".failure"), "Nothing of it counts as removed")
	assert.Contains(t, b.text(".failure .problem"), "library/functions.k.yaml")
	assert.Contains(t, b.text("h1"), "1 folder could not be compared")
	assert.Equal(t, len(want.Changes), b.shown(), "other folders are compared")
	assert.Zero(t, value[int](b, `document.querySelectorAll('.card[data-folder="apps/shop"]').length`))
}

// TestWithoutScript shows everything to a browser that runs no script.
func TestWithoutScript(t *testing.T) {
	address, want := preview(t, rich(t), 0)
	b := open(t, "about:blank", desktop)
	b.do(emulation.SetScriptExecutionDisabled(true))
	b.show(address)
	assert.Equal(t, len(want.Changes), value[int](b, `document.querySelectorAll(".card").length`))
	assert.Zero(t, value[int](b, `document.querySelectorAll(".card[hidden]").length`))
}
