// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// mortal is the client of a process that dies at its nth write: before it, or after it and before the answer.
type mortal struct {
	client.Client
	left  int
	after bool
	dead  bool
}

func (c *mortal) write(do func() error) error {
	if c.dead {
		return context.Canceled
	}
	if c.left--; c.left > 0 {
		return do()
	}
	c.dead = true
	if c.after {
		if err := do(); err != nil {
			return err
		}
	}
	return context.Canceled
}

func (c *mortal) Get(ctx context.Context, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if c.dead {
		return context.Canceled
	}
	return c.Client.Get(ctx, k, o, opts...)
}

func (c *mortal) Apply(ctx context.Context, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
	return c.write(func() error { return c.Client.Apply(ctx, o, opts...) })
}

func (c *mortal) Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error {
	return c.write(func() error { return c.Client.Patch(ctx, o, p, opts...) })
}

func (c *mortal) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	return c.write(func() error { return c.Client.Delete(ctx, o, opts...) })
}

// restarted forgets what a process that died had not written to the status.
func (b *bench) restarted(before []v1alpha1.InventoryEntry) {
	b.client, b.applier = server.Client, apply.New()
	b.instance.Status.Inventory = before
	b.now = b.now.Add(time.Minute)
}

// TestKilledAtEveryWrite kills the process at each write of each move, before and after it, and starts another one: what
// there is in the end is what there would have been.
func TestKilledAtEveryWrite(t *testing.T) {
	t.Parallel()
	const plainly = `{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "1", b: "2"}}`
	const changed = `{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "2", c: null}}`
	type outcome struct {
		exists, sameUID, marked, rendered bool
		data                              any
		entries                           int
		deletes                           int
	}
	one := map[string]any{"a": "1", "b": "2"}
	for name, c := range map[string]struct {
		before func(b *bench) // what there was
		run    func(b *bench)
		writes int // of one run that nobody kills
		want   outcome
	}{
		"create": {func(*bench) {}, func(b *bench) { b.reconcile(b.program(plainly, "")) }, 1,
			outcome{exists: true, marked: true, data: one, entries: 1}},
		"create with an overlay": {func(b *bench) { b.reconcile(b.program(plainly, `create: {overlay: {data: {first: x}}}`)) },
			func(b *bench) { b.reconcile(b.program(plainly, `create: {overlay: {data: {first: x}}}`)) }, 1,
			outcome{exists: true, sameUID: true, marked: true, data: map[string]any{"a": "1", "b": "2", "first": "x"}, entries: 1}},
		"patch": {func(b *bench) {
			b.reconciles(b.program(plainly, ""), 2)
			b.merge(b.id(b.object(target)), `{"data":{"c":"theirs"}}`)
		}, func(b *bench) { b.reconcile(b.program(changed, "")) }, 2,
			outcome{exists: true, sameUID: true, marked: true, data: map[string]any{"a": "2"}, entries: 1}},
		"git to live": {func(b *bench) { b.gitApplies("flux", fluxManifest) }, func(b *bench) { b.reconcile(b.program(plainly, "")) }, 2,
			outcome{exists: true, sameUID: true, marked: true, data: one, entries: 1}},
		"live to git": {func(b *bench) {
			b.reconciles(b.program(plainly, ""), 2)
			b.gitApplies("flux", fluxManifest)
			b.givenToGit(b.id(b.object(target)))
		}, func(b *bench) { b.reconcile(b.program(plainly, "")) }, 1,
			outcome{exists: true, sameUID: true, rendered: true, data: one}},
		"from a dying instance": {func(b *bench) {
			b.other("two").reconcile(b.program(plainly, ""))
			b.dying = map[types.NamespacedName]bool{{Namespace: b.namespace, Name: "two"}: true}
		}, func(b *bench) { b.reconcile(b.program(plainly, "")) }, 1,
			outcome{exists: true, sameUID: true, marked: true, data: one, entries: 1}},
		"prune": {func(b *bench) { b.reconciles(b.program(plainly, ""), 2) },
			func(b *bench) { b.with(&render.Plan{}, &render.Plan{}) }, 1, outcome{deletes: 1}},
		"abandon": {func(b *bench) { b.reconciles(b.program(plainly, "delete: {abandon: {}}"), 2) },
			func(b *bench) { b.with(&render.Plan{}, &render.Plan{}) }, 1,
			outcome{exists: true, sameUID: true, data: one}},
		"tear down": {func(b *bench) { b.reconciles(b.program(plainly, ""), 2) }, func(b *bench) { b.tearDown() }, 1, outcome{deletes: 1}},
		"recreate": {func(b *bench) { b.reconciles(b.program(plainly, "update: {recreate: {delay: 1}}"), 2) },
			func(b *bench) { b.reconcile(b.program(changed, "update: {recreate: {delay: 1}}")) }, 1,
			outcome{exists: true, marked: true, data: map[string]any{"a": "2"}, entries: 1, deletes: 1}},
	} {
		for write := 1; write <= c.writes; write++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, write %d, after it: %t", name, write, after), func(t *testing.T) {
					t.Parallel()
					b := newBench(t)
					id := b.id(b.object(target))
					c.before(b)
					b.now = b.now.Add(time.Minute)
					uid, inventory := b.uidOrNone(id), b.instance.Status.Inventory
					dies := &mortal{Client: server.Client, left: write, after: after}
					b.client = dies
					c.run(b)
					require.True(t, dies.dead, "it makes fewer writes than this")
					b.restarted(inventory)
					for range 4 {
						c.run(b)
						b.now = b.now.Add(time.Minute)
					}
					o := &unstructured.Unstructured{Object: b.get(id)}
					got := outcome{
						exists: o.Object != nil, entries: len(b.instance.Status.Inventory),
						sameUID:  o.Object != nil && o.GetUID() == uid,
						marked:   o.GetAnnotations()[v1alpha1.InstanceAnnotation] == b.namespace+"/one",
						rendered: o.GetAnnotations()[render.RenderedHash] != "",
						data:     o.Object["data"],
					}
					for _, verb := range b.requests("one") {
						if verb == "delete" {
							got.deletes++
						}
					}
					assert.Equal(t, c.want, got)
				})
			}
		}
	}
}

// uidOrNone is the uid of an object; "" when it is not there.
func (b *bench) uidOrNone(id manifest.ID) types.UID {
	b.Helper()
	o := b.get(id)
	if o == nil {
		return ""
	}
	return (&unstructured.Unstructured{Object: o}).GetUID()
}
