// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/diag"
)

func tree(names ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, name := range names {
		name, text, written := strings.Cut(name, "=")
		if !written {
			text = fmt.Sprintf("n: %d", i)
		}
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// files are the names of the files that documents stem from, in order.
func files(docs []*Document) []string {
	var names []string
	for _, d := range docs {
		if len(names) == 0 || names[len(names)-1] != d.File {
			names = append(names, d.File)
		}
	}
	return names
}

func TestLoad(t *testing.T) {
	t.Parallel()
	fsys := tree("a.koreo", "b/c.k", "b/d.yaml", "b/e.txt", "z.json={\"n\": 6}", "y.yml", "x.k.yaml", ".git/x.yaml", ".hidden.yaml", "korender.yaml",
		"b/.korenderignore=skip.yaml\nkept/*\n!kept/y.yaml\n", "b/skip.yaml", "b/kept/x.yaml", "b/kept/y.yaml", "b/kept/deep/d.yaml", "odd[1].yaml")
	for _, c := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"directory", []string{"."}, []string{"lib/a.koreo", "lib/b/c.k", "lib/b/d.yaml", "lib/b/kept/y.yaml", "lib/odd[1].yaml", "lib/x.k.yaml", "lib/y.yml", "lib/z.json"}},
		{"file of any kind", []string{"b/e.txt"}, []string{"lib/b/e.txt"}},
		{"ignored or hidden file that is named", []string{"b/skip.yaml", ".hidden.yaml"}, []string{"lib/b/skip.yaml", "lib/.hidden.yaml"}},
		{"the configuration when it is named", []string{"korender.yaml"}, []string{"lib/korender.yaml"}},
		{"twice", []string{"b/d.yaml", "./b/d.yaml", "b"}, []string{"lib/b/d.yaml", "lib/b/c.k", "lib/b/kept/y.yaml"}},
		{"glob", []string{"b/*.yaml"}, []string{"lib/b/d.yaml"}},
		{"glob of any kind of file", []string{"b/?.[a-t]*"}, []string{"lib/b/c.k", "lib/b/e.txt"}},
		{"deep glob", []string{"**/*.yaml"}, []string{"lib/b/d.yaml", "lib/b/kept/y.yaml", "lib/odd[1].yaml", "lib/x.k.yaml"}},
		{"glob of directories", []string{"*/kept/**"}, []string{"lib/b/kept/y.yaml"}},
		{"name that looks like a glob", []string{"odd[1].yaml"}, []string{"lib/odd[1].yaml"}},
		{"below an ignore file", []string{"b/kept"}, []string{"lib/b/kept/y.yaml"}},
		{"stdin", []string{"-"}, []string{"<stdin>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs, problems := (&Loader{FS: fsys, Prefix: "lib/", Layer: 2, Stdin: strings.NewReader("n: 1")}).Load(c.paths...)
			require.Empty(t, problems)
			assert.Equal(t, c.want, files(docs))
			assert.Equal(t, 2, docs[0].Layer)
		})
	}
}

func TestIgnoreFiles(t *testing.T) {
	t.Parallel()
	names := []string{"a.yaml", "b.yaml", "a/a.yaml", "a/b.yaml", "a/c/a.yaml", "a/c/b.yaml", "c/a.yaml", "c/a/x.yaml", "x y.yaml", "#.yaml", "!.yaml"}
	for _, c := range []struct {
		name, rules string
		want        []string // what is ignored
	}{
		{"nothing", "\n# comment\n   \n/\n", nil},
		{"name at any depth", "a.yaml", []string{"a.yaml", "a/a.yaml", "a/c/a.yaml", "c/a.yaml"}},
		{"name at the top", "/a.yaml", []string{"a.yaml"}},
		{"directory at any depth", "a/", []string{"a/a.yaml", "a/b.yaml", "a/c/a.yaml", "a/c/b.yaml", "c/a/x.yaml"}},
		{"a slash in the middle ties to the top", "a/a.yaml", []string{"a/a.yaml"}},
		{"star stays in its segment", "a/*.yaml", []string{"a/a.yaml", "a/b.yaml"}},
		{"two stars first", "**/c/a.yaml", []string{"a/c/a.yaml", "c/a.yaml"}},
		{"two stars in the middle", "a/**/b.yaml", []string{"a/b.yaml", "a/c/b.yaml"}},
		{"two stars last", "a/**", []string{"a/a.yaml", "a/b.yaml", "a/c/a.yaml", "a/c/b.yaml"}},
		{"exception", "*.yaml\n!b.yaml", []string{"#.yaml", "!.yaml", "a.yaml", "a/a.yaml", "a/c/a.yaml", "c/a.yaml", "c/a/x.yaml", "x y.yaml"}},
		{"the last rule decides", "!a.yaml\na.yaml", []string{"a.yaml", "a/a.yaml", "a/c/a.yaml", "c/a.yaml"}},
		{"no exception below an ignored directory", "/a/\n!a/a.yaml", []string{"a/a.yaml", "a/b.yaml", "a/c/a.yaml", "a/c/b.yaml"}},
		{"question mark and class", "/?.yaml\n!/[!a].yaml", []string{"a.yaml"}},
		{"trailing white space and line ends", "/a.yaml  \r\n/b.yaml\r\n", []string{"a.yaml", "b.yaml"}},
		{"escapes", "\\#.yaml\n\\!.yaml\n", []string{"#.yaml", "!.yaml"}},
		{"white space", "x y.yaml", []string{"x y.yaml"}},
		{"hostile", strings.Repeat("**/", 500) + "nothing", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs, problems := (&Loader{FS: tree(append(names, IgnoreFile+"="+c.rules)...)}).Load(".")
			require.Empty(t, problems)
			ignored := map[string]bool{}
			for _, n := range names {
				ignored[n] = true
			}
			for _, n := range files(docs) {
				delete(ignored, n)
			}
			want := map[string]bool{}
			for _, n := range c.want {
				want[n] = true
			}
			assert.Equal(t, want, ignored)
		})
	}
	t.Run("inner files come first", func(t *testing.T) {
		t.Parallel()
		docs, problems := (&Loader{FS: tree(append(names, ".korenderignore=*.yaml", "a/.korenderignore=!a.yaml", "a/c/.korenderignore=/a.yaml")...)}).Load(".")
		require.Empty(t, problems)
		assert.Equal(t, []string{"a/a.yaml"}, files(docs))
	})
}

// root makes a folder with files and links (name -> target) and opens it.
func root(t *testing.T, names []string, links map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, tree(names...)))
	for name, target := range links {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	r, err := os.OpenRoot(filepath.Join(dir, "root"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

func TestLoadFollowsLinksBelowTheRoot(t *testing.T) {
	t.Parallel()
	r := root(t, []string{"root/base/a.yaml", "root/base/more/b.yaml", "root/app/c.yaml", "root/single.txt"}, map[string]string{
		"root/app/base":      "../base",
		"root/app/hop":       "base/more",
		"root/app/link.yaml": "../single.txt",
		"root/app/notes.md":  "../single.txt",
	})
	for _, c := range []struct {
		path string
		want []string
	}{
		{"app", []string{"app/base/a.yaml", "app/base/more/b.yaml", "app/c.yaml", "app/link.yaml"}},
		{".", []string{"app/c.yaml", "app/link.yaml", "base/a.yaml", "base/more/b.yaml"}},
		{"app/base", []string{"app/base/a.yaml", "app/base/more/b.yaml"}},
		{"app/base/*.yaml", []string{"app/base/a.yaml"}},
		{"app/*/*.yaml", []string{"app/base/a.yaml", "app/hop/b.yaml"}},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			docs, problems := (&Loader{FS: r.FS()}).Load(c.path)
			require.Empty(t, problems)
			assert.Equal(t, c.want, files(docs))
		})
	}
}

// Links among directories must neither multiply nor end in a circle.
func TestLoadBoundsLinks(t *testing.T) {
	t.Parallel()
	names, links := []string{}, map[string]string{}
	for a := range 9 {
		names = append(names, fmt.Sprintf("root/d%d/x.yaml", a))
		for b := range 9 {
			if a != b {
				links[fmt.Sprintf("root/d%d/to%d", a, b)] = fmt.Sprintf("../d%d", b)
			}
		}
	}
	r := root(t, names, links)
	docs, problems := (&Loader{FS: r.FS()}).Load("d0")
	require.Empty(t, problems)
	assert.Len(t, docs, 9, "each is read once")
	_, problems = (&Loader{FS: r.FS()}).Load("d0/**/x.yaml")
	require.NotEmpty(t, problems)
	assert.Equal(t, "more than 1000 symbolic links to directories", problems[len(problems)-1].Message)
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	r := root(t, []string{"outside.yaml", "elsewhere/x.yaml", "root/big.yaml=a: " + strings.Repeat("x", 100), "root/many.yaml=a: 1\n---\nb: 1\n---\nc: 1\n",
		"root/loop/a.yaml", "root/links/a.yaml", "root/dirlink/a.yaml", "root/ignored/.korenderignore=*.yaml", "root/aliased/1.yaml=a: &a [1, 2]\nb: *a",
		"root/aliased/2.yaml=a: &a [1, 2]\nb: [*a]"}, map[string]string{
		"root/out.yaml": "../outside.yaml", "root/dangling.yaml": "nothing.yaml", "root/loop/again": "..", "root/links/gone": "nowhere", "root/links/out": "../../elsewhere",
		"root/dirlink/.korenderignore": "../../outside.yaml", "root/self.yaml": "self.yaml", "root/ignored/out.yaml": "../../outside.yaml",
	})
	type problem = diag.Diagnostic
	at := func(code diag.Code, file, message, hint string) problem {
		return problem{Code: code, Pos: diag.Pos{File: file}, Message: message, Hint: hint}
	}
	outside := "copy the file here, or widen `root` in korender.yaml"
	for _, c := range []struct {
		path string
		want diag.List
	}{
		{"out.yaml", diag.List{at(diag.OutsideRoot, "d/out.yaml", "leads out of the directory that may be read", outside)}},
		{"../outside.yaml", diag.List{at(diag.OutsideRoot, "d/../outside.yaml", "leads out of the directory that may be read", outside)}},
		{"../*.yaml", diag.List{at(diag.OutsideRoot, "d/..", "leads out of the directory that may be read", outside)}},
		{"dangling.yaml", diag.List{at(diag.Unreadable, "d/dangling.yaml", "the symbolic link leads to nothing", "mend the link, remove it, or list it in .korenderignore")}},
		{"absent.yaml", diag.List{at(diag.NoSuchPath, "d/absent.yaml", "no such file or directory", "")}},
		{"*.nope", diag.List{at(diag.NoMatch, "d/*.nope", `no file matches "*.nope"`, "hidden and ignored files do not count; a file that is named is always read")}},
		{"nope/*.yaml", diag.List{at(diag.NoSuchPath, "d/nope", "no such file or directory", "")}},
		{"a[.yaml", diag.List{at(diag.NoMatch, "d/a[.yaml", `"a[.yaml" is no pattern: a bracket is not closed`, `write [a-z], or \[ for the character itself`)}},
		{"big.yaml", diag.List{at(diag.TooLarge, "d/big.yaml", "with this file the input is larger than 60 bytes",
			"name fewer paths, list files in .korenderignore, or raise limits.bytes in korender.yaml")}},
		{"many.yaml", diag.List{at(diag.TooManyDocs, "d/many.yaml", "with this file the input holds more than 2 documents",
			"name fewer paths, list files in .korenderignore, or raise limits.documents in korender.yaml")}},
		{"aliased", diag.List{{Code: diag.TooManyNodes, Pos: diag.Pos{File: "d/aliased/2.yaml", Line: 1, Column: 1}, Excerpt: "a: &a [1, 2]",
			Message: "aliases stand for more than 5 values", Hint: bombHint}}},
		{"-", diag.List{at(diag.NoSuchPath, "-", "there is no standard input to read", "name a file or a directory")}},
		{"loop", diag.List{at(diag.Unreadable, "d/loop/again", "the symbolic link leads back to a directory that holds it", "remove the link, or list it in .korenderignore")}},
		{"links", diag.List{
			at(diag.Unreadable, "d/links/gone", "the symbolic link leads to nothing", "mend the link, remove it, or list it in .korenderignore"),
			at(diag.OutsideRoot, "d/links/out", "leads out of the directory that may be read", outside),
		}},
		{"dirlink", diag.List{at(diag.OutsideRoot, "d/dirlink/.korenderignore", "leads out of the directory that may be read", outside)}},
		{"self.yaml", diag.List{at(diag.Unreadable, "d/self.yaml", "symbolic links lead in a circle, or on and on", "mend the links, or list them in .korenderignore")}},
		{"ignored", nil},
		{"links/*.yaml", nil},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			_, problems := (&Loader{FS: r.FS(), Prefix: "d/", Limits: Limits{Bytes: 60, Documents: 2, Nodes: 50}}).Load(c.path)
			assert.Equal(t, c.want, problems)
		})
	}
}

// locked is a file system in which one file may not be read.
type locked struct {
	fs.FS
	name string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.FS.Open(name)
}

func TestLoadTellsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.yaml", "b/c.yaml", "b/.korenderignore"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := (&Loader{FS: locked{tree("a.yaml", "b/c.yaml", "b/.korenderignore=x"), name}}).Load(".")
			assert.Equal(t, diag.List{{Code: diag.Unreadable, Pos: diag.Pos{File: name}, Message: "cannot be read: permission denied",
				Hint: "mend its permissions, or list it in .korenderignore"}}, problems)
		})
	}
}

func TestLoadersShareABudget(t *testing.T) {
	t.Parallel()
	var budget Budget
	limits := Limits{Bytes: 10}
	_, problems := (&Loader{FS: tree("a.yaml=a: 1234"), Limits: limits, Budget: &budget}).Load(".")
	require.Empty(t, problems)
	_, problems = (&Loader{FS: tree("b.yaml=a: 1234", "c.yaml=a: 1"), Limits: limits, Budget: &budget}).Load(".")
	require.Len(t, problems, 1)
	assert.Equal(t, diag.TooLarge, problems[0].Code)
	docs, problems := (&Loader{FS: tree("d.yaml=a: 1"), Limits: limits, Budget: &budget}).Load(".")
	assert.Empty(t, docs)
	assert.Empty(t, problems, "a limit is reported once")
}
