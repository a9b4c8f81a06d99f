// SPDX-License-Identifier: Apache-2.0

package render

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v2/reposerver/apiclient"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExamples has Argo CD render every example: it gets the objects that korender prints.
func TestExamples(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	for _, dir := range examples(t) {
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			t.Parallel()
			folder := "examples/" + filepath.ToSlash(dir)
			out, errs, err := korender(t, filepath.Join(r.dir, folder), []string{"ARGOCD_APP_SOURCE_PATH=" + folder, "ARGOCD_APP_NAMESPACE=prod"}, "argocd", "generate")
			require.NoError(t, err, errs)
			var want []map[string]any
			for line := range strings.Lines(out) {
				var object map[string]any
				require.NoError(t, json.Unmarshal([]byte(line), &object))
				want = append(want, object)
			}
			got, err := manifests(t.Context(), c, r.request(folder))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// TestDetails has Argo CD ask for the parameters, as its pages do.
func TestDetails(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	source := r.source("sites/shop", text("spec.replicas", "7"))
	details, err := c.GetAppDetails(t.Context(), &apiclient.RepoServerAppDetailsQuery{
		Repo: &v1alpha1.Repository{Repo: source.RepoURL}, Source: source, AppName: "shop", NoCache: true,
	})
	require.NoError(t, err)
	assert.Equal(t, "Plugin", details.Type)
	out, errs, err := korender(t, filepath.Join(r.dir, "sites/shop"), []string{"ARGOCD_APP_SOURCE_PATH=sites/shop"}, "argocd", "parameters")
	require.NoError(t, err, errs)
	announced, err := json.Marshal(details.Plugin.ParametersAnnouncement)
	require.NoError(t, err)
	assert.JSONEq(t, out, string(announced), "what is announced does not depend on what is set")
}

// TestSettings changes what is rendered by a parameter, and by the environment of the Application, which wins.
func TestSettings(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	data := func(q *apiclient.ManifestRequest) any {
		out, err := manifests(t.Context(), c, q)
		require.NoError(t, err)
		require.Len(t, out, 1)
		return out[0]
	}
	site := func(namespace, replicas string) any {
		return map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "shop", "namespace": namespace},
			"data": map[string]any{"replicas": replicas, "hosts": "www", "labels": "{}"},
		}
	}
	assert.Equal(t, site("prod", "2"), data(r.request("sites/shop")))
	assert.Equal(t, site("stage", "5"), data(r.request("sites/shop", text("spec.replicas", "5"), text("namespace", "stage"))))
	q := r.request("sites/shop", text("spec.replicas", "5"), text("namespace", "stage"))
	q.ApplicationSource.Plugin.Env = v1alpha1.Env{{Name: "KORENDER_NAMESPACE", Value: "test"}}
	assert.Equal(t, site("test", "5"), data(q))
}

// TestErrors says what a user of Argo CD reads when something is wrong.
func TestErrors(t *testing.T) {
	t.Parallel()
	const prefix = "rpc error: code = Unknown desc = plugin sidecar failed. error generating manifests in cmp: rpc error: code = Unknown desc = " +
		"error generating manifests: `/korender argocd generate --libraries /libraries` failed exit status "
	r, c := newRepository(t), client(t)
	r.write(t, "sites/above/korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\nroot: ../../..\n")
	r.write(t, "sites/large/large.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata: {a: "+strings.Repeat("x", 200_000)+"}\n")
	r.write(t, "sites/large/korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\nlimits: {bytes: 100000}\n")
	r.commit(t)
	tests := map[string]struct {
		request *apiclient.ManifestRequest
		want    string
	}{
		"a step that fails": {r.request("sites/failing"), "4: korender cannot render Application failing (sites/failing, revision REVISION):\n" +
			"platform/site.k.yaml:24:7: error[KR0511]: step config of Workflow site, for Site/failing: no site has 100 replicas\n" +
			"`korender explain KR0511` says more of the first"},
		"nothing": {r.request("sites/empty"), "4: korender cannot render Application empty (sites/empty, revision REVISION):\n" +
			"error[KR0510]: the output is empty: the input holds no manifests and no triggers\n" +
			"  hint: a GitOps tool would delete everything; if that is what you want, say --allow-empty, or allowEmpty: true in korender.yaml\n" +
			"`korender explain KR0510` says more of the first"},
		"a parameter that does not exist": {r.request("sites/shop", text("replicas", "5")), "2: korender cannot render Application shop (sites/shop, revision REVISION):\n" +
			"error[KR0501]: parameter \"replicas\" does not exist\n  hint: did you mean \"spec.replicas\"?\n" +
			"`korender explain KR0501` says more of the first"},
		"a parameter of the wrong type": {r.request("sites/shop", text("spec.replicas", "many")), "2: korender cannot render Application shop (sites/shop, revision REVISION):\n" +
			"error[KR0502]: parameter \"spec.replicas\" must be a whole number, not \"many\"\n" +
			"`korender explain KR0502` says more of the first"},
		"a root above the repository": {r.request("sites/above"), "2: korender cannot render Application above (sites/above, revision REVISION):\n" +
			"sites/above/korender.yaml:3:7: error[KR0504]: root \"../../..\" cannot be used: it leads above the repository\n" +
			"  hint: the repository itself is `root: ../..`, seen from sites/above\n" +
			"`korender explain KR0504` says more of the first"},
		"no program": {r.request("platform/none"), "3: korender cannot render Application none (platform/none, revision REVISION):\n" +
			"error[KR0506]: no Workflow was found in the folder of the Application, nor in its libraries\n" +
			"  hint: is the path of the Application right? Folders of definitions elsewhere in the repository are named by `root` and `libraries` in korender.yaml, " +
			"those of the image lie below /libraries. Plain manifests need no plugin\n`korender explain KR0506` says more of the first"},
		"a file that is too large": {r.request("sites/large"), "3: korender cannot render Application large (sites/large, revision REVISION):\n" +
			"sites/large/large.yaml: error[KR0009]: with this file the input is larger than 100000 bytes\n" +
			"  hint: name fewer paths, list files in .korenderignore, or raise limits.bytes in korender.yaml\n" +
			"`korender explain KR0009` says more of the first"},
	}
	r.write(t, "platform/none/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: none}\n")
	r.commit(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := manifests(t.Context(), c, tt.request)
			require.Error(t, err)
			assert.Equal(t, strings.ReplaceAll(prefix+tt.want, "REVISION", revisionIn(err.Error())), err.Error())
		})
	}
}

// revisionIn is the revision that a message names.
func revisionIn(message string) string {
	_, rest, _ := strings.Cut(message, "revision ")
	return rest[:min(8, len(rest))]
}

// TestNotInstalled refuses WorkflowInstances for a cluster that does not know them.
func TestNotInstalled(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	q := r.request("examples/job-before-deployment")
	out, err := manifests(t.Context(), c, q)
	require.NoError(t, err)
	assert.Equal(t, "WorkflowInstance", out[len(out)-1]["kind"])
	q.ApiVersions = []string{"v1", "apps/v1"}
	_, err = manifests(t.Context(), c, q)
	assert.ErrorContains(t, err, "the destination cluster does not know its kind: korender-live is not installed there")
}

// TestPaths sends only what the annotation names that `korender argocd paths` prints, which is enough; less is not.
func TestPaths(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	r.write(t, "deep/team/site/korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\nroot: ../../..\nlibraries: [../platform]\n")
	r.git(t, "mv", "sites/shop/site.yaml", "deep/team/site/site.yaml")
	r.git(t, "mv", "platform", "deep/team/platform")
	r.commit(t)
	printed, errs, err := korender(t, filepath.Join(r.dir, "deep/team/site"), nil, "argocd", "paths")
	require.NoError(t, err, errs)
	assert.Equal(t, "argocd.argoproj.io/manifest-generate-paths: \".;/deep/team/platform\"\n", printed)
	q := r.request("deep/team/site")
	whole, err := manifests(t.Context(), c, q)
	require.NoError(t, err)
	q.AnnotationManifestGeneratePaths = ".;/deep/team/platform"
	part, err := manifests(t.Context(), c, q)
	require.NoError(t, err)
	assert.Equal(t, whole, part)
	q.AnnotationManifestGeneratePaths = "."
	_, err = manifests(t.Context(), c, q)
	assert.ErrorContains(t, err, `deep/team/site/korender.yaml: error[KR0504]: library "../platform" is not there: it was not sent by Argo CD`)
}

// TestLinks follows a symbolic link within the root. One that leaves the repository is refused by Argo CD itself.
func TestLinks(t *testing.T) {
	t.Parallel()
	r, c := newRepository(t), client(t)
	r.write(t, "shared/extra.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: extra}\n")
	require.NoError(t, os.Symlink("../../shared/extra.yaml", filepath.Join(r.dir, "sites/shop/extra.yaml")))
	r.commit(t)
	out, err := manifests(t.Context(), c, r.request("sites/shop"))
	require.NoError(t, err)
	assert.Len(t, out, 2)
	require.NoError(t, os.Symlink("../../../other.yaml", filepath.Join(r.dir, "sites/shop/other.yaml")))
	r.commit(t)
	_, err = manifests(t.Context(), c, r.request("sites/shop"))
	assert.ErrorContains(t, err, "contains out-of-bounds symlinks")
}

// TestMany renders 64 times at once; every answer is the right one, and nothing is left behind.
func TestMany(t *testing.T) {
	const many = 64
	r, c := newRepository(t), client(t)
	r.write(t, "sites/shop/.argocd-allow-concurrency", "")
	r.commit(t)
	began := time.Now()
	var group sync.WaitGroup
	got := make([]string, many)
	for i := range many {
		group.Go(func() {
			out, err := manifests(t.Context(), c, r.request("sites/shop", text("spec.replicas", fmt.Sprint(i+1))))
			if err != nil {
				got[i] = err.Error()
				return
			}
			got[i] = fmt.Sprint(out[0]["data"].(map[string]any)["replicas"])
		})
	}
	group.Wait()
	t.Logf("%d renders at once: %s", many, time.Since(began).Round(time.Millisecond))
	for i := range many {
		assert.Equal(t, fmt.Sprint(i+1), got[i])
	}
	nothingLeft(t)
}

// TestGivenUp ends a request while it is rendered: the process ends, and its copy of the repository goes.
func TestGivenUp(t *testing.T) {
	r, c := newRepository(t), client(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := manifests(ctx, c, r.request("sites/slow"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(renders(t)) == 1 }, 20*time.Second, 20*time.Millisecond)
	cancel()
	require.Error(t, <-ended)
	began := time.Now()
	nothingLeft(t)
	t.Logf("the process was gone %s after the request was given up", time.Since(began).Round(time.Millisecond))
}

// TestDeadline gives up before Argo CD does, and says what to raise; a server with less patience says nothing of the render.
func TestDeadline(t *testing.T) {
	r, c := newRepository(t), client(t)
	require.NoError(t, world.StartSidecar(t.Context(), "KORENDER_TIMEOUT=3s"))
	_, err := manifests(t.Context(), c, r.request("sites/slow"))
	assert.ErrorContains(t, err, "error[KR0519]: stopped after 3s, before Argo CD gives up and says only that a deadline was exceeded\n  hint: a forEach over a long list is the usual cause. "+
		"To allow more: raise controller.repo.server.timeout.seconds and server.repo.server.timeout.seconds in argocd-cmd-params-cm (60 by default), and KORENDER_TIMEOUT in the env of the sidecar")
	require.NoError(t, world.StartSidecar(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	_, err = manifests(ctx, c, r.request("sites/slow"))
	require.Error(t, err)
	assert.Regexp(t, "DeadlineExceeded|signal: killed", err.Error(), "one or the other, as it happens")
	nothingLeft(t)
}

// TestLibraries renders with a library of the image. Argo CD keeps what was rendered before it changed, until somebody asks
// for a hard refresh, which is a request without a cache.
func TestLibraries(t *testing.T) {
	r, c := newRepository(t), client(t)
	r.write(t, "baked/korender.yaml", "apiVersion: korender.dev/v1alpha1\nkind: Render\n")
	r.git(t, "mv", "sites/shop/site.yaml", "baked/site.yaml")
	r.git(t, "rm", "--quiet", "-r", "platform")
	r.commit(t)
	library := filepath.Join(world.Root, "libraries", "platform")
	require.NoError(t, os.CopyFS(library, os.DirFS(filepath.Join(top, "test/argocd/testdata/repository/platform"))))
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(library)) })
	hosts := func(hard bool) any {
		q := r.request("baked")
		q.NoCache = hard
		out, err := manifests(t.Context(), c, q)
		require.NoError(t, err)
		return out[0]["data"].(map[string]any)["hosts"]
	}
	assert.Equal(t, "www", hosts(false))
	file := filepath.Join(library, "site.k.yaml")
	program, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(program), `join(" ")`, `map(h, h + ".example.com").join(" ")`, 1)), 0o644))
	assert.Equal(t, "www", hosts(false), "kept in the cache")
	assert.Equal(t, "www.example.com", hosts(true))
}

// TestSmoke renders one Application and asks for its parameters.
func TestSmoke(t *testing.T) {
	r, c := newRepository(t), client(t)
	out, err := manifests(t.Context(), c, r.request("sites/shop", text("spec.replicas", "3")))
	require.NoError(t, err)
	assert.Equal(t, []map[string]any{{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "shop", "namespace": "prod"},
		"data": map[string]any{"replicas": "3", "hosts": "www", "labels": "{}"},
	}}, out)
	source := r.source("sites/shop")
	details, err := c.GetAppDetails(t.Context(), &apiclient.RepoServerAppDetailsQuery{
		Repo: &v1alpha1.Repository{Repo: source.RepoURL}, Source: source, AppName: "shop", NoCache: true,
	})
	require.NoError(t, err)
	assert.Equal(t, &apiclient.ParameterAnnouncement{
		Name: "spec.replicas", Title: "replicas", Tooltip: "How many pods there are.", ItemType: "number", CollectionType: "string", String_: "2",
	}, details.Plugin.ParametersAnnouncement[2])
}
