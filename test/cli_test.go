// SPDX-License-Identifier: Apache-2.0

// Package test drives the product from outside, as its users do: the command by scripts, the examples, and the rules of
// the house.
package test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// update rewrites goldens: those of the scripts, and expected.yaml of the examples.
var update = flag.Bool("update", false, "rewrite golden files")

// binary is the command under test; TestMain builds it once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "korender-test-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return 0, err
	}
	binary = filepath.Join(dir, "korender")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-ldflags", "-X main.version=v0.0.0-test", "-o", binary, "../cmd/korender")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build korender: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// TestScripts runs testdata/script: each file is what a user types at a terminal, with what must be printed.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs(filepath.Join("..", "examples"))
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			env.Setenv("NO_COLOR", "1")
			env.Setenv("EXAMPLES", examples)
			return errors.Join(os.Chmod(env.WorkDir, 0o755), os.Chmod(filepath.Dir(env.WorkDir), 0o755))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"nobody": nobody,
			"nested": nested,
			"link":   link,
		},
	})
}

// exits CODE COMMAND ARGS… runs a command that must end with exactly that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS…")
	}
	got := exitCodeOf(ts.Exec(args[1], args[2:]...))
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s exits with %d, not %s", args[1], got, args[0])
	}
}

func exitCodeOf(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return -1
	}
}

// nobody CODE STDERR-FILE ARGS… runs korender without root's power to read everything, and keeps what it prints on
// stderr in a file.
func nobody(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: nobody CODE STDERR-FILE ARGS…")
	}
	cmd := exec.Command(binary, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"NO_COLOR=1"}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if got := exitCodeOf(cmd.Run()); strconv.Itoa(got) != args[0] {
		ts.Fatalf("korender exits with %d, not %s: %s", got, args[0], stderr.String())
	}
	if stdout.Len() > 0 {
		ts.Fatalf("unexpected output: %s", stdout.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(stderr.String()), 0o600))
}

// nested DEPTH FILE writes a manifest that nests so deeply.
func nested(ts *testscript.TestScript, neg bool, args []string) {
	depth, err := strconv.Atoi(args[0])
	if neg || err != nil {
		ts.Fatalf("usage: nested DEPTH FILE")
	}
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\ndata: " +
		strings.Repeat("[", depth) + strings.Repeat("]", depth) + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// link TARGET NAME makes a symbolic link.
func link(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: link TARGET NAME")
	}
	ts.Check(os.Symlink(args[0], ts.MkAbs(args[1])))
}

// folders lists the directories below dir that hold a file of that name.
func folders(t *testing.T, dir, file string) []string {
	t.Helper()
	var out []string
	require.NoError(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == file {
			out = append(out, filepath.Dir(name))
		}
		return err
	}))
	return out
}
