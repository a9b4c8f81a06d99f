// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/graph"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/program"
)

// sites is a program whose Workflow site runs leaf in two steps.
func sites() *render.Program {
	leaf := &program.Workflow{Name: "leaf", Steps: []*program.Step{{Label: "config", Logic: &program.Logic{Kind: "ResourceFunction", Name: "config"}}}}
	runs := &program.Logic{Kind: "Workflow", Name: "leaf", Workflow: leaf}
	site := &program.Workflow{Name: "site", Steps: []*program.Step{
		{Label: "pages", Logic: runs},
		{Label: "sized", Switch: &program.Switch{Cases: []program.Case{{Logic: &program.Logic{Kind: "ValueFunction", Name: "names"}}, {Logic: runs}}}},
	}}
	return &render.Program{Workflows: map[string]*program.Workflow{"site": site, "leaf": leaf}}
}

func TestStepsOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, step string
		want       []place
	}{
		{"an object of the input", "", nil},
		{"the object of a whole run", "site(Site/web/blog)", []place{{"site", graph.Parent}}},
		{"a step", "site(Site/web/blog): sized", []place{{"site", "sized"}}},
		{"an item", "site(Site/web/blog): pages[2]", []place{{"site", "pages"}}},
		{"a step of a Workflow that an item runs", "site(Site/web/blog): pages[2].config", []place{{"site", "pages"}, {"leaf", "config"}}},
		{"a step of a case", "site(Site/web/blog): sized.config", []place{{"site", "sized"}, {"leaf", "config"}}},
		{"a step that is no more", "site(Site/web/blog): gone.config", []place{{"site", "gone"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, stepsOf(&change.Change{Step: test.step}, nil, sites()))
		})
	}
}

// TestAffected shares a drawing among folders whose Workflow is the same.
func TestAffected(t *testing.T) {
	t.Parallel()
	p := &Preview{}
	now := &side{program: sites()}
	for _, folder := range []string{"a", "b"} {
		p.Definitions = append(p.Definitions, DefinitionChange{Folder: folder, Kind: "ResourceFunction", Name: "config", Workflows: []string{"leaf", "site"}})
		p.Changes = append(p.Changes, change.Change{Folder: folder, Step: "site(Site/web/" + folder + "): pages[0].config"})
		p.affect(folder, &side{}, now, len(p.Changes)-1)
	}
	assert.Len(t, p.Affected, 2)
	for i, want := range []Affected{
		{Workflow: "leaf", Folders: []string{"a", "b"}, Changes: map[string][]int{"config": {0, 1}}},
		{Workflow: "site", Folders: []string{"a", "b"}, Changes: map[string][]int{"pages": {0, 1}}},
	} {
		got := p.Affected[i]
		got.Chart = graph.Chart{}
		assert.Equal(t, want, got)
	}
}
