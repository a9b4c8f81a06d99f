// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// Cluster is a real control plane with the whole of Argo CD that syncs, and korender-live.
type Cluster struct {
	*World
	Client  dynamic.Interface
	Audit   string // the file with all requests
	config  string // kubeconfig
	plane   *exec.Cmd
	syncer  *process // argocd-application-controller
	perform *process // korender-live
}

// Namespace is where Argo CD lives.
const Namespace = "argocd"

// The resources that the cluster is set up with.
var (
	namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	projects   = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "appprojects"}
	bindings   = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
)

// NewCluster starts a control plane that knows also these kinds, and korender-live with these flags. Argo CD's controller
// comes with Track.
func NewCluster(ctx context.Context, w *World, kinds string, flags ...string) (*Cluster, error) {
	c := &Cluster{World: w}
	if err := c.startPlane(ctx, kinds); err != nil {
		c.Close()
		return nil, err
	}
	err := c.furnish(ctx)
	if err == nil {
		err = c.startLive(ctx, flags)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// startPlane runs the command of the module test/controlplane. Kinds that are there before its controllers start are known
// to the garbage collector from the beginning.
func (c *Cluster) startPlane(ctx context.Context, kinds string) error {
	top, err := Top()
	if err != nil {
		return err
	}
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v2").Output()
	if err != nil {
		return fmt.Errorf("find Argo CD's module: %w", err)
	}
	crds := filepath.Join(strings.TrimSpace(string(module)), "manifests", "crds")
	for _, file := range []string{filepath.Join(top, "live/config/crd/korender.dev_workflowinstances.yaml"), filepath.Join(crds, "application-crd.yaml"), filepath.Join(crds, "appproject-crd.yaml")} {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		kinds += "\n---\n" + string(text)
	}
	file, binary := filepath.Join(c.dir, "kinds.yaml"), filepath.Join(c.dir, "controlplane")
	if err := os.WriteFile(file, []byte(kinds), 0o600); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "./cmd/controlplane")
	build.Dir, build.Env = filepath.Join(top, "test/controlplane"), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the command of the control plane: %w\n%s", err, out)
	}
	c.plane = exec.Command(binary, "run", file)
	c.plane.Dir, c.plane.Stderr, c.plane.SysProcAttr = build.Dir, os.Stderr, dieWithParent()
	out, err := c.plane.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.plane.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("wait for the control plane: %w", err)
	}
	c.config = strings.TrimSpace(line)
	c.Audit = filepath.Join(filepath.Dir(c.config), "audit.log")
	config, err := clientcmd.BuildConfigFromFlags("", c.config)
	if err != nil {
		return err
	}
	config.QPS = -1
	c.Client, err = dynamic.NewForConfig(config)
	return err
}

// setUp is what Argo CD needs besides its kinds. Accounts may do everything: rights are tested elsewhere.
const setUp = `
apiVersion: v1
kind: Namespace
metadata: {name: argocd}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{namespace: "*", server: "*"}]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everybody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"}]
`

func (c *Cluster) furnish(ctx context.Context) error {
	objects, err := kube.SplitYAML([]byte(setUp))
	if err != nil {
		return err
	}
	resources := map[string]schema.GroupVersionResource{"Namespace": namespaces, "AppProject": projects, "ClusterRoleBinding": bindings}
	for _, o := range objects {
		_, err := c.Client.Resource(resources[o.GetKind()]).Namespace(o.GetNamespace()).Create(ctx, o, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("create %s: %w", o.GetKind(), err)
		}
	}
	return nil
}

func (c *Cluster) startLive(ctx context.Context, flags []string) error {
	binary, err := Product(ctx, "korender-live", c.dir)
	if err != nil {
		return err
	}
	health, err := freePort()
	if err != nil {
		return err
	}
	args := append([]string{binary, "--kubeconfig", c.config, "--metrics-addr", "0", "--health-addr", "127.0.0.1:" + health}, flags...)
	if c.perform, err = start(c.dir, "live", append(os.Environ(), "RUNTIME_NAMESPACE=argocd"), args...); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return c.perform.until(limited, "wait for korender-live", func() bool { return answers("tcp", "127.0.0.1:"+health) })
}

// Track starts Argo CD's controller anew, with the settings that korender installs, and a way to track objects: label or
// annotation.
func (c *Cluster) Track(ctx context.Context, method string, settings map[string]string) error {
	if c.syncer != nil {
		c.syncer.kill()
	}
	data := map[string]any{"application.resourceTrackingMethod": method}
	for key, value := range settings {
		data[key] = value
	}
	cm := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": data,
		"metadata": map[string]any{"name": "argocd-cm", "namespace": Namespace, "labels": map[string]any{"app.kubernetes.io/part-of": "argocd"}},
	}}
	maps := c.Client.Resource(configMaps).Namespace(Namespace)
	if err := maps.Delete(ctx, "argocd-cm", metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if _, err := maps.Create(ctx, cm, metav1.CreateOptions{}); err != nil {
		return err
	}
	binary, err := c.process("argocd-application-controller")
	if err != nil {
		return err
	}
	metrics, err := freePort()
	if err != nil {
		return err
	}
	c.syncer, err = start(c.dir, "application-controller",
		append(os.Environ(), "ARGOCD_FAKE_IN_CLUSTER=true", "KUBECONFIG="+c.config, "ARGOCD_TLS_DATA_PATH="+c.dir),
		binary, "-n", Namespace, "--repo-server", c.Address, "--repo-server-plaintext", "--redis", "127.0.0.1:"+c.redis,
		"--metrics-port", metrics, "--kubeconfig", c.config, "--loglevel", "warn")
	return err
}

// Logs are the ends of what the servers have said, for a test that failed.
func (c *Cluster) Logs() string {
	const most = 6000
	var out strings.Builder
	for name, p := range map[string]*process{"argocd-application-controller": c.syncer, "korender-live": c.perform} {
		if p != nil {
			said := p.said()
			fmt.Fprintf(&out, "%s:\n%s\n", name, said[max(0, len(said)-most):])
		}
	}
	return out.String()
}

// Close ends the cluster, and not the world.
func (c *Cluster) Close() {
	for _, p := range []*process{c.syncer, c.perform} {
		if p != nil {
			p.kill()
		}
	}
	if c.plane != nil && c.plane.Process != nil {
		_ = errors.Join(c.plane.Process.Signal(os.Interrupt), c.plane.Wait()) // it removes its files
	}
}
