// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"

	"github.com/korender/korender/render/diag"
)

// Known keeps what was parsed, for Loaders that read the same files again: a file of the same name, layer and bytes gives
// the same documents, which are never changed after loading; and so does the same document at the same place of a file.
// The zero value knows nothing; it is for one goroutine at a time.
type Known struct {
	files map[fileKey][]*parsed
	age   int
}

// fileKey is all that Parse depends on besides the bytes.
type fileKey struct {
	shown               string
	layer, nodes, depth int
}

// parsed is what one file gave.
type parsed struct {
	data     []byte
	docs     []*Document
	problems diag.List
	used     int // the age when it was last asked for
}

// parse is Parse, unless the file is known. Nil knows nothing.
func (k *Known) parse(shown string, data []byte, layer int, limits Limits) ([]*Document, diag.List) {
	if k == nil {
		return Parse(shown, data, layer, limits)
	}
	key := fileKey{shown, layer, limits.Nodes, limits.Depth}
	known := map[int]*Document{}
	for _, p := range k.files[key] {
		if bytes.Equal(p.data, data) {
			p.used = k.age
			return p.docs, p.problems
		}
		for _, doc := range p.docs {
			known[doc.Index] = doc
		}
	}
	docs, problems := parse(shown, data, layer, limits, known)
	if k.files == nil {
		k.files = map[fileKey][]*parsed{}
	}
	k.files[key] = append(k.files[key], &parsed{data, docs, problems, k.age})
	return docs, problems
}

// Age forgets what nobody has asked for since the last Age.
func (k *Known) Age() {
	for key, list := range k.files {
		kept := list[:0]
		for _, p := range list {
			if p.used == k.age {
				kept = append(kept, p)
			}
		}
		if len(kept) == 0 {
			delete(k.files, key)
			continue
		}
		clear(list[len(kept):])
		k.files[key] = kept
	}
	k.age++
}
