// SPDX-License-Identifier: Apache-2.0

package krm

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

// The folders that hold the product's commands and the tools.
var product, toolbox string

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
	var needed []string // all
	if testing.Short() {
		needed = []string{"kustomize"}
	}
	var err error
	if toolbox, err = Build(context.Background(), os.Stderr, needed...); err != nil {
		return 0, err
	}
	if product, err = os.MkdirTemp("", "korender-krm-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(product)
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", filepath.Join(product, "korender"), "./cmd/korender")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build korender: %w\n%s", err, out)
	}
	if err := os.Symlink("korender", filepath.Join(product, "korender-fn")); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// TestScripts runs testdata/script: each file is a script for kustomize, Helm or kpt, with what must be printed.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			list := string(filepath.ListSeparator)
			env.Setenv("PATH", product+list+toolbox+list+env.Getenv("PATH"))
			env.Setenv("EXAMPLES", examples)
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits CODE COMMAND ARGS… runs a command that must end with exactly that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS…")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s exits with %d, not %s", args[1], got, args[0])
	}
}
