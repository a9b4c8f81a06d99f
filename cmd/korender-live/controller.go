// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/controller"
)

// controllerFlags are those that a user of Flux's controllers knows, with the same meanings.
func controllerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "kubeconfig", Usage: "`FILE` that says how to reach the cluster (default: KUBECONFIG, or the pod's own account)"},
		&cli.StringFlag{Name: "context", Usage: "`NAME` of the kubeconfig's context"},
		&cli.IntFlag{Name: "concurrent", Value: 4, Usage: "`N` instances that are run at a time"},
		&cli.StringFlag{Name: "default-service-account", Usage: "`NAME` of the account of instances that name none (default: default)"},
		&cli.BoolFlag{Name: "no-cross-namespace-refs", Usage: "refuse objects outside an instance's namespace"},
		&cli.DurationFlag{Name: "teardown-grace", Value: 2 * time.Minute, Usage: "`TIME` for others to take objects over before a deleted instance destroys them"},
		&cli.IntFlag{Name: "interval-jitter-percentage", Value: 5, Usage: "`PERCENT` by which intervals vary"},
		&cli.StringFlag{Name: "runtime-namespace", EnvVars: []string{"RUNTIME_NAMESPACE"}, Usage: "`NAMESPACE` of this process, for its lease"},
		&cli.StringFlag{Name: "watch-namespace", Usage: "run the instances of this `NAMESPACE` only"},
		&cli.StringFlag{Name: "watch-label-selector", Usage: "run the instances that this `SELECTOR` selects only"},
		&cli.StringFlag{Name: "metrics-addr", Value: ":8080", Usage: "`ADDRESS` of metrics and profiles; 0 turns them off"},
		&cli.StringFlag{Name: "health-addr", Value: ":9440", Usage: "`ADDRESS` of the probes; 0 turns them off"},
		&cli.StringFlag{Name: "events-addr", Usage: "`URL` of a notification-controller that gets events too"},
		&cli.DurationFlag{Name: "graceful-shutdown-timeout", Value: 30 * time.Second, Usage: "`TIME` for runs to end"},
		&cli.StringFlag{Name: "log-level", Value: "info", Usage: "`LEVEL`: trace, debug, info, error"},
		&cli.StringFlag{Name: "log-encoding", Value: "json", Usage: "`ENCODING`: json, console"},
		&cli.Float64Flag{Name: "kube-api-qps", Value: 50, Usage: "`N` queries a second to the API server"},
		&cli.IntFlag{Name: "kube-api-burst", Value: 300, Usage: "`N` queries at once to the API server"},
		&cli.DurationFlag{Name: "min-retry-delay", Value: 750 * time.Millisecond, Usage: "first `TIME` between retries"},
		&cli.DurationFlag{Name: "max-retry-delay", Value: 15 * time.Minute, Usage: "longest `TIME` between retries"},
		&cli.BoolFlag{Name: "enable-leader-election", Usage: "let one of several replicas run"},
		&cli.BoolFlag{Name: "leader-election-release-on-cancel", Value: true, Usage: "give the lease back at the end"},
		&cli.DurationFlag{Name: "leader-election-lease-duration", Value: 35 * time.Second, Usage: "`TIME` that others wait for a leader"},
		&cli.DurationFlag{Name: "leader-election-renew-deadline", Value: 30 * time.Second, Usage: "`TIME` in which a leader must renew"},
		&cli.DurationFlag{Name: "leader-election-retry-period", Value: 5 * time.Second, Usage: "`TIME` between tries"},
	}
}

// runController runs the controllers until it is told to stop.
func runController(c *cli.Context) error {
	if c.Args().Present() {
		return cli.Exit(fmt.Sprintf("unknown command %q\n  hint: korender-live --help lists the commands", c.Args().First()), exitUsage)
	}
	if percent := c.Int("interval-jitter-percentage"); percent < 0 || percent > 50 {
		return cli.Exit(fmt.Sprintf("--interval-jitter-percentage %d is not between 0 and 50", percent), exitUsage)
	}
	if c.Int("concurrent") < 1 {
		return cli.Exit("--concurrent must be at least 1", exitUsage)
	}
	o := optionsOf(c)
	parts, err := partsOf(c, &o)
	if err != nil {
		return err
	}
	return controller.Run(c.Context, o, parts...)
}

func optionsOf(c *cli.Context) controller.Options {
	o := controller.Options{
		Kubeconfig: c.String("kubeconfig"), Context: c.String("context"),
		Concurrent: c.Int("concurrent"), DefaultServiceAccount: c.String("default-service-account"),
		NoCrossNamespaceRefs: c.Bool("no-cross-namespace-refs"), TeardownGrace: c.Duration("teardown-grace"),
		IntervalJitter:   c.Int("interval-jitter-percentage"),
		RuntimeNamespace: c.String("runtime-namespace"), Namespace: c.String("watch-namespace"), LabelSelector: c.String("watch-label-selector"),
		MetricsAddr: c.String("metrics-addr"), HealthAddr: c.String("health-addr"), EventsAddr: c.String("events-addr"),
		ShutdownTimeout: c.Duration("graceful-shutdown-timeout"),
	}
	o.Log.LogLevel, o.Log.LogEncoding = c.String("log-level"), c.String("log-encoding")
	o.Client.QPS, o.Client.Burst = float32(c.Float64("kube-api-qps")), c.Int("kube-api-burst")
	o.RateLimiter.MinRetryDelay, o.RateLimiter.MaxRetryDelay = c.Duration("min-retry-delay"), c.Duration("max-retry-delay")
	election := &o.LeaderElection
	election.Enable, election.ReleaseOnCancel = c.Bool("enable-leader-election"), c.Bool("leader-election-release-on-cancel")
	election.LeaseDuration, election.RenewDeadline = c.Duration("leader-election-lease-duration"), c.Duration("leader-election-renew-deadline")
	election.RetryPeriod = c.Duration("leader-election-retry-period")
	return o
}
