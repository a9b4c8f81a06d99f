// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/korender/korender/render/manifest"
)

const list = "# files written by korender; they are replaced and removed by the next render\n"

func thing(apiVersion, kind, namespace, name string) manifest.Object {
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return object(map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata})
}

// folder is a new folder, opened.
func folder(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, root.Close()) })
	return root
}

// content is every file of a folder, by its path.
func content(t *testing.T, root *os.Root) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(root.Name(), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root.Name(), path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	}))
	return out
}

func TestWriteDir(t *testing.T) {
	t.Parallel()
	root := folder(t)
	require.NoError(t, root.WriteFile("README.md", []byte("mine"), 0o644))
	a, b, c := thing("v1", "A", "ns", "x"), thing("v1", "B", "", "y"), thing("v1", "C", "", "z")
	require.NoError(t, manifest.WriteDir(root, []manifest.Object{a, b}))
	assert.Equal(t, map[string]string{
		"README.md": "mine", manifest.FilesList: list + "a-ns-x.yaml\nb-y.yaml\n",
		"a-ns-x.yaml": written(t, a), "b-y.yaml": written(t, b),
	}, content(t, root))

	require.NoError(t, manifest.WriteDir(root, []manifest.Object{b, c}))
	assert.Equal(t, map[string]string{
		"README.md": "mine", manifest.FilesList: list + "b-y.yaml\nc-z.yaml\n",
		"b-y.yaml": written(t, b), "c-z.yaml": written(t, c),
	}, content(t, root))
}

func TestWriteDirChangesNothingOnAnError(t *testing.T) {
	t.Parallel()
	a := thing("v1", "A", "", "x")
	bad := object(map[string]any{"apiVersion": "v1", "kind": "Z", "metadata": map[string]any{"name": "z"}, "v": math.NaN()})
	for name, c := range map[string]struct {
		objects []manifest.Object
		want    string
	}{
		"cannot be written": {[]manifest.Object{thing("v1", "New", "", "n"), bad}, "write Z/z: a number is infinite or not a number, which JSON cannot hold"},
		"foreign file": {[]manifest.Object{thing("v1", "New", "", "n"), thing("v1", "Mine", "", "m")},
			"mine-m.yaml was not written by korender; move it away, or write into another folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := folder(t)
			require.NoError(t, manifest.WriteDir(root, []manifest.Object{a}))
			require.NoError(t, root.WriteFile("mine-m.yaml", []byte("mine"), 0o644))
			before := content(t, root)
			require.EqualError(t, manifest.WriteDir(root, c.objects), c.want)
			assert.Equal(t, before, content(t, root))
			assert.NoDirExists(t, filepath.Join(root.Name(), ".korender-new"))
		})
	}
}

func TestWriteDirStaysInside(t *testing.T) {
	t.Parallel()
	root := folder(t)
	require.NoError(t, root.Mkdir("sub", 0o755))
	for _, name := range []string{"sub/a.yaml", "notes.txt"} {
		require.NoError(t, root.WriteFile(name, []byte("mine"), 0o644))
	}
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o644))
	// A list from elsewhere names files that are none of ours.
	require.NoError(t, root.WriteFile(manifest.FilesList, []byte("sub/a.yaml\nnotes.txt\n../outside.yaml\n"+outside+"\n..\n.yaml\n"), 0o644))
	require.NoError(t, manifest.WriteDir(root, []manifest.Object{thing("v1", "A", "../..", "../../x")}))
	assert.Equal(t, map[string]string{
		"sub/a.yaml": "mine", "notes.txt": "mine", manifest.FilesList: list + "a-.._..-.._.._x.yaml\n",
		"a-.._..-.._.._x.yaml": written(t, thing("v1", "A", "../..", "../../x")),
	}, content(t, root))
	assert.FileExists(t, outside)
}

func TestWriteDirCleansUpAfterOneThatWasKilled(t *testing.T) {
	t.Parallel()
	root := folder(t)
	require.NoError(t, root.Mkdir(".korender-new", 0o755))
	require.NoError(t, root.WriteFile(".korender-new/half.yaml", []byte("half"), 0o644))
	require.NoError(t, root.WriteFile("old.yaml", []byte("old"), 0o644))
	require.NoError(t, root.WriteFile(manifest.FilesList, []byte(list+"gone.yaml\nold.yaml\n"), 0o644))
	require.NoError(t, manifest.WriteDir(root, nil))
	assert.Equal(t, map[string]string{manifest.FilesList: list}, content(t, root))
}

func TestWriteDirGivesEachObjectAName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("l", 253)
	root := folder(t)
	require.NoError(t, manifest.WriteDir(root, []manifest.Object{
		thing("v1", "A", "b", "c"), thing("g/v1", "A", "b", "c"), thing("v1", "A", "", "b-c"), thing("v1", "a", "", "b-C"),
		thing("rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:node"), thing("v1", "Long", "", long), thing("v1", "Long", "", long+"2"),
	}))
	names := content(t, root)[manifest.FilesList]
	assert.Equal(t, list+"a-b-c-2.yaml\na-b-c-3.yaml\na-b-c.yaml\na-g-b-c.yaml\nclusterrole-system_node.yaml\n"+
		"long-"+long[:195]+"-2e449ada.yaml\n"+"long-"+long[:195]+"-626f5dff.yaml\n", names)
}
