// SPDX-License-Identifier: Apache-2.0

package eval

import (
	"fmt"
	"maps"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/expr"
	"github.com/korender/korender/render/manifest"
)

// parentStep is the step name of the trigger in provenance.
const parentStep = "parent"

// serverMetadata are the fields of metadata that a server fills in; what git has in them is not to be trusted.
var serverMetadata = []string{
	"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
	"managedFields", "selfLink", "ownerReferences", "finalizers",
}

// kindKey is a kind of whatever version.
type kindKey struct{ group, kind string }

// clusterScoped are the built-in kinds without a namespace. Any other trigger is taken to be namespaced, because its
// scope cannot be told without a schema.
var clusterScoped = map[kindKey]bool{
	{"", "Namespace"}: true, {"", "Node"}: true, {"", "PersistentVolume"}: true, {"", "ComponentStatus"}: true,
	{"rbac.authorization.k8s.io", "ClusterRole"}:                         true,
	{"rbac.authorization.k8s.io", "ClusterRoleBinding"}:                  true,
	{"apiextensions.k8s.io", "CustomResourceDefinition"}:                 true,
	{"apiregistration.k8s.io", "APIService"}:                             true,
	{"admissionregistration.k8s.io", "MutatingWebhookConfiguration"}:     true,
	{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"}:   true,
	{"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"}:        true,
	{"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"}: true,
	{"admissionregistration.k8s.io", "MutatingAdmissionPolicy"}:          true,
	{"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"}:   true,
	{"storage.k8s.io", "StorageClass"}:                                   true,
	{"storage.k8s.io", "CSIDriver"}:                                      true,
	{"storage.k8s.io", "CSINode"}:                                        true,
	{"storage.k8s.io", "VolumeAttachment"}:                               true,
	{"storage.k8s.io", "VolumeAttributesClass"}:                          true,
	{"scheduling.k8s.io", "PriorityClass"}:                               true,
	{"networking.k8s.io", "IngressClass"}:                                true,
	{"networking.k8s.io", "IPAddress"}:                                   true,
	{"networking.k8s.io", "ServiceCIDR"}:                                 true,
	{"node.k8s.io", "RuntimeClass"}:                                      true,
	{"certificates.k8s.io", "CertificateSigningRequest"}:                 true,
	{"certificates.k8s.io", "ClusterTrustBundle"}:                        true,
	{"flowcontrol.apiserver.k8s.io", "FlowSchema"}:                       true,
	{"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"}:       true,
	{"resource.k8s.io", "DeviceClass"}:                                   true,
	{"resource.k8s.io", "ResourceSlice"}:                                 true,
	{"gateway.networking.k8s.io", "GatewayClass"}:                        true,
}

// Owner is the object that owns what a Workflow makes.
type Owner struct {
	APIVersion, Kind, Namespace, Name, UID string
}

// parent is the trigger as its Workflow sees it. It also sets who it is and, when its uid is known, who owns what is
// made. The error is a diag.List.
func (e *evaluator) parent(t *Trigger) (any, error) {
	id, value := t.Object.ID, withoutRuntime(t.Object.Value)
	if id.Namespace == "" && !clusterScoped[kindKey{id.Group(), id.Kind}] {
		if e.opts.Namespace == "" {
			return nil, noNamespace(t)
		}
		id.Namespace = e.opts.Namespace
		value = withMetadata(value, "namespace", id.Namespace)
	}
	e.trigger = id
	o := &expr.Object{Value: value, ID: id, Step: parentStep, Mode: expr.Known, Trigger: true}
	if seen, ok := e.observed.Objects.Get(id); ok {
		o.Mode, o.Value = expr.Observed, withRuntime(value, seen.Value)
	}
	if e.owner = e.opts.Owner; e.owner == nil {
		e.owner = ownerOf(id, o.Value)
	}
	return o, nil
}

func noNamespace(t *Trigger) diag.List {
	return diag.List{{
		Code:    diag.NoNamespace,
		Pos:     diag.Pos{File: t.Object.From.File, Line: t.Object.From.Line},
		Message: fmt.Sprintf("%s has no namespace, and the render has no default one", t.Object.ID),
		Hint:    "write metadata.namespace, or give a default: --namespace NAME",
	}}
}

func ownerOf(id manifest.ID, value map[string]any) *Owner {
	metadata, _ := value["metadata"].(map[string]any)
	uid, _ := metadata["uid"].(string)
	if uid == "" {
		return nil
	}
	return &Owner{APIVersion: id.APIVersion, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name, UID: uid}
}

// withoutRuntime is the object as git may speak of it: without status and server metadata.
func withoutRuntime(value map[string]any) map[string]any {
	metadata, _ := value["metadata"].(map[string]any)
	dirty := false
	for _, field := range serverMetadata {
		if _, found := metadata[field]; found {
			dirty = true
		}
	}
	if _, found := value["status"]; !found && !dirty {
		return value
	}
	out := maps.Clone(value)
	delete(out, "status")
	if dirty {
		clean := maps.Clone(metadata)
		for _, field := range serverMetadata {
			delete(clean, field)
		}
		out["metadata"] = clean
	}
	return out
}

// withRuntime takes status and server metadata from an observed object, everything else from git.
func withRuntime(value, seen map[string]any) map[string]any {
	out := maps.Clone(value)
	if status, found := seen["status"]; found {
		out["status"] = status
	}
	metadata, _ := value["metadata"].(map[string]any)
	merged := make(map[string]any, len(metadata)+len(serverMetadata))
	maps.Copy(merged, metadata)
	observed, _ := seen["metadata"].(map[string]any)
	for _, field := range serverMetadata {
		if v, found := observed[field]; found {
			merged[field] = v
		}
	}
	out["metadata"] = merged
	return out
}

// withMetadata is a copy of an object with one more field in its metadata.
func withMetadata(value map[string]any, field string, v any) map[string]any {
	out := maps.Clone(value)
	if out == nil {
		out = make(map[string]any, 1)
	}
	metadata, _ := value["metadata"].(map[string]any)
	more := make(map[string]any, len(metadata)+1)
	maps.Copy(more, metadata)
	more[field] = v
	out["metadata"] = more
	return out
}
