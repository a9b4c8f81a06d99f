// SPDX-License-Identifier: Apache-2.0

// Package argocd runs the real Argo CD for tests: all of its processes are one binary, built here from its module. The
// product is not imported; its command is built and run.
package argocd

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// sources are all that decides what is built, besides the toolchain.
//
//go:embed go.mod go.sum cmd/argocd
var sources embed.FS

// buildFlags never change from one run to the next: go's cache depends on them.
var buildFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// Build makes the binary of Argo CD, or finds it made, and returns its path. It must run inside this module, whose go.sum
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
	dir := filepath.Join(cache, "korender", "argocd", hash)
	binary := filepath.Join(dir, "argocd")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	fmt.Fprintln(log, "building Argo CD; the first time, this takes many minutes")
	built := filepath.Join(scratch, "argocd")
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", built}, buildFlags...),
		"github.com/korender/korender/test/argocd/cmd/argocd")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build Argo CD: %w", err)
	}
	return binary, os.Rename(built, binary)
}

// buildHash names a build by everything that goes into it.
func buildHash() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags)
	err := fs.WalkDir(sources, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := sources.ReadFile(name)
		fmt.Fprintln(h, name, len(data))
		h.Write(data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}
