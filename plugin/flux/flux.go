// SPDX-License-Identifier: Apache-2.0

// Package flux makes a source of Flux of a render. In come the artifacts of other sources: Git repositories, OCI
// artifacts, buckets. Out goes an artifact that holds the rendered manifests, and an ExternalArtifact from which a
// Kustomization learns of it.
//
// Package content is the pure part: folders in, files out, the same bytes for the same folders. Around it, a controller for
// the kind RenderedArtifact follows the conventions of Flux's own controllers. It fails closed: what cannot be rendered whole
// is not published, because a Kustomization prunes what an artifact leaves out. It writes nothing to a cluster but its own
// status, ExternalArtifacts and Events.
package flux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fluxcd/pkg/artifact/config"
	"github.com/fluxcd/pkg/artifact/digest"
	"github.com/fluxcd/pkg/artifact/server"
	"github.com/fluxcd/pkg/artifact/storage"
	fluxcontroller "github.com/fluxcd/pkg/runtime/controller"
	"github.com/fluxcd/pkg/runtime/events"
	"github.com/fluxcd/pkg/runtime/metrics"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/korender/korender/plugin/flux/api/v1alpha1"
)

// Name is what the controller calls itself in events and as the manager of fields.
const Name = "korender-flux"

// Options of the controller.
type Options struct {
	Storage config.Options // where artifacts are kept and served
	Bounds  Bounds         // of each source
	Version string         // of this program: another one renders everything anew

	SourceCache           int64 // bytes of sources that stay fetched while nobody renders them
	Concurrent            int
	HTTPRetry             int           // tries to fetch an artifact, besides the first
	RequeueDependency     time.Duration // until a source that is not ready is looked at again
	NoCrossNamespaceRefs  bool
	DefaultServiceAccount string // of objects that name none; empty: sources are not reviewed
	EventsAddr            string
	RateLimiter           fluxcontroller.RateLimiterOptions
}

// Object is an empty object of the kind that the controller is for.
func Object() client.Object { return &v1alpha1.RenderedArtifact{} }

// AddToScheme makes the kinds known that the controller reads and writes.
func AddToScheme(s *runtime.Scheme) error {
	return errors.Join(v1alpha1.AddToScheme(s), sourcev1.AddToScheme(s))
}

// SetUp adds the controller and the server of its artifacts to a manager. Both run in the leader only.
func (o Options) SetUp(mgr manager.Manager, gauges *metrics.Recorder) error {
	if err := served(mgr.GetRESTMapper()); err != nil {
		return err
	}
	algorithm, err := digest.AlgorithmForName(o.Storage.ArtifactDigestAlgo)
	if err != nil {
		return fmt.Errorf("--artifact-digest-algo: %w", err)
	}
	digest.Canonical = algorithm
	files, err := storage.New(&o.Storage)
	if err != nil {
		return fmt.Errorf("set the storage up (--storage-path, --storage-adv-addr): %w", err)
	}
	recorder, err := events.NewRecorder(mgr, mgr.GetLogger(), o.EventsAddr, Name)
	if err != nil {
		return fmt.Errorf("set the events up: %w", err)
	}
	serve := manager.RunnableFunc(func(ctx context.Context) error {
		mgr.GetLogger().Info("serving artifacts", "address", o.Storage.StorageAddress, "advertised", files.Hostname)
		return server.Start(ctx, &o.Storage)
	})
	if err := mgr.Add(serve); err != nil {
		return fmt.Errorf("add the server of artifacts: %w", err)
	}
	fetched := filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", Name, os.Getpid()))
	sourceCache, err := newCache(&fetcher{o.HTTPRetry, o.Bounds.settled(), o.RequeueDependency}, fetched, o.SourceCache)
	if err != nil {
		return fmt.Errorf("make room for sources (TMPDIR): %w", err)
	}
	r := &reconciler{
		client: mgr.GetClient(), version: o.Version,
		sources:   &sources{mgr.GetClient(), !o.NoCrossNamespaceRefs, o.DefaultServiceAccount, o.RequeueDependency},
		cache:     sourceCache,
		store:     &store{files, o.Storage.ArtifactRetentionRecords, o.Storage.ArtifactRetentionTTL},
		publisher: &publisher{mgr.GetClient(), mgr.GetAPIReader()},
		reporter:  &reporter{recorder, fluxcontroller.NewMetrics(mgr, gauges, v1alpha1.Finalizer)},
	}
	return o.watch(mgr, r)
}

// watch has the reconciler look at its objects, whenever they or their sources change.
func (o Options) watch(mgr manager.Manager, r *reconciler) error {
	if err := mgr.GetFieldIndexer().IndexField(context.Background(), Object(), sourceIndex, bySource); err != nil {
		return fmt.Errorf("index sources: %w", err)
	}
	b := builder.ControllerManagedBy(mgr).For(Object(), asked()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrent,
			RateLimiter:             fluxcontroller.GetRateLimiter(o.RateLimiter),
		})
	for _, k := range kinds {
		b = b.Watches(k.empty(), users(mgr.GetClient(), k.name), builder.WithPredicates(newRevision{}))
	}
	b = b.Watches(&sourcev1.ExternalArtifact{}, publishers(), builder.WithPredicates(damaged{}))
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("set the controller up: %w", err)
	}
	return nil
}

// served refuses a cluster whose Flux lacks a kind that the controller watches: it would wait for it for ever.
func served(mapper meta.RESTMapper) error {
	for _, k := range kinds {
		if _, err := mapper.RESTMapping(sourcev1.GroupVersion.WithKind(k.name).GroupKind(), sourcev1.GroupVersion.Version); err != nil {
			return fmt.Errorf("this cluster does not serve %s of %s: install Flux 2.7 or later, with its source-controller: %w", k.name, sourcev1.GroupVersion, err)
		}
	}
	gk := v1alpha1.GroupVersion.WithKind(v1alpha1.Kind).GroupKind()
	if _, err := mapper.RESTMapping(gk, v1alpha1.GroupVersion.Version); err != nil {
		return fmt.Errorf("this cluster does not serve %s: install plugin/flux/config/crd: %w", gk, err)
	}
	return nil
}
