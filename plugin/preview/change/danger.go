// SPDX-License-Identifier: Apache-2.0

package change

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/korender/korender/render"
)

// Level says how bad an alarm is.
type Level string

// The levels.
const (
	Danger  Level = "danger"  // something may be lost, stop, or be refused by the cluster
	Caution Level = "caution" // worth a second look
)

// Alarm is one thing about a change that a reviewer should know.
type Alarm struct {
	Level Level  `json:"level"`
	Rule  string `json:"rule"`
	Path  string `json:"path"` // the field; "" for the whole object
	Why   string `json:"why"`
	Do    string `json:"do"`
}

// rule finds one kind of danger in a change. find lists the fields that are dangerous, "" for the whole object, each with
// why that is so.
type rule struct {
	name  string
	level Level
	do    string
	find  func(*Change) []finding
}

// finding is a dangerous field and why it is.
type finding struct{ path, why string }

// rules are all rules, in the order in which their alarms are listed.
var rules = []rule{
	{"immutable-field", Danger, "let the object be replaced on purpose: under a new name, or deleted first", immutableFields},
	{"immutable-data", Danger, "give the object a new name, and let what reads it follow", immutableData},
	{"selector", Danger, "see that Pods have the new labels before the Service asks for them", serviceSelector},
	{"volume-shrinks", Danger, "make a smaller claim beside it and move the data", shrinkingVolume},
	{"service-type", Danger, "see who reaches the Service by its address or port from outside", serviceType},
	{"crd-version", Danger, "keep serving the version until no object is stored in it and nobody asks for it", crdVersions},
	{"no-replicas", Danger, "see that nobody needs it; an autoscaler does not start again from 0", noReplicas},
	{"removes-data", Danger, "see that nothing in it is needed; back it up, or keep it", removesData},
	{"rbac-widens", Danger, "grant what is needed by name, and have it reviewed by those who own the cluster's rights", widerRights},
	{"rbac-everything", Danger, "grant what is needed by name, and have it reviewed by those who own the cluster's rights", everything},
	{"renamed", Danger, "keep the name, or see that both may exist at once and that nothing is stored in the old one", renamedObject},
	{"made-anew", Danger, "make it in two commits: first the program with a value that git knows, so that git marks the object; then the value that is left to live", unmarkedToLive},
	{"torn-down", Danger, "make it in two commits: first the value that git knows, so that live releases the object; then the program that never leaves it to live", unmarkedToGit},
	{"left-to-live", Caution, "see that the live reconciler runs in that cluster", leftToLive},
	{"stays-behind", Caution, "delete it by hand when it is not needed any more", staysBehind},
	{"rbac-new", Caution, "see that it grants no more than is needed", newRights},
	{"image-by-tag", Caution, "name the image by digest: a tag can be moved", imagesByTag},
}

// dangersOf lists what a reviewer should know about a change.
func dangersOf(c *Change) []Alarm {
	out := []Alarm{}
	for _, r := range rules {
		for _, f := range r.find(c) {
			out = append(out, Alarm{Level: r.level, Rule: r.name, Path: f.path, Why: f.why, Do: r.do})
		}
	}
	return out
}

// kindOf is Kind, or Kind.group outside of the groups that are part of Kubernetes.
func kindOf(c *Change) string {
	group := c.Object.Group()
	if strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") {
		return c.Object.Kind + "." + group
	}
	return c.Object.Kind
}

// immutable are the fields that a cluster refuses to change, as the beginnings of paths.
var immutable = map[string][]string{
	"Deployment":               {"spec.selector"},
	"ReplicaSet":               {"spec.selector"},
	"DaemonSet":                {"spec.selector"},
	"StatefulSet":              {"spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"},
	"Job":                      {"spec.selector", "spec.template", "spec.completionMode"},
	"Service":                  {"spec.clusterIP"},
	"PersistentVolumeClaim":    {"spec.storageClassName", "spec.accessModes", "spec.volumeMode", "spec.volumeName", "spec.selector", "spec.dataSource"},
	"StorageClass":             {"provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"},
	"RoleBinding":              {"roleRef"},
	"ClusterRoleBinding":       {"roleRef"},
	"Secret":                   {"type"},
	"IngressClass":             {"spec.controller"},
	"PriorityClass":            {"value"},
	"CSIDriver":                {"spec.attachRequired"},
	"CustomResourceDefinition": {"spec.scope", "spec.group", "spec.names.kind", "spec.names.plural"},
}

func immutableFields(c *Change) []finding {
	if c.Type == Added || c.Type == Removed {
		return nil
	}
	var out []finding
	for i := range c.Fields {
		f := &c.Fields[i]
		if kindOf(c) == "Service" && f.How != FieldChanged || f.How == FieldReordered {
			continue
		}
		if at := slices.IndexFunc(immutable[kindOf(c)], func(p string) bool { return begins(f.segments, segmentsOf(p)) }); at >= 0 {
			out = append(out, finding{f.Path, "a cluster refuses to change " + immutable[kindOf(c)][at] + " of a " + c.Object.Kind})
		}
	}
	return out
}

func immutableData(c *Change) []finding {
	if kind := kindOf(c); kind != "ConfigMap" && kind != "Secret" || c.before["immutable"] != true || c.after == nil {
		return nil
	}
	var out []finding
	for i := range c.Fields {
		switch f := &c.Fields[i]; f.segments[0] {
		case "data", "binaryData", "stringData", "immutable":
			out = append(out, finding{f.Path, "the object says immutable: true, and a cluster refuses to change it"})
		}
	}
	return out
}

func serviceSelector(c *Change) []finding {
	if kindOf(c) != "Service" || c.Type == Added || c.Type == Removed {
		return nil
	}
	var out []finding
	for i := range c.Fields {
		if f := &c.Fields[i]; begins(f.segments, []string{"spec", "selector"}) {
			out = append(out, finding{f.Path, "the Service sends its traffic to other Pods, or to none"})
		}
	}
	return out
}

func serviceType(c *Change) []finding {
	if kindOf(c) != "Service" || c.before == nil || c.after == nil {
		return nil
	}
	before, after := textAt(c.before, "spec", "type"), textAt(c.after, "spec", "type")
	if before == "" {
		before = "ClusterIP"
	}
	if after == "" {
		after = "ClusterIP"
	}
	if before == after {
		return nil
	}
	return []finding{{"spec.type", "from " + before + " to " + after + ": addresses and ports outside of the cluster come or go"}}
}

func noReplicas(c *Change) []finding {
	if !slices.Contains([]string{"Deployment", "StatefulSet", "ReplicaSet"}, kindOf(c)) || c.before == nil || c.after == nil {
		return nil
	}
	before, after := valueAt(c.before, "spec", "replicas"), valueAt(c.after, "spec", "replicas")
	if !same(after, int64(0)) || same(before, int64(0)) {
		return nil
	}
	return []finding{{"spec.replicas", "every Pod is stopped"}}
}

// holders are the kinds whose removal removes more than themselves.
var holders = map[string]string{
	"Namespace":                     "everything in the namespace is deleted with it",
	"PersistentVolumeClaim":         "the data on its volume may be deleted with it",
	"PersistentVolume":              "the data on it may be deleted with it",
	"CustomResourceDefinition":      "every object of its kind is deleted with it, in all namespaces",
	"StatefulSet":                   "its Pods are stopped, and their claims may go with it",
	"WorkflowInstance.korender.dev": "what the live reconciler made for it is torn down, after a time of grace",
}

func removesData(c *Change) []finding {
	if why := holders[kindOf(c)]; why != "" && c.Type == Removed && !kept(c.before) {
		return []finding{{"", why}}
	}
	return nil
}

// kept tells whether an object is marked so that the tool that applies it never deletes it.
func kept(value map[string]any) bool {
	options := strings.Split(textAt(value, "metadata", "annotations", "argocd.argoproj.io/sync-options"), ",")
	return slices.Contains(options, "Prune=false") || textAt(value, "metadata", "annotations", "kustomize.toolkit.fluxcd.io/prune") == "disabled" ||
		textAt(value, "metadata", "annotations", "helm.sh/resource-policy") == "keep"
}

func staysBehind(c *Change) []finding {
	if c.Type == Removed && c.Applier == Git && kept(c.before) {
		return []finding{{"", "the object is protected from pruning: it stays in the cluster, and nobody looks after it any more"}}
	}
	return nil
}

func renamedObject(c *Change) []finding {
	if c.Renamed == "" {
		return nil
	}
	return []finding{{"metadata.name", "it was " + c.Renamed + " before: the old object is deleted and a new one is made"}}
}

func leftToLive(c *Change) []finding {
	if c.Type != ToLive || len(unmarkedToLive(c)) > 0 {
		return nil
	}
	return []finding{{"", "git does not apply it any more, a live reconciler has to: " + c.Waiting()}}
}

// unmarkedToLive finds objects that the GitOps tool will delete, as nothing tells it to keep them for live.
func unmarkedToLive(c *Change) []finding {
	if c.Type != ToLive || marked(c.before) {
		return nil
	}
	return []finding{{"", "git applied it without a mark for live: the tool deletes it, and live makes it anew"}}
}

// unmarkedToGit finds objects that live may tear down, as its WorkflowInstance goes before it could release them.
func unmarkedToGit(c *Change) []finding {
	if c.Type != ToGit || marked(c.after) {
		return nil
	}
	return []finding{{"", "nothing of it is left to live any more: a WorkflowInstance that goes with this change tears down what it has not released yet"}}
}

func marked(value map[string]any) bool {
	return textAt(value, "metadata", "annotations", render.RenderedHash) != ""
}

var digested = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`@sha256:[0-9a-f]{64}$`) })

func imagesByTag(c *Change) []finding {
	if c.after == nil {
		return nil
	}
	before := map[string]bool{}
	imagesIn(nil, c.before, func(_, image string) { before[image] = true })
	var out []finding
	imagesIn(nil, c.after, func(path, image string) {
		if !before[image] && !digested().MatchString(image) {
			out = append(out, finding{path, fmt.Sprintf("%s is named by tag: what runs can change without a change in git", image)})
		}
	})
	return out
}

// imagesIn finds the images of containers, wherever Pods are described.
func imagesIn(at []string, v any, found func(path, image string)) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range sortedKeys(m) {
		here := append(slices.Clip(at), k)
		list, isList := m[k].([]any)
		if !isList || k != "containers" && k != "initContainers" {
			imagesIn(here, m[k], found)
			continue
		}
		for i, item := range list {
			name, ok := nameOf(item, []string{"name"})
			if !ok {
				name = index(i)
			}
			if image := textAt(item, "image"); image != "" {
				found(pathOf(append(slices.Clip(here), name, "image")), image)
			}
		}
	}
}
