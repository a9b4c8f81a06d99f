// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// generate copies an example into a new folder without its triggers and expected output, and writes n triggers, one
// a file, that differ in every field. The same n gives the same bytes.
func generate(n int, out, example string) error {
	if err := os.CopyFS(out, os.DirFS(example)); err != nil {
		return err
	}
	apps := filepath.Join(out, "apps")
	if err := os.RemoveAll(apps); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(out, "expected.yaml")); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Mkdir(apps, 0o755); err != nil {
		return err
	}
	for i := range n {
		name := fmt.Sprintf("app-%05d", i)
		if err := os.WriteFile(filepath.Join(apps, name+".yaml"), []byte(trigger(name, i)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// trigger is the text of the i-th WebApp.
func trigger(name string, i int) string {
	sizes := [...]string{"small", "medium", "large"}
	return fmt.Sprintf(`apiVersion: apps.example.com/v1
kind: WebApp
metadata:
  name: %[1]s
  namespace: team-%02[2]d
  labels:
    team: team-%02[2]d
spec:
  image: registry.example.com/team-%02[2]d/%[1]s:1.%[3]d.%[4]d
  replicas: %[5]d
  port: %[6]d
  size: %[7]s
  host: %[1]s.example.com
  env:
    - name: LOG_LEVEL
      value: info
    - name: PEER_URL
      value: http://peer-%[3]d.team-%02[2]d.svc:80
    - name: MAX_ITEMS
      value: "%[4]d"
`, name, i%20, i%7, i, 1+i%5, 8000+i%1000, sizes[i%len(sizes)])
}
