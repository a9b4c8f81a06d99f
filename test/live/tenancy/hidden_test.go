// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/product"
)

// in puts a namespace into a text.
func in(namespace, text string) string { return strings.ReplaceAll(text, "NAMESPACE", namespace) }

// replace puts texts in the place of others.
func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

// hidden looks for values of Secrets in all that people can read of an instance, and in what the commands print.
func hidden(t *testing.T, a *app, values ...string) {
	t.Helper()
	kept(t, a, values...)
	search(t, map[string]string{
		"trace":         server.Run(t, "trace", a.instance, "-n", a.namespace),
		"trace -o json": server.Run(t, "trace", a.instance, "-n", a.namespace, "-o", "json"),
		"get -o yaml":   server.Run(t, "get", a.instance, "-n", a.namespace, "-o", "yaml"),
	}, values)
}

// kept looks for values of Secrets in the status of an instance and that of its trigger, as they were ever written, in
// Events, and in the logs of both controllers.
func kept(t *testing.T, a *app, values ...string) {
	t.Helper()
	places := map[string]string{}
	for _, r := range wrote(t, 0, a.namespace) {
		if r.Object.Resource == "workflowinstances" || r.Object.Resource == "events" || r.Object.Subresource == "status" {
			places[r.Object.String()] += string(r.Body) + "\n"
		}
	}
	require.NotEmpty(t, places)
	status, err := json.Marshal(server.Instance(t, a.namespace, a.instance).Status)
	require.NoError(t, err)
	places["the status"] = string(status)
	if server.Exists(t, "tenancy.example.com/v1", "Tenant", a.namespace, "one") {
		trigger, err := json.Marshal(server.Get(t, "tenancy.example.com/v1", "Tenant", a.namespace, "one"))
		require.NoError(t, err)
		places["the trigger"] = string(trigger)
	}
	var events corev1.EventList
	require.NoError(t, server.Client.List(t.Context(), &events, client.InNamespace(a.namespace)))
	text, err := json.Marshal(events)
	require.NoError(t, err)
	places["the events"] = string(text)
	for name, c := range map[string]*product.Controller{"the log": lenient, "the strict log": strict} {
		places[name], err = c.Log()
		require.NoError(t, err)
	}
	search(t, places, values)
}

// search looks for values in texts.
func search(t *testing.T, places map[string]string, values []string) {
	t.Helper()
	for _, value := range values {
		for _, form := range forms(t, value) {
			for place, text := range places {
				if at := strings.Index(text, form); at >= 0 {
					assert.Fail(t, "a value of a Secret is told", "%s has %s: %s", place, form, text[max(0, at-600):min(len(text), at+300)])
				}
			}
		}
	}
}

// forms are the ways in which a text may stand in another one.
func forms(t *testing.T, value string) []string {
	t.Helper()
	escaped, err := json.Marshal(value)
	require.NoError(t, err)
	twice, err := json.Marshal(string(escaped))
	require.NoError(t, err)
	plain := &strings.Builder{}
	encoder := json.NewEncoder(plain)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(value))
	trim := func(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }
	return []string{
		value, trim(string(escaped)), trim(plain.String()), trim(strings.ReplaceAll(string(twice), `\"`, "")),
		trim(strconv.Quote(value)), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(value)), "="),
	}
}
