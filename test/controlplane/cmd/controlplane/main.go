// SPDX-License-Identifier: Apache-2.0

// Command controlplane builds a real control plane (controlplane build), or runs one until it is interrupted
// (controlplane run). It prints the folder of the servers, or the path of a kubeconfig, beside which audit.log lists
// all requests. With "run FILE", the objects in FILE are applied before the controllers start: the garbage collector
// then knows custom kinds from the beginning.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/korender/korender/test/controlplane"
	"github.com/korender/korender/test/controlplane/cluster"
)

var errUsage = errors.New("usage: controlplane build | run [FILE]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "build":
		dir, err := controlplane.Build(ctx, os.Stderr)
		if err == nil {
			fmt.Println(dir)
		}
		return err
	case len(args) == 1 && args[0] == "run":
		return run(ctx, "")
	case len(args) == 2 && args[0] == "run":
		return run(ctx, args[1])
	}
	return errUsage
}

func run(ctx context.Context, file string) error {
	plane, err := controlplane.Start(ctx, os.Stderr)
	if err != nil {
		return err
	}
	if err = install(ctx, plane, file); err == nil {
		err = plane.StartControllers(ctx)
	}
	if err == nil {
		fmt.Println(plane.Kubeconfig)
		<-ctx.Done()
	}
	if stopped := plane.Stop(); err == nil {
		err = stopped
	}
	return err
}

// install applies the objects of a file, if one is named.
func install(ctx context.Context, plane *controlplane.Plane, file string) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var objects []map[string]any
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		var o map[string]any
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if len(o) > 0 {
			objects = append(objects, o)
		}
	}
	c, err := cluster.New(plane.Config)
	if err != nil {
		return err
	}
	return c.Apply(ctx, objects)
}
