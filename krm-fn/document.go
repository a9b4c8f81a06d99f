// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render/manifest"
)

// The names that the engine knows documents by. They are in its messages, and translated there.
const (
	namePrefix   = "ResourceList/"
	configName   = namePrefix + "functionConfig.yaml"
	configFolder = namePrefix + "functionConfig/"
)

// The annotations by which orchestrators talk to functions and to themselves. They are not the user's, so no program
// sees them, and they stay on an item whatever becomes of it.
const (
	functionAnnotation    = "config.kubernetes.io/function"
	oldFunctionAnnotation = "config.k8s.io/function"
	localAnnotation       = "config.kubernetes.io/local-config"
	kustomizeID           = "kustomize.config.k8s.io/id"
	internalPrefix        = "internal.config.kubernetes.io/"
	pathAnnotation        = internalPrefix + "path"
	indexAnnotation       = internalPrefix + "index"
	kustomizePrefix       = "kustomize.config.k8s.io/"
	kptPrefix             = "internal.config.k8s.io/"

	// What the same annotations were called before they had a prefix of their own. Tools still set both.
	oldPathAnnotation  = "config.kubernetes.io/path"
	oldIndexAnnotation = "config.kubernetes.io/index"
	oldIDAnnotation    = "config.k8s.io/id"
)

// orchestrators tells whether an annotation is one of theirs.
func orchestrators(name string) bool {
	switch name {
	case oldPathAnnotation, oldIndexAnnotation, oldIDAnnotation:
		return true
	}
	for _, prefix := range []string{internalPrefix, kustomizePrefix, kptPrefix} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// configPlace is where the functionConfig stands in a ResourceList.
const configPlace = "functionConfig"

// document is an item, or the functionConfig.
type document struct {
	node  *yaml.Node
	name  string
	place string      // in the ResourceList
	id    manifest.ID // what there is of it
	text  []byte      // as the engine reads it; nil until then
	// parsed is text again, with the places in it; nil until somebody asks for one.
	parsed *yaml.Node
	// fields are the paths that people know, by those of text; nil where they are the same.
	fields map[string]string
}

func newDocument(n *yaml.Node, name, place string) *document {
	return &document{node: n, name: name, place: place, id: manifest.ID{
		APIVersion: textAt(n, "apiVersion"), Kind: textAt(n, "kind"),
		Namespace: textAt(n, "metadata", "namespace"), Name: textAt(n, "metadata", "name"),
	}}
}

// annotation is the value of an annotation, or "".
func (d *document) annotation(name string) string {
	return textAt(d.node, "metadata", "annotations", name)
}

// path is the file that the document was read from, as the orchestrator tells it, or "".
func (d *document) path() string {
	if p := d.annotation(pathAnnotation); p != "" {
		return p
	}
	return d.annotation(oldPathAnnotation)
}

// index is which document of the file it is.
func (d *document) index() int {
	text := d.annotation(indexAnnotation)
	if text == "" {
		text = d.annotation(oldIndexAnnotation)
	}
	i, _ := strconv.Atoi(text) // without an index, it is the first
	return i
}

// local tells whether the document is only there for tools, and never applied.
func (d *document) local() bool { return d.annotation(localAnnotation) == "true" }

// String is what people call the document: Kind/namespace/name, with the file that it stands in.
func (d *document) String() string {
	id := d.id.String()
	if d.id.Kind == "" || d.id.Name == "" {
		id = d.place
	}
	switch p := d.path(); {
	case d.place == configPlace && id != d.place:
		return d.place + " " + id
	case p != "":
		return id + " (" + p + ")"
	default:
		return id
	}
}

// read makes the text that the engine reads: the document without the annotations that drop names.
func (d *document) read(drop func(name string) bool) error {
	var err error
	d.text, err = encode(withoutAnnotations(d.node, drop))
	return err
}

// withoutAnnotations is an object without some annotations; it shares everything else with n.
func withoutAnnotations(n *yaml.Node, drop func(name string) bool) *yaml.Node {
	annotations := at(n, "metadata", "annotations")
	if annotations == nil || annotations.Kind != yaml.MappingNode {
		return n
	}
	kept := *annotations
	kept.Content = nil
	for i := 0; i+1 < len(annotations.Content); i += 2 {
		if !drop(annotations.Content[i].Value) {
			kept.Content = append(kept.Content, annotations.Content[i], annotations.Content[i+1])
		}
	}
	if len(kept.Content) == len(annotations.Content) {
		return n
	}
	next := &kept
	if len(kept.Content) == 0 {
		next = nil
	}
	return withField(n, "metadata", withField(fieldOf(n, "metadata"), "annotations", next))
}

// withField is a map with another value for a key, or without the key when the value is nil.
func withField(n *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch {
		case n.Content[i].Value != key:
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		case value != nil:
			out.Content = append(out.Content, n.Content[i], value)
		}
	}
	return &out
}
