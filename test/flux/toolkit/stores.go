// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Stores are a registry of OCI artifacts and a server of buckets, on loopback, without passwords and without TLS. What
// they hold is in memory.
type Stores struct {
	Registry string // the address of the registry
	Buckets  string // the address of the server of buckets

	servers []*httptest.Server
}

// NewStores starts both.
func NewStores() *Stores {
	images := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	buckets := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	return &Stores{Registry: address(images), Buckets: address(buckets), servers: []*httptest.Server{images, buckets}}
}

func address(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// Close ends both.
func (s *Stores) Close() {
	for _, server := range s.servers {
		server.Close()
	}
}

// Put puts a file into a bucket, which it makes when it is not there.
func (s *Stores) Put(ctx context.Context, bucket, name, text string) error {
	url := "http://" + s.Buckets + "/" + bucket
	if err := put(ctx, url, "", http.StatusOK, http.StatusConflict); err != nil {
		return err
	}
	return put(ctx, url+"/"+name, text, http.StatusOK)
}

func put(ctx context.Context, url, text string, accepted ...int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, url, strings.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if !slices.Contains(accepted, response.StatusCode) {
		return fmt.Errorf("put %s: %s", url, response.Status)
	}
	return nil
}
