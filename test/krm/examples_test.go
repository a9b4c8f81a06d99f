// SPDX-License-Identifier: Apache-2.0

package krm

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const functionAnnotation = "config.kubernetes.io/function"

// TestExamples has kustomize build every example, with the function as its only transformer: it must give the same objects
// as a render of the folder does.
func TestExamples(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "examples")
	files, err := filepath.Glob(filepath.Join(root, "*", "expected.yaml"))
	require.NoError(t, err)
	teams, err := filepath.Glob(filepath.Join(root, "shared-library", "*", "expected.yaml"))
	require.NoError(t, err)
	files = append(files, teams...)
	require.Len(t, files, 13)
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.ToSlash(dir), func(t *testing.T) {
			t.Parallel()
			k := kustomization(t, dir)
			want := objects(t, run(t, k, "korender", "render", dir))
			got := objects(t, run(t, k, "kustomize", "build", "--enable-alpha-plugins", "--enable-exec", "."))
			assert.Equal(t, want, got)
		})
	}
}

// kustomization makes a folder of an example in which the function renders what a render of the folder does.
func kustomization(t *testing.T, dir string) string {
	t.Helper()
	k := t.TempDir()
	if library := filepath.Join(filepath.Dir(dir), "library"); exists(library) {
		require.NoError(t, os.CopyFS(filepath.Join(k, "library"), os.DirFS(library)))
	}
	config := map[string]any{"apiVersion": "korender.dev/v1alpha1", "kind": "Render"}
	var resources []string
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		switch rel, _ := filepath.Rel(dir, file); {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "stages":
			return fs.SkipDir
		case e.IsDir() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(file, ".md") || rel == "expected.yaml":
			return nil
		case rel == "korender.yaml":
			return yaml.Unmarshal([]byte(strings.NewReplacer("root: ..", "root: .", "../library", "library").Replace(read(t, file))), &config)
		default:
			name := strings.ReplaceAll(rel, string(filepath.Separator), "_")
			resources = append(resources, name)
			return os.WriteFile(filepath.Join(k, name), []byte(read(t, file)), 0o600)
		}
	})
	require.NoError(t, err)
	config["metadata"] = map[string]any{"name": "render", "annotations": map[string]any{functionAnnotation: "exec: {path: korender-fn}"}}
	write(t, filepath.Join(k, "render.yaml"), config)
	write(t, filepath.Join(k, "kustomization.yaml"), map[string]any{"resources": resources, "transformers": []string{"render.yaml"}})
	return k
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func write(t *testing.T, file string, value any) {
	t.Helper()
	text, err := yaml.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
}

// run runs one of the commands in a folder; it must succeed.
func run(t testing.TB, dir, name string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(toolbox, name)
	if !exists(file) {
		file = filepath.Join(product, name)
	}
	for i, arg := range args {
		if exists(arg) && arg != "." {
			abs, err := filepath.Abs(arg)
			require.NoError(t, err)
			args[i] = abs
		}
	}
	cmd := exec.Command(file, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+product+string(filepath.ListSeparator)+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	return stdout.Bytes()
}

// objects are the objects of a stream, by what identifies them.
func objects(t *testing.T, stream []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	dec := yaml.NewDecoder(bytes.NewReader(stream))
	for {
		var doc map[string]any
		err := dec.Decode(&doc)
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		metadata, _ := doc["metadata"].(map[string]any)
		namespace, _ := metadata["namespace"].(string)
		id := strings.Join([]string{doc["apiVersion"].(string), doc["kind"].(string), namespace, metadata["name"].(string)}, "/")
		require.NotContains(t, out, id)
		out[id] = doc
	}
}
