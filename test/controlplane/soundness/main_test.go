// SPDX-License-Identifier: Apache-2.0

// Package soundness holds korender to its law on a real API server: what it calls known before anything is applied is
// what the server says afterwards. Objects are rendered by the command, applied, read back at once and again when the
// controllers have done their part, and everything that can be asked about them is asked twice: with the object known
// from git only, and with the object observed.
package soundness

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/korender/korender/test/controlplane"
	"github.com/korender/korender/test/controlplane/cluster"
)

// root is the product's module.
const root = "../../.."

// given is a command to test instead of one that is built from the sources.
var given = flag.String("korender", "", "the korender command to test; built from the sources if empty")

// What TestMain sets up.
var (
	binary string           // the command under test
	server *cluster.Cluster // the one server; cases run one after the other on it
)

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := runAll(ctx, m)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(ctx context.Context, m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "soundness-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := buildCommand(ctx, dir); err != nil {
		return 0, err
	}
	plane, err := controlplane.Start(ctx, os.Stderr)
	if err != nil {
		return 0, err
	}
	defer plane.Stop() //nolint:errcheck // a folder of temporary files may stay behind
	if server, err = cluster.New(plane.Config); err != nil {
		return 0, err
	}
	if err := plane.StartControllers(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func buildCommand(ctx context.Context, dir string) error {
	var err error
	if *given != "" {
		binary, err = filepath.Abs(*given)
		return err
	}
	binary = filepath.Join(dir, "korender")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "urfave_cli_no_docs", "-o", binary, "./cmd/korender")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build korender: %w\n%s", err, out)
	}
	return nil
}
