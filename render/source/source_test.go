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

func parseOne(t *testing.T, text string) *Node {
	t.Helper()
	docs, problems := Parse("f.yaml", []byte(text), 0, Limits{})
	require.Empty(t, problems)
	require.Len(t, docs, 1)
	return docs[0].Root
}

func TestScalarsAreReadAsKubectlReadsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"yes": true, "No": false, "ON": true, "off": false, "y": true, "n": false, "true": true,
		"017": int64(15), "0x1F": int64(31), "0o17": int64(15), "0b11": int64(3), "1_000": int64(1000), "-5": int64(-5), "+5": int64(5),
		"1.5": 1.5, ".5": 0.5, "1e3": 1000.0, "1.0": 1.0,
		"2024-01-02": "2024-01-02", "1:30": "1:30", "1.2.3": "1.2.3", "~": nil, "null": nil, "": nil,
		`"yes"`: "yes", "'017'": "017", "!!str 017": "017", "=1+1": "=1+1", "08": int64(8), "9223372036854775807": int64(9223372036854775807),
		"nope": "nope", "0.1": 0.1, "-": nil, "1e": "1e", "099": int64(99),
	} {
		if text == "-" {
			continue
		}
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			n := parseOne(t, "a: "+text+"\n")
			assert.Equal(t, map[string]any{"a": want}, n.Native())
		})
	}
}

func TestDocumentsKeepTheirBytesAndPlaces(t *testing.T) {
	t.Parallel()
	text := "# head\na: 1\n---\n\n---\nb:\n  c: [x, y] # tail\n...\n---\nd: 4"
	docs, problems := Parse("f.yaml", []byte(text), 3, Limits{})
	require.Empty(t, problems)
	require.Len(t, docs, 3)
	assert.Equal(t, "# head\na: 1\n", string(docs[0].Raw))
	assert.Equal(t, "b:\n  c: [x, y] # tail\n", string(docs[1].Raw))
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 7, Column: 10}, docs[1].Root.At("b", "c").Items[1].Pos())
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 10, Column: 4}, docs[2].Root.Get("d").Pos())
	assert.Equal(t, 3, docs[2].Layer)
	assert.Equal(t, diag.Pos{File: "f.yaml", Line: 7, Column: 3}, docs[1].Root.Get("b").Pairs[0].KeyAt)
}

func TestDirectivesMarkersAndMarks(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"directive":     "%YAML 1.1\n---\na: 1\n",
		"byte order":    "\ufeffa: 1\n",
		"marker inline": "--- {a: 1}\n",
		"comment":       "--- # first\na: 1\n",
		"carriage":      "a: 1\r\n---\r\n",
		"json":          "{\n\t\"a\": 1\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, map[string]any{"a": int64(1)}, parseOne(t, text).Native())
		})
	}
}

func TestKeysMergesAndAliases(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "1: a\ntrue: b\nbase: &b {x: 1, z: 2}\nuse: *b\nmore:\n  <<: *b\n  z: 3\nmany:\n  <<: [*b, {w: 4}]\n")
	base := map[string]any{"x": int64(1), "z": int64(2)}
	assert.Equal(t, map[string]any{"1": "a", "true": "b", "base": base, "use": base,
		"more": map[string]any{"x": int64(1), "z": int64(3)}, "many": map[string]any{"x": int64(1), "z": int64(2), "w": int64(4)}}, n.Native())
}

func TestProblems(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	for _, c := range []struct {
		name, text string
		code       diag.Code
		line, col  int
		message    string
	}{
		{"tab", "a:\n\tb: 1\n", diag.Syntax, 2, 1, "not valid YAML: found character that cannot start any token"},
		{"unclosed quote", "x: 1\na: \"b\n", diag.Syntax, 2, 1, "not valid YAML: found unexpected end of stream"},
		{"two colons", "a: b: c\n", diag.Syntax, 1, 1, "not valid YAML: mapping values are not allowed in this context"},
		{"duplicate key", "a: 1\nb: 2\na: 3\n", diag.DuplicateKey, 3, 1, `the key "a" stands twice in this map`},
		{"map as key", "{a: 1}: 2\n", diag.BadKey, 1, 1, "a key must be text, not a map"},
		{"infinity", "a: .inf\n", diag.BadNumber, 1, 4, ".inf is a number that JSON cannot hold; quote it to make it text"},
		{"too large", "a: 18446744073709551615\n", diag.BadNumber, 1, 4, "18446744073709551615 is a whole number that does not fit in 64 bits with a sign; quote it to make it text"},
		{"bad merge", "a:\n  <<: 5\n", diag.BadMerge, 2, 7, "a merge key (<<) takes a map or a list of maps"},
		{"deep", deep, diag.TooDeep, 1, 0, "maps and lists are nested more than 200 deep"},
		{"bomb", bomb, diag.TooManyNodes, 6, 10, "the document holds more than 1000000 values, counting every use of an alias"},
		{"unknown alias", "a: *b\n", diag.Syntax, 1, 1, "not valid YAML: unknown anchor 'b' referenced"},
		{"not text", "a: \xff\n", diag.NotText, 1, 0, "the file is not UTF-8 text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := Parse("f.yaml", []byte(c.text), 0, Limits{})
			require.NotEmpty(t, problems)
			p := problems[0]
			assert.Equal(t, c.code, p.Code)
			assert.Equal(t, c.message, p.Message)
			if c.name != "bomb" {
				assert.Equal(t, [2]int{c.line, c.col}, [2]int{p.Pos.Line, p.Pos.Column})
			}
		})
	}
}

func TestOneBadDocumentDoesNotHideAnother(t *testing.T) {
	t.Parallel()
	docs, problems := Parse("f.yaml", []byte("a: b: c\n---\nok: 1\n---\n[x\n"), 0, Limits{})
	assert.Len(t, docs, 1)
	require.Len(t, problems, 2)
	assert.Equal(t, 1, problems[0].Pos.Line)
	assert.GreaterOrEqual(t, problems[1].Pos.Line, 5)
}

func TestSecretsAreNotQuoted(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "kind: Secret\nstringData:\n  password: hunter2\n")
	assert.Empty(t, n.At("stringData", "password").Problem(diag.Syntax, "x").Excerpt)
	n = parseOne(t, "kind: Deployment\nspec: 1\n")
	assert.Equal(t, "spec: 1", n.Get("spec").Problem(diag.Syntax, "x").Excerpt)
}

// A mark is put at every place of a value, the value is written in every style, and the place of the mark is looked up.
func TestOffsetPosFindsTheMark(t *testing.T) {
	t.Parallel()
	styles := map[string]string{
		"plain":                "k: =a.b + c.d\n",
		"plain long":           "k: =a.b +\n   c.d +\n\n   e.f\n",
		"single":               "k: '=a == ''x'' ? b : c'\n",
		"single long":          "k: 'é =a\n   b\n\n   c'\n",
		"double":               "k: \"=a\\tb\\\"\\x41\\u0041é c\"\n",
		"double long":          "k: \"=a\n   b \\\n   c\"\n",
		"literal":              "k: |\n    =a\n      b\n\n    c\n",
		"literal strip":        "k: |-\n  =a\n  b\n",
		"folded":               "k: >\n  =a\n  b\n\n  c\n    d\n  e\n",
		"literal with tag":     "k: !!str |\n  =a\n  b\n",
		"anchor":               "k: &x =a.b\n",
		"nested list":          "l:\n- m:\n    - k: =a.b\n",
		"second document":      "x: 1\n---\nk: >-\n  =a\n  b\n",
		"flow":                 "x: {k: '=a b', l: c}\n",
		"literal indentation":  "k: |2\n    =a\n  b\n",
		"windows":              "k: |\r\n  =a\r\n  b\r\n",
		"wide":                 "x: {é: 1, k: '=ab'}\n",
		"trailing blank lines": "k: |\n  =a\n\n\n",
	}
	for name, text := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs, problems := Parse("f", []byte(text), 0, Limits{})
			require.Empty(t, problems)
			n := findKey(docs[len(docs)-1].Root, "k")
			require.NotNil(t, n)
			lines := strings.Split(text, "\n")
			value := n.Text()
			checked := 0
			for off, r := range value {
				if r == ' ' || r == '\n' || r == '\t' {
					continue
				}
				at := n.OffsetPos(off)
				require.LessOrEqual(t, at.Line, len(lines))
				rest := []rune(lines[at.Line-1])
				require.LessOrEqual(t, at.Column, len(rest), "%q at %v", r, at)
				got := string(rest[at.Column-1:])
				if !strings.HasPrefix(got, string(r)) && !strings.HasPrefix(got, "\\") {
					t.Errorf("offset %d (%q): %v is %q", off, r, at, got)
				}
				checked++
			}
			assert.Positive(t, checked)
		})
	}
}

func findKey(n *Node, key string) *Node {
	if v := n.Get(key); v != nil {
		return v
	}
	for _, item := range n.Items {
		if v := findKey(item, key); v != nil {
			return v
		}
	}
	for _, p := range n.Pairs {
		if v := findKey(p.Value, key); v != nil {
			return v
		}
	}
	return nil
}

func TestLoad(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"a.koreo": "n: 1", "b/c.k": "n: 2", "b/d.yaml": "n: 3", "b/skip.yaml": "n: 4", "b/e.txt": "n: 5", "z.json": `{"n": 6}`,
		".git/x.yaml": "n: 7", "korender.yaml": "n: 8", "b/.korenderignore": "skip.yaml\nkept/*\n!kept/y.yaml\n", "b/kept/x.yaml": "n: 9", "b/kept/y.yaml": "n: 10",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, c := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"directory", []string{"."}, []string{"lib/a.koreo", "lib/b/c.k", "lib/b/d.yaml", "lib/b/kept/y.yaml", "lib/z.json"}},
		{"file of any kind", []string{"b/e.txt"}, []string{"lib/b/e.txt"}},
		{"twice", []string{"b/d.yaml", "b/d.yaml"}, []string{"lib/b/d.yaml"}},
		{"glob", []string{"b/*.yaml"}, []string{"lib/b/d.yaml"}},
		{"deep glob", []string{"**/*.yaml"}, []string{"lib/b/d.yaml", "lib/b/kept/y.yaml", "lib/korender.yaml"}},
		{"below an ignore file", []string{"b/kept"}, []string{"lib/b/kept/y.yaml"}},
		{"stdin", []string{"-"}, []string{"<stdin>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs, problems := (&Loader{FS: fsys, Prefix: "lib/", Stdin: strings.NewReader("n: 1")}).Load(c.paths...)
			require.Empty(t, problems)
			var names []string
			for _, d := range docs {
				names = append(names, d.File)
			}
			assert.Equal(t, c.want, names)
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "root"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.yaml"), []byte("a: 1"), 0o600))
	require.NoError(t, os.Symlink("../secret.yaml", filepath.Join(dir, "root", "out.yaml")))
	require.NoError(t, os.Symlink("nothing.yaml", filepath.Join(dir, "root", "dangling.yaml")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "root", "big.yaml"), []byte("a: "+strings.Repeat("x", 100)), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "root", "many.yaml"), []byte("a: 1\n---\nb: 1\n---\nc: 1\n"), 0o600))
	root, err := os.OpenRoot(filepath.Join(dir, "root"))
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	for _, c := range []struct {
		path string
		code diag.Code
	}{
		{"out.yaml", diag.OutsideRoot}, {"../secret.yaml", diag.OutsideRoot}, {"dangling.yaml", diag.Unreadable},
		{"absent.yaml", diag.NoSuchPath}, {"*.nope", diag.NoMatch}, {"big.yaml", diag.TooLarge}, {"many.yaml", diag.TooManyDocs}, {"-", diag.NoSuchPath},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			_, problems := (&Loader{FS: root.FS(), Limits: Limits{Bytes: 60, Documents: 2}}).Load(c.path)
			require.Len(t, problems, 1)
			assert.Equal(t, c.code, problems[0].Code, problems[0].Message)
		})
	}
}

func TestDoubts(t *testing.T) {
	t.Parallel()
	n := parseOne(t, "a: yes\nb: 017\nc: 2024-01-02\nd: 1:30\ne: \"yes\"\nf: true\ng: 10\nh: text\n")
	var got []string
	for _, p := range n.Pairs {
		got = append(got, p.Value.Doubt())
	}
	assert.Equal(t, []string{"unquoted yes is the boolean true", "unquoted 017 is octal: 15",
		"unquoted 2024-01-02 is text here, and a date for other YAML readers",
		"unquoted 1:30 is text here, and a base-60 number for other YAML readers", "", "", "", ""}, got)
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{"a: 1", "---\n- x\n...", "k: |\n  a\n b", "a: &x [*x]", "%YAML 1.1\n---\na", "<<: {a: 1}", "\"\\", "k: >2-\n\n a", "{a: [}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"f.yaml": &fstest.MapFile{Data: data, Mode: fs.FileMode(0o644)}}
		docs, problems := (&Loader{FS: fsys, Limits: Limits{Nodes: 10_000}}).Load(".")
		lines := strings.Count(string(data), "\n") + 2
		for _, d := range docs {
			walkPlaces(t, d.Root, lines)
		}
		for _, p := range problems {
			if p.Pos.Line > lines {
				t.Errorf("line %d of %d", p.Pos.Line, lines)
			}
		}
	})
}

func walkPlaces(t *testing.T, n *Node, lines int) {
	if at := n.Pos(); at.Line < 1 || at.Line > lines {
		t.Errorf("line %d of %d", at.Line, lines)
	}
	for _, off := range []int{0, 1, len(n.Text())} {
		if at := n.OffsetPos(off); at.Line < 1 || at.Line > lines {
			t.Errorf("offset %d: line %d of %d", off, at.Line, lines)
		}
	}
	n.Native()
	n.Doubt()
	for _, item := range n.Items {
		walkPlaces(t, item, lines)
	}
	for _, p := range n.Pairs {
		walkPlaces(t, p.Value, lines)
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  x: \"1\"\n  y: text\n---\n", 100))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse("f", text, 0, Limits{})
	}
}
