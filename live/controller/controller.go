// SPDX-License-Identifier: Apache-2.0

// Package controller runs WorkflowInstances: observe, evaluate, apply, report. One instance is run by one worker at a
// time; what happens to it never holds up another.
package controller

import (
	"cmp"
	"context"
	"fmt"
	"math/rand"
	"time"

	fluxclient "github.com/fluxcd/pkg/runtime/client"
	fluxcontroller "github.com/fluxcd/pkg/runtime/controller"
	"github.com/fluxcd/pkg/runtime/events"
	"github.com/fluxcd/pkg/runtime/jitter"
	"github.com/fluxcd/pkg/runtime/leaderelection"
	"github.com/fluxcd/pkg/runtime/logger"
	"github.com/fluxcd/pkg/runtime/metrics"
	"github.com/fluxcd/pkg/runtime/pprof"
	"github.com/fluxcd/pkg/runtime/probes"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlcontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/observe"
)

// Name is what the controller calls itself in events, leases and user agents.
const Name = "korender-live"

// runTimeout bounds one run of one instance, so that a server which does not answer holds up no worker for ever.
const runTimeout = 3 * time.Minute

// Options of a controller process.
type Options struct {
	Kubeconfig string // path; empty: in-cluster, or what KUBECONFIG names
	Context    string // of the kubeconfig

	Concurrent            int
	DefaultServiceAccount string
	NoCrossNamespaceRefs  bool
	TeardownGrace         time.Duration
	IntervalJitter        int    // percent
	RuntimeNamespace      string // of this process: where its lease and events are
	LeaseName             string // of the processes of which one runs at a time; empty: Name
	Namespace             string // whose instances are run; empty: all
	LabelSelector         string

	MetricsAddr, HealthAddr, EventsAddr string
	ShutdownTimeout                     time.Duration

	Log            logger.Options
	Client         fluxclient.Options
	LeaderElection leaderelection.Options
	RateLimiter    fluxcontroller.RateLimiterOptions
}

// Part is one controller of a process. Several can share a manager: its caches, its lease, its probes and metrics.
type Part struct {
	Object      client.Object // an empty one of the kind that it is for: Namespace and LabelSelector of Options count for it
	AddToScheme func(*runtime.Scheme) error
	SetUp       func(manager.Manager, *metrics.Recorder) error
	Cached      func(any) (any, error) // what the cache keeps of such an object; nil: all of it
}

// Live is the controller of WorkflowInstances.
func Live(o Options) Part {
	return Part{
		Object: &v1alpha1.WorkflowInstance{}, AddToScheme: v1alpha1.AddToScheme, Cached: withoutText,
		SetUp: func(mgr manager.Manager, gauges *metrics.Recorder) error { return setUp(mgr, &o, gauges) },
	}
}

// Run runs controllers until ctx ends.
func Run(ctx context.Context, o Options, parts ...Part) error {
	log := logger.NewLogger(o.Log)
	logger.SetLogger(log)
	config, err := restConfig(&o)
	if err != nil {
		return err
	}
	mgr, err := newManager(config, &o, parts, log)
	if err != nil {
		return err
	}
	probes.SetupChecks(mgr, log)
	gauges := metrics.MustMakeRecorder()
	for _, part := range parts {
		if err := part.SetUp(mgr, gauges); err != nil {
			return err
		}
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run the manager: %w", err)
	}
	return nil
}

func restConfig(o *Options) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: o.Context}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	config.UserAgent = Name
	config.QPS, config.Burst = o.Client.QPS, o.Client.Burst
	return config, nil
}

func newManager(config *rest.Config, o *Options, parts []Part, log logr.Logger) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	for _, part := range parts {
		if err := part.AddToScheme(scheme); err != nil {
			return nil, err
		}
	}
	cached, err := cachedOf(o, parts)
	if err != nil {
		return nil, err
	}
	if err := (&jitter.IntervalOptions{Percentage: uint8(o.IntervalJitter)}).SetGlobalJitter(rand.New(randomness{})); err != nil { //nolint:gosec // spreads load
		return nil, fmt.Errorf("set the jitter: %w", err)
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Logger:                        log,
		Cache:                         cache.Options{ByObject: cached},
		Metrics:                       metricsserver.Options{BindAddress: o.MetricsAddr, ExtraHandlers: pprof.GetHandlers()},
		HealthProbeBindAddress:        o.HealthAddr,
		LeaderElection:                o.LeaderElection.Enable,
		LeaderElectionReleaseOnCancel: o.LeaderElection.ReleaseOnCancel,
		LeaderElectionID:              cmp.Or(o.LeaseName, Name) + "-leader-election",
		LeaderElectionNamespace:       o.RuntimeNamespace,
		LeaseDuration:                 &o.LeaderElection.LeaseDuration,
		RenewDeadline:                 &o.LeaderElection.RenewDeadline,
		RetryPeriod:                   &o.LeaderElection.RetryPeriod,
		GracefulShutdownTimeout:       &o.ShutdownTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("set the manager up: %w", err)
	}
	return mgr, nil
}

// cachedOf says which objects of the parts are seen, and what is kept of them.
func cachedOf(o *Options, parts []Part) (map[client.Object]cache.ByObject, error) {
	selector, err := labels.Parse(o.LabelSelector)
	if err != nil {
		return nil, fmt.Errorf("read --watch-label-selector %q: %w", o.LabelSelector, err)
	}
	out := map[client.Object]cache.ByObject{}
	for _, part := range parts {
		of := cache.ByObject{Label: selector, Transform: part.Cached}
		if o.Namespace != "" {
			of.Namespaces = map[string]cache.Config{o.Namespace: {}}
		}
		out[part.Object] = of
	}
	return out, nil
}

// withoutText keeps the texts of programs out of the cache.
func withoutText(o any) (any, error) {
	if w, ok := o.(*v1alpha1.WorkflowInstance); ok {
		w.Spec.Program.Source = ""
		w.ManagedFields = nil
	}
	return o, nil
}

func setUp(mgr manager.Manager, o *Options, gauges *metrics.Recorder) error {
	recorder, err := events.NewRecorder(mgr, mgr.GetLogger(), o.EventsAddr, Name)
	if err != nil {
		return fmt.Errorf("set the events up: %w", err)
	}
	cluster, err := observe.New(mgr.GetConfig(), mgr.GetRESTMapper(), observe.Options{})
	if err != nil {
		return err
	}
	if err := mgr.Add(cluster); err != nil {
		return fmt.Errorf("add the observer: %w", err)
	}
	woken, last := &alarm{}, newLatest()
	acting := &accounts{config: mgr.GetConfig(), scheme: mgr.GetScheme(), mapper: mgr.GetRESTMapper(), fallback: o.DefaultServiceAccount}
	r := &reconciler{
		client: mgr.GetClient(), cluster: cluster, applier: apply.New(), programs: newPrograms(mgr.GetAPIReader()),
		accounts: acting, claims: newClaims(), latest: last,
		crossNamespace: !o.NoCrossNamespaceRefs, grace: o.TeardownGrace, now: time.Now,
		reporter: &reporter{
			client: mgr.GetClient(), accounts: acting, cluster: cluster, latest: last, events: recorder, woken: woken, now: time.Now,
			metrics: fluxcontroller.NewMetrics(mgr, gauges, v1alpha1.Finalizer),
		},
	}
	return watch(mgr, o, r, woken)
}

// watch starts the controller on instances, and on everything that they watch.
func watch(mgr manager.Manager, o *Options, r *reconciler, woken *alarm) error {
	c, err := ctrlcontroller.New("workflowinstance", mgr, ctrlcontroller.Options{
		Reconciler:              r,
		MaxConcurrentReconciles: o.Concurrent,
		RateLimiter:             fluxcontroller.GetRateLimiter(o.RateLimiter),
		ReconciliationTimeout:   runTimeout,
	})
	if err != nil {
		return fmt.Errorf("set the controller up: %w", err)
	}
	own := source.Kind(mgr.GetCache(), &v1alpha1.WorkflowInstance{},
		&handler.TypedEnqueueRequestForObject[*v1alpha1.WorkflowInstance]{}, asked{})
	if err := c.Watch(own); err != nil {
		return fmt.Errorf("watch instances: %w", err)
	}
	if err := c.Watch(source.Func(woken.source(r.cluster.Changes()))); err != nil {
		return fmt.Errorf("watch objects: %w", err)
	}
	return nil
}

// asked lets those events of an instance pass that ask for a run: a new generation, a deletion, a request. Its status is
// ours, and asks for nothing.
type asked struct {
	predicate.TypedFuncs[*v1alpha1.WorkflowInstance]
}

func (asked) Update(e event.TypedUpdateEvent[*v1alpha1.WorkflowInstance]) bool {
	before, after := e.ObjectOld, e.ObjectNew
	return before.Generation != after.Generation || before.UID != after.UID ||
		before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero() ||
		before.Annotations[v1alpha1.ReconcileRequestAnnotation] != after.Annotations[v1alpha1.ReconcileRequestAnnotation]
}

// randomness is a source of random numbers for many goroutines at once, which those of rand.NewSource are not.
type randomness struct{}

func (randomness) Int63() int64   { return rand.Int63() }  //nolint:gosec // spreads load
func (randomness) Uint64() uint64 { return rand.Uint64() } //nolint:gosec // spreads load
func (randomness) Seed(int64)     {}
