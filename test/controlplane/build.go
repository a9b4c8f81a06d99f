// SPDX-License-Identifier: Apache-2.0

package controlplane

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

// kubernetesVersion is the version that go.mod pins, as the servers shall call themselves.
const kubernetesVersion = "v1.36.3"

// The programs, by the names of their folders below cmd.
const (
	etcd              = "etcd"
	apiserver         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
)

// sources are all that decides what is built, besides the toolchain.
//
//go:embed go.mod go.sum cmd/etcd cmd/kube-apiserver cmd/kube-controller-manager
var sources embed.FS

// buildFlags never change from one run to the next: go's cache depends on them.
func buildFlags() []string {
	version := "k8s.io/component-base/version."
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w" +
		" -X " + version + "gitVersion=" + kubernetesVersion + " -X " + version + "gitTreeState=clean"}
}

// Build makes the three servers, or finds them made, and returns their folder. It must run inside this module, whose
// go.sum decides about the sources. The first build takes about eleven minutes of CPU; log hears of it.
func Build(ctx context.Context, log io.Writer) (string, error) {
	hash, err := buildHash()
	if err != nil {
		return "", fmt.Errorf("hash the sources: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "korender", "controlplane")
	dir := filepath.Join(parent, hash)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintf(log, "building %s, %s and %s %s; the first time, this takes many minutes\n", etcd, apiserver, controllerManager, kubernetesVersion)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(parent, ".building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	if err := goBuild(ctx, scratch, log); err != nil {
		return "", err
	}
	if err := os.Rename(scratch, dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return dir, nil // another process was faster
		}
		return "", err
	}
	return dir, nil
}

func goBuild(ctx context.Context, dir string, log io.Writer) error {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, buildFlags()...)
	for _, name := range []string{etcd, apiserver, controllerManager} {
		args = append(args, "github.com/korender/korender/test/controlplane/cmd/"+name)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the control plane: %w", err)
	}
	return nil
}

// buildHash names a build by everything that goes into it.
func buildHash() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, buildFlags())
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
