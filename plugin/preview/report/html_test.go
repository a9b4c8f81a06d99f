// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/graph"
	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
)

var update = flag.Bool("update", false, "rewrite golden files")

func htmlOf(t *testing.T, p *preview.Preview) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, HTML(&out, p))
	return out.String()
}

// body is the page without its style and script, which are files of their own.
func body(t *testing.T, page string) string {
	t.Helper()
	head, rest, ok := strings.Cut(page, "<style>")
	require.True(t, ok)
	_, rest, ok = strings.Cut(rest, "</style>")
	require.True(t, ok)
	rest, _, ok = strings.Cut(rest, "<script>")
	require.True(t, ok)
	_, policy, _ := strings.Cut(head, `content="default-src`)
	policy, _, _ = strings.Cut(policy, `"`)
	return strings.Replace(head, policy, " …", 1) + rest
}

// everything is a preview that holds one of each.
func everything() *preview.Preview {
	p := many(0)
	p.Notes = []string{"submodule lib is not read"}
	p.Folders = append(p.Folders, preview.Folder{
		Name: "broken", Path: "broken", Base: preview.Rendered, Head: preview.Failed,
		Problem: diag.List{{Severity: diag.Error, Code: "KR0505", Message: "no such key: port", Hint: "did you mean ports?", Pos: diag.Pos{File: "broken/a.k.yaml", Line: 3, Column: 7}}},
	}, preview.Folder{Name: "other", Path: "other", Base: preview.Rendered, Head: preview.Rendered})
	p.Summary.Failed, p.Summary.Broken, p.Summary.Unchanged = 1, 1, 3
	service := manifest.ID{APIVersion: "v1", Kind: "Service", Namespace: "web", Name: "blog"}
	config := manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "web", Name: "address"}
	changes := []change.Change{
		{Folder: "apps", Type: change.Changed, Applier: change.Git, Object: service, Step: "site(Site/web/blog): service", Fields: change.Fields(
			map[string]any{"spec": map[string]any{"port": int64(80), "type": "ClusterIP", "name": "the-old-name"}},
			map[string]any{"spec": map[string]any{"port": int64(8080), "type": "LoadBalancer", "name": "the-new-name"}}),
			Dangers: []change.Alarm{{Level: change.Danger, Rule: "service-type", Path: "spec.type", Why: "it is reached otherwise", Do: "see who does"}}},
		{Folder: "apps", Type: change.ToLive, Applier: change.Live, Object: config, Step: "site(Site/web/blog): config", WaitsFor: []string{"service: Service/web/blog.spec.clusterIP"},
			Fields:  []change.Field{{Path: "data.address", How: change.FieldChanged, Before: "blog.web.svc", After: map[string]any{change.UnknownKey: "service: Service/web/blog.spec.clusterIP"}}},
			Dangers: []change.Alarm{{Level: change.Caution, Rule: "left-to-live", Why: "live has to apply it", Do: "see that it runs"}}},
		{Folder: "other", Type: change.Changed, Applier: change.Git, Object: manifest.ID{APIVersion: "v1", Kind: "Secret", Namespace: "web", Name: "password"},
			Fields: []change.Field{{Path: "data.password", How: change.FieldChanged, Before: map[string]any{change.HiddenKey: true}, After: map[string]any{change.HiddenKey: true}}}},
		{Folder: "other", Type: change.Added, Applier: change.Git, Object: manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Name: "new"},
			Manifest: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "<b>"}}},
		{Folder: "other", Type: change.Removed, Applier: change.Git, Object: manifest.ID{APIVersion: "v1", Kind: "Namespace", Name: "old"},
			Manifest: map[string]any{"apiVersion": "v1", "kind": "Namespace"}},
	}
	for i := range changes {
		p.Count(&changes[i])
	}
	p.Changes = changes
	p.Definitions = []preview.DefinitionChange{{Folder: "apps", Kind: "ResourceFunction", Name: "service", Type: change.Changed, Workflows: []string{"site"}, Instances: []string{"site(Site/web/blog)"}, Objects: 2}}
	p.Tests = preview.Tests{Base: preview.Count{Cases: 4}, Head: preview.Count{Cases: 4, Failed: 1}, Changes: []preview.TestChange{
		{File: "apps/t.k.yaml", Test: "service", Case: "has a port", Before: preview.Passes, After: preview.Fails},
	}}
	p.Affected = []preview.Affected{{Workflow: "site", Folders: []string{"apps"}, Changes: map[string][]int{"service": {0}, "config": {1}}, Chart: graph.Chart{
		Title: "Workflow site",
		Nodes: []graph.Node{
			{Name: graph.Parent, Lines: []string{"Site"}, Shape: graph.TriggerNode},
			{Name: "service", Lines: []string{"service"}, Shape: graph.ResourceNode, Marked: true},
			{Name: "config", Lines: []string{"config"}, Shape: graph.ResourceNode},
		},
		Edges: []graph.Edge{{From: graph.Parent, To: "service"}, {From: "service", To: "config"}},
	}}}
	return p
}

// TestHTML compares the page, without style and script, with testdata.
func TestHTML(t *testing.T) {
	t.Parallel()
	got := body(t, htmlOf(t, everything()))
	golden := filepath.Join("testdata", "preview.html")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
	assert.Equal(t, got, body(t, htmlOf(t, everything())), "the same preview gives the same page")
}

// TestHTMLHostile writes a preview all of whose texts try to be something else.
func TestHTMLHostile(t *testing.T) {
	t.Parallel()
	const bad = "</script></style></pre><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{.}}\u202e\x00‹hidden›"
	plain := everything()
	p := everything()
	p.Base.Name, p.Head.Name, p.Notes = bad, bad, []string{bad}
	for i := range p.Folders {
		p.Folders[i].Name += bad
		for k := range p.Folders[i].Problem {
			d := &p.Folders[i].Problem[k]
			d.Message, d.Hint, d.Pos.File = bad, bad, bad
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Folder, c.Object.Name, c.Step, c.Reason, c.Renamed, c.WaitsFor = c.Folder+bad, bad, "site("+bad+"): "+bad, bad, bad, []string{bad}
		for k := range c.Fields {
			c.Fields[k].Path, c.Fields[k].Before, c.Fields[k].After = bad, bad+"1", bad+"2"
		}
		for k := range c.Dangers {
			c.Dangers[k].Path, c.Dangers[k].Why = bad, bad
		}
		if c.Manifest != nil {
			c.Manifest = map[string]any{bad: bad}
		}
	}
	p.Definitions[0].Name, p.Definitions[0].Folder, p.Definitions[0].Instances = bad, bad, []string{bad}
	p.Tests.Changes[0] = preview.TestChange{File: bad, Test: bad, Case: bad, After: preview.Fails}
	p.Affected[0].Folders, p.Affected[0].Chart.Title = []string{bad}, bad
	for i := range p.Affected[0].Chart.Nodes {
		p.Affected[0].Chart.Nodes[i].Lines = []string{bad}
	}
	got, want := htmlOf(t, p), htmlOf(t, plain)
	for _, tag := range []string{"<script", "</script", "<style", "</style", "<img", "<pre", "<article"} {
		assert.Equal(t, strings.Count(want, tag), strings.Count(got, tag), tag)
	}
	assert.NotContains(t, got, "\u202e")
	assert.NotContains(t, got, "\x00")
	assert.NotContains(t, got, " onerror=alert(1)>")
}

func TestHTMLSecrets(t *testing.T) {
	t.Parallel()
	p := everything()
	assert.Contains(t, htmlOf(t, p), `~ <span class="secret">changed, and not shown</span>`)
}

func TestHTMLNothing(t *testing.T) {
	t.Parallel()
	page := htmlOf(t, many(0))
	assert.Contains(t, page, `<p class="empty">No manifest changes.</p>`)
	assert.NotContains(t, page, "<article")
}

// TestHTMLLong leaves out the end of an object that is too long, and says so; of many objects, none is open.
func TestHTMLLong(t *testing.T) {
	t.Parallel()
	page := htmlOf(t, many(mostOpen+60))
	assert.NotContains(t, page, "<details open>")
	assert.Contains(t, page, "more lines, which -o json has.")
	assert.Equal(t, mostOpen+60, strings.Count(page, "<article"))
}

func TestParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []part
	}{
		{"", nil},
		{"plain", []part{{"", "plain"}}},
		{"a ‹waits for x› b", []part{{"", "a "}, {"hole", "waits for x"}, {"", " b"}}},
		{"‹hidden›", []part{{"secret", "hidden"}}},
		{"‹what› ‹hidden, changed›", []part{{"", "‹what› "}, {"secret", "hidden, changed"}}},
		{"‹open", []part{{"", "‹open"}}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, partsOf(test.text))
		})
	}
}

func TestDiffering(t *testing.T) {
	t.Parallel()
	tests := []struct{ before, after, want string }{
		{"web:1.2.3", "web:1.3.3", "web:1.[2].3 web:1.[3].3"},
		{"web", "website", "web web[site]"},
		{"äöü", "äöx", "äö[ü] äö[x]"},
		{"one", "two", "one two"},
	}
	for _, test := range tests {
		t.Run(test.before, func(t *testing.T) {
			t.Parallel()
			before, after := line{Parts: []part{{"", test.before}}}, line{Parts: []part{{"", test.after}}}
			differing(&before, &after)
			said := ""
			for _, p := range append(append(before.Parts, part{"", " "}), after.Parts...) {
				if p.Class == "mark" {
					p.Text = "[" + p.Text + "]"
				}
				said += p.Text
			}
			assert.Equal(t, test.want, said)
		})
	}
}

func BenchmarkHTML(b *testing.B) {
	p := many(2000)
	for b.Loop() {
		var out bytes.Buffer
		if err := HTML(&out, p); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len()), "bytes/page")
	}
}

// TestHTMLManyWorkflows draws those of most changed objects, and counts the others.
func TestHTMLManyWorkflows(t *testing.T) {
	t.Parallel()
	p := everything()
	only := p.Affected[0]
	only.Changes = nil
	for range maxCharts + 4 {
		p.Affected = append([]preview.Affected{only}, p.Affected...)
	}
	page := htmlOf(t, p)
	assert.Equal(t, maxCharts, strings.Count(page, `<div class="view">`))
	assert.Contains(t, page, "5 more Workflows are not drawn.")
	assert.Contains(t, page, `data-steps="0/service"`, "the one whose objects change is the first")
}
