// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// planted are the values of one namespace's Secret: one that quotes, patterns and HTML have to escape, one that could be a
// name, a leaf of a document, a line of a key, and a number.
type planted struct{ password, handle, leaf, line, number string }

func plant(t *testing.T, namespace string) planted {
	t.Helper()
	sum := fnv.New32a()
	_, err := sum.Write([]byte(namespace))
	require.NoError(t, err)
	p := planted{
		`Tr0ub4dor&3(<"quoted\back>` + namespace, "plain-handle-" + namespace, "deep-leaf-" + namespace,
		"MIIBVwIBADANBgkqhkiG9w0BAQEFAASCAT" + namespace, strconv.Itoa(190_000_000_000 + int(sum.Sum32())),
	}
	secret(t, namespace, "credentials", map[string]string{
		"password": p.password, "handle": p.handle, "number": p.number,
		"document": `{"deep": "` + p.leaf + `"}`,
		"key":      "-----BEGIN PRIVATE KEY-----\n" + p.line + "\n-----END PRIVATE KEY-----\n",
	})
	return p
}

func (p planted) all() []string { return []string{p.password, p.handle, p.leaf, p.line, p.number} }

// leaking reads the Secret and has the step use do something with it.
const leaking = `
apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: leak}
spec:
  crdRef: {apiGroup: tenancy.example.com, version: v1, kind: Tenant}
  steps:
    - {label: secret, ref: {kind: ResourceFunction, name: secret}, inputs: {namespace: =parent.metadata.namespace}}
    - label: use
      REF
      inputs:
        namespace: =parent.metadata.namespace
        password: =steps.secret.password
        raw: =steps.secret.raw
        handle: =steps.secret.handle
        document: =steps.secret.document
        key: =steps.secret.key
        number: =steps.secret.number
      condition: {type: Used, name: Used}
      state: STATE
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: secret}
spec:
  apiConfig: {apiVersion: v1, kind: Secret, name: credentials, namespace: =inputs.namespace, readonly: true}
  resource: {}
  return:
    password: =resource.data.password.b64decode()
    raw: =resource.data.password
    handle: =resource.data.handle.b64decode()
    document: =resource.data.document.b64decode()
    key: =resource.data.key.b64decode()
    number: =resource.data.number.b64decode()
---
`

const useValue = "apiVersion: koreo.dev/v1beta1\nkind: ValueFunction\nmetadata: {name: use}\nspec:\n"

// leak is one thing that a program does with a Secret.
type leak struct {
	name           string
	ref            string // of the step; the ValueFunction use when it is empty
	use            string // the function use: its spec, or all of it when it begins with a line break
	state          string // of the step; {} when it is empty
	status, reason string // that Ready comes to
	want           string // the state that is published; not looked at when it is empty
	before         string // an object that is there before
	named          bool   // objects are named by a value: trace, which names objects, is not looked at
}

// making is a ResourceFunction use that live applies.
func making(rest string) string {
	return "\napiVersion: koreo.dev/v1beta1\nkind: ResourceFunction\nmetadata: {name: use, annotations: {korender.dev/apply: live}}\n" +
		"spec:\n  create: {delay: 1}\n  update: {patch: {delay: 1}}\n" + rest
}

const madeConfigMap = "  apiConfig: {apiVersion: v1, kind: ConfigMap, name: made, namespace: =inputs.namespace}\n"

var leaks = []leak{
	{name: "int", use: "  return: {n: =int(inputs.password)}", status: "False", reason: "Failure"},
	{name: "timestamp", use: "  return: {n: =timestamp(inputs.password)}", status: "False", reason: "Failure"},
	{name: "duration", use: "  return: {n: =duration(inputs.password)}", status: "False", reason: "Failure"},
	{name: "from-json", use: "  return: {n: =from_json(inputs.password)}", status: "False", reason: "Failure"},
	{name: "pattern", use: `  return: {n: ="x".matches(inputs.password)}`, status: "False", reason: "Failure"},
	{name: "missing-key", use: "  return: {n: \"={'a': 1}[inputs.password]\"}", status: "False", reason: "Failure"},
	{name: "b64decode", use: "  return: {n: =inputs.password.b64decode()}", status: "False", reason: "Failure"},
	{name: "format", use: `  return: {n: '=inputs.password.format([1]) + "%d".format([inputs.password])'}`, status: "False", reason: "Failure"},
	{name: "conversion", use: "  return: {n: =double(inputs.handle) + uint(inputs.number)}", status: "False", reason: "Failure"},
	{
		name: "retry", use: `  preconditions: [{assert: =false, retry: {message: ="not " + inputs.password + " nor " + inputs.raw, delay: 300}}]`,
		status: "Unknown", reason: "Wait",
	},
	{
		name: "perm-fail", use: `  preconditions: [{assert: =false, permFail: {message: =inputs.raw + inputs.number + inputs.document}}]`,
		status: "False", reason: "Failure",
	},
	{
		name: "skip", use: `  preconditions: [{assert: =false, skip: {message: ="no " + inputs.password}}]`,
		status: "True", reason: "Ready",
	},
	{
		name: "no-case", ref: "refSwitch: {switchOn: =inputs.password, cases: [{case: a, kind: ValueFunction, name: use}]}",
		use: "  return: {n: 1}", status: "False", reason: "Failure",
	},
	{
		name: "no-template", use: making(madeConfigMap + "  resourceTemplateRef: {name: =inputs.handle}\n"),
		status: "Unknown", reason: "Wait",
	},
	{
		name: "state", use: "  return: {password: =inputs.password, raw: =inputs.raw, number: =int(inputs.number), leaf: =from_json(inputs.document).deep, " +
			`line: "=inputs.key.split('\\n')[1]", url: "='postgres://u:' + inputs.handle + '@db'", map: "={inputs.handle: inputs.raw}", plain: told}`,
		state: "{all: =value}", status: "True", reason: "Ready",
		want: `{"all":{"leaf":"(redacted)","line":"(redacted)","map":{"(redacted)":"(redacted)"},"number":"(redacted)",` +
			`"password":"(redacted)","plain":"told","raw":"(redacted)","url":"postgres://u:(redacted)@db"}}`,
	},
	{
		name: "config-map", use: making(madeConfigMap + "  resource: {data: {password: =inputs.password, raw: =inputs.raw}}\n  return: {v: =resource.data.password}\n"),
		state: "{made: =value.v}", status: "True", reason: "Ready", want: `{"made":"(redacted)"}`,
	},
	{
		name: "conflict", use: making(madeConfigMap + "  resource: {data: {password: =inputs.password}}\n"),
		before: "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {password: theirs}}",
		status: "False", reason: "Blocked",
	},
	{
		name: "difference", use: making(madeConfigMap + "  resource: {data: {a: b}}\n  postconditions:\n" +
			"    - {assert: =resource.data.a == inputs.password, retry: {message: =resource.data.a + ' is not ' + inputs.password, delay: 300}}\n"),
		status: "Unknown", reason: "Wait",
	},
	{
		name: "label", use: making(madeConfigMap + "  resource: {metadata: {labels: {a: =inputs.password, b: =inputs.document}}}\n"),
		status: "False", reason: "Rejected",
	},
	{
		name: "type", use: making("  apiConfig: {apiVersion: apps/v1, kind: Deployment, name: made, namespace: =inputs.namespace}\n" +
			"  resource: {spec: {replicas: =inputs.handle, paused: =inputs.password}}\n"),
		status: "False", // the server calls it an error of its own
	},
	{
		name: "invalid", use: making("  apiConfig: {apiVersion: v1, kind: Service, name: made, namespace: =inputs.namespace}\n" +
			"  resource: {spec: {type: =inputs.password, externalName: =inputs.handle, ports: [{port: 80, name: =inputs.key}]}}\n"),
		status: "False", reason: "Rejected",
	},
	{
		name: "name", named: true, use: making("  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.password, namespace: =inputs.namespace}\n  resource: {data: {a: b}}\n"),
		status: "False", reason: "Rejected",
	},
	{
		name: "namespace", named: true, use: making("  apiConfig: {apiVersion: v1, kind: ConfigMap, name: made, namespace: =inputs.handle}\n  resource: {data: {a: b}}\n"),
		status: "False", reason: "AccessDenied",
	},
	{
		name: "absent", named: true, use: "\napiVersion: koreo.dev/v1beta1\nkind: ResourceFunction\nmetadata: {name: use}\nspec:\n" +
			"  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.handle, namespace: =inputs.namespace, readonly: true}\n  resource: {}\n",
		status: "Unknown", reason: "Wait",
	},
	{
		name: "secret", use: making("  apiConfig: {apiVersion: v1, kind: Secret, name: made, namespace: =inputs.namespace}\n" +
			"  resource: {data: {copy: =inputs.raw}, immutable: false}\n  return: {v: =resource.data.copy}\n"),
		state: "{made: =value.v}", status: "True", reason: "Ready", want: `{"made":"(redacted)"}`,
	},
	{
		name: "invalid-secret", use: making("  apiConfig: {apiVersion: v1, kind: Secret, name: made, namespace: =inputs.namespace}\n" +
			"  resource: {type: kubernetes.io/tls, data: {a: =inputs.password}}\n"),
		status: "False", // the server calls it an error of its own
	},
}

// TestSecretsAreTold has programs do all sorts of things with a Secret that they may read: its values get into the objects
// that the programs build, and nowhere else.
func TestSecretsAreTold(t *testing.T) {
	t.Parallel()
	for _, l := range leaks {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			namespace := server.Tenant(t)
			p := plant(t, namespace)
			if l.before != "" {
				o, err := plane.Objects([]byte(l.before))
				require.NoError(t, err)
				o[0].SetNamespace(namespace)
				require.NoError(t, server.Apply(t.Context(), o[0]))
			}
			a := deploy(t, namespace, source{settings: "triggers: emit\n", program: l.program()})
			w := a.await(l.status, l.reason)
			if l.want != "" {
				assert.Equal(t, l.want, product.State(t, w))
			}
			a.triggerSays()
			if l.named {
				kept(t, a, p.all()...)
			} else {
				hidden(t, a, p.all()...)
			}
		})
	}
}

// TestSecretIsData holds the same programs to what they may do: the ConfigMap has the values.
func TestSecretIsData(t *testing.T) {
	t.Parallel()
	namespace := server.Tenant(t)
	p := plant(t, namespace)
	l := leak{use: making(madeConfigMap + "  resource: {data: {password: =inputs.password, raw: =inputs.raw}}\n")}
	a := deploy(t, namespace, source{settings: "triggers: emit\n", program: l.program()})
	a.await("True", "Ready")
	raw := base64.StdEncoding.EncodeToString([]byte(p.password))
	assert.Equal(t, map[string]any{"password": p.password, "raw": raw}, data(t, namespace, "made"))
	hidden(t, a, p.all()...)
}

func (l *leak) program() string {
	ref, use, state := l.ref, l.use, l.state
	if ref == "" {
		ref = "ref: {kind: ValueFunction, name: use}"
		if use[0] == '\n' {
			ref = "ref: {kind: ResourceFunction, name: use}"
		}
	}
	if use[0] != '\n' {
		use = useValue + use + "\n"
	}
	if state == "" {
		state = "{}"
	}
	return replace(leaking, "REF", ref, "STATE", state) + use
}

// triggerSays waits until the trigger says of itself what the instance says.
func (a *app) triggerSays() {
	a.Helper()
	require.True(a, product.Eventually(a.T, func() bool {
		o := server.Get(a.T, "tenancy.example.com/v1", "Tenant", a.namespace, "one")
		text, err := json.Marshal(map[string]any{"status": o.Object["status"]})
		require.NoError(a, err)
		var told v1alpha1.WorkflowInstance
		require.NoError(a, json.Unmarshal(text, &told))
		w := server.Instance(a.T, a.namespace, a.instance)
		return len(told.Status.Conditions) > 0 && message(a.T, &told, "Ready") == message(a.T, w, "Ready")
	}), "the trigger does not say what the instance says")
}
