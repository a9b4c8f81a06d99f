// SPDX-License-Identifier: Apache-2.0

// Package krm holds real kustomize, helm and kpt to what krm-fn/README.md says of them. It builds them from their modules
// and runs them, with the product's command beside them; it imports neither.
package krm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// tool is a program to build: the package, and the folder of the module that pins it.
type tool struct{ name, pkg, dir string }

// tools are the programs, by the names that scripts run them by.
var tools = []tool{
	{"kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "."},
	{"helm3", "helm.sh/helm/v3/cmd/helm", "."},
	{"helm4", "helm.sh/helm/v4/cmd/helm", "."},
	{"kpt", ".", "kpt"},
}

// buildFlags never change from one run to the next: go's cache depends on them.
var buildFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// Build makes the tools, or finds them made, and returns their folder. It must run inside this module, whose go.sum
// decides about the sources. The first build takes about ten minutes of CPU; log hears of it.
func Build(ctx context.Context, log io.Writer) (string, error) {
	hash, err := buildHash()
	if err != nil {
		return "", fmt.Errorf("hash the sources: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "korender", "krm")
	dir := filepath.Join(parent, hash)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(parent, ".building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	for _, t := range tools {
		fmt.Fprintln(log, "building "+t.name+"; the first time, this takes minutes")
		if err := goBuild(ctx, t, filepath.Join(scratch, t.name), log); err != nil {
			return "", err
		}
	}
	if err := os.Rename(scratch, dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return dir, nil // another process was faster
		}
		return "", err
	}
	return dir, nil
}

func goBuild(ctx context.Context, t tool, file string, log io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", file}, buildFlags...), t.pkg)...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s: %w", t.name, err)
	}
	return nil
}

// buildHash names a build by everything that goes into it. The module of kpt is a nested one, which cannot be embedded.
func buildHash() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags, tools)
	for _, name := range []string{"go.mod", "go.sum", "kpt/go.mod", "kpt/go.sum", "kpt/main.go"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, name, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
