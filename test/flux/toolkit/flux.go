// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/plane"
)

// Namespace is where Flux, and the product's controller for it, are.
const Namespace = "flux-system"

// startTimeout is how long a controller may take until it answers.
const startTimeout = 2 * time.Minute

// Flux is source-controller and kustomize-controller on a plane, with the definitions of their kinds and of ours.
type Flux struct {
	*plane.Plane
	Git    *GitServer
	Stores *Stores

	dir        string
	korender   string // the command korender-live
	kubeconfig string // of the account korender-flux
	running    []*Process
	sources    *sourceController
}

// sourceController is what starts source-controller again at the same place.
type sourceController struct {
	binary, storage, address string
	process                  *Process
}

// Install installs the kinds of Flux and ours, and starts nothing. korender is the command korender-live.
func Install(ctx context.Context, p *plane.Plane, korender string) (_ *Flux, err error) {
	f := &Flux{Plane: p, korender: korender}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Stop())
		}
	}()
	kinds, err := kindsOf(ctx, servers())
	if err != nil {
		return nil, err
	}
	if f.dir, err = os.MkdirTemp("", "flux-"); err != nil {
		return nil, err
	}
	return f, f.install(ctx, kinds)
}

// servers is the module of Flux's controllers.
func servers() string { return filepath.Join(plane.Root, "test", "flux", "servers") }

// Start builds and starts Flux's controllers, and servers of Git repositories, OCI artifacts and buckets.
func (f *Flux) Start(ctx context.Context) error {
	built, err := Build(ctx, servers(), os.Stderr)
	if err != nil {
		return err
	}
	repositories := filepath.Join(f.dir, "git")
	if err := os.Mkdir(repositories, 0o755); err != nil {
		return err
	}
	if f.Git, err = NewGitServer(repositories); err != nil {
		return err
	}
	f.Stores = NewStores()
	if err := f.startSources(ctx, built); err != nil {
		return err
	}
	return f.startKustomize(ctx, built)
}

// install makes the namespace, the kinds, and the account and rights that plugin/flux/config gives our controller.
func (f *Flux) install(ctx context.Context, kinds []byte) error {
	own := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if err := client.IgnoreAlreadyExists(f.Client.Create(ctx, own)); err != nil {
		return err
	}
	if err := f.Install(ctx, kinds); err != nil {
		return err
	}
	config := filepath.Join(plane.Root, "plugin", "flux", "config")
	for _, name := range []string{"crd/korender.dev_renderedartifacts.yaml", "rbac/rbac.yaml"} {
		text, err := os.ReadFile(filepath.Join(config, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if err := f.Install(ctx, text); err != nil {
			return err
		}
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "korender-flux"}}
	token := &authenticationv1.TokenRequest{}
	if err := f.Client.SubResource("token").Create(ctx, account, token); err != nil {
		return fmt.Errorf("ask for a token of korender-flux: %w", err)
	}
	loaded, err := clientcmd.LoadFromFile(f.Kubeconfig)
	if err != nil {
		return err
	}
	for _, user := range loaded.AuthInfos {
		user.Token = token.Status.Token
		user.ClientCertificate, user.ClientCertificateData, user.ClientKey, user.ClientKeyData = "", nil, "", nil
	}
	f.kubeconfig = filepath.Join(f.dir, "korender-flux.kubeconfig")
	return clientcmd.WriteToFile(*loaded, f.kubeconfig)
}

func (f *Flux) startSources(ctx context.Context, built string) error {
	address, err := FreeAddress()
	if err != nil {
		return err
	}
	f.sources = &sourceController{filepath.Join(built, "source-controller"), filepath.Join(f.dir, "sources"), address, nil}
	if err := os.MkdirAll(f.sources.storage, 0o755); err != nil {
		return err
	}
	return f.RestartSources(ctx)
}

// RestartSources starts source-controller, and ends the one that runs.
func (f *Flux) RestartSources(ctx context.Context) error {
	s := f.sources
	if s.process != nil {
		s.process.Kill()
	}
	var err error
	s.process, err = f.controller(s.binary,
		"--storage-path", s.storage, "--storage-addr", s.address, "--storage-adv-addr", s.address, "--concurrent", "8")
	if err != nil {
		return err
	}
	return f.answers(ctx, s.process, "http://"+s.address+"/")
}

// StopSources ends source-controller, and with it the server of its artifacts.
func (f *Flux) StopSources() { f.sources.process.Kill() }

func (f *Flux) startKustomize(ctx context.Context, built string) error {
	health, err := FreeAddress()
	if err != nil {
		return err
	}
	p, err := f.controller(filepath.Join(built, "kustomize-controller"),
		"--feature-gates=ExternalArtifact=true", "--health-addr", health, "--concurrent", "8", "--requeue-dependency", "1s", "--http-retry", "1")
	if err != nil {
		return err
	}
	return f.answers(ctx, p, "http://"+health+"/readyz")
}

// controller starts one of Flux's controllers as the administrator of the cluster.
func (f *Flux) controller(binary string, flags ...string) (*Process, error) {
	args := append([]string{"--metrics-addr", "0", "--log-level", "debug", "--watch-all-namespaces=true"}, flags...)
	return f.launch(binary, f.Kubeconfig, args...)
}

func (f *Flux) launch(binary, kubeconfig string, args ...string) (*Process, error) {
	temp, err := os.MkdirTemp(f.dir, "tmp-")
	if err != nil {
		return nil, err
	}
	p, err := Launch(f.dir, binary, []string{"KUBECONFIG=" + kubeconfig, "RUNTIME_NAMESPACE=" + Namespace, "TMPDIR=" + temp}, args...)
	if err == nil {
		p.Temp = temp
		f.running = append(f.running, p)
	}
	return p, err
}

func (*Flux) answers(ctx context.Context, p *Process, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return p.Answers(ctx, url)
}

// Korender is the product's controller for Flux, as a process.
type Korender struct {
	*Process
	Storage string // the folder of its artifacts
	Address string // where it serves them
	Metrics string // the URL of its metrics
}

// Korender starts the product's controller for Flux, with its own account, and waits until it serves. Storage that is
// given is used; later flags win.
func (f *Flux) Korender(ctx context.Context, storage string, flags ...string) (*Korender, error) {
	k, err := f.LaunchKorender(storage, flags...)
	if err != nil {
		return nil, err
	}
	return k, f.answers(ctx, k.Process, "http://"+k.Address+"/")
}

// LaunchKorender starts the product's controller for Flux and waits for nothing.
func (f *Flux) LaunchKorender(storage string, flags ...string) (*Korender, error) {
	k := &Korender{Storage: storage}
	metrics, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	k.Metrics, k.Address = "http://"+metrics+"/metrics", address
	if storage == "" {
		if k.Storage, err = os.MkdirTemp(f.dir, "rendered-"); err != nil {
			return nil, err
		}
	}
	for i, flag := range flags {
		if flag == "--storage-addr" {
			k.Address = flags[i+1]
		}
	}
	args := append([]string{
		"--controllers=flux", "--metrics-addr", metrics, "--health-addr", "0", "--log-level", "debug", "--requeue-dependency", "1s",
		"--storage-path", k.Storage, "--storage-addr", k.Address, "--storage-adv-addr", k.Address,
	}, flags...)
	k.Process, err = f.launch(f.korender, f.kubeconfig, args...)
	return k, err
}

// races tells what the race detector has found in the product's controllers that ran.
func (f *Flux) races() (err error) {
	for _, p := range f.running {
		text, failed := os.ReadFile(p.Log)
		err = errors.Join(err, failed)
		if at := bytes.Index(text, []byte("WARNING: DATA RACE")); at >= 0 {
			err = errors.Join(err, fmt.Errorf("%s:\n%s", filepath.Base(p.Log), text[at:min(at+4000, len(text))]))
		}
	}
	return err
}

// Stop ends everything. The error says what the race detector has found in what ran.
func (f *Flux) Stop() error {
	for _, p := range f.running {
		p.Kill()
	}
	if f.Git != nil {
		f.Git.Close()
	}
	if f.Stores != nil {
		f.Stores.Close()
	}
	err := f.races()
	if f.dir != "" && os.Getenv(Keep) == "" {
		_ = os.RemoveAll(f.dir) // temporary files may stay behind
	}
	return err
}

// Keep is the environment variable that has the logs of all processes stay behind.
const Keep = "KORENDER_KEEP_LOGS"

// Dir is the folder of the logs.
func (f *Flux) Dir() string { return f.dir }
