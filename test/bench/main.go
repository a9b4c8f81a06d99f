// SPDX-License-Identifier: Apache-2.0

// Command bench measures whole processes: the CPU (user and system) and the peak memory of korender, beside those of
// the floor program on the same input, run in turns so that a busy machine slows both. It prints medians. Before it
// measures a pair it makes sure that both write the same bytes. Linux reports a process's peak as at least that of
// the process that started it, so this one stays small.
package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// command is one process to measure; floor commands are what the row's others are compared with.
type command struct {
	name string
	args []string
}

// row is a set of commands over one input. The first is the yardstick; same asks for equal output.
type row struct {
	title    string
	same     bool
	commands []command
}

// sample is what one run cost.
type sample struct {
	cpu    time.Duration
	memory int64 // KiB
}

func main() {
	runs := flag.Int("runs", 11, "runs of each command")
	korender := flag.String("korender", "bin/korender", "the binary to measure")
	floor := flag.String("floor", "bin/floor", "the floor program")
	example := flag.String("example", "examples/web-workload", "the web workload example")
	write := flag.String("write", "", "only write the generated inputs into this new folder")
	flag.Parse()
	if err := run(*runs, *korender, *floor, *example, *write); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(runs int, korender, floor, example, write string) error {
	dir := write
	if dir == "" {
		temporary, err := os.MkdirTemp("", "bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	inputs, err := generate(dir, floor, example)
	if err != nil || write != "" {
		return err
	}
	rows := []row{
		{"cold start", false, []command{{"korender version", []string{korender, "version"}}}},
		against(floor, korender, "web workload", example),
		against(floor, korender, "1,000 web workloads", inputs.workloads),
		{"compile 200 functions", false, []command{{"korender check", []string{korender, "check", inputs.functions}}}},
		{"1,000 triggers, 10 steps, 6 objects", false, []command{{"korender render", []string{korender, "render", inputs.workflow}}}},
	}
	fmt.Printf("%-38s %-18s %10s %10s %8s\n", "input", "command", "CPU ms", "peak MiB", "× floor")
	for _, r := range rows {
		if err := report(r, runs); err != nil {
			return fmt.Errorf("%s: %w", r.title, err)
		}
	}
	return nil
}

func against(floor, korender, title, dir string) row {
	return row{title, true, []command{{"floor", []string{floor, dir}}, {"korender render", []string{korender, "render", dir}}}}
}

// report measures the commands of a row in turns and prints a line for each.
func report(r row, runs int) error {
	if r.same {
		if err := sameOutput(r.commands); err != nil {
			return err
		}
	}
	samples := make([][]sample, len(r.commands))
	for range runs {
		for i, c := range r.commands {
			s, err := measure(c)
			if err != nil {
				return err
			}
			samples[i] = append(samples[i], s)
		}
	}
	yardstick := median(samples[0])
	for i, c := range r.commands {
		m := median(samples[i])
		ratio := "-"
		if r.same {
			ratio = fmt.Sprintf("%.2f", float64(m.cpu)/float64(yardstick.cpu))
		}
		fmt.Printf("%-38s %-18s %10.1f %10.1f %8s\n", r.title, c.name,
			float64(m.cpu.Microseconds())/1000, float64(m.memory)/1024, ratio)
	}
	return nil
}

// errComplaint is a run that succeeded, but not without a word: then something else is measured than was meant.
var errComplaint = errors.New("wrote to its standard error")

// measure runs a command once and throws its output away.
func measure(c command) (sample, error) {
	process := exec.Command(c.args[0], c.args[1:]...)
	var complaint strings.Builder
	process.Stderr = &complaint
	if err := process.Run(); err != nil || complaint.Len() > 0 {
		return sample{}, fmt.Errorf("%v: %w\n%.2000s", c.args, cmp.Or(err, errComplaint), complaint.String())
	}
	state := process.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, errors.New("this system does not report the peak memory of a process")
	}
	return sample{cpu: state.UserTime() + state.SystemTime(), memory: usage.Maxrss}, nil
}

// median takes the median of each quantity on its own.
func median(samples []sample) sample {
	cpu, memory := make([]time.Duration, len(samples)), make([]int64, len(samples))
	for i, s := range samples {
		cpu[i], memory[i] = s.cpu, s.memory
	}
	slices.Sort(cpu)
	slices.Sort(memory)
	return sample{cpu: cpu[len(cpu)/2], memory: memory[len(memory)/2]}
}

// sameOutput is an error unless all commands write the same bytes.
func sameOutput(commands []command) error {
	var first []byte
	for _, c := range commands {
		sum, err := outputSum(c)
		if err != nil {
			return err
		}
		if first == nil {
			first = sum
		} else if string(first) != string(sum) {
			return fmt.Errorf("%v and %v write different bytes", commands[0].args, c.args)
		}
	}
	return nil
}

func outputSum(c command) ([]byte, error) {
	process := exec.Command(c.args[0], c.args[1:]...)
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, out); err != nil {
		return nil, err
	}
	if err := process.Wait(); err != nil {
		return nil, fmt.Errorf("%v: %w", c.args, err)
	}
	return hash.Sum(nil), nil
}

// inputs are the folders of the generated inputs.
type inputs struct{ workloads, functions, workflow string }

// generate writes the inputs below dir: the web workloads through the floor program, the rest by itself.
func generate(dir, floor, example string) (inputs, error) {
	in := inputs{filepath.Join(dir, "workloads"), filepath.Join(dir, "functions"), filepath.Join(dir, "workflow")}
	made, err := exec.Command(floor, "-generate", "1000", "-out", in.workloads, example).CombinedOutput()
	if err != nil {
		return in, fmt.Errorf("generate workloads: %w: %s", err, made)
	}
	if err := writeFunctions(in.functions, 200); err != nil {
		return in, err
	}
	return in, writeWorkflow(in.workflow, 1000)
}
