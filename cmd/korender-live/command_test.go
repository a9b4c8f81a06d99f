// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v2"
)

// server plays an API server that has one instance, shop/site, and gathers what is patched.
func server(t *testing.T) (kubeconfig string, patches *[]string) {
	t.Helper()
	patches = &[]string{}
	instance := map[string]any{
		"apiVersion": "korender.dev/v1alpha1", "kind": "WorkflowInstance",
		"metadata": map[string]any{"namespace": "shop", "name": "site", "generation": 1},
		"spec":     map[string]any{"workflow": "site"},
		"status":   map[string]any{"steps": "1/2", "conditions": []any{map[string]any{"type": "Ready", "status": "True", "reason": "Ready", "message": "ready.", "observedGeneration": 1}}},
	}
	group := map[string]any{"name": "korender.dev", "versions": []any{map[string]any{"groupVersion": "korender.dev/v1alpha1", "version": "v1alpha1"}}}
	answers := map[string]any{
		"/api":               map[string]any{"kind": "APIVersions", "versions": []any{"v1"}},
		"/apis":              map[string]any{"kind": "APIGroupList", "groups": []any{group}},
		"/apis/korender.dev": group,
		"/apis/korender.dev/v1alpha1": map[string]any{"kind": "APIResourceList", "groupVersion": "korender.dev/v1alpha1", "resources": []any{
			map[string]any{"name": "workflowinstances", "kind": "WorkflowInstance", "namespaced": true, "verbs": []any{"get", "list"}},
		}},
		"/apis/korender.dev/v1alpha1/workflowinstances":                      map[string]any{"kind": "WorkflowInstanceList", "apiVersion": "korender.dev/v1alpha1", "items": []any{instance}},
		"/apis/korender.dev/v1alpha1/namespaces/empty/workflowinstances":     map[string]any{"kind": "WorkflowInstanceList", "apiVersion": "korender.dev/v1alpha1", "items": []any{}},
		"/apis/korender.dev/v1alpha1/namespaces/shop/workflowinstances/site": instance,
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, found := answers[r.URL.Path]
		if !found {
			w.WriteHeader(http.StatusNotFound)
			answer = map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "not found"}
		}
		if r.Method == http.MethodPatch {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			*patches = append(*patches, string(body))
		}
		assert.NoError(t, json.NewEncoder(w).Encode(answer))
	}))
	t.Cleanup(api.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := `{"apiVersion":"v1","kind":"Config","current-context":"a","clusters":[{"name":"a","cluster":{"server":"` + api.URL + `"}}],` +
		`"contexts":[{"name":"a","context":{"cluster":"a","namespace":"shop"}}]}`
	require.NoError(t, os.WriteFile(kubeconfig, []byte(text), 0o600))
	return kubeconfig, patches
}

func TestCommands(t *testing.T) {
	t.Parallel()
	kubeconfig, patches := server(t)
	for _, c := range []struct {
		name    string
		args    []string
		out     string // of both streams
		code    int
		patched []string
	}{
		{name: "get all", args: []string{"get", "-A"}, out: "NAMESPACE   NAME   WORKFLOW   READY   REASON   STEPS   AGE\nshop        site   site       True    Ready    1/2     -\n"},
		{name: "get one, flags last", args: []string{"get", "site", "-o", "wide"}, out: "NAME   WORKFLOW   READY   REASON   STEPS   AGE   MESSAGE\nsite   site       True    Ready    1/2     -     ready.\n"},
		{
			name: "get as yaml", args: []string{"get", "site", "--namespace=shop", "-o=yaml"},
			out: "- message: ready.\n  name: site\n  namespace: shop\n  ready: \"True\"\n  reason: Ready\n  steps: 1/2\n  workflow: site\n",
		},
		{name: "get none", args: []string{"get", "-n", "empty"}, out: "no WorkflowInstances found\n"},
		{name: "get none as json", args: []string{"get", "-n", "empty", "-o", "json"}, out: "[]\n"},
		{name: "get what is not there", args: []string{"get", "other"}, out: "get WorkflowInstance shop/other: not found", code: exitUnexpected},
		{name: "get one of all", args: []string{"get", "site", "-A"}, out: "korender-live get takes one NAME in one namespace, or none\n  hint: korender-live get --help shows how", code: exitUsage},
		{name: "an unknown format", args: []string{"get", "-o", "text"}, out: "unknown output format \"text\": it is one of table, wide, json, yaml\n  hint: korender-live get --help shows how", code: exitUsage},
		{name: "an unknown flag", args: []string{"get", "--all"}, out: "flag provided but not defined: -all\n  hint: korender-live get --help lists the flags", code: exitUsage},
		{name: "an unknown flag, last", args: []string{"get", "site", "--all"}, out: "unknown flag --all\n  hint: korender-live get --help shows how", code: exitUsage},
		{name: "a flag without its value", args: []string{"get", "site", "-n"}, out: "flag -n needs a value\n  hint: korender-live get --help shows how", code: exitUsage},
		{
			name: "a value of the wrong kind", args: []string{"reconcile", "site", "--timeout", "x"}, code: exitUsage,
			out: "flag --timeout: parse error\n  hint: korender-live reconcile --help shows how",
		},
		{name: "trace nothing", args: []string{"trace"}, out: "korender-live trace takes the NAME of one instance\n  hint: korender-live trace --help shows how", code: exitUsage},
		{name: "trace what is not there", args: []string{"trace", "other"}, out: "get WorkflowInstance shop/other: not found", code: exitUnexpected},
		{name: "no flag after --", args: []string{"trace", "site", "--", "-o"}, out: "korender-live trace takes the NAME of one instance\n  hint: korender-live trace --help shows how", code: exitUsage},
		{name: "suspend", args: []string{"suspend", "site"}, out: "suspended shop/site\n", patched: []string{`{"spec":{"suspend":true}}`}},
		{name: "resume", args: []string{"resume", "site"}, out: "shop/site was not suspended\n"},
		{name: "wait in vain", args: []string{"reconcile", "site", "--wait", "--timeout", "1ms"}, out: "wait for the run of shop/site: context deadline exceeded", code: exitUnexpected},
	} {
		*patches = nil
		out, code := executed(t, append([]string{"korender-live", c.args[0], "--kubeconfig", kubeconfig}, c.args[1:]...))
		assert.Equal(t, c.out, out, c.name)
		assert.Equal(t, c.code, code, c.name)
		if c.code == exitOK {
			assert.Equal(t, c.patched, *patches, c.name)
		}
	}
}

// executed runs a command line; what it fails with comes behind its output.
func executed(t *testing.T, args []string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	app := newApp()
	app.Writer, app.ErrWriter = &out, &out
	err := app.RunContext(t.Context(), args)
	var coded cli.ExitCoder
	switch {
	case err == nil:
		return out.String(), exitOK
	case errors.As(err, &coded):
		return out.String() + err.Error(), coded.ExitCode()
	default:
		return out.String() + err.Error(), exitUnexpected
	}
}

// TestFlagsAreDocumented: the README has every flag of the controller, and what config sets are flags.
func TestFlagsAreDocumented(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("..", "..", "live", "README.md"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, f := range controllerFlags() {
		known["--"+f.Names()[0]] = true
		assert.Contains(t, string(readme), "`--"+f.Names()[0]+"`")
	}
	for _, file := range []string{"deployment.yaml", filepath.Join("sidecar", "container.yaml")} {
		text, err := os.ReadFile(filepath.Join("..", "..", "live", "config", file))
		require.NoError(t, err)
		set := regexp.MustCompile(`(?m)^ +- (--[a-z-]+)`).FindAllStringSubmatch(string(text), -1)
		assert.Len(t, set, 3, file)
		for _, m := range set {
			assert.True(t, known[m[1]], "%s: %s", file, m[1])
		}
	}
}

// TestFluxFlagsAreDocumented: the README of the controller for Flux has its flags, and what its config sets are flags.
func TestFluxFlagsAreDocumented(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "plugin", "flux")
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, f := range fluxFlags() {
		known["--"+f.Names()[0]] = true
		assert.Contains(t, string(readme), "`--"+f.Names()[0]+"`")
	}
	for _, f := range controllerFlags() {
		known["--"+f.Names()[0]] = true
	}
	text, err := os.ReadFile(filepath.Join(folder, "config", "deployment.yaml"))
	require.NoError(t, err)
	set := regexp.MustCompile(`(?m)^ +- (--[a-z-]+)`).FindAllStringSubmatch(string(text), -1)
	assert.Len(t, set, 7)
	for _, m := range set {
		assert.True(t, known[m[1]], m[1])
	}
}

// TestControllersAreChosen: what cannot be run is refused before anything is connected to.
func TestControllersAreChosen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ args, out string }{
		"an unknown controller": {"--controllers=live,helm", `--controllers knows no "helm": it takes live, flux or both, as in --controllers=live,flux`},
		"too few artifacts":     {"--controllers=flux --artifact-retention-records=1", "--artifact-retention-records 1 is less than 2: consumers that are slow still want the artifact before"},
	} {
		out, code := executed(t, append([]string{"korender-live"}, strings.Fields(c.args)...))
		assert.Equal(t, c.out, out, name)
		assert.Equal(t, exitUsage, code, name)
	}
}
