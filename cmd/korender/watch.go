// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
)

// pollEvery is how often --watch looks at the files.
const pollEvery = 200 * time.Millisecond

// watch runs the tests, then again and again those that a saved file affects, until ctx ends.
func watch(c *cli.Context, s streams, opts render.TestOptions) error {
	seen, err := watchRun(c, s, opts)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.Context.Done():
			return nil
		case <-ticker.C:
		}
		now, err := stamps(c, s)
		if err != nil {
			continue // a file that is being replaced; the next look will tell
		}
		changed := changes(seen, now)
		if len(changed) == 0 {
			continue
		}
		fmt.Fprintf(s.out, "\n%s changed\n", strings.Join(changed, ", "))
		opts.Affected = changed
		if next, err := watchRun(c, s, opts); err == nil {
			seen = next
		} else {
			seen = now
		}
	}
}

// watchRun runs once and prints what came of it; problems of the files do not end the watch, those of the command line
// do.
func watchRun(c *cli.Context, s streams, opts render.TestOptions) (map[string]stamp, error) {
	f, err := openInput(c, s)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seen := f.stamps()
	run, err := render.Test(c.Context, f.input, opts)
	if errors.Is(err, context.Canceled) {
		return seen, nil
	}
	if err == nil {
		err = printRun(s, run, "text")
	}
	if err != nil {
		_ = report(err, s)
	}
	return seen, nil
}

// stamp tells one state of a file from the next.
type stamp struct {
	time time.Time
	size int64
}

func stamps(c *cli.Context, s streams) (map[string]stamp, error) {
	f, err := openInput(c, s)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.stamps(), nil
}

// stamps looks at every file of the PATHs and libraries, by the name that messages give it.
func (f *files) stamps() map[string]stamp {
	out := map[string]stamp{}
	for _, place := range slices.Concat(f.input.Paths, f.input.Libraries) {
		if place.FS == nil {
			continue
		}
		base := place.Path
		if at := strings.IndexAny(base, "*?["); at >= 0 {
			base = path.Dir(base[:at] + "x")
		}
		_ = fs.WalkDir(place.FS, base, func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case e.IsDir() && name != "." && strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			case e.IsDir():
				return nil
			}
			if info, err := fs.Stat(place.FS, name); err == nil {
				out[place.Prefix+name] = stamp{info.ModTime(), info.Size()}
			}
			return nil
		})
	}
	return out
}

// changes lists the files that are new, gone or different, sorted.
func changes(before, after map[string]stamp) []string {
	var out []string
	for name, s := range after {
		if before[name] != s {
			out = append(out, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
