// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v2/reposerver/apiclient"
	"github.com/stretchr/testify/require"
)

// repository is a git repository of a test.
type repository struct{ dir string }

// newRepository makes a repository of what testdata holds, and of the examples, with one commit.
func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{dir: t.TempDir()}
	require.NoError(t, os.CopyFS(r.dir, os.DirFS(filepath.Join(top, "test/argocd/testdata/repository"))))
	require.NoError(t, os.CopyFS(filepath.Join(r.dir, "examples"), os.DirFS(filepath.Join(top, "examples"))))
	r.git(t, "init", "--quiet", "--initial-branch=main")
	r.commit(t)
	return r
}

func (r *repository) git(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// korender runs the command in a folder with these variables and no others, and returns what it prints.
func korender(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, failed error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), world.Binary, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &errs
	failed = cmd.Run()
	return out.String(), errs.String(), failed
}

// examples are the folders below examples that render, relative to it.
func examples(t *testing.T) []string {
	t.Helper()
	var out []string
	root := filepath.Join(top, "examples")
	require.NoError(t, filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.Name() == "korender.yaml" {
			rel, failed := filepath.Rel(root, filepath.Dir(name))
			out, err = append(out, rel), failed
		}
		return err
	}))
	require.GreaterOrEqual(t, len(out), 12)
	return out
}

// write writes a file.
func (r *repository) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(r.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func (r *repository) commit(t *testing.T) {
	t.Helper()
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--message", "change")
}

// app is an Application of the repository: folder, and perhaps parameters.
func (r *repository) source(folder string, parameters ...v1alpha1.ApplicationSourcePluginParameter) *v1alpha1.ApplicationSource {
	return &v1alpha1.ApplicationSource{
		RepoURL: "file://" + r.dir, Path: folder, TargetRevision: "HEAD",
		Plugin: &v1alpha1.ApplicationSourcePlugin{Name: "korender", Parameters: parameters},
	}
}

// request asks for the manifests of an Application, as Argo CD does: without a cache, and without the label that tracks.
func (r *repository) request(folder string, parameters ...v1alpha1.ApplicationSourcePluginParameter) *apiclient.ManifestRequest {
	return &apiclient.ManifestRequest{
		Repo: &v1alpha1.Repository{Repo: "file://" + r.dir}, Revision: "HEAD", NoCache: true, NoRevisionCache: true,
		AppName: filepath.Base(folder), Namespace: "prod", ApplicationSource: r.source(folder, parameters...),
		KubeVersion: "1.36.3", ApiVersions: []string{"v1", "apps/v1", "korender.dev/v1alpha1/WorkflowInstance", "korender.dev/v1alpha1"},
		ProjectName: "default", ProjectSourceRepos: []string{"*"},
	}
}

func text(name, value string) v1alpha1.ApplicationSourcePluginParameter {
	return v1alpha1.ApplicationSourcePluginParameter{Name: name, String_: &value}
}

// client is a connection to the repo-server; calls are given up after a minute, as by Argo CD.
func client(t testing.TB) apiclient.RepoServerServiceClient {
	t.Helper()
	set := apiclient.NewRepoServerClientset(world.Address, 60, apiclient.TLSConfiguration{DisableTLS: true})
	closer, c, err := set.NewRepoServerClient()
	require.NoError(t, err)
	t.Cleanup(func() { _ = closer.Close() })
	return c
}

// manifests are the objects that Argo CD gets.
func manifests(ctx context.Context, c apiclient.RepoServerServiceClient, q *apiclient.ManifestRequest) ([]map[string]any, error) {
	response, err := c.GenerateManifest(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]any, len(response.Manifests))
	for i, manifest := range response.Manifests {
		if err := json.Unmarshal([]byte(manifest), &out[i]); err != nil {
			return nil, fmt.Errorf("manifest %d: %w", i, err)
		}
	}
	return out, nil
}
