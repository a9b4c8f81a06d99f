// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/render/manifest"
)

// interposed is a client that does something else right before each delete and patch.
type interposed struct {
	client.Client
	before func()
}

func (c *interposed) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	c.before()
	return c.Client.Delete(ctx, o, opts...)
}

func (c *interposed) Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error {
	c.before()
	return c.Client.Patch(ctx, o, p, opts...)
}

// deleteIt deletes an object as the test's own doing.
func (b *bench) deleteIt(id manifest.ID) {
	b.Helper()
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(id.APIVersion)
	o.SetKind(id.Kind)
	o.SetNamespace(id.Namespace)
	o.SetName(id.Name)
	require.NoError(b, server.Client.Delete(b.Context(), o))
}
