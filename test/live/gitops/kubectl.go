// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/kubectl/pkg/cmd/apply"
	deletecmd "k8s.io/kubectl/pkg/cmd/delete"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// kubectl runs kubectl's apply in this process, as gitops-engine does.
type kubectl struct {
	getter  *getter
	factory cmdutil.Factory
	dynamic dynamic.Interface
}

func newKubectl(config *rest.Config) (*kubectl, error) {
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(found)
	g := &getter{config: config, discovery: cached, mapper: restmapper.NewDeferredDiscoveryRESTMapper(cached)}
	return &kubectl{getter: g, factory: cmdutil.NewFactory(g), dynamic: dyn}, nil
}

// applyOptions are those in which applications differ.
type applyOptions struct{ serverSide, dryRun bool }

// apply is kubectl apply -f FILE. What it prints is of no interest: the object tells.
func (k *kubectl) apply(_ context.Context, o *unstructured.Unstructured, options applyOptions) error {
	file, err := manifestFile(o)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	var printed bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &printed, ErrOut: &printed}
	run, err := k.options(streams, file, o.GetNamespace(), options)
	if err != nil {
		return err
	}
	if err := run.Validate(); err != nil {
		return err
	}
	if err := run.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, &printed)
	}
	return nil
}

func (k *kubectl) options(streams genericiooptions.IOStreams, file, namespace string, options applyOptions) (*apply.ApplyOptions, error) {
	flags := apply.NewApplyFlags(streams)
	deletion, err := deletecmd.NewDeleteFlags("").ToOptions(k.dynamic, streams)
	if err != nil {
		return nil, err
	}
	deletion.Filenames = []string{file}
	o := &apply.ApplyOptions{
		IOStreams: streams, PrintFlags: flags.PrintFlags, Recorder: genericclioptions.NoopRecorder{},
		VisitedUids: sets.Set[types.UID]{}, VisitedNamespaces: sets.Set[string]{},
		Overwrite: true, OpenAPIPatch: true, ServerSideApply: options.serverSide, ForceConflicts: options.serverSide,
		DynamicClient: k.dynamic, DeleteOptions: deletion, OpenAPIGetter: k.factory,
		FieldManager: argoManager, Namespace: namespace, Builder: k.factory.NewBuilder(), Mapper: k.getter.mapper,
	}
	if options.dryRun {
		o.DryRunStrategy, o.ServerSideApply, o.ForceConflicts = cmdutil.DryRunClient, false, false
	}
	o.ToPrinter = func(operation string) (printers.ResourcePrinter, error) {
		o.PrintFlags.NamePrintFlags.Operation = operation
		return o.PrintFlags.ToPrinter()
	}
	if o.Validator, err = k.factory.Validator(metav1.FieldValidationStrict); err != nil {
		return nil, err
	}
	return o, nil
}

func manifestFile(o *unstructured.Unstructured) (string, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "manifest-*.json")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), errors.Join(err, f.Close())
}

// ignored are the kinds that Argo CD does not look at.
var ignored = []string{"Endpoints", "EndpointSlice", "Event", "Lease"}

// kinds lists the namespaced kinds that can be listed.
func (k *kubectl) kinds() ([]schema.GroupVersionKind, error) {
	k.getter.mapper.Reset() // kinds come and go
	lists, err := k.getter.discovery.ServerPreferredNamespacedResources()
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, err
	}
	var out []schema.GroupVersionKind
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && !strings.Contains(r.Name, "/") && !slices.Contains(ignored, r.Kind) {
				out = append(out, version.WithKind(r.Kind))
			}
		}
	}
	return out, nil
}

// getter gives kubectl what it needs of one configuration; nothing is kept on disk.
type getter struct {
	config    *rest.Config
	discovery discovery.CachedDiscoveryInterface
	mapper    *restmapper.DeferredDiscoveryRESTMapper
}

// ToRESTConfig implements genericclioptions.RESTClientGetter.
func (g *getter) ToRESTConfig() (*rest.Config, error) { return rest.CopyConfig(g.config), nil }

// ToDiscoveryClient implements genericclioptions.RESTClientGetter.
func (g *getter) ToDiscoveryClient() (discovery.CachedDiscoveryInterface, error) {
	return g.discovery, nil
}

// ToRESTMapper implements genericclioptions.RESTClientGetter.
func (g *getter) ToRESTMapper() (meta.RESTMapper, error) { return g.mapper, nil }

// ToRawKubeConfigLoader implements genericclioptions.RESTClientGetter.
func (g *getter) ToRawKubeConfigLoader() clientcmd.ClientConfig {
	return clientcmd.NewDefaultClientConfig(*api.NewConfig(), &clientcmd.ConfigOverrides{})
}
