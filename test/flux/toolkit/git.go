// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"fmt"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// GitServer serves Git repositories over HTTP, as `git http-backend` does.
type GitServer struct {
	URL string
	dir string
	web *httptest.Server
}

// NewGitServer serves the repositories below a folder, on loopback.
func NewGitServer(dir string) (*GitServer, error) {
	commands, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	web := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(commands)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1"},
	})
	return &GitServer{URL: web.URL, dir: dir, web: web}, nil
}

// Close stops the server.
func (s *GitServer) Close() { s.web.Close() }

// Repository is a repository that is served, and a checkout of it.
type Repository struct {
	URL  string
	work string
}

// Repository makes an empty repository.
func (s *GitServer) Repository(name string) (*Repository, error) {
	bare, work := filepath.Join(s.dir, name+".git"), filepath.Join(s.dir, name+"-work")
	r := &Repository{URL: s.URL + "/" + name + ".git", work: work}
	if err := git(s.dir, "init", "-q", "--bare", "-b", "main", bare); err != nil {
		return nil, err
	}
	return r, git(s.dir, "clone", "-q", bare, work)
}

// Push commits files and pushes them: a file without text is removed. It returns the commit.
func (r *Repository) Push(files map[string]string) (string, error) {
	for name, text := range files {
		file := filepath.Join(r.work, filepath.FromSlash(name))
		if text == "" {
			if err := os.Remove(file); err != nil {
				return "", err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"add", "-A"},
		{"-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "--allow-empty", "-m", "change"},
		{"push", "-q", "origin", "HEAD:main"},
	} {
		if err := git(r.work, args...); err != nil {
			return "", err
		}
	}
	return r.Head()
}

// Remove removes a folder of the checkout; the next Push commits that.
func (r *Repository) Remove(folder string) error {
	return os.RemoveAll(filepath.Join(r.work, filepath.FromSlash(folder)))
}

// Head is the last commit.
func (r *Repository) Head() (string, error) {
	out, err := exec.Command("git", "-C", r.work, "rev-parse", "HEAD").Output()
	return strings.TrimSpace(string(out)), err
}

func git(dir string, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
