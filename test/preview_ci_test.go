// SPDX-License-Identifier: Apache-2.0

package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// comments is a server that keeps the comments of one pull request, as GitHub and GitLab do.
type comments struct {
	sync.Mutex
	Bodies []string
	Asked  []string // method and path of each request
	token  string   // that every request must have
}

func (c *comments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.Lock()
	defer c.Unlock()
	c.Asked = append(c.Asked, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer "+c.token && r.Header.Get("Private-Token") != c.token {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	var sent struct{ Body string }
	text, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodGet && r.Method != http.MethodDelete && json.Unmarshal(text, &sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch r.Method {
	case http.MethodGet:
		list := []map[string]any{}
		for i, body := range c.Bodies {
			if body == "" {
				continue
			}
			list = append(list, map[string]any{"id": 100 + i, "body": body, "user": map[string]any{"type": "Bot"}})
		}
		_ = json.NewEncoder(w).Encode(list) // a script that got less fails
	case http.MethodPost:
		c.Bodies = append(c.Bodies, sent.Body)
	default:
		var id int
		if _, err := fmt.Sscanf(filepath.Base(r.URL.Path), "%d", &id); err != nil || id < 100 || id >= 100+len(c.Bodies) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		c.Bodies[id-100] = sent.Body // "" of one that is deleted
	}
}

// pullRequest is a clone of a repository with a pull request of two commits, the second of which is dangerous.
type pullRequest struct{ dir, base, first, second string }

func newPullRequest(t *testing.T) pullRequest {
	t.Helper()
	origin, clone := t.TempDir(), filepath.Join(t.TempDir(), "clone")
	git := func(args ...string) string { return gitIn(t, origin, args...) }
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(origin, "all.yaml"), []byte(text), 0o600))
	}
	git("init", "-q", "-b", "main")
	require.NoError(t, os.WriteFile(filepath.Join(origin, "korender.yaml"), []byte("apiVersion: korender.dev/v1alpha1\nkind: Render\n"), 0o600))
	write("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
	git("add", ".")
	git("commit", "-q", "-m", "base")
	p := pullRequest{dir: clone, base: git("rev-parse", "HEAD")}
	git("switch", "-q", "-c", "fork")
	write("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: \"`$(touch executed)`\"}}\n")
	git("commit", "-q", "-a", "-m", "first")
	p.first = git("rev-parse", "HEAD")
	write("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
	git("commit", "-q", "-a", "-m", "second")
	p.second = git("rev-parse", "HEAD")
	git("update-ref", "refs/pull/7/head", p.second)
	git("switch", "-q", "main")
	git("branch", "-q", "-D", "fork")
	gitIn(t, origin, "clone", "-q", origin, clone)
	return p
}

func gitIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// shell runs a script of a CI file as its runner does, and gives its exit code.
func shell(t *testing.T, dir, script string, env map[string]string) int {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	return exitCodeOf(err)
}

// TestGitHubPreview runs the steps of the GitHub workflow, but for those that fetch tools, for both commits of a pull
// request: its one comment is made, then changed, and nothing of the pull request is checked out or executed.
func TestGitHubPreview(t *testing.T) {
	t.Parallel()
	pr, server := newPullRequest(t), &comments{token: "secret", Bodies: []string{"a comment of somebody"}}
	api := httptest.NewServer(server)
	defer api.Close()
	steps := githubSteps(t)
	assert.Equal(t, 0, runGitHub(t, steps, pr, pr.first, api.URL))
	require.Len(t, server.Bodies, 2)
	assert.Contains(t, server.Bodies[1], "### korender preview: 1 changed\n")
	assert.Equal(t, 7, runGitHub(t, steps, pr, pr.second, api.URL), "a Namespace goes")
	require.Len(t, server.Bodies, 2)
	assert.Equal(t, "a comment of somebody", server.Bodies[0])
	assert.Contains(t, server.Bodies[1], "### korender preview: 1 removed\n")
	comments := "/repos/o/r/issues/7/comments"
	assert.Equal(t, []string{"GET " + comments, "POST " + comments, "GET " + comments, "PATCH /repos/o/r/issues/comments/101"}, server.Asked)
	assert.Equal(t, pr.base, gitIn(t, pr.dir, "rev-parse", "HEAD"))
	assert.Empty(t, gitIn(t, pr.dir, "status", "--porcelain"))
}

type githubStep struct {
	Name, Run string
	Env       map[string]string
}

func githubSteps(t *testing.T) []githubStep {
	t.Helper()
	var file struct {
		Jobs map[string]struct{ Steps []githubStep }
	}
	readCI(t, "github.yaml", &file)
	var out []githubStep
	for _, s := range file.Jobs["preview"].Steps {
		if s.Run != "" && s.Name != "Install korender" {
			assert.NotContains(t, s.Run, "${{", "what a pull request says must not become part of a script")
			out = append(out, s)
		}
	}
	require.Len(t, out, 3)
	return out
}

func readCI(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", "pull-request-preview", name))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

var expression = regexp.MustCompile(`^\$\{\{ (.*) \}\}$`)

// runGitHub runs the steps until one fails.
func runGitHub(t *testing.T, steps []githubStep, pr pullRequest, head, api string) int {
	t.Helper()
	temp := t.TempDir()
	defer func() { assertPage(t, filepath.Join(temp, "preview.html")) }()
	output := filepath.Join(temp, "output")
	known := map[string]string{
		"github.event.pull_request.number": "7", "github.event.pull_request.base.sha": pr.base,
		"github.event.pull_request.head.sha": head, "github.token": "secret",
	}
	for _, s := range steps {
		env := map[string]string{"RUNNER_TEMP": temp, "GITHUB_OUTPUT": output, "GITHUB_API_URL": api, "GITHUB_REPOSITORY": "o/r"}
		for k, v := range s.Env {
			m := expression.FindStringSubmatch(v)
			require.NotNil(t, m, v)
			require.Contains(t, known, m[1])
			env[k] = known[m[1]]
		}
		if code := shell(t, pr.dir, s.Run, env); code != 0 {
			return code
		}
		if text, err := os.ReadFile(output); err == nil {
			_, known["steps.preview.outputs.code"], _ = strings.Cut(strings.TrimSpace(string(text)), "=")
		}
	}
	return 0
}

// assertPage sees that a job has left the page.
func assertPage(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Regexp(t, `(?is)^<!doctype html>.*</html>\s*$`, string(text))
}

// TestGitLabPreview runs the script of the GitLab job: with a token its one comment is made, then changed; without one it
// only prints.
func TestGitLabPreview(t *testing.T) {
	t.Parallel()
	pr, server := newPullRequest(t), &comments{token: "secret"}
	api := httptest.NewServer(server)
	defer api.Close()
	var file map[string]struct{ Script []string }
	readCI(t, "gitlab.yaml", &file)
	script := strings.Join(file["korender preview"].Script, "\n")
	gitIn(t, pr.dir, "fetch", "-q", "origin", "refs/pull/7/head")
	env := map[string]string{
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": pr.base, "CI_COMMIT_SHA": pr.first, "CI_API_V4_URL": api.URL, "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "7",
	}
	assert.Equal(t, 0, shell(t, pr.dir, script, env))
	assert.Empty(t, server.Asked)
	env["KORENDER_TOKEN"] = "secret"
	assert.Equal(t, 0, shell(t, pr.dir, script, env))
	env["CI_COMMIT_SHA"] = pr.second
	assert.Equal(t, 7, shell(t, pr.dir, script, env))
	assertPage(t, filepath.Join(pr.dir, "preview.html"))
	require.Len(t, server.Bodies, 1)
	assert.Contains(t, server.Bodies[0], "### korender preview: 1 removed\n")
	notes := "/projects/3/merge_requests/7/notes"
	assert.Equal(t, []string{"GET " + notes, "POST " + notes, "GET " + notes, "PUT " + notes + "/100"}, server.Asked)
}

// TestPreviewInParts has a commit with more to say than one comment holds, then one with less: comments are made, changed
// and deleted by their first lines.
func TestPreviewInParts(t *testing.T) {
	t.Parallel()
	var file map[string]struct{ Script []string }
	readCI(t, "gitlab.yaml", &file)
	gitlab := strings.Join(file["korender preview"].Script, "\n")
	steps := githubSteps(t)
	runs := map[string]func(t *testing.T, pr pullRequest, head, url string) int{
		"GitHub": func(t *testing.T, pr pullRequest, head, url string) int { return runGitHub(t, steps, pr, head, url) },
		"GitLab": func(t *testing.T, pr pullRequest, head, url string) int {
			return shell(t, pr.dir, gitlab, map[string]string{
				"CI_MERGE_REQUEST_DIFF_BASE_SHA": pr.base, "CI_COMMIT_SHA": head, "CI_API_V4_URL": url, "CI_PROJECT_ID": "3",
				"CI_MERGE_REQUEST_IID": "7", "KORENDER_TOKEN": "secret",
			})
		},
	}
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &comments{token: "secret", Bodies: []string{"a comment of somebody"}}
			api := httptest.NewServer(server)
			defer api.Close()
			pr := newPullRequest(t)
			var many strings.Builder
			for i := range 30 {
				fmt.Fprintf(&many, "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c%d}, data: {a: \"%s\"}}\n", i, strings.Repeat(strings.Repeat("x", 100)+"\\n", 50))
			}
			origin := gitIn(t, pr.dir, "remote", "get-url", "origin")
			gitIn(t, origin, "switch", "-q", "-C", "large", pr.base)
			require.NoError(t, os.WriteFile(filepath.Join(origin, "large.yaml"), []byte(many.String()), 0o600))
			gitIn(t, origin, "add", ".")
			gitIn(t, origin, "commit", "-q", "-m", "large")
			large := gitIn(t, origin, "rev-parse", "HEAD")
			gitIn(t, pr.dir, "fetch", "-q", "origin", "large", "refs/pull/7/head")

			assert.Equal(t, 0, run(t, pr, large, api.URL))
			require.Len(t, server.Bodies, 4)
			for i, line := range []string{"<!-- korender preview -->", "<!-- korender preview, part 2 -->", "<!-- korender preview, part 3 -->"} {
				first, _, _ := strings.Cut(server.Bodies[i+1], "\n")
				assert.Equal(t, line, first)
			}
			assert.Equal(t, 0, run(t, pr, large, api.URL))
			require.Len(t, server.Bodies, 4)
			assert.Equal(t, 0, run(t, pr, pr.first, api.URL))
			assert.Equal(t, "a comment of somebody", server.Bodies[0])
			assert.Contains(t, server.Bodies[1], "### korender preview: 1 changed\n")
			assert.Equal(t, []string{"", ""}, server.Bodies[2:], "parts that are no more are deleted")
		})
	}
}
