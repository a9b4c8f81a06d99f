// SPDX-License-Identifier: Apache-2.0

// Package inspect is what people see of WorkflowInstances, and how they steer them, with their own rights: lists of
// instances, the tree of steps of one, requests to run it now or not at all. A client goes in; data comes out, which can
// be written as text, JSON or YAML.
//
// It evaluates nothing by rules of its own: a trace is what render.Reconcile says of the objects that the user may read.
// It writes nothing but spec.suspend and the annotation that asks for a run, and shows no value of a Secret.
package inspect

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
)

// Target says which cluster and namespace is meant, as kubectl's flags do. Empty fields mean what the kubeconfig says.
type Target struct {
	Kubeconfig string // path
	Context    string
	Namespace  string
}

// Connect makes a client of the cluster, and says which namespace is meant.
func Connect(t Target) (client.Client, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = t.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: t.Context}
	overrides.Context.Namespace = t.Namespace
	loading := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	config, err := loading.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("find the cluster: %w", err)
	}
	namespace, _, err := loading.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("find the namespace: %w", err)
	}
	config.UserAgent = "korender-live-cli"
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, "", fmt.Errorf("set the client up: %w", err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, "", fmt.Errorf("connect to the cluster: %w", err)
	}
	return c, namespace, nil
}
