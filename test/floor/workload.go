// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// resources are the compute resources of each size: CPU request, then memory, which is request and limit.
var resources = map[string][2]string{
	"small":  {"100m", "128Mi"},
	"medium": {"250m", "512Mi"},
	"large":  {"1", "2Gi"},
}

// app is one WebApp with its defaults filled in.
type app struct {
	name, namespace, team, image, version, size, host string
	replicas, port                                    *yaml.Node
	env                                               *yaml.Node
}

// workload is the Deployment, the Service and, with a host, the Ingress of one WebApp.
func workload(doc *yaml.Node) []*yaml.Node {
	a := app{
		name: text(doc, "metadata", "name"), namespace: text(doc, "metadata", "namespace"),
		team: text(doc, "metadata", "labels", "team"), image: text(doc, "spec", "image"),
		size: text(doc, "spec", "size"), host: text(doc, "spec", "host"),
		replicas: get(doc, "spec", "replicas"), port: get(doc, "spec", "port"), env: get(doc, "spec", "env"),
	}
	a.version = a.image[strings.LastIndex(a.image, ":")+1:]
	if a.replicas == nil {
		a.replicas = number("2")
	}
	if a.size == "" {
		a.size = "small"
	}
	objects := []*yaml.Node{a.deployment(), a.service()}
	if a.host != "" {
		objects = append(objects, a.ingress())
	}
	return objects
}

func (a *app) deployment() *yaml.Node {
	return a.object("apps/v1", "Deployment", dict(
		"replicas", a.replicas,
		"revisionHistoryLimit", number("3"),
		"selector", dict("matchLabels", a.selector()),
		"strategy", dict(
			"rollingUpdate", dict("maxSurge", number("1"), "maxUnavailable", number("0")),
			"type", str("RollingUpdate")),
		"template", dict(
			"metadata", dict("labels", a.labels()),
			"spec", dict(
				"automountServiceAccountToken", boolean("false"),
				"containers", list(a.container()),
				"securityContext", dict(
					"runAsNonRoot", boolean("true"),
					"seccompProfile", dict("type", str("RuntimeDefault"))),
				"terminationGracePeriodSeconds", number("30")))))
}

func (a *app) container() *yaml.Node {
	size := resources[a.size]
	container := dict("name", str("app"))
	if a.env != nil {
		container.Content = append(container.Content, str("env"), a.env)
	}
	container.Content = append(container.Content, dict(
		"image", str(a.image),
		"ports", list(dict("name", str("http"), "containerPort", a.port)),
		"readinessProbe", dict(
			"httpGet", dict("path", str("/healthz"), "port", str("http")),
			"periodSeconds", number("5")),
		"resources", dict(
			"limits", dict("memory", str(size[1])),
			"requests", dict("cpu", str(size[0]), "memory", str(size[1]))),
		"securityContext", dict(
			"allowPrivilegeEscalation", boolean("false"),
			"capabilities", dict("drop", list(str("ALL"))),
			"readOnlyRootFilesystem", boolean("true"))).Content...)
	return container
}

func (a *app) service() *yaml.Node {
	return a.object("v1", "Service", dict(
		"ports", list(dict("name", str("http"), "port", number("80"), "targetPort", str("http"))),
		"selector", a.selector(),
		"type", str("ClusterIP")))
}

func (a *app) ingress() *yaml.Node {
	backend := dict("service", dict("name", str(a.name), "port", dict("number", number("80"))))
	return a.object("networking.k8s.io/v1", "Ingress", dict(
		"rules", list(dict(
			"host", str(a.host),
			"http", dict("paths", list(dict(
				"backend", backend, "path", str("/"), "pathType", str("Prefix")))))),
		"tls", list(dict("hosts", list(str(a.host)), "secretName", str(a.name+"-tls")))))
}

func (a *app) object(apiVersion, kind string, spec *yaml.Node) *yaml.Node {
	return dict(
		"apiVersion", str(apiVersion),
		"kind", str(kind),
		"metadata", dict("name", str(a.name), "namespace", str(a.namespace), "labels", a.labels()),
		"spec", spec)
}

func (a *app) labels() *yaml.Node {
	return dict(
		"app.kubernetes.io/name", str(a.name),
		"app.kubernetes.io/part-of", str(a.team),
		"app.kubernetes.io/version", str(a.version))
}

func (a *app) selector() *yaml.Node { return dict("app.kubernetes.io/name", str(a.name)) }

// dict is a map of key, value, key, value …: keys are strings, values nodes.
func dict(pairs ...any) *yaml.Node {
	content := make([]*yaml.Node, len(pairs))
	for i, p := range pairs {
		if key, ok := p.(string); ok {
			content[i] = str(key)
		} else {
			content[i], _ = p.(*yaml.Node)
		}
	}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
}

func list(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

func str(v string) *yaml.Node     { return scalar("!!str", v) }
func number(v string) *yaml.Node  { return scalar("!!int", v) }
func boolean(v string) *yaml.Node { return scalar("!!bool", v) }

func scalar(tag, v string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: v}
}
