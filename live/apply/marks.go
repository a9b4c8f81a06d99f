// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/korender/korender/live/api/v1alpha1"
	"github.com/korender/korender/render"
)

// What GitOps tools put on the objects that are theirs.
const (
	argoTracking  = "argocd.argoproj.io/tracking-id"        // annotation
	argoLabel     = "app.kubernetes.io/instance"            // label, also in use for other ends
	fluxName      = "kustomize.toolkit.fluxcd.io/name"      // label
	fluxNamespace = "kustomize.toolkit.fluxcd.io/namespace" // label

	lastApplied = "koreo.dev/last-applied-configuration" // annotation; not part of what is wanted
)

// toolAnnotations and toolLabels are marks that never are on an object which live created or took over.
var (
	toolAnnotations = []string{render.RenderedHash, argoTracking}
	toolLabels      = []string{fluxName, fluxNamespace}
)

func metadataOf(o map[string]any) map[string]any {
	m, _ := o["metadata"].(map[string]any)
	return m
}

func textIn(o map[string]any, field, key string) string {
	m, _ := metadataOf(o)[field].(map[string]any)
	text, _ := m[key].(string)
	return text
}

func annotation(o map[string]any, name string) string { return textIn(o, "annotations", name) }

func uidOf(o map[string]any) types.UID {
	uid, _ := metadataOf(o)["uid"].(string)
	return types.UID(uid)
}

func versionOf(o map[string]any) string {
	version, _ := metadataOf(o)["resourceVersion"].(string)
	return version
}

func terminating(o map[string]any) bool { return metadataOf(o)["deletionTimestamp"] != nil }

// finalizersOf names what holds a terminating object back.
func finalizersOf(o map[string]any) string {
	list, _ := metadataOf(o)["finalizers"].([]any)
	var names []string
	for _, f := range list {
		if name, ok := f.(string); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// markOf is the instance that an object says it belongs to; the zero value when it says nothing.
func markOf(o map[string]any) types.NamespacedName {
	namespace, name, ok := strings.Cut(annotation(o, v1alpha1.InstanceAnnotation), "/")
	if !ok {
		return types.NamespacedName{}
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}

// rendered tells whether git applied an object.
func rendered(o map[string]any) bool { return annotation(o, render.RenderedHash) != "" }

// renderedAs tells whether git applied an object from a target with this hash.
func renderedAs(o map[string]any, hash string) bool {
	return hash != "" && slices.Contains(strings.Split(annotation(o, render.RenderedHash), ","), hash)
}

// tracked tells whether a GitOps tool holds an object as its own. Live puts none of these marks on what it writes, save
// a label that a target sets itself, which our managed fields tell.
func tracked(o map[string]any) bool {
	for _, name := range toolLabels {
		if textIn(o, "labels", name) != "" {
			return true
		}
	}
	return annotation(o, argoTracking) != "" ||
		textIn(o, "labels", argoLabel) != "" && !owns(o, Manager, "metadata", "labels", argoLabel)
}

// marks are what is to be taken off an object.
type marks struct {
	annotations, labels []string             // keys
	heir                types.NamespacedName // whose mark it is to have
}

// toolMarks are the marks of git and of GitOps tools that an object carries. A label that the target sets itself is none,
// and without a target nobody knows.
func toolMarks(live, target map[string]any) marks {
	var m marks
	for _, name := range toolAnnotations {
		if annotation(live, name) != "" {
			m.annotations = append(m.annotations, name)
		}
	}
	for _, name := range toolLabels {
		if textIn(live, "labels", name) != "" {
			m.labels = append(m.labels, name)
		}
	}
	if target != nil && textIn(live, "labels", argoLabel) != "" && textIn(target, "labels", argoLabel) == "" {
		m.labels = append(m.labels, argoLabel)
	}
	return m
}

// managerFor is the field manager of an instance for objects that are not its own.
func managerFor(instance types.NamespacedName) string {
	sum := sha256.Sum256([]byte(instance.String()))
	return Manager + "-" + hex.EncodeToString(sum[:6])
}
