// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"context"
	_ "embed" // for the script that jails the sidecar
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed jail.sh
var jail string

// Top is the folder of the product: the one above the working directory that holds the plugin.
func Top() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "plugin/argocd/plugin.yaml")); err == nil {
			return dir, nil
		}
	}
	return "", errors.Join(errors.New("the working directory is not in the product"), err)
}

// Product builds one of the product's commands into a folder.
func Product(ctx context.Context, name, dir string) (string, error) {
	top, err := Top()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, name)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-ldflags", "-s -w", "-o", binary, "./cmd/"+name)
	build.Dir, build.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return binary, nil
}

// World is the part of Argo CD that renders: redis, argocd-repo-server and our sidecar with argocd-cmp-server, as user 999
// in a root that holds what the image holds and that nobody can write to.
type World struct {
	Address string // of argocd-repo-server
	Binary  string // korender
	Root    string // of the sidecar
	dir     string
	redis   string // port
	argocd  string
	sidecar *process
	others  []*process
}

// NewWorld builds everything and starts it. Whoever gets it closes it.
func NewWorld(ctx context.Context, log io.Writer) (*World, error) {
	binary, err := Build(ctx, log)
	if err != nil {
		return nil, err
	}
	for _, need := range []string{"redis-server", "git", "unshare", "chroot"} {
		if _, err := exec.LookPath(need); err != nil {
			return nil, fmt.Errorf("%s is missing: %w", need, err)
		}
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("only root can run the sidecar as another user with a root of its own")
	}
	dir, err := os.MkdirTemp("", "argocd-")
	if err != nil {
		return nil, err
	}
	w := &World{dir: dir, argocd: binary, Root: filepath.Join(dir, "root")}
	if err := w.start(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context) error {
	if err := os.Chmod(w.dir, 0o755); err != nil {
		return err
	}
	var err error
	if w.Binary, err = Product(ctx, "korender", w.dir); err != nil {
		return err
	}
	if err := w.furnish(); err != nil {
		return fmt.Errorf("make the root of the sidecar: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return errors.Join(w.StartSidecar(limited), w.startRedis(limited), w.startRepoServer(limited))
}

// furnish makes what the image holds, and what the pod mounts.
func (w *World) furnish() error {
	config := filepath.Join(w.Root, "home/argocd/cmp-server/config")
	for _, dir := range []string{config, w.plugins(), filepath.Join(w.Root, "tmp"), filepath.Join(w.Root, "libraries"), filepath.Join(w.Root, "var/run/argocd"), filepath.Join(w.Root, "dev")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	top, err := Top()
	if err != nil {
		return err
	}
	plugin, err := os.ReadFile(filepath.Join(top, "plugin/argocd/plugin.yaml"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(config, "plugin.yaml"), plugin, 0o644),
		os.WriteFile(filepath.Join(w.Root, "dev/null"), nil, 0o644), // a place to mount the device on
		os.WriteFile(filepath.Join(w.dir, "jail.sh"), []byte(jail), 0o755),
		copyFile(w.Binary, filepath.Join(w.Root, "korender")),
		copyFile(w.argocd, filepath.Join(w.Root, "var/run/argocd/argocd-cmp-server")),
		os.Chown(w.plugins(), 999, 999),
	)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// plugins is the folder of the sockets, which the pod's containers share.
func (w *World) plugins() string { return filepath.Join(w.Root, "home/argocd/cmp-server/plugins") }

// StartSidecar starts the sidecar with these variables besides; one that runs already is ended.
func (w *World) StartSidecar(ctx context.Context, env ...string) error {
	if w.sidecar != nil {
		w.sidecar.kill()
	}
	socket := filepath.Join(w.plugins(), "korender.sock")
	_ = os.Remove(socket) // it may not be there
	var err error
	w.sidecar, err = start(w.dir, "sidecar", append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, env...),
		"unshare", "--mount", filepath.Join(w.dir, "jail.sh"), w.Root, "/var/run/argocd/argocd-cmp-server", "--loglevel", "info")
	if err != nil {
		return err
	}
	if err := w.sidecar.watched(); err != nil {
		return err
	}
	return w.sidecar.until(ctx, "wait for argocd-cmp-server", func() bool { return answers("unix", socket) })
}

// Pid is the process of argocd-cmp-server.
func (w *World) Pid() int { return w.sidecar.cmd.Process.Pid }

func (w *World) startRedis(ctx context.Context) error {
	var err error
	if w.redis, err = freePort(); err != nil {
		return err
	}
	p, err := start(w.dir, "redis", os.Environ(), "redis-server", "--port", w.redis, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	if err != nil {
		return err
	}
	w.others = append(w.others, p)
	return p.until(ctx, "wait for redis", func() bool { return answers("tcp", "127.0.0.1:"+w.redis) })
}

func (w *World) startRepoServer(ctx context.Context) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	metrics, err := freePort()
	if err != nil {
		return err
	}
	binary, err := w.process("argocd-repo-server")
	if err != nil {
		return err
	}
	tmp := filepath.Join(w.dir, "tmp")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	w.Address = "127.0.0.1:" + port
	p, err := start(w.dir, "repo-server", append(os.Environ(), "ARGOCD_GPG_ENABLED=false", "ARGOCD_PLUGINSOCKFILEPATH="+w.plugins(),
		"ARGOCD_ASK_PASS_SOCK="+filepath.Join(w.dir, "ask-pass.sock"), "ARGOCD_TLS_DATA_PATH="+w.dir, "TMPDIR="+tmp,
		"ARGOCD_REPO_SERVER_PLUGIN_USE_MANIFEST_GENERATE_PATHS=true"),
		binary, "--redis", "127.0.0.1:"+w.redis, "--disable-tls", "--address", "127.0.0.1", "--port", port,
		"--metrics-address", "127.0.0.1", "--metrics-port", metrics, "--loglevel", "warn")
	if err != nil {
		return err
	}
	w.others = append(w.others, p)
	return p.until(ctx, "wait for argocd-repo-server", func() bool { return answers("tcp", w.Address) })
}

// process is Argo CD's binary under the name of one of its processes.
func (w *World) process(name string) (string, error) {
	path := filepath.Join(w.dir, name)
	if err := os.Symlink(w.argocd, path); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return path, nil
}

// Close ends everything.
func (w *World) Close() {
	if w.sidecar != nil {
		w.sidecar.kill()
	}
	for _, p := range w.others {
		p.kill()
	}
	_ = os.RemoveAll(w.dir)
}

// Redis is the address of redis.
func (w *World) Redis() string { return "127.0.0.1:" + w.redis }
