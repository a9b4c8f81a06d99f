// SPDX-License-Identifier: Apache-2.0

package content

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// revisionLabel is what every revision begins with: the content decides, and no commit. The commit is in the metadata.
const revisionLabel = "latest"

// Sum is the hash of the content. It is that of the files and not of the archive, whose bytes change with the version of
// the compression.
func (r *Rendered) Sum() string {
	h := sha256.New()
	for _, f := range r.Files {
		fmt.Fprintf(h, "%s\x00%d\x00", f.Name, len(f.Data))
		h.Write(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Revision names the content: equal content has equal revisions, whatever it was rendered from.
func (r *Rendered) Revision() string { return revisionLabel + "@sha256:" + r.Sum() }

// Archive is the content as a gzipped tar archive. The same content gives the same bytes: no times, no owners, one order.
func (r *Rendered) Archive() ([]byte, error) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, f := range r.Files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.Name, Size: int64(len(f.Data)), Mode: 0o644,
			ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
		if _, err := archive.Write(f.Data); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("end the archive: %w", err)
	}
	if err := zipped.Close(); err != nil {
		return nil, fmt.Errorf("end the archive: %w", err)
	}
	return out.Bytes(), nil
}
