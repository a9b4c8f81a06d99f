// SPDX-License-Identifier: Apache-2.0

// Command floor is what rendering the web workload example cannot be cheaper than: it parses the same files and
// writes the same bytes with the same YAML library, and in between it only copies values from one place to another.
// No language, no checks, no messages. Benchmarks state korender's cost as a multiple of it, so it is left alone.
//
//	floor DIR                      print what `korender render DIR` prints for the web workload example
//	floor -generate N -out DIR EX  write a copy of the example EX with N workloads instead of its own
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

func main() {
	n := flag.Int("generate", 0, "write a folder with this many workloads instead of printing one")
	out := flag.String("out", "", "folder to write")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() != 1 || (*n > 0) != (*out != ""):
		err = fmt.Errorf("usage: floor DIR | floor -generate N -out DIR EXAMPLE")
	case *n > 0:
		err = generate(*n, *out, flag.Arg(0))
	default:
		err = render(flag.Arg(0), os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// render parses every document below dir and writes the objects of every WebApp among them, in order of file names.
func render(dir string, w io.Writer) error {
	var objects []*yaml.Node
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") || d.Name() == "expected.yaml" {
			return err
		}
		documents, err := parse(path)
		for _, doc := range documents {
			if text(doc, "kind") == "WebApp" {
				objects = append(objects, workload(doc)...)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	encoder := yaml.NewEncoder(&buffer)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	for _, object := range objects {
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err = w.Write(buffer.Bytes())
	return err
}

// parse reads all documents of a file.
func parse(path string) ([]*yaml.Node, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var documents []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		doc := new(yaml.Node)
		if err := decoder.Decode(doc); err == io.EOF {
			return documents, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		documents = append(documents, doc.Content[0])
	}
}

// get walks down maps; nil when a key is absent.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
				break
			}
		}
		n = next
	}
	return n
}

// text is the scalar at a path, or "".
func text(n *yaml.Node, keys ...string) string {
	if n = get(n, keys...); n != nil {
		return n.Value
	}
	return ""
}
