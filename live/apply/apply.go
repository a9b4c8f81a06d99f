// SPDX-License-Identifier: Apache-2.0

// Package apply carries the actions of a plan out in the cluster, and keeps the inventory: what live answers for, and
// what becomes of it when it is no longer wanted. A plan, the objects that it was made from and the marks on them come
// in; writes go to the cluster with the rights of the client that is given; what was done comes back as data, and so
// does the whole inventory, which the caller stores.
//
// It promises that nothing is deleted but an object that this instance created or took over, that carries its mark and
// nobody else's, or that git applied, unchanged since, and left to it to delete; whose uid is the one that was written
// down, and whose disappearance git decided (or the function asks for in so many words); every delete holds the server to
// that uid. What git applies is never written. What to do is
// decided by pure functions (decide.go, prune.go) apart from the calls (write.go, ending.go). It reads no clock, keeps
// nothing that must survive a restart, and never puts a value of an object into a message.
package apply

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// Manager is the field manager of server-side apply for objects that an instance created or took over. Fields of other
// objects belong to a manager of each instance, whose name begins with this and a hyphen: so two instances that patch
// one object do not take each other's fields away.
const Manager = "korender-live"

// Verb says what was done, or why nothing was.
type Verb string

// The verbs of changes.
const (
	Created       Verb = "Created"
	Patched       Verb = "Patched"
	Recreated     Verb = "Recreated" // deleted, so that a later evaluation creates it anew
	Deleted       Verb = "Deleted"
	TookOver      Verb = "TookOver"      // from git, or from an instance that is going away
	Released      Verb = "Released"      // to git or to another owner: the object stays as it is
	Abandoned     Verb = "Abandoned"     // no longer wanted, and kept
	NotConverging Verb = "NotConverging" // a difference survives our writes; no more writes for a while
	Blocked       Verb = "Blocked"       // nothing was done, because the object is somebody else's or on its way out
	Failed        Verb = "Failed"        // Err says how
	Postponed     Verb = "Postponed"     // a write is due, and follows when the delay since the last one has passed
)

// Change is one thing that was done, or that could not be done.
type Change struct {
	ID      manifest.ID
	Step    string // path
	Verb    Verb
	Message string // never holds a value of the object
	Err     error  // of Failed: a *Failure
}

// Removed is an object that is gone from the cluster.
type Removed struct {
	ID  manifest.ID
	UID types.UID
}

// Result is what a call did.
type Result struct {
	Changes []Change
	// Inventory is complete: it replaces that of the status.
	Inventory []v1alpha1.InventoryEntry
	Written   []*unstructured.Unstructured // objects as the server returned them
	Removed   []Removed
	Requeue   time.Duration // when to look again; 0: for no reason of its own
	Done      bool          // of TearDown: nothing is left
}

// Request is what a call is about. Nothing of it is changed.
type Request struct {
	Instance *v1alpha1.WorkflowInstance
	// Plan is with what was observed, AtGit with nothing observed: what git alone decides. Without AtGit nothing is pruned.
	Plan, AtGit *render.Plan
	// Live are the objects that the evaluation of Plan has read.
	Live *render.Objects
	// Claimed are the objects that other instances, not being deleted, answer for or would build.
	Claimed map[manifest.Key]types.NamespacedName
	// Dying are the instances that are being deleted or do not exist any more. Their mark does not protect an object.
	Dying map[types.NamespacedName]bool
	// KeepAll prunes nothing: not every instance has said yet what it claims.
	KeepAll bool
	// Grace is how long an object must have been unwanted before it is pruned: a GitOps tool applies what another instance,
	// or git alone, has of it now in the same sync, and in any order.
	Grace time.Duration
	Now   time.Time
}

// Applier writes to clusters. It remembers when it last wrote to each object. It is safe for concurrent use by different
// instances.
type Applier struct {
	mu      sync.Mutex
	records map[types.UID]*record // by the uid of the instance
}

// New gives an Applier that remembers nothing.
func New() *Applier { return &Applier{records: map[types.UID]*record{}} }

// Forget drops what is remembered of an instance.
func (a *Applier) Forget(uid types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.records, uid)
}

func (a *Applier) recordOf(uid types.UID) *record {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.records[uid]
	if r == nil {
		r = &record{}
		a.records[uid] = r
	}
	return r
}

// Apply carries the actions of the plan out, in their order, gives back to git what git applies now, and prunes what no
// step builds any more. An object that cannot be written stops no other. When ctx ends, what was done so far is
// returned, with a whole inventory.
func (a *Applier) Apply(ctx context.Context, c client.Client, r *Request) *Result {
	run := a.begin(c, r)
	for i := range r.Plan.Actions {
		if ctx.Err() != nil {
			break
		}
		run.act(ctx, &r.Plan.Actions[i])
	}
	run.release(ctx)
	run.prune(ctx)
	return run.finish()
}

// TearDown removes what the instance answers for, in the reverse order of the inventory: one step at a time, each only
// when the objects of the one before are really gone. Done says that nothing is left.
func (a *Applier) TearDown(ctx context.Context, c client.Client, r *Request) *Result {
	run := a.begin(c, r)
	run.tearDown(ctx)
	result := run.finish()
	result.Done = len(result.Inventory) == 0
	return result
}

// run is one call on its way.
type run struct {
	*Request
	c         client.Client
	self      types.NamespacedName
	applied   map[manifest.Key]v1alpha1.AppliedObject
	inventory *inventory
	record    *record
	acted     map[manifest.Key]string // object → step whose action was for it
	result    Result
}

func (a *Applier) begin(c client.Client, r *Request) *run {
	run := &run{
		Request:   r,
		c:         c,
		self:      client.ObjectKeyFromObject(r.Instance),
		applied:   make(map[manifest.Key]v1alpha1.AppliedObject, len(r.Instance.Spec.Applied)),
		inventory: newInventory(r.Instance.Status.Inventory),
		record:    a.recordOf(r.Instance.UID),
		acted:     map[manifest.Key]string{},
	}
	for _, o := range r.Instance.Spec.Applied {
		run.applied[idOf(o.ObjectReference).Key()] = o
	}
	return run
}

func (r *run) finish() *Result {
	r.result.Inventory = r.inventory.entries
	return &r.result
}

// change notes what was done.
func (r *run) change(id manifest.ID, step string, verb Verb, message string) {
	r.result.Changes = append(r.result.Changes, Change{ID: id, Step: step, Verb: verb, Message: message})
}

// again asks for another look after d, unless an earlier one is asked for already.
func (r *run) again(d time.Duration) {
	if d > 0 && (r.result.Requeue == 0 || d < r.result.Requeue) {
		r.result.Requeue = d
	}
}

func (r *run) written(o *unstructured.Unstructured) { r.result.Written = append(r.result.Written, o) }

func idOf(o v1alpha1.ObjectReference) manifest.ID {
	return manifest.ID{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}
}
