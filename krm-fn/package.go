// SPDX-License-Identifier: Apache-2.0

package krmfn

import (
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/manifest"
)

// This file decides which items stay, and makes a function that writes back into a package one that can be run again.

// generatedAnnotation is on what was rendered into a package by something that is still in it. The next run makes it anew.
const generatedAnnotation = "korender.dev/generated-by"

// generatedFolder is the folder of a package that rendered objects are written to.
const generatedFolder = "rendered"

// unread tells whether an item is none of the engine's business: it is for tools, or is the functionConfig again, which
// kustomize puts among the items of a generator, and kpt where it stands in the package.
func (f *function) unread(d *document) bool {
	return f.isConfig(d) || isRender(d) || d.local() && d.id.Name == ""
}

func (f *function) isConfig(d *document) bool { return f.config != nil && d.id == f.config.id }

func isRender(d *document) bool {
	return d.id.Kind == render.Kind && strings.HasPrefix(d.id.APIVersion, renderGroup)
}

func isDefinition(d *document) bool { return strings.HasPrefix(d.id.APIVersion, languageGroup) }

// stays tells whether an item goes out that the engine has not given back.
func (f *function) stays(d *document, trigger bool) bool {
	switch {
	case f.isConfig(d):
		return d.annotation(functionAnnotation)+d.annotation(oldFunctionAnnotation) == "" && (!f.settings.trigger || d.local())
	case f.unread(d):
		return true
	default:
		return f.packaged && d.local() && (trigger || isDefinition(d))
	}
}

// inPackage tells whether the items are the files of a package, which are written back where they stand: kustomize names
// files, too, but they are of its own making.
func inPackage(items []*document) bool {
	paths := false
	for _, d := range items {
		if d.annotation(kustomizeID) != "" {
			return false
		}
		paths = paths || d.path() != ""
	}
	return paths
}

// isGenerated tells whether a place is an object that an earlier run has left in a package.
func (f *function) isGenerated(place render.Place) bool {
	d := f.document(place.Path)
	return d != nil && d != f.config && d.annotation(generatedAnnotation) != "" && f.packaged
}

// lasting tells whether everything that made the output stays in the package, so that the next run can make it anew.
func (f *function) lasting(passed map[string]*manifest.Object, triggers map[string]bool) bool {
	for _, d := range f.items {
		source := isDefinition(d) || triggers[d.name] || f.settings.trigger && f.isConfig(d)
		if source && passed[d.name] == nil && !f.stays(d, triggers[d.name]) {
			return false
		}
	}
	return true
}

// place gives rendered objects a file each in the package, and marks them when the next run can make them anew.
func (f *function) place(nodes []*yaml.Node, objects []manifest.Object, lasting bool) {
	count := map[string]int{}
	for i, n := range nodes {
		id := objects[i].ID
		file := path.Join(generatedFolder, id.Namespace, strings.ToLower(id.Kind)+"_"+id.Name+".yaml")
		index := strconv.Itoa(count[file])
		count[file]++
		if lasting {
			annotate(n, generatedAnnotation, objects[i].From.Step)
		}
		annotate(n, pathAnnotation, file)
		annotate(n, oldPathAnnotation, file)
		annotate(n, indexAnnotation, index)
		annotate(n, oldIndexAnnotation, index)
	}
}

// annotate sets an annotation of an object that has metadata.
func annotate(n *yaml.Node, name, value string) {
	metadata := fieldOf(n, "metadata")
	annotations := fieldOf(metadata, "annotations")
	if annotations == nil {
		annotations = mapOf()
		metadata.Content = append(metadata.Content, text("annotations"), annotations)
	}
	annotations.Content = append(annotations.Content, text(name), text(value))
}
