// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
)

// pathsOf lists what is rendered: what was asked for, or the folders with a korender.yaml on either side.
func pathsOf(base, head *revision.Dir, asked []string) ([]string, error) {
	for _, name := range asked {
		_, inBase := fs.Stat(base.Files, name)
		_, inHead := fs.Stat(head.Files, name)
		if inBase != nil && inHead != nil {
			return nil, words.Problemf("paths are seen from where preview runs, or from --repo", "there is no %s in either revision", name)
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	found := map[string]bool{}
	for _, p := range []*revision.Dir{base, head} {
		if err := configured(p.Files, found); err != nil {
			return nil, err
		}
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	if len(out) == 0 {
		return nil, words.Problemf("name what to render: --path FOLDER, or put a "+render.ConfigName+" into it", "no folder of either revision has a %s", render.ConfigName)
	}
	slices.Sort(out)
	return out, nil
}

// configured notes the folders that have a korender.yaml. Hidden ones do not count.
func configured(fsys fs.FS, found map[string]bool) error {
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.IsDir() && e.Name() == render.ConfigName:
			found[path.Dir(name)] = true
		}
		return nil
	})
}
