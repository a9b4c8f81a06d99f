// SPDX-License-Identifier: Apache-2.0

// Package plane runs a real control plane for the tests of one package: etcd, kube-apiserver, kube-controller-manager
// and a kubelet that only pretends, as the module test/controlplane builds them, with our own kinds installed. In goes
// nothing; out come clients, namespaces and the audit log. A plane dies with the process that started it.
package plane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Running is the environment variable that names the kubeconfig of a plane that runs already ("controlplane run"
// prints it). Tests then use that one, and leave it running.
const Running = "KORENDER_CONTROLPLANE"

// Root is the folder of the product's module.
var Root = filepath.Join(siblings(), "..")

// Plane is a control plane that runs.
type Plane struct {
	Kubeconfig string        // the file; its user may do everything
	Config     *rest.Config  // the same, for clients in this process; without client-side limits
	Client     client.Client // reads from the server, never from a cache
	Audit      *Audit        // every request that was answered

	rest rest.Interface
	dir  string    // the scratch folder
	cmd  *exec.Cmd // nil when the plane was there before
}

// Main runs the tests of a package with a plane: setUp, which may be nil, is called when it is ready, and what it
// returns, which may be nil too, when the tests are over. Main never returns.
func Main(m *testing.M, setUp func(context.Context, *Plane) (tearDown func() error, err error)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, m, setUp)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context, m *testing.M, setUp func(context.Context, *Plane) (func() error, error)) (code int, err error) {
	p, err := Start(ctx)
	if err != nil {
		return 0, err
	}
	defer p.Stop() //nolint:errcheck // temporary files may stay behind
	if setUp != nil {
		tearDown, failed := setUp(ctx, p)
		if tearDown != nil {
			defer func() { err = errors.Join(err, tearDown()) }()
		}
		if failed != nil {
			return 0, failed
		}
	}
	return m.Run(), nil
}

// Start starts a plane, or finds the one that Running names, and installs live/config/crd. The first time, when the
// servers must be built, it takes many minutes; otherwise about ten seconds.
func Start(ctx context.Context) (_ *Plane, err error) {
	p := &Plane{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	if p.dir, err = os.MkdirTemp("", "live-"); err != nil {
		return nil, err
	}
	kinds, err := ownKinds()
	if err != nil {
		return nil, err
	}
	if p.Kubeconfig = os.Getenv(Running); p.Kubeconfig == "" {
		if err := p.start(ctx, kinds); err != nil {
			return nil, err
		}
	}
	if p.Config, err = clientcmd.BuildConfigFromFlags("", p.Kubeconfig); err != nil {
		return nil, err
	}
	p.Config.QPS, p.Config.UserAgent = -1, "test"
	if p.Client, err = client.New(p.Config, client.Options{}); err != nil {
		return nil, err
	}
	typed, err := discovery.NewDiscoveryClientForConfig(p.Config)
	if err != nil {
		return nil, err
	}
	p.rest = typed.RESTClient()
	p.Audit = &Audit{file: filepath.Join(filepath.Dir(p.Kubeconfig), "audit.log"), plane: p}
	return p, p.Install(ctx, kinds)
}

// start runs the sibling module's command. Kinds that are installed before the controllers start are known to the
// garbage collector from the beginning.
func (p *Plane) start(ctx context.Context, kinds []byte) error {
	binary, file := filepath.Join(p.dir, "controlplane"), filepath.Join(p.dir, "kinds.yaml")
	if err := os.WriteFile(file, kinds, 0o600); err != nil {
		return err
	}
	module := filepath.Join(siblings(), "controlplane")
	if err := Build(ctx, module, "./cmd/controlplane", binary, "-trimpath"); err != nil {
		return err
	}
	p.cmd = exec.Command(binary, "run", file)
	p.cmd.Dir, p.cmd.Stderr, p.cmd.SysProcAttr = module, os.Stderr, dieWithParent()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("wait for the control plane: %w", err)
	}
	p.Kubeconfig = strings.TrimSpace(line)
	return nil
}

// Stop ends the plane, if Start started it.
func (p *Plane) Stop() error {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(os.Interrupt) // it has ended already, or it ends and removes its files
		_ = p.cmd.Wait()
	}
	return os.RemoveAll(p.dir)
}

// Build builds a command of one of the modules. The flags decide whether go finds its packages in its cache: without any,
// they are those of "go test".
func Build(ctx context.Context, module, pkg, binary string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-buildvcs=false"}, flags...), "-o", binary, pkg)...)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// siblings is the folder test of the product: tests run in the folder of their package, somewhere below it.
func siblings() string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "controlplane", "go.mod")); missing == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return "."
}

// ownKinds is the text of live/config/crd.
func ownKinds() ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(Root, "live", "config", "crd", "korender.dev_*.yaml"))
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, name := range files {
		definition, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text = append(append(text, "---\n"...), definition...)
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("find live/config/crd: %w", io.ErrUnexpectedEOF)
	}
	return text, nil
}
