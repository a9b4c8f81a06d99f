// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"fmt"
	"path"
	"strings"

	"github.com/korender/korender/render"
)

// gitSource is what a GitRepository follows; nothing when it is not known.
type gitSource struct{ url, revision string }

// sourcesIn finds where the GitRepositories of Flux lie; one that is there twice, with different URLs, is not known.
func sourcesIn(docs []document) map[string]gitSource {
	out := map[string]gitSource{}
	for i := range docs {
		d := &docs[i]
		if !d.is("source.toolkit.fluxcd.io/", "GitRepository") {
			continue
		}
		key, found := d.namespace()+"/"+d.name(), gitSource{url: text(d.value, "spec", "url")}
		for _, way := range []string{"branch", "tag", "semver", "name", "commit"} { // the last that is given wins
			if ref := text(d.value, "spec", "ref", way); ref != "" {
				found.revision = ref
			}
		}
		if known, twice := out[key]; twice && known != found {
			found = gitSource{}
		}
		out[key] = found
	}
	return out
}

// gitRepository is a reference to a source as namespace/name; false for a source of another kind.
func (d *document) gitRepository(ref any) (string, bool) {
	namespace := text(ref, "namespace")
	if namespace == "" {
		namespace = d.namespace()
	}
	return namespace + "/" + text(ref, "name"), text(ref, "kind") == "GitRepository"
}

// artifact takes a RenderedArtifact whose source is this repository.
func (s *search) artifact(d *document) {
	ref := at(d.value, "spec", "sourceRef")
	own, isGit := d.gitRepository(ref)
	from := s.sources[own]
	switch {
	case !isGit:
		s.note(d, fmt.Sprintf("its source is a %s, not a GitRepository", text(ref, "kind")))
		return
	case from.url == "":
		s.note(d, fmt.Sprintf("GitRepository/%s is not in git, or more than one is: whether it is this repository is not known", own))
		return
	}
	if reason := s.elsewhere(from.url, from.revision); reason != "" {
		s.note(d, reason)
		return
	}
	out := Subject{ID: d.id(), Of: d.id(), Folder: path.Clean("./" + text(d.value, "spec", "path")), Target: render.TargetFlux, File: d.file}
	if out.Folder == ".." || strings.HasPrefix(out.Folder, "../") {
		s.note(d, fmt.Sprintf("its path %s leads out of the repository", out.Folder))
		return
	}
	out.Settings, _ = at(d.value, "spec", "render").(map[string]any)
	libraries, _ := at(d.value, "spec", "libraries").([]any)
	for _, library := range libraries {
		of, isGit := d.gitRepository(at(library, "sourceRef"))
		if !isGit || plainURL(s.sources[of].url) != plainURL(from.url) {
			s.note(d, fmt.Sprintf("its library %s of %s lies elsewhere", text(library, "path"), text(library, "sourceRef", "kind")+"/"+of))
			return
		}
		out.Libraries = append(out.Libraries, path.Clean("./"+text(library, "path")))
	}
	s.found = append(s.found, out)
}
