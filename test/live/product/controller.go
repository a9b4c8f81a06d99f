// SPDX-License-Identifier: Apache-2.0

package product

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// startTimeout is how long a controller may take until it is ready.
const startTimeout = time.Minute

// Controller is korender-live as a process.
type Controller struct {
	Metrics string // the URL of metrics and profiles
	Health  string // the URL of the probes

	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error // how it ended; set when done is closed
}

var controllers atomic.Int32 // that were started, to name their logs

// Start starts a controller and returns when it is ready. Its grace before a teardown is two seconds unless flags say
// otherwise, later ones winning.
func (p *Product) Start(ctx context.Context, flags ...string) (*Controller, error) {
	c, err := p.Launch(flags...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		c.Kill()
		return nil, err
	}
	return c, nil
}

// Launch starts a controller and waits for nothing.
func (p *Product) Launch(flags ...string) (*Controller, error) {
	metrics, err := freeAddress()
	if err != nil {
		return nil, err
	}
	health, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"--kubeconfig", p.kubeconfig, "--metrics-addr", metrics, "--health-addr", health, "--teardown-grace", "2s",
	}, flags...)
	c := &Controller{
		Metrics: "http://" + metrics, Health: "http://" + health, done: make(chan struct{}),
		log: filepath.Join(p.dir, fmt.Sprintf("controller-%d.log", controllers.Add(1))),
	}
	f, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c.cmd = exec.Command(p.live, args...)
	c.cmd.Env = append(os.Environ(), "RUNTIME_NAMESPACE="+ownNamespace)
	c.cmd.Stdout, c.cmd.Stderr, c.cmd.SysProcAttr = f, f, dieWithParent()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.done)
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Ready waits until the controller says that it is.
func (c *Controller) Ready(ctx context.Context) error {
	for {
		if _, err := get(ctx, c.Health+"/readyz"); err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("the controller ended: %w\n%s", c.err, c.tail())
		case <-ctx.Done():
			return fmt.Errorf("wait for the controller: %w\n%s", ctx.Err(), c.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// PID is the number of the process.
func (c *Controller) PID() int { return c.cmd.Process.Pid }

// Kill ends the process as kill -9 does.
func (c *Controller) Kill() {
	_ = c.cmd.Process.Kill() // it has ended already, or it ends now
	<-c.done
}

// Stop asks the process to end, and tells how it did and how long it took.
func (c *Controller) Stop() (time.Duration, error) {
	start := time.Now()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-c.done:
		return time.Since(start), c.err
	case <-time.After(time.Minute):
		c.Kill()
		return time.Since(start), errors.New("the controller does not stop")
	}
}

// Log is all that the process has printed so far.
func (c *Controller) Log() (string, error) {
	text, err := os.ReadFile(c.log)
	return string(text), err
}

func (c *Controller) tail() string {
	text, err := c.Log()
	if err != nil {
		return err.Error()
	}
	return text[max(0, len(text)-4000):]
}

// CPU is the processor time that the process has used.
func (c *Controller) CPU(ctx context.Context) (time.Duration, error) {
	seconds, err := c.Metric(ctx, "process_cpu_seconds_total")
	return time.Duration(seconds * float64(time.Second)), err
}

// Metric is the sum of a metric over all its labels that hold each of the given texts.
func (c *Controller) Metric(ctx context.Context, name string, labels ...string) (float64, error) {
	text, err := get(ctx, c.Metrics+"/metrics")
	if err != nil {
		return 0, err
	}
	sum, found := 0.0, false
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' || !all(rest, labels) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return 0, err
		}
		sum, found = sum+value, true
	}
	if !found && len(labels) == 0 {
		return 0, fmt.Errorf("no metric %s", name)
	}
	return sum, nil
}

func all(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Profile reads one of the process's profiles, in Go's text form.
func (c *Controller) Profile(ctx context.Context, name string) (string, error) {
	text, err := get(ctx, c.Metrics+"/debug/pprof/"+name)
	return string(text), err
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: %s", url, response.Status)
	}
	return text, err
}
