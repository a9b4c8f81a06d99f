// SPDX-License-Identifier: Apache-2.0

package converge

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/gitops"
	"github.com/korender/korender/test/live/product"
)

// stage is what other systems do, and what an instance says of it.
type stage struct {
	name       string // of the folder; empty at the beginning
	conditions string // Type=Status Reason, sorted
	state      string
	inventory  string // Kind/name of what live has made, in this order
}

const (
	waiting = "Ready=Unknown Wait, Reconciling=True Progressing"
	done    = "Ready=True Ready"
)

const (
	bucketARN = `"bucketARN":"arn:aws:s3:::example-audit-archive"`
	digest    = `{"digest":"sha256:9d1f0c3be2a44c8f7a3b6f0e5b1c2d3e4f5061728394a5b6c7d8e9f00112233a"}`
)

// examples are those whose stages other systems play.
var examples = []struct {
	name, namespace string
	flux            bool
	stages          []stage
}{
	{"ack-bucket", "data", false, []stage{
		{"", "BucketReady=Unknown Wait, PolicyReady=Unknown DepSkip, " + waiting + ", RoleReady=Unknown DepSkip", "", ""},
		{"01-bucket-is-synced", "BucketReady=True Ready, PolicyReady=Unknown Wait, " + waiting + ", RoleReady=Unknown DepSkip", "{" + bucketARN + "}", "Policy/audit-read"},
		{"02-policy-is-synced", "BucketReady=True Ready, PolicyReady=True Ready, " + waiting + ", RoleReady=Unknown Wait", "{" + bucketARN + "}", "Policy/audit-read, Role/audit-reader"},
		{
			"03-role-is-synced", "BucketReady=True Ready, PolicyReady=True Ready, " + done + ", RoleReady=True Ready",
			"{" + bucketARN + `,"roleARN":"arn:aws:iam::111122223333:role/audit-reader"}`, "Policy/audit-read, Role/audit-reader",
		},
	}},
	{"argo-workflow", "ci", true, []stage{
		{"", "Built=Unknown Wait, " + waiting, "", ""},
		{"01-running", "Built=Unknown Wait, " + waiting, "", ""},
		{"02-succeeded", "Built=True Ready, " + done, digest, "ConfigMap/site-image"},
		{"03-published", "Built=True Ready, " + done, digest, "ConfigMap/site-image"},
	}},
	{"config-connector", "infra", false, []stage{
		{"", "FirewallReady=Unknown DepSkip, NetworkReady=Unknown Wait, " + waiting + ", SubnetReady=Unknown DepSkip", "", ""},
		{"01-network-is-updating", "FirewallReady=Unknown DepSkip, NetworkReady=Unknown Wait, " + waiting + ", SubnetReady=Unknown DepSkip", "", ""},
		{
			"02-network-is-ready", "FirewallReady=Unknown DepSkip, NetworkReady=True Ready, " + waiting + ", SubnetReady=Unknown Wait",
			"", "ComputeSubnetwork/edge-europe-west3",
		},
		{
			"03-subnet-is-ready", "FirewallReady=Unknown Wait, NetworkReady=True Ready, " + waiting + ", SubnetReady=True Ready",
			`{"gateway":"10.20.0.1"}`, "ComputeSubnetwork/edge-europe-west3, ComputeFirewall/edge-ingress",
		},
		{
			"04-all-ready", "FirewallReady=True Ready, NetworkReady=True Ready, " + done + ", SubnetReady=True Ready",
			`{"gateway":"10.20.0.1"}`, "ComputeSubnetwork/edge-europe-west3, ComputeFirewall/edge-ingress",
		},
	}},
	{"crossplane-database", "shop", true, []stage{
		{"", "AppReady=Unknown DepSkip, DatabaseReady=Unknown Wait, " + waiting, "", ""},
		{"01-claim-is-being-made", "AppReady=Unknown DepSkip, DatabaseReady=Unknown Wait, " + waiting, "", ""},
		{"02-claim-is-ready", "AppReady=Unknown DepSkip, DatabaseReady=True Ready, " + waiting, "", ""},
		// The Deployment has its real controller.
		{"03-secret-is-there", "AppReady=True Ready, DatabaseReady=True Ready, " + done, "", "Service/orders-db, Deployment/orders"},
	}},
	{"custom-controller", "analytics", true, []stage{
		{"", waiting + ", TopicsReady=Unknown Wait", "", ""},
		{"01-one-topic-is-ready", waiting + ", TopicsReady=Unknown Wait", "", ""},
		{"02-topics-are-ready", done + ", TopicsReady=True Ready", `{"topics":["clicks.raw","clicks.enriched"]}`, "ConfigMap/clicks-endpoints"},
		{"03-all-is-there", done + ", TopicsReady=True Ready", `{"topics":["clicks.raw","clicks.enriched"]}`, "ConfigMap/clicks-endpoints"},
	}},
}

// TestExamples plays each example's stages: what live makes, it makes in time and not before, and it says so. At the end
// nobody has anything left to do.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			namespace := server.Tenant(t)
			dir := product.Example(t, e.name, e.namespace, namespace)
			tool := toolOf(t, e.name, namespace, e.flux)
			manifests := server.Render(t, dir, "--target", tool.Target())
			known := manifests
			for _, s := range e.stages[1:] {
				known = append(known, observed(t, dir, s.name)...)
			}
			define(t, known)
			sync(t, tool, manifests)
			instances := product.Instances(manifests)
			require.Len(t, instances, 1)
			for _, s := range e.stages {
				if s.name != "" {
					play(t, observed(t, dir, s.name))
				}
				check(t, namespace, instances[0].GetName(), s)
			}
			finished(t, tool, namespace, manifests)
		})
	}
}

func toolOf(t *testing.T, app, namespace string, flux bool) gitops.Tool {
	t.Helper()
	if flux {
		tool, err := gitops.NewFlux(server.Config, app, namespace)
		require.NoError(t, err)
		return tool
	}
	tool, err := gitops.NewArgoCD(server.Config, app, namespace, true)
	require.NoError(t, err)
	return tool
}

func sync(t *testing.T, tool gitops.Tool, manifests []*unstructured.Unstructured) []string {
	t.Helper()
	did, err := tool.Sync(t.Context(), manifests)
	require.NoError(t, err)
	return did
}

// check waits until an instance says what it should.
func check(t *testing.T, namespace, name string, want stage) {
	t.Helper()
	var last *v1alpha1.WorkflowInstance
	product.Eventually(t, func() bool {
		last = server.Instance(t, namespace, name)
		return want == said(t, want.name, last)
	})
	assert.Equal(t, want, said(t, want.name, last), product.Describe(last))
}

func said(t *testing.T, name string, w *v1alpha1.WorkflowInstance) stage {
	t.Helper()
	var inventory []string
	for _, entry := range w.Status.Inventory {
		inventory = append(inventory, entry.Kind+"/"+entry.Name)
	}
	return stage{name, strings.Join(product.Conditions(w), ", "), product.State(t, w), strings.Join(inventory, ", ")}
}

// finished holds everybody to having nothing left to do: live writes no more, and the tool finds what it applied. Argo CD
// and Flux put fields back that others have changed, so this is asked only of what live could have changed.
func finished(t *testing.T, tool gitops.Tool, namespace string, manifests []*unstructured.Unstructured) {
	t.Helper()
	server.Quiet(t, namespace, 3*time.Second)
	for _, o := range manifests {
		there := server.Get(t, o.GetAPIVersion(), o.GetKind(), namespace, o.GetName())
		for _, m := range there.GetManagedFields() {
			if o.GetKind() != v1alpha1.Kind && m.Subresource == "" {
				assert.NotContains(t, m.Manager, "korender", "live wrote to %s %s, which git applies", o.GetKind(), o.GetName())
			}
		}
	}
	from, err := server.Audit.Now(t.Context())
	require.NoError(t, err)
	sync(t, tool, manifests)
	assert.Empty(t, sync(t, tool, manifests), "the tool never comes to rest")
	server.Quiet(t, namespace, 3*time.Second)
	assert.Empty(t, server.Writes(t, from, namespace), "a sync of the same manifests makes live write")
}
