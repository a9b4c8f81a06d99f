// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render"
)

func TestPlainURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"https://git.example.com/team/repo", "https://git.example.com/team/repo.git", "https://git.example.com/Team/Repo/", "http://user:word@git.example.com/team/repo",
		"git@git.example.com:team/repo.git", "ssh://git@git.example.com:22/team/repo", "git.example.com:team/repo",
	} {
		assert.Equal(t, "git.example.com/team/repo", plainURL(url), url)
	}
	for _, url := range []string{"https://git.example.com/team/other", "https://git.example.org/team/repo", "/srv/team/repo.git", ""} {
		assert.NotEqual(t, "git.example.com/team/repo", plainURL(url), url)
	}
}

const own = "https://git.example.com/team/repo"

// TestFind reads one document after another.
func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []Subject
		notes      []string
		broken     bool
	}{
		{name: "an Application", text: `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: shop, namespace: argocd}, spec: {
			destination: {namespace: prod}, source: {repoURL: "https://git.example.com/team/repo.git", path: apps/shop, targetRevision: HEAD,
			plugin: {name: korender, env: [{name: KORENDER_GATE, value: ordered}, {name: A, value: b}], parameters: [{name: a, array: [b]}]}}}}`,
			want: []Subject{{
				ID: "Application/argocd/shop", Of: "Application/argocd/shop", Folder: "apps/shop", Target: render.TargetArgoCD, File: "a.yaml",
				Application: &Application{Name: "shop", Namespace: "prod", Path: "apps/shop", Parameters: `[{"array":["b"],"name":"a"}]`, Settings: map[string]string{"GATE": "ordered"}},
			}}},
		{name: "of another plugin", text: `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: shop}, spec: {source: {repoURL: "` + own + `", plugin: {name: other}}}}`},
		{name: "without a source", text: `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: shop}, spec: []}`},
		{name: "that leads out", text: `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: shop}, spec: {source: {repoURL: "` + own + `", path: ../x, plugin: {name: korender}}}}`,
			notes: []string{"Application/shop (a.yaml) is not rendered: its path ../x leads out of the repository"}},
		{name: "of a tag", text: `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: shop}, spec: {source: {repoURL: "` + own + `", targetRevision: v1, plugin: {name: korender}}}}`,
			notes: []string{"Application/shop (a.yaml) is not rendered: it follows the revision v1"}},
		{name: "an ApplicationSet without variables", text: `{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: shops}, spec: {template: {metadata: {name: shop}, spec: {
			source: {repoURL: "` + own + `", path: ., targetRevision: main, plugin: {name: korender}}}}}}`,
			want: []Subject{{ID: "ApplicationSet/shops", Of: "ApplicationSet/shops", Folder: ".", Target: render.TargetArgoCD, File: "a.yaml", Application: &Application{Name: "shop", Path: ".", Settings: map[string]string{}}}}},
		{name: "a RenderedArtifact", text: `{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: apps, namespace: flux-system}, spec: {url: "ssh://git@git.example.com/team/repo", ref: {branch: main}}}
---
{apiVersion: korender.dev/v1alpha1, kind: RenderedArtifact, metadata: {name: site, namespace: shop}, spec: {sourceRef: {kind: GitRepository, name: apps, namespace: flux-system}, path: ./site,
			libraries: [{sourceRef: {kind: GitRepository, name: apps, namespace: flux-system}, path: lib}], render: {namespace: web}}}`,
			want: []Subject{{ID: "RenderedArtifact/shop/site", Of: "RenderedArtifact/shop/site", Folder: "site", Target: render.TargetFlux, Settings: map[string]any{"namespace": "web"}, Libraries: []string{"lib"}, File: "a.yaml"}}},
		{name: "of a bucket", text: `{apiVersion: korender.dev/v1alpha1, kind: RenderedArtifact, metadata: {name: site, namespace: shop}, spec: {sourceRef: {kind: Bucket, name: apps}}}`,
			notes: []string{"RenderedArtifact/shop/site (a.yaml) is not rendered: its source is a Bucket, not a GitRepository"}},
		{name: "a template of another tool", text: "apiVersion: argoproj.io/v1alpha1\nkind: Application\n{{ if .x }}\nspec: {}\n", broken: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(test.text), 0o600))
			top, err := revision.OpenDisk(dir)
			require.NoError(t, err)
			defer top.Close()
			found, err := NewFinder(Here{URLs: []string{own}, Branches: []string{"main"}}).Find(top)
			require.NoError(t, err)
			assert.Equal(t, test.want, found.Subjects)
			assert.Equal(t, test.notes, found.Notes)
			assert.Equal(t, test.broken, len(found.Broken["a.yaml"]) > 0)
		})
	}
}
