// SPDX-License-Identifier: Apache-2.0

package toolkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/korender/korender/test/live/plane"
	"github.com/korender/korender/test/live/product"
)

// Commands builds both commands of the product into a new folder, and has package product find them there. Those that
// were built before are found where the environment says. clean removes what was built.
func Commands(ctx context.Context) (dir string, clean func() error, err error) {
	if given := os.Getenv(product.Commands); given != "" {
		return given, func() error { return nil }, nil
	}
	dir, err = os.MkdirTemp("", "commands-")
	if err != nil {
		return "", nil, err
	}
	err = errors.Join(
		plane.Build(ctx, plane.Root, "./cmd/korender", filepath.Join(dir, "korender"), "-tags", "urfave_cli_no_docs"),
		plane.Build(ctx, plane.Root, "./cmd/korender-live", filepath.Join(dir, "korender-live"), append(raceFlags, "-tags", "urfave_cli_no_docs")...),
		os.Setenv(product.Commands, dir),
	)
	return dir, func() error { return os.RemoveAll(dir) }, err
}
