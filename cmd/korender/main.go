// SPDX-License-Identifier: Apache-2.0

// Command korender renders, tests and checks Koreo programs at git time. It turns flags and files into options of
// package render, and what comes back into bytes and an exit code; it decides nothing else. Nothing is printed on
// stdout before the whole command has succeeded.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// Exit codes; `korender help` prints them.
const (
	exitOK = iota
	exitUnexpected
	exitUsage
	exitProgram
	exitRender
	exitTests
	exitDeferred
	exitPreview
)

// gcPercent trades memory for time: a run is short, and what it reads lives until its end.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run executes one command line and returns its exit code; problems are printed to s.err.
func run(ctx context.Context, args []string, s streams) int {
	app, args := newApp(s), asFunction(args)
	sorted, err := flagsFirst(app, args)
	if err == nil {
		err = app.RunContext(ctx, sorted)
	}
	return report(err, s)
}

// usageError is a command line that cannot be understood.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

func usagef(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint}
}

// exitCode ends a command whose output has been printed already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// report prints an error and tells its exit code.
func report(err error, s streams) int {
	var (
		code    exitCode
		usage   *usageError
		failure *render.Failure
		list    diag.List
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintln(s.err, "korender: "+usage.message)
		if usage.hint != "" {
			fmt.Fprintln(s.err, "  hint: "+usage.hint)
		}
		return exitUsage
	case errors.As(err, &failure):
		printProblems(s, failure.Problems)
		return codeOf(failure.Stage)
	case errors.As(err, &list):
		printProblems(s, list)
		return exitProgram
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "korender: interrupted")
		return exitUnexpected
	default:
		fmt.Fprintln(s.err, "korender: "+err.Error())
		return exitUnexpected
	}
}

func codeOf(stage render.Stage) int {
	switch stage {
	case render.StageUsage:
		return exitUsage
	case render.StageProgram:
		return exitProgram
	case render.StageEvaluate:
		return exitRender
	case render.StageDeferred:
		return exitDeferred
	default:
		return exitUnexpected
	}
}

// maxProblems is how many problems are worth reading; the rest are counted.
const maxProblems = 100

// printProblems prints problems with their source lines; colour only on a terminal that wants it.
func printProblems(s streams, list diag.List) {
	shown := list
	if len(shown) > maxProblems {
		shown = shown[:maxProblems]
	}
	if err := diag.Fprint(s.err, shown, diag.PrintOptions{Color: colored(s.err)}); err != nil {
		return
	}
	if rest := len(list) - len(shown); rest > 0 {
		fmt.Fprintf(s.err, "… and %d more\n", rest)
	}
}

// colored tells whether w is a terminal and the user has not opted out (no-color.org).
func colored(w io.Writer) bool {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
