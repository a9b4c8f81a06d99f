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
	"slices"
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

// Build makes the tools of these names, or all of them without any, or finds them made, and returns their folder. It must
// run inside this module, whose go.sum decides about the sources. The first build of all takes about eight minutes of CPU,
// that of kustomize alone a quarter of one; log hears of it.
func Build(ctx context.Context, log io.Writer, names ...string) (string, error) {
	hash, err := buildHash()
	if err != nil {
		return "", fmt.Errorf("hash the sources: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "korender", "krm", hash)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, t := range tools {
		if len(names) > 0 && !slices.Contains(names, t.name) {
			continue
		}
		if err := t.build(ctx, dir, log); err != nil {
			return "", fmt.Errorf("build %s: %w", t.name, err)
		}
	}
	return dir, nil
}

// build makes the tool in a folder, unless it is there. It is made aside, so that nobody finds half of it.
func (t tool) build(ctx context.Context, dir string, log io.Writer) error {
	file := filepath.Join(dir, t.name)
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	fmt.Fprintln(log, "building "+t.name+"; the first time, this takes a while")
	scratch, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	made := filepath.Join(scratch, t.name)
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", made}, buildFlags...), t.pkg)...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Rename(made, file)
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
