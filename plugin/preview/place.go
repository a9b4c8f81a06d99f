// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
)

// place is a folder that is read, and of which folders can be opened: of a revision, or on disk.
type place interface {
	files() fs.FS
	open(folder string) (place, error) // nothing outside of the folder can be read in what comes back
	digest(name string) string         // of all that lies there; "" when it is not known
	close()
}

func (t *tree) files() fs.FS { return t }
func (t *tree) close()       {}

func (t *tree) open(folder string) (place, error) {
	n, err := t.find("open", folder, true)
	if err == nil && n.mode != filemode.Dir && n.mode != filemode.Submodule {
		err = &fs.PathError{Op: "open", Path: folder, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	if n.mode == filemode.Submodule {
		n.hash = emptyTree
		t.read[emptyTree] = &object.Tree{}
	}
	return &tree{store: t.store, root: n.hash, read: t.read}, nil
}

// emptyTree is the hash of a folder with nothing in it.
var emptyTree = plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

// digest is the hash that git has, which says everything unless there are links: they may lead elsewhere.
func (t *tree) digest(name string) string {
	n, err := t.find("open", name, true)
	if err != nil || t.any(n, func(n node) bool { return n.mode == filemode.Symlink }) {
		return ""
	}
	return n.hash.String()
}

// any tells whether a node, or one below it, is such.
func (t *tree) any(n node, such func(node) bool) bool {
	if such(n) {
		return true
	}
	if n.mode != filemode.Dir {
		return false
	}
	list, err := t.entries(n)
	return err == nil && slices.ContainsFunc(list, func(e object.TreeEntry) bool {
		return t.any(node{name: e.Name, path: path.Join(n.path, e.Name), mode: e.Mode, hash: e.Hash}, such)
	})
}

// submodules lists those in a folder.
func submodules(p place, folder string) []string {
	t, ok := p.(*tree)
	if !ok {
		return nil
	}
	var out []string
	if n, err := t.find("open", folder, true); err == nil {
		t.any(n, func(n node) bool {
			if n.mode == filemode.Submodule {
				out = append(out, n.path)
			}
			return false
		})
	}
	return out
}

// disk is a folder of the working tree.
type disk struct{ root *os.Root }

func (d disk) files() fs.FS         { return d.root.FS() }
func (d disk) digest(string) string { return "" }
func (d disk) close()               { _ = d.root.Close() } // opened for reading: nothing can be lost

func (d disk) open(folder string) (place, error) {
	root, err := d.root.OpenRoot(filepath.FromSlash(folder))
	if err != nil {
		return nil, err
	}
	return disk{root}, nil
}

// sides finds and opens both sides, and names them in the preview.
func (r *Repository) sides(p *Preview, opts Options) (base, head place, err error) {
	if opts.Uncommitted && opts.Head != "" {
		return nil, nil, words.Problemf("leave --head out", "--uncommitted compares with the working tree, --head with a revision")
	}
	if opts.Uncommitted && r.Top == "" {
		return nil, nil, words.Problemf("compare two revisions: --base and --head", "a bare repository has no working tree")
	}
	young, err := r.resolve(opts.Head)
	if err != nil {
		return nil, nil, err
	}
	name, old, err := opts.Base, (*object.Commit)(nil), error(nil)
	if name == "" {
		name, old, err = r.mainBranch()
	} else {
		old, err = r.resolve(name)
	}
	if err != nil {
		return nil, nil, err
	}
	if old, err = r.parted(p, old, young, opts); err != nil {
		return nil, nil, err
	}
	p.Base = Revision{Name: name, Commit: old.Hash.String()}
	p.Head = Revision{Name: "HEAD", Commit: young.Hash.String()}
	if opts.Head != "" {
		p.Head.Name = opts.Head
	}
	base = &tree{store: r.store, root: old.TreeHash, read: map[plumbing.Hash]*object.Tree{}}
	if !opts.Uncommitted {
		return base, &tree{store: r.store, root: young.TreeHash, read: map[plumbing.Hash]*object.Tree{}}, nil
	}
	p.Head = Revision{Name: "working tree"}
	root, err := os.OpenRoot(r.Top)
	return base, disk{root}, err
}

// parted is where the head left the base, or the base itself if that is asked for.
func (r *Repository) parted(p *Preview, base, head *object.Commit, opts Options) (*object.Commit, error) {
	if opts.NoMergeBase {
		return base, nil
	}
	list, err := r.mergeBases(base, head)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		p.note("the branches were merged into each other and have several merge bases: compared with the newest, " + short(list[0]))
	}
	return list[0], nil
}

// pathsOf lists what is rendered: what was asked for, or the folders with a korender.yaml on either side.
func pathsOf(base, head place, asked []string) ([]string, error) {
	for _, name := range asked {
		_, inBase := fs.Stat(base.files(), name)
		_, inHead := fs.Stat(head.files(), name)
		if inBase != nil && inHead != nil {
			return nil, words.Problemf("paths are seen from where preview runs, or from --repo", "there is no %s in either revision", name)
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	found := map[string]bool{}
	for _, p := range []place{base, head} {
		if err := configured(p.files(), found); err != nil {
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
