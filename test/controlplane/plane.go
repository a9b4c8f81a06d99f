// SPDX-License-Identifier: Apache-2.0

// Package controlplane runs a real Kubernetes control plane for tests: etcd, kube-apiserver and, where controllers
// matter, kube-controller-manager with a kubelet that only pretends. In goes nothing but this module, which pins and
// builds them; out comes a kubeconfig. Everything listens on loopback, on ports that were free, keeps its files in one
// folder, and dies with the process that started it. Nothing in here is fit for anything but throwing away.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/korender/korender/test/controlplane/kubelet"
)

const (
	startTimeout = 90 * time.Second
	startTries   = 3 // a port that was free may be taken by the time a server asks for it
)

// Plane is a control plane that runs.
type Plane struct {
	Kubeconfig string       // the file; its user may do everything
	Config     *rest.Config // the same, for clients in this process; without client-side limits
	AuditLog   string       // the file, beside the kubeconfig: requests that were answered, an audit.k8s.io/v1 Event a line

	binaries   string
	dir        string
	files      *files
	processes  []*process // in the order of their start
	endKubelet func()
}

// Start builds what is not built yet, and starts etcd and kube-apiserver. It returns when the server is ready. The
// folder of the plane is a new one in the system's temporary folder; Stop removes it. log hears about builds only.
func Start(ctx context.Context, log io.Writer) (*Plane, error) {
	binaries, err := Build(ctx, log)
	if err != nil {
		return nil, err
	}
	var failures error
	for range startTries {
		p, err := startOnce(ctx, binaries)
		if err == nil {
			return p, nil
		}
		failures = errors.Join(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failures
}

func startOnce(ctx context.Context, binaries string) (_ *Plane, err error) {
	dir, err := os.MkdirTemp("", "controlplane-")
	if err != nil {
		return nil, err
	}
	p := &Plane{binaries: binaries, dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if p.files, err = newFiles(dir); err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	store := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	if err := p.run(etcd, etcdArgs(store, dir)); err != nil {
		return nil, err
	}
	if err := p.run(apiserver, p.files.apiserverArgs(store, ports[1])); err != nil {
		return nil, err
	}
	return p, p.connect(ctx, fmt.Sprintf("https://127.0.0.1:%d", ports[1]))
}

// connect waits for the server to be ready and writes the kubeconfig.
func (p *Plane) connect(ctx context.Context, server string) error {
	if err := p.await(ctx, "a certificate", func() error {
		_, err := os.Stat(p.files.servingCert())
		return err
	}); err != nil {
		return err
	}
	if err := p.await(ctx, "a kubeconfig", func() error { return p.files.writeKubeconfig(server) }); err != nil {
		return err
	}
	p.Kubeconfig, p.AuditLog = p.files.kubeconfig(), p.files.auditLog()
	var err error
	if p.Config, err = clientcmd.BuildConfigFromFlags("", p.Kubeconfig); err != nil {
		return err
	}
	p.Config.QPS = -1
	client, err := kubernetes.NewForConfig(p.Config)
	if err != nil {
		return err
	}
	return p.await(ctx, "/readyz", func() error {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// StartControllers starts kube-controller-manager and the kubelet that pretends to run pods. Owners of a custom kind are
// collected at once only if their CRDs are there before.
func (p *Plane) StartControllers(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(p.Config)
	if err != nil {
		return err
	}
	if err := p.run(controllerManager, p.files.controllerManagerArgs()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		kubelet.Run(ctx, client)
	}()
	p.endKubelet = func() { cancel(); <-done }
	return nil
}

// Stop kills everything, etcd last, and removes the plane's files.
func (p *Plane) Stop() error {
	if p.endKubelet != nil {
		p.endKubelet()
	}
	for i := len(p.processes) - 1; i >= 0; i-- {
		p.processes[i].kill()
	}
	return os.RemoveAll(p.dir)
}

func (p *Plane) run(name string, args []string) error {
	started, err := start(filepath.Join(p.binaries, name), args, p.dir)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p.processes = append(p.processes, started)
	return nil
}

// await calls ready until it succeeds, a process dies or ctx ends.
func (p *Plane) await(ctx context.Context, what string, ready func() error) error {
	for {
		err := ready()
		if err == nil {
			return nil
		}
		for _, process := range p.processes {
			if process.dead() {
				return fmt.Errorf("wait for %s: %w", what, process.failure())
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (%w)", what, ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all are held until all are known, so that they differ
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
