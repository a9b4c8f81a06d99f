// SPDX-License-Identifier: Apache-2.0

// Package product runs what is tested: korender on folders, and korender-live as a process against a plane, with its own
// account where live/config gives it one. In go programs, out come manifests, processes and what they say.
package product

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/test/live/plane"
)

// Product is both commands, built from the sources, and a plane to run them on.
type Product struct {
	*plane.Plane
	dir          string
	render, live string
	kubeconfig   string // of korender-live's own account
}

// Commands is the environment variable that names a folder with both commands, built before. Tests then build neither.
const Commands = "KORENDER_COMMANDS"

// New builds the commands and gives korender-live its account.
func New(ctx context.Context, p *plane.Plane) (*Product, error) {
	dir, err := os.MkdirTemp("", "product-")
	if err != nil {
		return nil, err
	}
	out := &Product{Plane: p, dir: dir, render: filepath.Join(dir, "korender"), live: filepath.Join(dir, "korender-live")}
	if given := os.Getenv(Commands); given != "" {
		out.render, out.live = filepath.Join(given, "korender"), filepath.Join(given, "korender-live")
	} else {
		err = errors.Join(
			plane.Build(ctx, plane.Root, "./cmd/korender", out.render, "-tags", "urfave_cli_no_docs"),
			plane.Build(ctx, plane.Root, "./cmd/korender-live", out.live, append(raceFlags, "-tags", "urfave_cli_no_docs")...),
		)
	}
	if err == nil {
		out.kubeconfig, err = out.account(ctx)
	}
	if err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// races tells what the race detector has found in the controllers that ran.
func (p *Product) races() error {
	logs, err := filepath.Glob(filepath.Join(p.dir, "controller-*.log"))
	for _, log := range logs {
		text, failed := os.ReadFile(log)
		err = errors.Join(err, failed)
		if at := bytes.Index(text, []byte("WARNING: DATA RACE")); at >= 0 {
			err = errors.Join(err, fmt.Errorf("korender-live:\n%s", text[at:min(at+4000, len(text))]))
		}
	}
	return err
}

// Close removes the commands.
func (p *Product) Close() { _ = os.RemoveAll(p.dir) }

// Render runs korender render on a folder.
func (p *Product) Render(t *testing.T, dir string, flags ...string) []*unstructured.Unstructured {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.render, append([]string{"render", dir}, flags...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "render %s %v: %s", dir, flags, &stderr)
	objects, err := plane.Objects(stdout.Bytes())
	require.NoError(t, err)
	return objects
}

// Run runs korender-live's own commands, with the rights of the plane's administrator.
func (p *Product) Run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.live, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+p.Kubeconfig)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "korender-live %v: %s", args, out)
	return string(out)
}

// Folder writes files below a new folder. NAMESPACE in them becomes namespace.
func Folder(t *testing.T, namespace string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		text = strings.ReplaceAll(text, "NAMESPACE", namespace)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

// Example copies an example into a new folder, with its one namespace renamed.
func Example(t *testing.T, example, from, to string) string {
	t.Helper()
	root, files := filepath.Join(plane.Root, "examples", example), map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			if strings.TrimSpace(line) == "namespace: "+from {
				lines[i] = strings.Replace(line, from, to, 1)
			}
		}
		files[filepath.ToSlash(rel)] = strings.Join(lines, "\n")
		return err
	}))
	return Folder(t, to, files)
}
