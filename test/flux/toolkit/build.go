// SPDX-License-Identifier: Apache-2.0

// Package toolkit runs the parts of Flux that the tests need, as processes: source-controller and kustomize-controller
// from their own modules, and Git repositories over HTTP. What it starts dies with the process that started it.
package toolkit

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
	"strings"
)

// buildFlags never change from one run to the next: go's cache depends on them.
var buildFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// modules are those of the controllers.
var modules = []string{"github.com/fluxcd/source-controller", "github.com/fluxcd/kustomize-controller"}

// Build makes the controllers, or finds them made, and returns their folder. module is the folder test/flux/servers, whose
// go.sum decides about the sources. The first build takes about eleven minutes of CPU; log hears of it.
func Build(ctx context.Context, module string, log io.Writer) (string, error) {
	sum, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags, string(sum))
	parent := filepath.Join(cache, "korender", "flux")
	dir := filepath.Join(parent, hex.EncodeToString(h.Sum(nil))[:16])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintln(log, "building source-controller and kustomize-controller; the first time, this takes many minutes")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(parent, ".building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	args := append([]string{"build", "-o", scratch + string(filepath.Separator)}, buildFlags...)
	if err := goRun(ctx, module, log, append(args, modules...)...); err != nil {
		return "", fmt.Errorf("build the controllers of Flux: %w", err)
	}
	if err := os.Rename(scratch, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		} // another process was faster
	}
	return dir, nil
}

// goRun runs the go command without cgo.
func goRun(ctx context.Context, dir string, log io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = log, log
	return cmd.Run()
}

// kindsOf reads the definitions that come with the modules.
func kindsOf(ctx context.Context, module string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-m", "-f", "{{.Dir}}"}, modules...)...)
	cmd.Dir, cmd.Stderr = module, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("find the modules of Flux: %w", err)
	}
	var text []byte
	for dir := range strings.Lines(string(out)) {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(dir), "config", "crd", "bases", "*.yaml"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("find the definitions in %s: %w", dir, io.ErrUnexpectedEOF)
		}
		for _, file := range files {
			definition, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			text = append(append(text, "---\n"...), definition...)
		}
	}
	return text, nil
}
