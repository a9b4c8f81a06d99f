// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The command flux: its module and the sum of that.
const (
	cliModule  = "github.com/fluxcd/flux2/v2"
	cliVersion = "v2.9.5"
	cliSum     = "h1:jwCccxvkD+2QnsjN+pl5QqM8KnFUwA8pIoQ1Lf0avkA="
)

// BuildCLI makes the command flux, or finds it made, and returns its file. Its module lacks the manifests that `flux
// install` has in it, which the project generates when it builds; an empty file takes their place. So it is built from a
// copy, with the versions that its own go.sum says. The first build takes about nine minutes of CPU; log hears of it.
func BuildCLI(ctx context.Context, log io.Writer) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags, cliVersion, cliSum)
	dir := filepath.Join(cache, "korender", "flux", "cli-"+hex.EncodeToString(h.Sum(nil))[:16])
	binary := filepath.Join(dir, "flux")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	fmt.Fprintln(log, "building the command flux; the first time, this takes many minutes")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	module, err := cliSources(ctx, filepath.Join(scratch, "src"), log)
	if err != nil {
		return "", err
	}
	made := filepath.Join(scratch, "flux")
	if err := goRun(ctx, module, log, append(append([]string{"build", "-o", made}, buildFlags...), "./cmd/flux")...); err != nil {
		return "", fmt.Errorf("build the command flux: %w", err)
	}
	return binary, os.Rename(made, binary) // another process may have been faster, with the same
}

// cliSources copies the module and completes it.
func cliSources(ctx context.Context, to string, log io.Writer) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", cliModule+"@"+cliVersion)
	cmd.Dir, cmd.Stderr = os.TempDir(), log
	out, err := cmd.Output()
	var found struct{ Dir, Sum, Error string }
	if err := errors.Join(err, json.Unmarshal(out, &found)); err != nil {
		return "", fmt.Errorf("download %s: %w %s", cliModule, err, found.Error)
	}
	if found.Sum != cliSum {
		return "", fmt.Errorf("download %s: its sum is %s, not %s", cliModule, found.Sum, cliSum)
	}
	if err := os.CopyFS(to, os.DirFS(found.Dir)); err != nil {
		return "", fmt.Errorf("copy %s: %w", cliModule, err)
	}
	manifests := filepath.Join(to, "cmd", "flux", "manifests")
	if err := os.MkdirAll(manifests, 0o755); err != nil {
		return "", err
	}
	return to, os.WriteFile(filepath.Join(manifests, "none.yaml"), nil, 0o600)
}

// Flux runs the command flux on this plane, and returns what it prints.
func (f *Flux) Flux(ctx context.Context, args ...string) (string, error) {
	binary, err := BuildCLI(ctx, os.Stderr)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+f.Kubeconfig)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("flux %v: %w\n%s", args, err, out)
	}
	return string(out), nil
}
