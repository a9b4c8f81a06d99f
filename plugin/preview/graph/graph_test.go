// SPDX-License-Identifier: Apache-2.0

package graph

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// TestManyItems draws some items of a long list; what belongs to the others is not drawn either.
func TestManyItems(t *testing.T) {
	t.Parallel()
	in := &render.InstanceReport{Workflow: "site", Trigger: manifest.ID{Kind: "Site", Name: "a"}}
	in.Steps = []render.StepReport{{Path: "pages", Logic: "Workflow/leaf"}}
	const items = maxItems + 3
	for i := range items {
		path := fmt.Sprintf("pages[%d]", i)
		in.Steps = append(in.Steps, render.StepReport{Path: path, Logic: "Workflow/leaf"}, render.StepReport{Path: path + ".config", Logic: "ResourceFunction/config"})
	}
	c := instanceChart(&render.Program{Workflows: map[string]*program.Workflow{}}, in)
	assert.Len(t, c.Nodes, 2+2*maxItems+1)
	assert.Equal(t, []string{"3 more items"}, c.Nodes[len(c.Nodes)-1].Lines)
	for _, n := range c.Nodes {
		assert.NotContains(t, n.Name, fmt.Sprintf("[%d]", maxItems))
	}
}

func TestAwaited(t *testing.T) {
	t.Parallel()
	step := &render.StepReport{
		WaitsFor: []expr.Wait{{Step: "service", Path: "spec.clusterIP"}, {Step: "secret"}, {Step: "other", Path: "status.ip"}},
		GatedBy:  []string{"service", "secret"},
	}
	edges := []Edge{{From: "service"}, {From: "secret"}, {From: "names"}, {From: "service", Label: "skipIf"}}
	awaited(edges, step)
	assert.Equal(t, []Edge{
		{From: "service", Label: "spec.clusterIP"}, {From: "secret", Label: "comes after"}, {From: "names"},
		{From: "service", Label: "skipIf, spec.clusterIP"},
	}, edges)
}
