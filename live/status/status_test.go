// SPDX-License-Identifier: Apache-2.0

package status_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/live/apply"
	"github.com/korender/korender/live/status"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

var (
	earlier = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	now     = earlier.Add(time.Hour)

	deployment = manifest.ID{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	config     = manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "web"}
)

func instance(before v1alpha1.WorkflowInstanceStatus) *v1alpha1.WorkflowInstance {
	w := &v1alpha1.WorkflowInstance{Status: before}
	w.Namespace, w.Name, w.Generation = "shop", "site-web", 3
	return w
}

// plan is one whose Ready condition is as the evaluator words it.
func plan(outcome render.OutcomeType, conditionStatus, reason, message string, steps ...render.Step) *render.Plan {
	return &render.Plan{
		Workflow: "site", Steps: steps, Outcome: render.Outcome{Type: outcome}, State: map[string]any{},
		Conditions: []render.Condition{{Type: "Ready", Status: conditionStatus, Reason: reason, Message: message, Location: "site.spec.steps.web"}},
	}
}

func step(path string, outcome render.OutcomeType) render.Step {
	return render.Step{Path: path, Outcome: render.Outcome{Type: outcome}, Object: &deployment}
}

func ready() *render.Plan { return plan(render.Ok, "True", "Ready", "Workflow site ready.") }

func waiting() *render.Plan {
	return plan(render.Retry, "Unknown", "Wait", "Awaiting Workflow site to be ready (waiting for Network/shop/main status.selfLink).")
}

func condition(kind string, is metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: is, Reason: reason, Message: message, ObservedGeneration: 3, LastTransitionTime: metav1.NewTime(now),
	}
}

func failure(doing, reason string, permanent bool) *apply.Result {
	return &apply.Result{Changes: []apply.Change{{
		ID: deployment, Verb: apply.Failed, Err: &apply.Failure{ID: deployment, Doing: doing, Reason: reason, Permanent: permanent},
	}}}
}

func answered(r *apply.Result, answer string) *apply.Result {
	var f *apply.Failure
	if errors.As(r.Changes[0].Err, &f) {
		f.Answer = answer
	}
	return r
}

func changed(verb apply.Verb, message string) *apply.Result {
	return &apply.Result{Changes: []apply.Change{{ID: deployment, Verb: verb, Message: message}}}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	const account = "system:serviceaccount:shop:deployer"
	for name, c := range map[string]struct {
		run  status.Run
		want []metav1.Condition
	}{
		"ready": {
			status.Run{Plan: ready()},
			[]metav1.Condition{condition("Ready", "True", "Ready", "Workflow site ready.")},
		},
		"skipped: nothing is left to do": {
			status.Run{Plan: plan(render.Skip, "False", "Skip", "Skipping Workflow site: off")},
			[]metav1.Condition{condition("Ready", "True", "Skip", "Skipping Workflow site: off")},
		},
		"waiting names what for": {
			status.Run{Plan: waiting()},
			[]metav1.Condition{
				condition("Ready", "Unknown", "Wait", "Awaiting Workflow site to be ready (waiting for Network/shop/main status.selfLink)."),
				condition("Reconciling", "True", "Progressing", "Awaiting Workflow site to be ready (waiting for Network/shop/main status.selfLink)."),
			},
		},
		"waiting names the innermost steps and their objects": {
			status.Run{Plan: plan(render.Retry, "Unknown", "Wait", "Awaiting Workflow site to be ready (not yet).",
				step("a", render.Ok), step("b", render.Retry), step("b[0]", render.Ok), step("b[1]", render.Retry), step("b2", render.DepSkip),
				step("c", render.Retry), step("d", render.Retry), step("e", render.Retry), step("f", render.Retry), step("g", render.Retry), step("h", render.Retry))},
			[]metav1.Condition{
				condition("Ready", "Unknown", "Wait", "Awaiting Workflow site to be ready (not yet). Waiting: b[1] (Deployment/shop/web), c (Deployment/shop/web), "+
					"d (Deployment/shop/web), e (Deployment/shop/web), f (Deployment/shop/web), and 2 more."),
				condition("Reconciling", "True", "Progressing", "Awaiting Workflow site to be ready (not yet). Waiting: b[1] (Deployment/shop/web), c (Deployment/shop/web), "+
					"d (Deployment/shop/web), e (Deployment/shop/web), f (Deployment/shop/web), and 2 more."),
			},
		},
		"failed for good": {
			status.Run{Plan: plan(render.PermFail, "False", "Failure", "Unrecoverable error reconciling Workflow site. (no).")},
			[]metav1.Condition{
				condition("Ready", "False", "Failure", "Unrecoverable error reconciling Workflow site. (no). At site.spec.steps.web."),
				condition("Stalled", "True", "Failure", "Unrecoverable error reconciling Workflow site. (no). At site.spec.steps.web."),
			},
		},
		"may not read": {
			status.Run{Plan: waiting(), Account: account, Refusals: []status.Refusal{{ID: deployment, Reason: status.AccessDenied, Message: "x"}}},
			[]metav1.Condition{
				condition("Ready", "False", "AccessDenied", "ServiceAccount/shop/deployer may not get Deployment/shop/web (apps): grant it, or name another account"),
				condition("Reconciling", "True", "ProgressingWithRetry", "ServiceAccount/shop/deployer may not get Deployment/shop/web (apps): grant it, or name another account"),
			},
		},
		"not served": {
			status.Run{Plan: waiting(), Refusals: []status.Refusal{{ID: deployment, Reason: status.NotServed}}},
			[]metav1.Condition{
				condition("Ready", "False", "NotServed", "the cluster does not serve Deployment of apps/v1, for Deployment/shop/web: install its CustomResourceDefinition"),
				condition("Reconciling", "True", "ProgressingWithRetry", "the cluster does not serve Deployment of apps/v1, for Deployment/shop/web: install its CustomResourceDefinition"),
			},
		},
		"another namespace": {
			status.Run{Plan: waiting(), Refusals: []status.Refusal{{
				ID: manifest.ID{APIVersion: "v1", Kind: "Secret", Namespace: "bank", Name: "keys"}, Reason: status.CrossNamespace,
			}}},
			[]metav1.Condition{
				condition("Ready", "False", "CrossNamespace", "Secret/bank/keys does not lie in namespace shop, and --no-cross-namespace-refs allows no other"),
				condition("Stalled", "True", "CrossNamespace", "Secret/bank/keys does not lie in namespace shop, and --no-cross-namespace-refs allows no other"),
			},
		},
		"the server does not answer": {
			status.Run{Plan: waiting(), Refusals: []status.Refusal{{ID: config, Reason: status.Unavailable, Message: "time-out"}}},
			[]metav1.Condition{
				condition("Ready", "False", "Unavailable", "ConfigMap/shop/web cannot be read: time-out"),
				condition("Reconciling", "True", "ProgressingWithRetry", "ConfigMap/shop/web cannot be read: time-out"),
			},
		},
		"may not write": {
			status.Run{Plan: waiting(), Account: account, Result: failure("create", "Forbidden", false)},
			[]metav1.Condition{
				condition("Ready", "False", "AccessDenied", "ServiceAccount/shop/deployer may not create Deployment/shop/web (apps): grant it, or name another account"),
				condition("Reconciling", "True", "ProgressingWithRetry", "ServiceAccount/shop/deployer may not create Deployment/shop/web (apps): grant it, or name another account"),
			},
		},
		"admission does not let it write": {
			status.Run{Plan: waiting(), Account: account, Result: answered(failure("create", "Forbidden", false), "exceeded quota")},
			[]metav1.Condition{
				condition("Ready", "False", "AccessDenied", "ServiceAccount/shop/deployer may not create Deployment/shop/web (apps): exceeded quota"),
				condition("Reconciling", "True", "ProgressingWithRetry", "ServiceAccount/shop/deployer may not create Deployment/shop/web (apps): exceeded quota"),
			},
		},
		"its namespace is missing": {
			status.Run{Plan: waiting(), Result: answered(failure("create", "NotFound", false), `namespaces "shop" not found`)},
			[]metav1.Condition{
				condition("Ready", "False", "ApplyFailed", `create Deployment/shop/web: NotFound: namespaces "shop" not found`),
				condition("Reconciling", "True", "ProgressingWithRetry", `create Deployment/shop/web: NotFound: namespaces "shop" not found`),
			},
		},
		"its kind is not served": {
			status.Run{Plan: waiting(), Result: failure("create", "NotServed", false)},
			[]metav1.Condition{
				condition("Ready", "False", "NotServed", "the cluster does not serve Deployment of apps/v1, for Deployment/shop/web: install its CustomResourceDefinition"),
				condition("Reconciling", "True", "ProgressingWithRetry", "the cluster does not serve Deployment of apps/v1, for Deployment/shop/web: install its CustomResourceDefinition"),
			},
		},
		"the server does not take it": {
			status.Run{Plan: waiting(), Result: answered(failure("apply", "Invalid", true), "no such field")},
			[]metav1.Condition{
				condition("Ready", "False", "Rejected", "the server refuses to apply Deployment/shop/web: Invalid: no such field"),
				condition("Stalled", "True", "Rejected", "the server refuses to apply Deployment/shop/web: Invalid: no such field"),
			},
		},
		"a write may work the next time": {
			status.Run{Plan: waiting(), Result: answered(failure("apply", "Timeout", false), "differs each time")},
			[]metav1.Condition{
				condition("Ready", "False", "ApplyFailed", "apply Deployment/shop/web: Timeout"),
				condition("Reconciling", "True", "ProgressingWithRetry", "apply Deployment/shop/web: Timeout"),
			},
		},
		"blocked": {
			status.Run{Plan: waiting(), Result: changed(apply.Blocked, "belongs to instance shop/other")},
			[]metav1.Condition{
				condition("Ready", "False", "Blocked", "Deployment/shop/web: belongs to instance shop/other"),
				condition("Reconciling", "True", "ProgressingWithRetry", "Deployment/shop/web: belongs to instance shop/other"),
			},
		},
		"not converging": {
			status.Run{Plan: waiting(), Result: changed(apply.NotConverging, "'spec' differs again")},
			[]metav1.Condition{
				condition("Ready", "False", "NotConverging", "Deployment/shop/web: 'spec' differs again"),
				condition("Stalled", "True", "NotConverging", "Deployment/shop/web: 'spec' differs again"),
			},
		},
		"what was done is no problem": {
			status.Run{Plan: ready(), Result: changed(apply.Deleted, "")},
			[]metav1.Condition{condition("Ready", "True", "Ready", "Workflow site ready.")},
		},
		"all problems are told, the first is the reason": {
			status.Run{
				Plan: waiting(), Refusals: []status.Refusal{{ID: config, Reason: status.Unavailable, Message: "time-out"}},
				Result: changed(apply.NotConverging, "again"),
			},
			[]metav1.Condition{
				condition("Ready", "False", "Unavailable", "ConfigMap/shop/web cannot be read: time-out; Deployment/shop/web: again"),
				condition("Stalled", "True", "NotConverging", "Deployment/shop/web: again"),
			},
		},
		"the instance cannot be run": {
			status.Run{Err: &status.StalledError{Reason: "IdentityChanged", Message: "renamed"}},
			[]metav1.Condition{condition("Ready", "False", "IdentityChanged", "renamed"), condition("Stalled", "True", "IdentityChanged", "renamed")},
		},
		"the run ended early": {
			status.Run{Plan: ready(), Err: errors.New("no answer")},
			[]metav1.Condition{
				condition("Ready", "False", "RunFailed", "no answer"),
				condition("Reconciling", "True", "ProgressingWithRetry", "no answer"),
			},
		},
		"torn down in reverse order": {
			status.Run{Ending: true, Result: &apply.Result{Inventory: []v1alpha1.InventoryEntry{
				{ObjectReference: v1alpha1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "a"}},
				{ObjectReference: v1alpha1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Name: "b"}},
			}}},
			[]metav1.Condition{
				condition("Ready", "Unknown", "Terminating", "being torn down, in this order: Namespace/b, ConfigMap/shop/a"),
				condition("Reconciling", "True", "Progressing", "being torn down, in this order: Namespace/b, ConfigMap/shop/a"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run.Instance, c.run.Now = instance(v1alpha1.WorkflowInstanceStatus{}), now
			assert.Equal(t, c.want, status.Of(c.run).Conditions)
		})
	}
}

// stepPlan has a step with a condition of its own, and one whose state failed.
func stepPlan() *render.Plan {
	p := ready()
	ok := render.Outcome{Type: render.Ok}
	p.Steps = []render.Step{{Path: "web", Outcome: ok}, {Path: "all", Outcome: render.Outcome{Type: render.Skip}}, {Path: "all[0]", Outcome: render.Outcome{Type: render.DepSkip}}, {Path: "web.in", Outcome: ok}}
	p.Conditions = append([]render.Condition{{Type: "WebReady", Status: "True", Reason: "Ready", Message: "web ready."}}, p.Conditions...)
	p.StateErrors = map[string]string{"web": "no such key"}
	p.State = map[string]any{"host": "a.example", "port": int64(80)}
	p.Managed = map[string]any{"workflow": "site", "resources": map[string]any{"web": nil}}
	return p
}

func TestOfIsTheWholeStatus(t *testing.T) {
	t.Parallel()
	w := instance(v1alpha1.WorkflowInstanceStatus{
		ObservedGeneration: 2, LastHandledReconcileAt: "old",
		Conditions: []metav1.Condition{
			{Type: "Ready", Status: "True", Reason: "Ready", LastTransitionTime: metav1.NewTime(earlier)},
			{Type: "WebReady", Status: "Unknown", Reason: "Wait", LastTransitionTime: metav1.NewTime(earlier)},
			{Type: "GoneReady", Status: "True", Reason: "Ready", LastTransitionTime: metav1.NewTime(earlier)},
			{Type: "Stalled", Status: "True", Reason: "Failure", LastTransitionTime: metav1.NewTime(earlier)},
		},
		State: &apiextensionsv1.JSON{Raw: []byte(`{"host":"old","gone":1}`)},
	})
	w.Annotations = map[string]string{v1alpha1.ReconcileRequestAnnotation: "now"}
	entry := v1alpha1.InventoryEntry{UID: "u", Step: "web", Policy: v1alpha1.PolicyDestroy}
	p := stepPlan()
	got := status.Of(status.Run{Instance: w, Plan: p, Result: &apply.Result{Inventory: []v1alpha1.InventoryEntry{entry}}, Now: now})
	stays := condition("Ready", "True", "Ready", "Workflow site ready. The state of step web is left as it was: no such key.")
	stays.LastTransitionTime = metav1.NewTime(earlier)
	assert.Equal(t, v1alpha1.WorkflowInstanceStatus{
		ObservedGeneration: 3, LastHandledReconcileAt: "now", Steps: "1/2",
		Conditions:       []metav1.Condition{stays, condition("WebReady", "True", "Ready", "web ready.")},
		State:            &apiextensionsv1.JSON{Raw: []byte(`{"gone":1,"host":"a.example","port":80}`)},
		ManagedResources: &apiextensionsv1.JSON{Raw: []byte(`{"resources":{"web":null},"workflow":"site"}`)},
		Inventory:        []v1alpha1.InventoryEntry{entry},
	}, got)

	t.Run("the next run, an hour later, says the same", func(t *testing.T) {
		t.Parallel()
		again := w.DeepCopy()
		again.Status = got
		assert.Equal(t, got, status.Of(status.Run{
			Instance: again, Plan: stepPlan(), Result: &apply.Result{Inventory: []v1alpha1.InventoryEntry{entry}}, Now: now.Add(time.Hour),
		}))
	})
	t.Run("a run without a plan says nothing new of steps, state and objects", func(t *testing.T) {
		t.Parallel()
		again := w.DeepCopy()
		again.Status = *got.DeepCopy()
		want := *got.DeepCopy()
		want.Conditions = []metav1.Condition{condition("Ready", "False", "DigestMismatch", "no"), condition("Stalled", "True", "DigestMismatch", "no"), got.Conditions[1]}
		assert.Equal(t, want, status.Of(status.Run{Instance: again, Err: &status.StalledError{Reason: "DigestMismatch", Message: "no"}, Now: now}))
	})
}

const definitions = `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - {label: one, ref: {kind: ValueFunction, name: f}, state: {a: =value.x, b: fixed}}
    - {label: two, ref: {kind: ValueFunction, name: f}, state: {c: =value.x}}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: f}
spec: {return: {x: 1}}
`

func TestStateRemembers(t *testing.T) {
	t.Parallel()
	program, err := render.CompileProgram("program", []byte(definitions))
	require.NoError(t, err)
	steps := func(one, two render.OutcomeType) []render.Step {
		return []render.Step{{Path: "one", Outcome: render.Outcome{Type: one}}, {Path: "two", Outcome: render.Outcome{Type: two}}}
	}
	const former = `{"a":"old","b":"old","c":"old","d":"old"}`
	for name, c := range map[string]struct {
		program     *render.Program
		steps       []render.Step
		stateErrors map[string]string
		state       map[string]any
		want        string
	}{
		"all ran":                            {program, steps(render.Ok, render.Ok), nil, map[string]any{"a": int64(1), "c": int64(2)}, `{"a":1,"c":2}`},
		"one waits":                          {program, steps(render.Retry, render.Ok), nil, map[string]any{"c": int64(2)}, `{"a":"old","b":"old","c":2}`},
		"one was skipped":                    {program, steps(render.Skip, render.Ok), nil, map[string]any{"c": int64(2)}, `{"a":"old","b":"old","c":2}`},
		"two is deferred":                    {program, steps(render.Ok, render.Deferred), nil, map[string]any{"a": int64(1)}, `{"a":1,"c":"old"}`},
		"two's state failed":                 {program, steps(render.Ok, render.Ok), map[string]string{"two": "no"}, map[string]any{"a": int64(1)}, `{"a":1,"c":"old"}`},
		"of a sub-workflow, one was skipped": {program, append(steps(render.Ok, render.Ok), render.Step{Path: "two.in"}), nil, map[string]any{"a": int64(1)}, `{"a":1}`},
		"nobody knows whose they are":        {nil, steps(render.Ok, render.Retry), nil, map[string]any{"a": int64(1)}, `{"a":1,"b":"old","c":"old","d":"old"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ready()
			p.Steps, p.State, p.StateErrors = c.steps, c.state, c.stateErrors
			w := instance(v1alpha1.WorkflowInstanceStatus{State: &apiextensionsv1.JSON{Raw: []byte(former)}})
			assert.Equal(t, c.want, string(status.Of(status.Run{Instance: w, Plan: p, Program: c.program, Now: now}).State.Raw))
		})
	}
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	long := make([]rune, 2000)
	for i := range long {
		long[i] = 'é'
	}
	got := status.Of(status.Run{Instance: instance(v1alpha1.WorkflowInstanceStatus{}), Plan: plan(render.Retry, "Unknown", "Wait", "x"+string(long)), Now: now})
	want := "x" + string(long[:510]) + "…" // 1021 bytes are left, which end inside a character
	assert.Equal(t, want, got.Conditions[0].Message)
	assert.Equal(t, want, got.Conditions[1].Message)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	result := &apply.Result{Changes: []apply.Change{
		{ID: config, Verb: apply.Created},
		{ID: deployment, Verb: apply.TookOver, Message: "from git"},
		{ID: manifest.ID{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: "web"}, Verb: apply.Created},
		{ID: deployment, Verb: apply.Blocked, Message: "by another"},
	}}
	changes := []status.Event{
		{Type: "Normal", Reason: "TookOver", Message: "Deployment/shop/web (from git)"},
		{Type: "Normal", Reason: "Created", Message: "ConfigMap/shop/web, Service/shop/web"},
	}
	blocked := status.Event{Type: "Warning", Reason: "Blocked", Message: "Deployment/shop/web: by another"}
	for name, c := range map[string]struct {
		run  status.Run
		want []status.Event
	}{
		"changes and a problem": {status.Run{Plan: waiting(), Result: result}, append(changes[:2:2], blocked)},
		"ready":                 {status.Run{Plan: ready()}, []status.Event{{Type: "Normal", Reason: "Ready", Message: "Workflow site ready."}}},
		"stalled": {
			status.Run{Err: &status.StalledError{Reason: "InvalidProgram", Message: "no"}},
			[]status.Event{{Type: "Warning", Reason: "InvalidProgram", Message: "no"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run.Instance, c.run.Now = instance(v1alpha1.WorkflowInstanceStatus{}), now
			assert.Equal(t, c.want, status.Events(c.run, v1alpha1.WorkflowInstanceStatus{}))

			after := status.Of(c.run)
			quiet := c.run
			quiet.Instance, quiet.Now = instance(after), now.Add(time.Hour)
			var want []status.Event
			if c.run.Result != nil {
				want = changes // they were made again; the problem is the same, and is told once
			}
			assert.Equal(t, want, status.Events(quiet, after))
		})
	}
}
