// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

const (
	// FilesList is the file in which WriteDir remembers the names that it wrote.
	FilesList = ".korender-files"

	listHead  = "# files written by korender; they are replaced and removed by the next render\n"
	newFolder = ".korender-new"
	longest   = 200 // bytes of a file name before .yaml; most file systems take 255
)

// ForeignFileError says that a file stands where an object is to be written, and no former WriteDir wrote it.
type ForeignFileError struct{ Name string }

func (e *ForeignFileError) Error() string {
	return e.Name + " was not written by korender; move it away, or write into another folder"
}

// WriteDir writes each object to a file of its own, kind-namespace-name.yaml in lower case, directly in dir. Files that
// a former WriteDir wrote there and this one does not are removed; all others are kept, and never overwritten: that is
// a *ForeignFileError. Everything is written aside first, so that an error before the last renames changes nothing.
func WriteDir(dir *os.Root, objects []Object) error {
	former, err := readList(dir)
	if err != nil {
		return err
	}
	names := fileNames(objects)
	for _, name := range names {
		if _, err := dir.Lstat(name); err == nil && !former[name] {
			return &ForeignFileError{Name: name}
		}
	}
	if err := writeAside(dir, names, objects); err != nil {
		return errors.Join(err, dir.RemoveAll(newFolder))
	}
	return swap(dir, names, former)
}

// readList is the set of names that a former WriteDir wrote. Only plain names of manifests count, so that a list from
// elsewhere cannot make us remove anything else.
func readList(dir *os.Root) (map[string]bool, error) {
	data, err := dir.ReadFile(FilesList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", FilesList, err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		name := strings.TrimRight(line, "\r\n")
		if strings.HasSuffix(name, ".yaml") && strings.Trim(name, nameBytes) == "" && name[0] != '.' {
			names[name] = true
		}
	}
	return names, nil
}

func writeAside(dir *os.Root, names []string, objects []Object) error {
	if err := dir.RemoveAll(newFolder); err != nil { // of a run that was killed
		return fmt.Errorf("remove %s: %w", newFolder, err)
	}
	if err := dir.Mkdir(newFolder, 0o755); err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	var text bytes.Buffer
	for i, name := range names {
		text.Reset()
		if err := WriteYAML(&text, objects[i:i+1]); err != nil {
			return err
		}
		if err := dir.WriteFile(newFolder+"/"+name, text.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// swap moves the new files into place and removes the stale ones. The list names old and new files until all is done,
// so that the next run can clean up after one that was killed.
func swap(dir *os.Root, names []string, former map[string]bool) error {
	both := maps.Clone(former)
	if both == nil {
		both = map[string]bool{}
	}
	now := map[string]bool{}
	for _, name := range names {
		both[name], now[name] = true, true
	}
	if err := writeList(dir, both); err != nil {
		return err
	}
	for _, name := range names {
		if err := dir.Rename(newFolder+"/"+name, name); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(former)) {
		if now[name] {
			continue
		}
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	if err := writeList(dir, now); err != nil {
		return err
	}
	return dir.RemoveAll(newFolder)
}

func writeList(dir *os.Root, names map[string]bool) error {
	text := listHead
	for _, name := range slices.Sorted(maps.Keys(names)) {
		text += name + "\n"
	}
	err := dir.WriteFile(newFolder+"/"+FilesList, []byte(text), 0o644)
	if err == nil {
		err = dir.Rename(newFolder+"/"+FilesList, FilesList)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", FilesList, err)
	}
	return nil
}

// fileNames gives each object a name of its own. Where two would have one name, the later one also has its group, and
// then a number.
func fileNames(objects []Object) []string {
	names := make([]string, len(objects))
	taken := make(map[string]bool, len(objects))
	for i := range objects {
		id := objects[i].ID
		name := fileName(id.Kind, id.Namespace, id.Name)
		if taken[name] {
			name = fileName(id.Kind, id.Group(), id.Namespace, id.Name)
		}
		for n, base := 2, name; taken[name]; n++ {
			name = strings.TrimSuffix(base, ".yaml") + fmt.Sprintf("-%d.yaml", n)
		}
		names[i], taken[name] = name, true
	}
	return names
}

const nameBytes = "abcdefghijklmnopqrstuvwxyz0123456789.-_"

// fileName joins the parts that are not empty. What a file system may not take becomes an underscore; a name that is
// too long is cut, and told apart by a hash.
func fileName(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(nameBytes, r) {
			return r
		}
		return '_'
	}, strings.ToLower(strings.Join(parts, "-")))
	if len(name) > longest {
		name = fmt.Sprintf("%s-%.4x", name[:longest], sha256.Sum256([]byte(strings.Join(parts, "-"))))
	}
	if name == "" || name[0] == '.' {
		name = "_" + name
	}
	return name + ".yaml"
}
