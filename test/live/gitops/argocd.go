// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The metadata by which Argo CD tracks what belongs to an application, and by which it is told what not to do.
const (
	ArgoLabel       = "app.kubernetes.io/instance"
	ArgoTrackingID  = "argocd.argoproj.io/tracking-id"
	argoSyncOptions = "argocd.argoproj.io/sync-options"
	argoCompare     = "argocd.argoproj.io/compare-options"
	argoWave        = "argocd.argoproj.io/sync-wave"
	argoAgent       = "argocd-application-controller"
	argoManager     = "argocd-controller"
)

// ArgoCD is an Application whose destination is one namespace, with automated pruning.
type ArgoCD struct {
	App        string
	Namespace  string
	Annotation bool // track by annotation; by label otherwise

	client  client.Client
	kubectl *kubectl
}

// NewArgoCD makes the tool; its first sync makes the application.
func NewArgoCD(config *rest.Config, app, namespace string, annotation bool) (*ArgoCD, error) {
	own := rest.CopyConfig(config)
	own.UserAgent = argoAgent
	c, err := client.New(own, client.Options{})
	if err != nil {
		return nil, err
	}
	k, err := newKubectl(own)
	return &ArgoCD{App: app, Namespace: namespace, Annotation: annotation, client: c, kubectl: k}, err
}

// Target implements Tool.
func (*ArgoCD) Target() string { return "argocd" }

// UserAgent implements Tool.
func (*ArgoCD) UserAgent() string { return argoAgent }

// task is one object of a sync: to be applied, or, without a target, to be pruned.
type task struct {
	target, live *unstructured.Unstructured
	wave         int
}

func (t task) prune() bool { return t.target == nil }

// Sync implements Tool: a dry run on the client's side of everything, then wave by wave what is to be pruned before what
// is to be applied. Waves of pruned objects are not reversed.
func (a *ArgoCD) Sync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error) {
	tasks, err := a.tasks(ctx, manifests)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		if !t.prune() {
			if err := a.kubectl.apply(ctx, t.target, applyOptions{dryRun: true}); err != nil {
				return nil, fmt.Errorf("dry run of %s: %w", name(t.target), err)
			}
		}
	}
	var out []string
	for len(tasks) > 0 {
		n := slices.IndexFunc(tasks, func(t task) bool { return t.wave != tasks[0].wave })
		if n < 0 {
			n = len(tasks)
		}
		lines, err := a.runWave(ctx, tasks[:n])
		if err != nil {
			return nil, err
		}
		out, tasks = append(out, lines...), tasks[n:]
	}
	return sorted(out), nil
}

func (a *ArgoCD) runWave(ctx context.Context, wave []task) ([]string, error) {
	var out []string
	for _, t := range wave {
		if t.prune() && !hasOption(t.live, argoSyncOptions, "Prune=false") && t.live.GetDeletionTimestamp() == nil {
			out = append(out, "pruned "+name(t.live))
			if err := a.remove(ctx, t.live); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range wave {
		if t.prune() {
			continue
		}
		line, err := a.apply(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func (a *ArgoCD) apply(ctx context.Context, t task) (string, error) {
	options := applyOptions{serverSide: hasOption(t.target, argoSyncOptions, "ServerSideApply=true")}
	before, err := fetch(ctx, a.client, t.target)
	if err != nil {
		return "", err
	}
	if err := a.kubectl.apply(ctx, t.target, options); err != nil {
		return "", fmt.Errorf("apply %s: %w", name(t.target), err)
	}
	after, err := fetch(ctx, a.client, t.target)
	return changed(before, after), err
}

// remove deletes in the foreground, without preconditions.
func (a *ArgoCD) remove(ctx context.Context, o *unstructured.Unstructured) error {
	return client.IgnoreNotFound(a.client.Delete(ctx, o, client.PropagationPolicy(metav1.DeletePropagationForeground)))
}

// tasks pairs what should be with what is there, in the order of a sync.
func (a *ArgoCD) tasks(ctx context.Context, manifests []*unstructured.Unstructured) ([]task, error) {
	managed, err := a.managed(ctx)
	if err != nil {
		return nil, err
	}
	var tasks []task
	for _, m := range manifests {
		target := a.tracked(m)
		tasks = append(tasks, task{target: target, live: managed[keyOf(target)], wave: wave(target)})
		delete(managed, keyOf(target))
	}
	for _, live := range managed {
		if a.belongs(live) {
			tasks = append(tasks, task{live: live, wave: wave(live)})
		}
	}
	slices.SortStableFunc(tasks, func(x, y task) int {
		return cmp.Or(cmp.Compare(x.wave, y.wave), cmp.Compare(rank(x), rank(y)), cmp.Compare(label(x), label(y)))
	})
	return tasks, nil
}

// rank is the place of a kind in a sync: only kinds that tests use are told apart.
func rank(t task) int {
	o := t.target
	if o == nil {
		o = t.live
	}
	order := []string{"Namespace", "ServiceAccount", "Secret", "ConfigMap", "CustomResourceDefinition", "Role", "RoleBinding", "Service", "Deployment", "StatefulSet", "Job"}
	if at := slices.Index(order, o.GetKind()); at >= 0 {
		return at
	}
	return len(order)
}

func label(t task) string {
	if t.target != nil {
		return name(t.target)
	}
	return name(t.live)
}

func wave(o *unstructured.Unstructured) int {
	n, err := strconv.Atoi(o.GetAnnotations()[argoWave])
	if err != nil {
		return 0
	}
	return n
}

// tracked is a manifest with the tracking metadata that Argo CD adds, in the destination's namespace.
func (a *ArgoCD) tracked(m *unstructured.Unstructured) *unstructured.Unstructured {
	o := m.DeepCopy()
	if o.GetNamespace() == "" {
		o.SetNamespace(a.Namespace)
	}
	if a.Annotation {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[ArgoTrackingID] = a.trackingID(o)
		o.SetAnnotations(annotations)
		return o
	}
	labels := o.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[ArgoLabel] = a.App
	o.SetLabels(labels)
	return o
}

func (a *ArgoCD) trackingID(o *unstructured.Unstructured) string {
	return fmt.Sprintf("%s:%s/%s:%s/%s", a.App, o.GroupVersionKind().Group, o.GetKind(), o.GetNamespace(), o.GetName())
}

// managed lists the live objects that the application is said to own. What has an owner of its own is never one of them.
func (a *ArgoCD) managed(ctx context.Context) (map[key]*unstructured.Unstructured, error) {
	out := map[key]*unstructured.Unstructured{}
	kinds, err := a.kubectl.kinds()
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		err := a.client.List(ctx, list, client.InNamespace(a.Namespace))
		if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
			continue // the kind is gone by now
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			if a.claims(o) && len(o.GetOwnerReferences()) == 0 {
				out[keyOf(o)] = o
			}
		}
	}
	return out, nil
}

// claims tells whether an object carries the application's name.
func (a *ArgoCD) claims(o *unstructured.Unstructured) bool {
	if a.Annotation {
		app, _, found := strings.Cut(o.GetAnnotations()[ArgoTrackingID], ":")
		return found && app == a.App
	}
	return o.GetLabels()[ArgoLabel] == a.App
}

// belongs tells whether the tracking metadata was made for this very object: it may have been copied from another.
func (a *ArgoCD) belongs(o *unstructured.Unstructured) bool {
	return !a.Annotation || o.GetAnnotations()[ArgoTrackingID] == a.trackingID(o)
}

// OutOfSync implements Tool. Whether an object differs only a sync tells.
func (a *ArgoCD) OutOfSync(ctx context.Context, manifests []*unstructured.Unstructured) ([]string, error) {
	tasks, err := a.tasks(ctx, manifests)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, t := range tasks {
		if t.prune() {
			if !hasOption(t.live, argoCompare, "IgnoreExtraneous") {
				out = append(out, "extraneous "+name(t.live))
			}
			continue
		}
		live, err := fetch(ctx, a.client, t.target)
		if err != nil {
			return nil, err
		}
		if live == nil {
			out = append(out, "missing "+name(t.target))
		}
	}
	return sorted(out), nil
}

// Delete implements Tool: what finalizer resources-finalizer.argocd.argoproj.io does.
func (a *ArgoCD) Delete(ctx context.Context) error {
	managed, err := a.managed(ctx)
	if err != nil {
		return err
	}
	for _, o := range managed {
		if !a.belongs(o) || hasOption(o, argoSyncOptions, "Delete=false") || o.GetDeletionTimestamp() != nil {
			continue
		}
		if err := a.remove(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// hasOption looks into a comma-separated list in an annotation.
func hasOption(o *unstructured.Unstructured, annotation, option string) bool {
	return slices.ContainsFunc(strings.Split(o.GetAnnotations()[annotation], ","), func(s string) bool {
		return strings.TrimSpace(s) == option
	})
}
