// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"fmt"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
)

// accounts makes clients that act as the service accounts of instances. The controller's own rights never write.
type accounts struct {
	config   *rest.Config
	scheme   *runtime.Scheme
	mapper   meta.RESTMapper
	fallback string // of an instance that names no account

	mu      sync.Mutex
	clients map[string]client.Client
}

// maxClients bounds how many clients are kept; beyond it, all are made anew.
const maxClients = 512

// user is the account of an instance, as the API server calls it.
func (a *accounts) user(w *v1alpha1.WorkflowInstance) string {
	name := w.Spec.ServiceAccountName
	if name == "" {
		name = a.fallback
	}
	if name == "" {
		name = "default"
	}
	return "system:serviceaccount:" + w.Namespace + ":" + name
}

// client acts as an account.
func (a *accounts) client(user string) (client.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.clients[user]; c != nil {
		return c, nil
	}
	config := rest.CopyConfig(a.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("act as %s: %w", user, err)
	}
	c, err := newClient(config, transport, a.scheme, a.mapper)
	if err != nil {
		return nil, fmt.Errorf("act as %s: %w", user, err)
	}
	if a.clients == nil || len(a.clients) >= maxClients {
		a.clients = map[string]client.Client{}
	}
	a.clients[user] = c
	return c, nil
}

func newClient(config *rest.Config, transport *http.Client, scheme *runtime.Scheme, mapper meta.RESTMapper) (client.Client, error) {
	return client.New(config, client.Options{HTTPClient: transport, Scheme: scheme, Mapper: mapper})
}
