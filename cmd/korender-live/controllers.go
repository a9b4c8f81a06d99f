// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/controller"
	"github.com/korender/korender/plugin/flux"
)

// The controllers that a process can run.
const (
	liveController = "live" // WorkflowInstances
	fluxController = "flux" // RenderedArtifacts
)

// fluxFlags say which controllers run, and where that of Flux keeps its artifacts; they are those of Flux's own sources.
func fluxFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "controllers", Value: cli.NewStringSlice(liveController), Usage: "`NAMES` of the controllers that run, comma-separated: live, flux"},
		&cli.StringFlag{Name: "storage-path", Value: "/data", EnvVars: []string{"STORAGE_PATH"}, Usage: "flux: `FOLDER` that keeps artifacts"},
		&cli.StringFlag{Name: "storage-addr", Value: ":9090", EnvVars: []string{"STORAGE_ADDRESS"}, Usage: "flux: `ADDRESS` that serves artifacts"},
		&cli.StringFlag{Name: "storage-adv-addr", EnvVars: []string{"STORAGE_ADV_ADDR"}, Usage: "flux: `ADDRESS` by which others reach the artifacts; with a wrong one, no Kustomization can fetch them"},
		&cli.DurationFlag{Name: "artifact-retention-ttl", Value: time.Minute, Usage: "flux: `TIME` after which old artifacts go"},
		&cli.IntFlag{Name: "artifact-retention-records", Value: 2, Usage: "flux: `N` artifacts of an object that stay whatever their age; at least 2"},
		&cli.StringFlag{Name: "artifact-digest-algo", Value: "sha256", Usage: "flux: `NAME` of the hash of archives: sha256, sha384, sha512, blake3"},
		&cli.IntFlag{Name: "http-retry", Value: 3, Usage: "flux: `N` tries to fetch the artifact of a source, besides the first"},
		&cli.DurationFlag{Name: "requeue-dependency", Value: 5 * time.Second, Usage: "flux: `TIME` until a source that is not ready is looked at again"},
		&cli.Int64Flag{Name: "max-source-bytes", Value: 1 << 30, Usage: "flux: `N` bytes that a source may unpack to"},
		&cli.IntFlag{Name: "max-source-files", Value: 200_000, Usage: "flux: `N` files and folders that a source may hold"},
		&cli.Int64Flag{Name: "source-cache-bytes", Value: 256 << 20, Usage: "flux: `N` bytes of sources that stay fetched in TMPDIR for the next render; 0 keeps none"},
	}
}

// partsOf are the controllers that were asked for.
func partsOf(c *cli.Context, o *controller.Options) ([]controller.Part, error) {
	asked := map[string]bool{}
	for _, name := range c.StringSlice("controllers") {
		if name = strings.TrimSpace(name); name != liveController && name != fluxController {
			return nil, cli.Exit(fmt.Sprintf("--controllers knows no %q: it takes live, flux or both, as in --controllers=live,flux", name), exitUsage)
		}
		asked[name] = true
	}
	var parts []controller.Part
	if asked[liveController] {
		parts = append(parts, controller.Live(*o))
	} else {
		o.LeaseName = flux.Name
	}
	if asked[fluxController] {
		if n := c.Int("artifact-retention-records"); n < 2 {
			return nil, cli.Exit(fmt.Sprintf("--artifact-retention-records %d is less than 2: consumers that are slow still want the artifact before", n), exitUsage)
		}
		parts = append(parts, controller.Part{Object: flux.Object(), AddToScheme: flux.AddToScheme, SetUp: fluxOptions(c, o).SetUp})
	}
	return parts, nil
}

func fluxOptions(c *cli.Context, o *controller.Options) flux.Options {
	out := flux.Options{
		Version: version, Concurrent: o.Concurrent, HTTPRetry: c.Int("http-retry"), RequeueDependency: c.Duration("requeue-dependency"),
		NoCrossNamespaceRefs: o.NoCrossNamespaceRefs, DefaultServiceAccount: o.DefaultServiceAccount, EventsAddr: o.EventsAddr,
		RateLimiter: o.RateLimiter, Bounds: flux.Bounds{Unpacked: c.Int64("max-source-bytes"), Entries: c.Int("max-source-files")},
		SourceCache: c.Int64("source-cache-bytes"),
	}
	out.Storage.StoragePath, out.Storage.StorageAddress = c.String("storage-path"), c.String("storage-addr")
	out.Storage.StorageAdvAddress, out.Storage.ArtifactDigestAlgo = c.String("storage-adv-addr"), c.String("artifact-digest-algo")
	out.Storage.ArtifactRetentionTTL, out.Storage.ArtifactRetentionRecords = c.Duration("artifact-retention-ttl"), c.Int("artifact-retention-records")
	return out
}
