// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// Bounds are those of one source; zero fields mean the defaults that their comments give.
type Bounds struct {
	Download int64 // bytes of the archive; 256 MiB
	Unpacked int64 // bytes that it unpacks to, headers and padding included; 1 GiB
	Entries  int   // files and folders in it; 200,000
}

func (b Bounds) settled() Bounds {
	if b.Download == 0 {
		b.Download = 256 << 20
	}
	if b.Unpacked == 0 {
		b.Unpacked = 1 << 30
	}
	if b.Entries == 0 {
		b.Entries = 200_000
	}
	return b
}

// TooLargeError says which bound a source breaks, and the flag by which an operator raises it.
type TooLargeError struct{ What, Flag string }

// Error is the bound.
func (e *TooLargeError) Error() string { return "it " + e.What }

// unpack writes the regular files of a gzipped tar archive below a folder. Links, devices and the like are left out, as
// Flux's own controllers leave them out; a name that leads out of the folder is an error. The folder is all that is ever
// written to, and nothing is written of an archive that is refused. It returns about how much room they take.
func unpack(ctx context.Context, archive io.ReadSeeker, root *os.Root, b Bounds) (size int64, err error) {
	if err := entries(ctx, archive, b, func(*tar.Header, io.Reader) error { return nil }); err != nil {
		return 0, err
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	made := map[string]bool{".": true}
	err = entries(ctx, archive, b, func(h *tar.Header, content io.Reader) error {
		size += h.Size + block
		return unpackOne(root, h, content, made)
	})
	return size, err
}

// block is what a file takes at least, or a folder.
const block = 4096

// entries visits the entries of an archive, with clean names.
func entries(ctx context.Context, archive io.Reader, b Bounds, visit func(*tar.Header, io.Reader) error) error {
	zipped, err := gzip.NewReader(archive)
	if err != nil {
		return fmt.Errorf("it is no gzip archive: %w", err)
	}
	defer zipped.Close()
	limited := bounded(ctx, zipped, b.Unpacked)
	all := tar.NewReader(limited)
	left := b.Unpacked // of the sizes of files, which can be larger than what is read: files may have holes
	for n := 0; ; n++ {
		header, err := all.Next()
		switch {
		case errors.Is(err, io.EOF):
			return drain(limited)
		case err != nil:
			return fmt.Errorf("read its entries: %w", err)
		case n >= b.Entries:
			return &TooLargeError{fmt.Sprintf("has more than %d files and folders", b.Entries), "--max-source-files"}
		}
		if left -= header.Size; header.Size > b.Unpacked || left < 0 {
			return unpacksTo(b.Unpacked)
		}
		name := path.Clean("./" + header.Name)
		if !fs.ValidPath(name) || path.IsAbs(header.Name) {
			return fmt.Errorf("the name %q of an entry leads out of it", header.Name)
		}
		header.Name = name
		if err := visit(header, all); err != nil {
			return err
		}
	}
}

// drain reads to the end of the stream, where its checksum is.
func drain(from io.Reader) error {
	if _, err := io.Copy(io.Discard, from); err != nil {
		return fmt.Errorf("read to its end: %w", err)
	}
	return nil
}

func unpackOne(root *os.Root, header *tar.Header, content io.Reader, made map[string]bool) error {
	folder := path.Dir(header.Name)
	switch header.Typeflag {
	case tar.TypeDir:
		folder = header.Name
	case tar.TypeReg:
	default:
		return nil
	}
	if !made[folder] {
		if err := root.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		made[folder] = true
	}
	if header.Typeflag == tar.TypeDir {
		return nil
	}
	f, err := root.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("unpack %s: %w", header.Name, err)
	}
	return nil
}

// readerFunc is a reader in one function.
type readerFunc func([]byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// bounded reads no more than some bytes, and nothing once ctx has ended.
func bounded(ctx context.Context, from io.Reader, limit int64) io.Reader {
	left := limit
	return readerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if left <= 0 {
			if n, err := from.Read(p[:min(1, len(p))]); n == 0 {
				return 0, err
			}
			return 0, unpacksTo(limit)
		}
		n, err := from.Read(p[:min(int64(len(p)), left)])
		left -= int64(n)
		return n, err
	})
}

func unpacksTo(limit int64) error {
	return &TooLargeError{fmt.Sprintf("unpacks to more than %d bytes", limit), "--max-source-bytes"}
}
