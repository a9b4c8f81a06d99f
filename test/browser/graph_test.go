// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// large is a folder with a Workflow of 60 steps, of which each uses up to three before it.
func large(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("apiVersion: koreo.dev/v1beta1\nkind: Workflow\nmetadata: {name: platform}\nspec:\n  crdRef: {apiGroup: example.com, version: v1, kind: Platform}\n  steps:\n")
	for i := range 60 {
		fmt.Fprintf(&out, "    - label: step_%02d\n      ref: {kind: ResourceFunction, name: config}\n      inputs: {name: step-%d", i, i)
		for k, back := range []int{1 + i%7, 2 + i%11, 9} {
			if i-back >= 0 && (i+k)%3 > 0 {
				fmt.Fprintf(&out, ", use%d: =steps.step_%02d.name", k, i-back)
			}
		}
		out.WriteString("}\n")
	}
	out.WriteString(`---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {data: {a: b}}
  return: {name: =inputs.name}
`)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.k.yaml"), []byte(out.String()), 0o600))
	return dir
}

// shop is the folder of a Workflow with an object that is left to live.
func shop(t *testing.T) string {
	t.Helper()
	return filepath.Join(rich(t), "apps", "shop")
}

// TestGraphPage searches for steps, and picks them: the pane tells what they make, use and wait for.
func TestGraphPage(t *testing.T) {
	b := open(t, page(t, run(t, shop(t), 0, "graph", ".", "Shop/shops/books", "-o", "html")), desktop)
	assert.Equal(t, "shop(Shop/shops/books)", b.text("h1"))
	b.picture("graph")
	b.click(`[data-node="address"]`)
	pane := func() []string {
		return value[[]string](b, `[...document.querySelectorAll("#facts dt, #facts dd")].map(e => e.innerText)`)
	}
	assert.Equal(t, []string{
		"outcome", "Deferred", "because", "fields of its object are not known yet", "runs", "ResourceFunction/address", "object", "ConfigMap/shops/books-address",
		"applied by", "live", "waits for", "service: Service/shops/books.status.loadBalancer.ingress[0].ip",
		"skipIf", `=steps.names.name == "none"`, "uses", "names", "uses", "service",
	}, pane())
	assert.Equal(t, 2, value[int](b, `document.querySelectorAll(".kg-edge.near").length`))
	b.picture("graph-step")
	b.do(chromedp.Click(`//aside//dd/button[text()="service"]`, chromedp.BySearch))
	assert.Equal(t, "service", b.text("#name"), "what it uses is a click away")
	b.keys(kb.Escape)
	assert.False(t, value[bool](b, `document.getElementById("about").checkVisibility()`))
	b.keys("/regions[1]")
	assert.Equal(t, "2 steps", b.text("#found"))
	assert.Equal(t, 2, value[int](b, `document.querySelectorAll(".kg-node.found").length`))
}

// TestGraphWorkflows goes from a step to the Workflow that it runs.
func TestGraphWorkflows(t *testing.T) {
	b := open(t, page(t, run(t, shop(t), 0, "graph", ".", "-o", "html")), desktop)
	assert.Equal(t, []string{"Workflow region", "Workflow shop"}, value[[]string](b, `[...document.querySelectorAll("h2[id^=title]")].map(e => e.textContent)`))
	b.click(`[data-chart="1"] [data-node="regions"]`)
	b.do(chromedp.Click(`//aside//dd/button[text()="Workflow/region"]`, chromedp.BySearch))
	assert.Less(t, value[float64](b, `document.querySelector("#chart-0").getBoundingClientRect().top`), 200.0)
}

// TestGraphLarge draws 60 steps, which fit into the page, and can be dragged.
func TestGraphLarge(t *testing.T) {
	b := open(t, page(t, run(t, large(t), 0, "graph", ".", "-o", "html")), desktop)
	b.picture("graph-large")
	assert.Equal(t, 61, value[int](b, `document.querySelectorAll(".kg-node[data-node]").length`))
	assert.LessOrEqual(t, b.overflow(), 0)
	assert.Empty(t, value[[]string](b, overlapScript))
	b.click(`[data-zoom="whole"]`)
	left := value[int](b, `document.querySelector(".view").scrollLeft`)
	b.do(input.DispatchMouseEvent(input.MousePressed, 700, 300).WithButton(input.Left), input.DispatchMouseEvent(input.MouseMoved, 400, 280).WithButton(input.Left),
		input.DispatchMouseEvent(input.MouseReleased, 400, 280).WithButton(input.Left))
	assert.Equal(t, left+300, value[int](b, `document.querySelector(".view").scrollLeft`))
	assert.Zero(t, value[int](b, `document.querySelectorAll(".kg-picked").length`), "to drag is not to pick")
}

// TestGraphEverybody looks at drawings in light and dark, and on a phone.
func TestGraphEverybody(t *testing.T) {
	address := page(t, run(t, shop(t), 0, "graph", ".", "Shop/shops/books", "-o", "html"))
	for look, d := range map[string]device{"desktop": desktop, "dark": night, "phone": phone} {
		t.Run(look, func(t *testing.T) {
			b := open(t, address, d)
			b.click(`[data-node="service"]`)
			b.picture("graph-" + look)
			assert.LessOrEqual(t, b.overflow(), 0)
			assert.Empty(t, b.faint())
			assert.Empty(t, b.faults())
			assert.Empty(t, value[[]string](b, overlapScript))
		})
	}
}

// TestGraphExamples draws the Workflows of every example, and what became of its triggers.
func TestGraphExamples(t *testing.T) {
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "korender.yaml"))
	require.NoError(t, err)
	require.Greater(t, len(examples), 10)
	b := open(t, "about:blank", desktop)
	for _, file := range examples {
		dir := filepath.Dir(file)
		for _, subject := range append([]string{""}, triggers(t, dir)...) {
			args := []string{"graph", "--on-deferred", "instance", "-o", "html", "."}
			if subject != "" {
				args = append(args, subject)
			}
			b.show(page(t, run(t, dir, 0, args...)))
			name := filepath.Base(dir) + " " + subject
			b.picture("example-" + strings.ReplaceAll(name, "/", "-"))
			assert.Positive(t, value[int](b, `document.querySelectorAll(".kg-node[data-node]").length`), name)
			assert.Empty(t, value[[]string](b, overlapScript), name)
			assert.Empty(t, b.faint(), name)
			assert.LessOrEqual(t, b.overflow(), 0, name)
		}
	}
}

// triggers are those that Workflows run for.
func triggers(t *testing.T, dir string) (out []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	run(t, dir, 0, "render", "--on-deferred", "instance", "--report", file, ".")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var report struct {
		Instances []struct {
			Trigger struct{ Kind, Namespace, Name string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &report))
	for _, in := range report.Instances {
		out = append(out, in.Trigger.Kind+"/"+in.Trigger.Namespace+"/"+in.Trigger.Name)
	}
	return out
}

// TestGraphPicture shows the SVG alone, as a browser does that is given one.
func TestGraphPicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "graph.svg")
	require.NoError(t, os.WriteFile(file, run(t, shop(t), 0, "graph", ".", "Shop/shops/books", "-o", "svg"), 0o600))
	for look, d := range map[string]device{"light": desktop, "dark": night} {
		b := open(t, "file://"+file, d)
		b.picture("svg-" + look)
		assert.Empty(t, value[[]string](b, overlapScript))
	}
}

// overlapScript finds text that is wider than its node, whatever font the browser has.
const overlapScript = `[...document.querySelectorAll(".kg-node[data-node]")].flatMap(node => {
  const frame = node.querySelector(".kg-frame").getBBox();
  return [...node.querySelectorAll("text")].filter(t => {
    const box = t.getBBox();
    return box.x < frame.x || box.x + box.width > frame.x + frame.width || box.y < frame.y || box.y + box.height > frame.y + frame.height;
  }).map(t => node.dataset.node + ": " + t.textContent);
})`

// TestChecks breaks a page, and sees that the checks of the other tests find it.
func TestChecks(t *testing.T) {
	address := page(t, run(t, shop(t), 0, "graph", ".", "Shop/shops/books", "-o", "html"))
	b := open(t, address, desktop)
	b.do(chromedp.Evaluate(`document.querySelector("h1").style.color = "#999999"`, nil))
	assert.Len(t, b.faint(), 1)
	b.do(chromedp.Evaluate(`document.querySelector("[data-node=address] text").style.fontSize = "40px"`, nil))
	assert.Equal(t, []string{"address: address"}, value[[]string](b, overlapScript))
	b.do(chromedp.Evaluate(`document.querySelector("[for=find]").remove()`, nil))
	assert.Len(t, b.faults(), 1)
	b.do(chromedp.Evaluate(`document.body.style.minWidth = "2000px"`, nil))
	assert.Positive(t, b.overflow())
	b.do(chromedp.Evaluate(`void fetch("http://127.0.0.1:9/").catch(() => {})`, nil), chromedp.Evaluate(`void document.head.append(document.createElement("style"))`, nil))
	b.do(chromedp.Evaluate(`document.head.lastChild.textContent = "h1 { color: red }"`, nil))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	said := strings.Join(b.said, "\n")
	assert.Contains(t, said, "Connecting to 'http://127.0.0.1:9/' violates", "the policy forbids to ask, and the browser says so")
	assert.Contains(t, said, "Applying inline style violates")
	b.said = nil
}
