// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packed is a gzipped archive of these headers; a header's Linkname is the content of a regular file.
func packed(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, h := range headers {
		text := ""
		if h.Typeflag == tar.TypeReg {
			text, h.Linkname = h.Linkname, ""
			h.Size = int64(len(text))
		}
		h.Mode = 0o600
		require.NoError(t, archive.WriteHeader(&h))
		_, err := archive.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return out.Bytes()
}

func file(name, text string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: text}
}

// unpackedFiles are the files below a folder, with their text.
func unpackedFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[rel] = string(text)
		return err
	}))
	return out
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	bounds := Bounds{Unpacked: 1 << 16, Entries: 8}
	for name, c := range map[string]struct {
		archive []byte
		files   map[string]string
		err     string
	}{
		"files and folders": {
			archive: packed(t, tar.Header{Typeflag: tar.TypeDir, Name: "a/"}, file("a/b", "text"), file("./c/d", ""), file("a/b", "later")),
			files:   map[string]string{"a/b": "later", "c/d": ""},
		},
		"links and devices are left out": {
			archive: packed(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "/etc/passwd"},
				tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: "/etc/passwd"},
				tar.Header{Typeflag: tar.TypeFifo, Name: "f"}, tar.Header{Typeflag: tar.TypeChar, Name: "c"}, file("a", "b")),
			files: map[string]string{"a": "b"},
		},
		"through a link":          {archive: packed(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: ".."}, file("l/evil", "x")), files: map[string]string{"l/evil": "x"}},
		"out of the folder":       {archive: packed(t, file("../evil", "x")), err: `the name "../evil" of an entry leads out of it`},
		"out by a detour":         {archive: packed(t, file("a/../../evil", "x")), err: `the name "a/../../evil" of an entry leads out of it`},
		"from the root":           {archive: packed(t, file("/evil", "x")), err: `the name "/evil" of an entry leads out of it`},
		"too large":               {archive: packed(t, file("a", strings.Repeat("x", 1<<16+1))), err: "it unpacks to more than 65536 bytes"},
		"too large together":      {archive: packed(t, file("a", strings.Repeat("x", 1<<15)), file("b", strings.Repeat("x", 1<<15))), err: "it unpacks to more than 65536 bytes"},
		"too many":                {archive: packed(t, file("a", ""), file("b", ""), file("c", ""), file("d", ""), file("e", ""), file("f", ""), file("g", ""), file("h", ""), file("i", "")), err: "it has more than 8 files and folders"},
		"cut off":                 {archive: packed(t, file("a", strings.Repeat("xyz", 1000)))[:60], err: "unexpected EOF"},
		"no archive":              {archive: []byte("hello"), err: "it is no gzip archive"},
		"an archive of something": {archive: zippedText(t, strings.Repeat("hello", 300)), err: "read its entries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			dir := filepath.Join(parent, "files")
			require.NoError(t, os.Mkdir(dir, 0o700))
			root, err := os.OpenRoot(dir)
			require.NoError(t, err)
			defer root.Close()
			_, err = unpack(t.Context(), bytes.NewReader(c.archive), root, bounds)
			if c.err != "" {
				require.Error(t, err)
				assert.Contains(t, err.Error(), c.err)
				entries, err := os.ReadDir(parent)
				require.NoError(t, err)
				assert.Len(t, entries, 1, "something was written outside")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.files, unpackedFiles(t, dir))
		})
	}
}

func zippedText(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// TestUnpackStops: a bomb that breaks no bound yet ends with its context.
func TestUnpackStops(t *testing.T) {
	t.Parallel()
	stop := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	defer root.Close()
	_, err = unpack(ctx, bytes.NewReader(packed(t, file("a", "b"))), root, Bounds{}.settled())
	assert.ErrorIs(t, err, stop)
}

// FuzzUnpack: no archive makes it panic, or write outside of its folder.
func FuzzUnpack(f *testing.F) {
	var t testing.T
	f.Add(packed(&t, file("a/b", "text")))
	f.Add(packed(&t, file("../evil", "x")))
	f.Fuzz(func(t *testing.T, archive []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "files")
		require.NoError(t, os.Mkdir(dir, 0o700))
		root, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer root.Close()
		_, _ = unpack(t.Context(), bytes.NewReader(archive), root, Bounds{Unpacked: 1 << 20, Entries: 100}) // most are no archives
		entries, err := os.ReadDir(parent)
		require.NoError(t, err)
		assert.Len(t, entries, 1)
	})
}
